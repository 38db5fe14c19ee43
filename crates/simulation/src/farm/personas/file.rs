//! The file of personas: who may be called, what they listen for, what they say and what they want.
//!
//! `docs/guide/farm.md` describes it. It is YAML; what is wrong is told with its place or its name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use outcall_campaign::Disposition;
use serde::Deserialize;

use super::markup::Markup;
use super::wish::WishBounds;
use super::words::Phrase;

/// The longest file that is read, in bytes.
pub(super) const FILE_MAX: usize = 1 << 20;

/// A file of personas.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleFile {
    /// What it is for.
    #[serde(default)]
    pub about: String,
    /// The list of contacts, beside this file.
    pub contacts: PathBuf,
    /// Its column of numbers.
    #[serde(default = "phone")]
    pub number: String,
    /// Its column of names, of which `first_name` and `last_name` are made.
    #[serde(default = "name")]
    pub name: String,
    /// Its column of time zones: days that are wished for are those of the zone.
    #[serde(default = "zone")]
    pub zone: String,
    /// The voices that are drawn from.
    pub voices: Vec<String>,
    /// Topics, by name: phrases of which one is enough. `...` stands for any words.
    pub topics: BTreeMap<String, Vec<String>>,
    /// What is said, by name: variants in people's own words.
    pub replies: BTreeMap<String, Vec<String>>,
    /// Days and times that are wished for, by name.
    #[serde(default)]
    pub wishes: BTreeMap<String, WishBounds>,
    /// How those who talk do it, unless their persona says otherwise.
    pub everyone: Everyone,
    /// Personas, by name.
    pub personas: BTreeMap<String, Persona>,
}

fn phone() -> String {
    "phone".to_owned()
}

fn name() -> String {
    "name".to_owned()
}

fn zone() -> String {
    "time_zone".to_owned()
}

/// What all who talk have in common.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Everyone {
    /// The reply that is said at the answer.
    pub opening: String,
    /// The reply to what was not understood.
    pub unmatched: String,
    /// The reply to a long silence.
    pub nudge: String,
    /// Answers to topics.
    #[serde(default)]
    pub answers: BTreeMap<String, Answers>,
}

/// What becomes of a call to a persona.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// It is answered, by somebody who talks.
    #[default]
    Talks,
    /// It is answered, and nobody says anything.
    Silent,
    /// A machine answers: the opening, and then it records.
    Machine,
    /// Busy (486).
    Busy,
    /// It rings.
    NoAnswer,
}

/// A kind of person.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Of how many persons, relative to the other weights, it is one.
    pub weight: f64,
    /// Whether they want what the robot is for.
    #[serde(default)]
    pub willing: bool,
    /// What becomes of the call.
    #[serde(default)]
    pub line: LineKind,
    /// Outcomes of the scenario, any of which is right.
    #[serde(default)]
    pub outcomes: Vec<String>,
    /// The disposition of the attempt that is right.
    pub disposition: Option<String>,
    /// Wishes that are to end up in slots of their names.
    #[serde(default)]
    pub wants: Vec<String>,
    /// The reply that is said at the answer, when it is another than everyone's.
    pub opening: Option<String>,
    /// Answers to topics, besides those of everyone and in place of them.
    #[serde(default)]
    pub answers: BTreeMap<String, Answers>,
    /// They hang up so long after the answer, whatever happens, in ms.
    pub leaves_at_ms: Option<u64>,
}

/// What is answered: once, or at the first time, at the second and so on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Answers {
    /// One for all times.
    One(Answer),
    /// One after the other; the last stays.
    Many(Vec<Answer>),
}

impl Answers {
    /// All of them, in order.
    pub fn all(&self) -> &[Answer] {
        match self {
            Self::One(answer) => std::slice::from_ref(answer),
            Self::Many(answers) => answers,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// The name of a reply; `nothing` and `repeat` are taken.
    Named(String),
    /// With more to it.
    Full(FullAnswer),
}

/// An answer with more to it than what is said.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullAnswer {
    /// The reply, or `nothing`.
    pub say: String,
    /// They hang up behind it.
    #[serde(default)]
    pub hang_up: bool,
    /// They say it into the robot's prompt.
    #[serde(default)]
    pub interrupt: bool,
    /// They listen for this wish...
    pub checks: Option<String>,
    /// ... and say this when the robot names another.
    pub otherwise: Option<String>,
}

impl Answer {
    /// In full.
    pub fn full(&self) -> FullAnswer {
        match self {
            Self::Named(say) => FullAnswer {
                say: say.clone(),
                hang_up: false,
                interrupt: false,
                checks: None,
                otherwise: None,
            },
            Self::Full(full) => full.clone(),
        }
    }
}

/// An answer that is none: it was understood, and the person listens on.
pub(super) const NOTHING: &str = "nothing";
/// An answer that is the last one again.
pub(super) const REPEAT: &str = "repeat";

/// Reads a file and checks it.
///
/// # Errors
/// What is wrong and what would be right; with line and column where the form is wrong.
pub fn parse(text: &str) -> Result<PeopleFile, String> {
    if text.len() > FILE_MAX {
        return Err(format!("{} bytes: at most {FILE_MAX} are read", text.len()));
    }
    let file: PeopleFile = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    Check { file: &file }.all()?;
    Ok(file)
}

struct Check<'a> {
    file: &'a PeopleFile,
}

