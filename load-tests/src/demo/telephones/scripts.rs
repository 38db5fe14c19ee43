//! What is said on each of the calls to telephones.

use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::{DateTime, Weekday};

/// A call: by which voice it is answered, what is said, and what may come of it. Of what is said
/// the first is what it means, in the plainest words; `{day}` is a day after the next.
pub(super) struct Script {
    voice: &'static str,
    says: &'static [(&'static str, &'static str)],
    outcomes: &'static [&'static str],
    moves: bool,
}

const CONFIRMED: &[&str] = &["confirmed"];

pub(super) const SCRIPTS: &[Script] = &[
    Script {
        voice: "slt",
        says: &[("yes", "Yes, speaking."), ("yes", "Yes, I will be there.")],
        outcomes: CONFIRMED,
        moves: false,
    },
    Script {
        voice: "rms",
        says: &[("yes", "That's me."), ("yes", "Sure, that works for me.")],
        outcomes: CONFIRMED,
        moves: false,
    },
    Script {
        voice: "awb",
        says: &[("yes", "Yes, it is."), ("yes", "Yes, I am coming.")],
        outcomes: CONFIRMED,
        moves: false,
    },
    Script {
        voice: "slt",
        says: &[("yes", "It is me, go on."), ("yes", "Of course, see you then.")],
        outcomes: CONFIRMED,
        moves: false,
    },
    Script {
        voice: "rms",
        says: &[
            ("yes", "Yes, this is me."),
            ("can we move it", "I can't make it then, could I come on some other day?"),
            ("{day} at ten", "On {day} at ten in the morning."),
            ("yes", "Yes, that's right."),
        ],
        outcomes: &["moved"],
        moves: true,
    },
    Script {
        voice: "slt",
        says: &[
            ("yes", "Yes."),
            ("can we move it", "That day is bad for me, I need a different one."),
            ("{day} at ten", "{day}, ten in the morning please."),
            ("yes", "Correct."),
        ],
        outcomes: &["moved"],
        moves: true,
    },
    Script {
        voice: "awb",
        says: &[
            ("yes", "Yes, that is me."),
            ("can we move it", "Can I have another appointment instead?"),
            ("{day} at ten", "How about {day} at ten in the morning?"),
            ("yes", "Yes please."),
        ],
        outcomes: &["moved"],
        moves: true,
    },
    Script {
        voice: "slt",
        says: &[
            ("yes", "Yes, I am."),
            ("please cancel it", "I have gone to a different dentist, please cancel that one."),
            ("cancel the appointment", "No thanks, just cancel the appointment."),
        ],
        outcomes: &["cancelled"],
        moves: false,
    },
    Script {
        voice: "rms",
        says: &[("stop calling me", "Please take my number off your list and stop calling me.")],
        outcomes: &["opted_out"],
        moves: false,
    },
    Script {
        voice: "awb",
        says: &[("you have the wrong number", "Sorry, you have dialled the wrong number.")],
        outcomes: &["wrong_person"],
        moves: false,
    },
];

/// A script on a certain day.
pub(super) struct Call {
    pub(super) voice: &'static str,
    /// What it means, and the words.
    pub(super) says: Vec<(String, String)>,
    pub(super) outcomes: &'static [&'static str],
    /// What is to stand in the slot of the new time.
    pub(super) new_time: Option<String>,
}

impl Call {
    /// The script when it is held today: a day is the working day after the next one.
    pub(super) fn of(script: &Script, today: DateTime) -> Result<Self> {
        let mut day = today.date().checked_add(3.days())?;
        while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            day = day.tomorrow()?;
        }
        let name = day.strftime("%A").to_string();
        let at = day.at(10, 0, 0, 0).strftime("%Y-%m-%dT%H:%M").to_string();
        let says = script.says.iter();
        let says = says.map(|(means, words)| (fill(means, &name), fill(words, &name))).collect();
        let new_time = script.moves.then_some(at);
        script.outcomes.first().context("a script without an outcome")?;
        Ok(Self { voice: script.voice, says, outcomes: script.outcomes, new_time })
    }
}

fn fill(text: &str, day: &str) -> String {
    text.replace("{day}", day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_working_day_within_the_week() {
        let friday = "2026-11-27T09:00:00".parse().unwrap();
        let call = Call::of(&SCRIPTS[4], friday).unwrap();
        assert_eq!(call.new_time.as_deref(), Some("2026-11-30T10:00"));
        assert_eq!(call.says[2].1, "On Monday at ten in the morning.");
    }
}
