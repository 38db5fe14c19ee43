//! Who answers which number: the rows of a list, each with a persona, a voice and words of its own;
//! pure, from a seed.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use outcall_telephony::simulated::random::SplitMix64;

use super::file::{Answers, FullAnswer, LineKind, NOTHING, PeopleFile, Persona, REPEAT};
use super::markup::Markup;
use super::mind::{Manner, Topic, Turn};
use super::wish::Wish;
use super::words::Phrase;

/// Speeds: what a vowel's length is multiplied with.
const STRETCHES: [f32; 4] = [0.9, 1.0, 1.1, 1.2];
/// Variants of a reply that one person uses.
const VARIANTS: usize = 2;
/// Fewer digits are no number.
const DIGITS_MIN: usize = 7;

/// What one person sounds like.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// The voice.
    pub voice: String,
    /// What the length of its vowels is multiplied with.
    pub stretch: f32,
    /// The loudness of speech, as the root of the mean square of linear 16 bits.
    pub level: f64,
    /// That of the line's noise.
    pub noise: f64,
}

/// One person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The number, as the list has it.
    pub number: String,
    /// The kind of person.
    pub persona: String,
    /// What becomes of a call.
    pub line: LineKind,
    /// How long it rings, in ms.
    pub ring_ms: u32,
    /// Whether they want what the robot is for.
    pub willing: bool,
    /// Outcomes of the scenario, any of which is right.
    pub outcomes: Vec<String>,
    /// The disposition that is right.
    pub disposition: Option<String>,
    /// What is to end up in slots, by their names: dates and times on the clock of their zone.
    pub slots: BTreeMap<String, String>,
    /// What they sound like.
    pub sound: Sound,
    /// What they can say, places filled in.
    pub sayings: Vec<Markup>,
    /// What they say when.
    pub manner: Manner,
    /// What else is random about them follows from it.
    pub seed: u64,
}

/// A row of a list: its columns by name.
pub type Row = HashMap<String, String>;

/// The digits of a number in any spelling.
pub fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// The persons of a list by the digits of their numbers; of two rows with one number the first.
/// Rows without a number are left out: nobody can call them.
///
/// # Errors
/// The reply, and the column that the row has no value for.
pub fn cast(
    file: &PeopleFile,
    rows: &[Row],
    seed: u64,
    now: Timestamp,
) -> Result<HashMap<String, Person>, String> {
    let (mut numbered, mut known) = (Vec::<(String, &Row)>::new(), HashSet::new());
    for row in rows {
        let digits = row.get(&file.number).map(|number| digits(number)).unwrap_or_default();
        if digits.len() >= DIGITS_MIN && known.insert(digits.clone()) {
            numbered.push((digits, row));
        }
    }
    // In an order of the seed's, each weight gets its share to a person: in a list of a hundred
    // chance alone would leave some out.
    numbered
        .sort_by_key(|(digits, _)| SplitMix64::from_words(&[seed, number_of(digits)]).next_u64());
    let count = numbered.len();
    let persons = numbered.into_iter().enumerate().map(|(place, (digits, row))| {
        let share = (place as f64 + 0.5) / count as f64;
        let (name, persona) = persona_at(file, share);
        let chance = SplitMix64::from_words(&[seed, number_of(&digits), 1]);
        let casting = Casting { file, row, name, persona, chance, now, sayings: Vec::new() };
        Ok((digits, casting.person()?))
    });
    persons.collect()
}

fn number_of(digits: &str) -> u64 {
    // Numbers have 15 digits at most (E.164); of anything longer the last ones count.
    let last = digits.get(digits.len().saturating_sub(18)..).unwrap_or_default();
    last.parse().unwrap_or(0)
}

/// The persona at a share, 0 to 1, of all weights.
fn persona_at(file: &PeopleFile, share: f64) -> (&str, &Persona) {
    let all: f64 = file.personas.values().map(|persona| persona.weight).sum();
    let mut sum = 0.0;
    let mut last = None;
    for (name, persona) in file.personas.iter().filter(|(_, persona)| persona.weight > 0.0) {
        sum += persona.weight / all;
        last = Some((name.as_str(), persona));
        if share < sum {
            break;
        }
    }
    last.expect("invariant: the file was checked, some weight is above zero")
}

struct Casting<'a> {
    file: &'a PeopleFile,
    row: &'a Row,
    name: &'a str,
    persona: &'a Persona,
    chance: SplitMix64,
    now: Timestamp,
    sayings: Vec<Markup>,
}

