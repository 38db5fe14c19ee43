//! Names of a scenario: understood with them and without, and what unrelated ones do to other
//! speech.

use std::sync::Arc;

use anyhow::{Context, Result};
use outcall_speech::evaluation::{Condition, Errors, Prompt, errors};
use outcall_speech::recognition::{Mode, Recogniser, Terms};

use super::super::Figure;
use super::hundredth;
use super::voices::Voices;

/// Names of people and products; how they are given was chosen on others.
const NAMES: &[&str] = &[
    "Adeyemi",
    "Bartholdy",
    "Castellano",
    "Dombrowski",
    "Esomeprazole",
    "Fitzwilliam",
    "Gabapentin",
    "Hollingsworth",
    "Ibrahimovic",
    "Jayawardene",
    "Kirkegaard",
    "Loratadine",
    "McAllister",
    "Novocare",
    "Omeprazole",
    "Pantelides",
    "Rivaroxaban",
    "Stavropoulos",
    "Trazodone",
    "Wolkenstein",
];

/// What is said with them.
const SENTENCES: &[&str] = &[
    "Please tell NAME that I will be late.",
    "I have a question about NAME.",
    "This is NAME speaking.",
    "NAME was here on Friday.",
];

/// Names that nobody says in the recordings. How terms are given was chosen with these too.
const UNRELATED: &[&str] = &[
    "Abernathy",
    "Bexley",
    "Clopidogrel",
    "Drummond",
    "Eisenhower",
    "Farnsworth",
    "Gorbunova",
    "Hydrochlorothiazide",
    "Ivanov",
    "Jankowski",
    "Kensington",
    "Levothyroxine",
    "Mbeki",
    "Novotny",
    "Oyelaran",
    "Pemberton",
    "Quetiapine",
    "Rajagopalan",
    "Sertraline",
    "Tamburlaine",
];

pub(super) fn measure(
    recogniser: &mut Recogniser,
    voices: &mut Voices,
    prompts: &[Prompt],
    details: bool,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let names = terms(NAMES)?;
    let (mut plain, mut with) = (Errors::default(), Errors::default());
    let (mut all, mut found_plain, mut found_with) = (0_u32, 0_u32, 0_u32);
    for (place, name) in NAMES.iter().enumerate() {
        let text = SENTENCES[place % SENTENCES.len()].replace("NAME", name);
        for (seed, sound) in voices.say(&text)?.iter().enumerate() {
            let heard = Condition::MuLaw.apply(sound, seed as u64);
            let without = recogniser.recognise(&heard, &Mode::Free)?.text;
            let given = recogniser.recognise_with(&heard, &Mode::Free, Some(&names))?.text;
            plain += errors(&text, &without);
            with += errors(&text, &given);
            all += 1;
            found_plain += u32::from(without.contains(name));
            found_with += u32::from(given.contains(name));
            if details && !given.contains(name) {
                println!("with names: {given}\n   without: {without}\n      said: {text}");
            }
        }
    }
    println!("names: {found_with} of {all} understood, without being given {found_plain}");
    let unrelated = terms(UNRELATED)?;
    let mut clean = Errors::default();
    for prompt in prompts {
        let given = recogniser.recognise_with(&prompt.samples, &Mode::Free, Some(&unrelated))?;
        clean += errors(&prompt.text, &given.text);
    }
    let found_pct = |found: u32| hundredth(f64::from(found) * 100.0 / f64::from(all.max(1)));
    figures.extend([
        Figure::new(
            "wer_vocabulary_names_plain_pct",
            hundredth(plain.rate_pct()),
            "for comparison",
        ),
        Figure::new("wer_vocabulary_names_pct", hundredth(with.rate_pct()), "<= half of plain"),
        Figure::new("names_found_plain_pct", found_pct(found_plain), "for comparison"),
        Figure::new("names_found_pct", found_pct(found_with), "report"),
        Figure::new("wer_clean_unrelated_vocabulary_pct", hundredth(clean.rate_pct()), "<= 2.5"),
    ]);
    Ok(())
}

fn terms(names: &[&str]) -> Result<Arc<Terms>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Ok(Arc::new(Terms::new(&names)?.context("there are names")?))
}
