//! The file of personas that comes with a scenario.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::markup::{Markup, Part};
use super::words::{Phrase, words};
use super::*;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn shipped() -> PeopleFile {
    let path = scenarios().join("appointment-reminder/people.yaml");
    file::parse(&fs_err::read_to_string(path).unwrap()).unwrap()
}

/// A Friday.
const NOW: UnixMillis = UnixMillis(1_795_780_800_000);

#[test]
fn the_shipped_file_casts_its_list_and_most_of_those_who_answer_are_willing() {
    let file = scenarios().join("appointment-reminder/people.yaml");
    let cast = read_cast(&file, 1, NOW).unwrap();
    assert!((95..=100).contains(&cast.len()), "{}", cast.len());
    assert_eq!(shipped().unused(), Vec::<String>::new());
    let personas: BTreeSet<&str> = cast.values().map(|it| it.persona.as_str()).collect();
    assert_eq!(personas.len(), shipped().personas.len(), "each is there: {personas:?}");
    let answered = cast
        .values()
        .filter(|it| matches!(it.line, LineKind::Talks | LineKind::Silent | LineKind::Machine));
    let (mut willing, mut all) = (0, 0);
    for person in answered {
        all += 1;
        willing += usize::from(person.willing);
        for (slot, wish) in &person.slots {
            assert!(wish.as_str() > "2026-11-28" && wish.as_str() < "2026-12-04", "{slot}: {wish}");
        }
    }
    assert!(willing * 2 > all, "{willing} of {all}");
}

/// What persons say is to be a surprise for the scenario: none of it is among its examples.
#[test]
fn nobody_says_what_a_scenario_was_written_with() {
    let known: String = ["appointment-reminder/scenario.yaml", "library/basics.yaml"]
        .map(|name| fs_err::read_to_string(scenarios().join(name)).unwrap())
        .concat();
    // Examples stand in lists and behind `user:`: between commas, brackets, quotes, line ends.
    let examples: BTreeSet<Vec<String>> =
        known.split([',', '[', ']', '"', '\n', '{', '}', ':', '-']).map(words).collect();
    for (name, variants) in shipped().replies {
        for variant in variants {
            for part in Markup::parse(&variant).unwrap().parts {
                let Part::Words(text) = part else { continue };
                let said = words(&text);
                assert!(said.len() < 2 || !examples.contains(&said), "{name}: {text}");
            }
        }
    }
}

#[test]
fn the_prompts_of_the_scenario_mean_something_to_persons() {
    let topics = shipped().topics;
    let understood = |text: &str| -> Option<String> {
        let said = words(text);
        let best = topics.iter().filter_map(|(name, phrases)| {
            let found = phrases.iter().filter_map(|it| Phrase::new(it)?.find_last(&said)).max()?;
            Some((found, name.clone()))
        });
        best.max().map(|(_, name)| name)
    };
    for (prompt, topic) in [
        (
            "Hello, this is the automated assistant of Park Dental. To get no more calls, press \
             9 or say stop calling. Am I speaking to Ann Lee?",
            "who",
        ),
        ("Is this Ines?", "who"),
        ("Hello, is this Ann now?", "who"),
        ("Is Ann there, so that I could have a word?", "fetch"),
        ("I will wait.", "wait"),
        ("You have an appointment at 3 Hill Road on Monday. Will you come?", "coming"),
        ("The address is 3 Hill Road.", "address"),
        ("Shall I find another time for you?", "keep"),
        ("I can cancel it. Or shall I find another time instead?", "keep"),
        ("Which day and time would suit you?", "when"),
        ("So the new appointment is Monday at 9 AM. Is that right?", "right"),
        ("One moment, please.", "wait"),
        ("That time is taken already. Which day and time would suit you?", "when"),
        ("Done, your appointment is now Monday at 9. You get a message about it. Goodbye.", "bye"),
        ("A colleague will call you to find a new time. Good bye.", "bye"),
        ("Sorry, I did not understand.", "again"),
        ("Are you still there?", "still"),
    ] {
        assert_eq!(understood(prompt).as_deref(), Some(topic), "{prompt}");
    }
}