impl Casting<'_> {
    fn person(mut self) -> Result<Person, String> {
        let sound = self.sound();
        let zone = self.row.get(&self.file.zone).and_then(|zone| TimeZone::get(zone).ok());
        let today = self.now.to_zoned(zone.unwrap_or(TimeZone::UTC)).date();
        let wishes = self.wishes(today);
        let mut replies = HashMap::new();
        let manner = self.manner(&wishes, &mut replies)?;
        let at =
            |wish: &String| (wish.clone(), wishes[wish].at.strftime("%Y-%m-%dT%H:%M").to_string());
        Ok(Person {
            number: self.row.get(&self.file.number).cloned().unwrap_or_default(),
            persona: self.name.to_owned(),
            line: self.persona.line,
            ring_ms: self.between(600, 4_000) as u32,
            willing: self.persona.willing,
            outcomes: self.persona.outcomes.clone(),
            disposition: self.persona.disposition.clone(),
            slots: self.persona.wants.iter().map(at).collect(),
            sound,
            manner,
            seed: self.chance.next_u64(),
            sayings: self.sayings,
        })
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.chance.below(most - least + 1)
    }

    fn sound(&mut self) -> Sound {
        let voices = &self.file.voices;
        let voice = voices[self.chance.below(voices.len() as u64) as usize].clone();
        let stretch = STRETCHES[self.chance.below(STRETCHES.len() as u64) as usize];
        // 30 to 18 dB below full scale, and a noise between 64 and 54 dB below it.
        let level = 1_000.0 * 4.0_f64.powf(self.chance.unit());
        let noise = 20.0 * 3.0_f64.powf(self.chance.unit());
        Sound { voice, stretch, level, noise }
    }

    fn wishes(&mut self, today: Date) -> BTreeMap<String, Wish> {
        let file = self.file;
        let draw = |(name, bounds): (&String, &super::wish::WishBounds)| {
            (name.clone(), bounds.draw(today, &mut self.chance))
        };
        file.wishes.iter().map(draw).collect()
    }

    fn manner(
        &mut self,
        wishes: &BTreeMap<String, Wish>,
        replies: &mut HashMap<String, Vec<usize>>,
    ) -> Result<Manner, String> {
        let (file, persona) = (self.file, self.persona);
        let talks = persona.line == LineKind::Talks;
        let opening = persona.opening.as_ref().or(talks.then_some(&file.everyone.opening));
        let opening = match opening {
            Some(reply) => self.reply(reply, wishes, replies)?.first().copied(),
            None => None,
        };
        let (mut unmatched, mut nudges, mut topics) = (Vec::new(), Vec::new(), Vec::new());
        if talks {
            unmatched = self.reply(&file.everyone.unmatched, wishes, replies)?;
            nudges = self.reply(&file.everyone.nudge, wishes, replies)?;
            let mut answers = file.everyone.answers.clone();
            answers.extend(persona.answers.clone());
            for (name, answers) in &answers {
                topics.push(self.topic(name, answers, wishes, replies)?);
            }
        }
        let machine = persona.line == LineKind::Machine;
        let after_ms = if machine { self.between(700, 1_500) } else { self.between(150, 700) };
        let stays_ms = match persona.line {
            LineKind::Machine => 45_000,
            LineKind::Silent => 40_000,
            LineKind::Talks | LineKind::Busy | LineKind::NoAnswer => 150_000,
        };
        Ok(Manner {
            opening: opening.map(|saying| (saying, after_ms)),
            lets_begin: talks && self.chance.percent(50.0),
            unmatched,
            nudges,
            patience_ms: self.between(450, 900),
            doubt_ms: 2_200,
            silence_ms: self.between(6_000, 9_000),
            leaves_at_ms: persona.leaves_at_ms.unwrap_or(stays_ms),
            leaves_why: if persona.leaves_at_ms.is_some() { "in a hurry" } else { "too long" },
            topics,
        })
    }

    fn topic(
        &mut self,
        name: &str,
        answers: &Answers,
        wishes: &BTreeMap<String, Wish>,
        replies: &mut HashMap<String, Vec<usize>>,
    ) -> Result<Topic, String> {
        let phrases = &self.file.topics[name];
        let phrases = phrases.iter().filter_map(|phrase| Phrase::new(phrase)).collect();
        let mut turns = Vec::new();
        for answer in answers.all() {
            let FullAnswer { say, hang_up, interrupt, checks, otherwise } = answer.full();
            let plain = say == NOTHING || say == REPEAT;
            let says = if plain { Vec::new() } else { self.reply(&say, wishes, replies)? };
            let checks = match (checks, otherwise) {
                (Some(wish), Some(otherwise)) => {
                    Some((wishes[&wish].clone(), self.reply(&otherwise, wishes, replies)?))
                }
                (Some(_) | None, _) => None,
            };
            let repeats = say == REPEAT;
            turns.push(Turn { says, hangs_up: hang_up, interrupts: interrupt, repeats, checks });
        }
        Ok(Topic { name: name.to_owned(), phrases, turns })
    }

    /// The places of this person's variants of a reply among their sayings.
    fn reply(
        &mut self,
        name: &str,
        wishes: &BTreeMap<String, Wish>,
        replies: &mut HashMap<String, Vec<usize>>,
    ) -> Result<Vec<usize>, String> {
        if let Some(known) = replies.get(name) {
            return Ok(known.clone());
        }
        let variants = &self.file.replies[name];
        let first = self.chance.below(variants.len() as u64) as usize;
        let mut places = Vec::new();
        for turn in 0..variants.len().min(VARIANTS) {
            let variant = &variants[(first + turn) % variants.len()];
            let value = |place: &str| self.value(place, wishes);
            let filled = Markup::parse(variant).and_then(|it| it.fill(&value)).map_err(|it| {
                format!("replies, {name}: {{{it}}} has no value for {:?}", self.row)
            })?;
            places.push(self.sayings.len());
            self.sayings.push(filled);
        }
        replies.insert(name.to_owned(), places.clone());
        Ok(places)
    }

    fn value(&self, place: &str, wishes: &BTreeMap<String, Wish>) -> Option<String> {
        if let Some((wish, part)) = place.split_once('.') {
            let wish = wishes.get(wish)?;
            return match part {
                "day" => Some(wish.day().to_owned()),
                "date" => Some(wish.date()),
                "time" => Some(wish.time()),
                "clear_time" => Some(wish.clear_time()),
                _ => None,
            };
        }
        let mut names = self.row.get(&self.file.name).map_or("", String::as_str).split_whitespace();
        match place {
            "first_name" => names.next().map(str::to_owned),
            "last_name" => names.next_back().map(str::to_owned),
            _ => self.row.get(place).cloned(),
        }
    }
}

#[cfg(test)]
mod tests;