impl Check<'_> {
    fn all(&self) -> Result<(), String> {
        let file = self.file;
        if file.voices.is_empty() {
            return Err("voices: name one at least, such as slt".to_owned());
        }
        for (name, phrases) in &file.topics {
            let empty = phrases.iter().find(|phrase| Phrase::new(phrase).is_none());
            if phrases.is_empty() || empty.is_some() {
                return Err(format!("topics, {name}: a phrase has no word in it"));
            }
        }
        for (name, variants) in &file.replies {
            self.reply_variants(name, variants)?;
        }
        for (name, bounds) in &file.wishes {
            bounds.problem().map_or(Ok(()), |it| Err(format!("wishes, {name}: {it}")))?;
        }
        let Everyone { opening, unmatched, nudge, answers } = &file.everyone;
        for reply in [opening, unmatched, nudge] {
            self.reply("everyone", reply)?;
        }
        self.answers("everyone", answers)?;
        let weights: f64 = file.personas.values().map(|persona| persona.weight).sum();
        if !weights.is_finite() || weights <= 0.0 {
            return Err("personas: no weight is above zero".to_owned());
        }
        file.personas.iter().try_for_each(|(name, persona)| self.persona(name, persona))
    }

    fn persona(&self, name: &str, persona: &Persona) -> Result<(), String> {
        let at = format!("personas, {name}");
        if !(0.0..=1e9).contains(&persona.weight) {
            return Err(format!("{at}: the weight is {}: write 0 or more", persona.weight));
        }
        if let Some(code) = &persona.disposition {
            code.parse::<Disposition>().map_err(|error| format!("{at}: {error}"))?;
        }
        for wish in &persona.wants {
            self.wish(&at, wish)?;
        }
        if persona.line == LineKind::Machine && persona.opening.is_none() {
            return Err(format!("{at}: a machine needs an opening, its greeting"));
        }
        persona.opening.iter().try_for_each(|opening| self.reply(&at, opening))?;
        self.answers(&at, &persona.answers)
    }

    fn answers(&self, at: &str, answers: &BTreeMap<String, Answers>) -> Result<(), String> {
        for (topic, answers) in answers {
            if !self.file.topics.contains_key(topic) {
                return Err(format!("{at}: there is no topic '{topic}' under topics"));
            }
            if answers.all().is_empty() {
                return Err(format!("{at}, {topic}: write one answer at least, such as nothing"));
            }
            for answer in answers.all() {
                let FullAnswer { say, checks, otherwise, .. } = answer.full();
                if say != NOTHING && say != REPEAT {
                    self.reply(at, &say)?;
                }
                checks.iter().try_for_each(|wish| self.wish(at, wish))?;
                otherwise.iter().try_for_each(|reply| self.reply(at, reply))?;
                if checks.is_some() != otherwise.is_some() {
                    return Err(format!("{at}, {topic}: checks and otherwise go together"));
                }
            }
        }
        Ok(())
    }

    fn reply(&self, at: &str, name: &str) -> Result<(), String> {
        let known = self.file.replies.contains_key(name);
        known.then_some(()).ok_or_else(|| format!("{at}: there is no reply '{name}' under replies"))
    }

    fn wish(&self, at: &str, name: &str) -> Result<(), String> {
        let known = self.file.wishes.contains_key(name);
        known.then_some(()).ok_or_else(|| format!("{at}: there is no wish '{name}' under wishes"))
    }

    fn reply_variants(&self, name: &str, variants: &[String]) -> Result<(), String> {
        let at = format!("replies, {name}");
        if [NOTHING, REPEAT].contains(&name) {
            return Err(format!("{at}: the name has a meaning already, take another"));
        }
        if variants.is_empty() {
            return Err(format!("{at}: write one variant at least"));
        }
        for variant in variants {
            let markup = Markup::parse(variant).map_err(|problem| format!("{at}: {problem}"))?;
            for place in markup.places() {
                let wish = place.split_once('.').map(|(wish, _)| wish);
                wish.map_or(Ok(()), |wish| self.wish(&at, wish))?;
            }
        }
        Ok(())
    }
}

impl PeopleFile {
    /// Names of replies that nobody uses and topics that nobody answers, for their author.
    pub fn unused(&self) -> Vec<String> {
        let everyone = &self.everyone;
        let personas = self.personas.values();
        let tables: Vec<_> =
            personas.clone().map(|it| &it.answers).chain([&everyone.answers]).collect();
        let answers: Vec<FullAnswer> = tables
            .iter()
            .flat_map(|table| table.values())
            .flat_map(|answers| answers.all().iter().map(Answer::full))
            .collect();
        let mut replies: BTreeSet<&str> =
            [&everyone.opening, &everyone.unmatched, &everyone.nudge].map(String::as_str).into();
        replies.extend(personas.filter_map(|persona| persona.opening.as_deref()));
        for answer in &answers {
            replies.insert(&answer.say);
            replies.extend(answer.otherwise.as_deref());
        }
        let topics: BTreeSet<&String> = tables.iter().flat_map(|table| table.keys()).collect();
        let replies = self.replies.keys().filter(|name| !replies.contains(name.as_str()));
        let topics = self.topics.keys().filter(|name| !topics.contains(name));
        replies.chain(topics).cloned().collect()
    }
}
