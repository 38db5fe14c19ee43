//! What a callee does, by the last two digits of the number.

use std::fmt;

use outcall_telephony::simulated::random::SplitMix64;

use super::sounds::Sound;

/// What a callee, or the network in its place, does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 180.
    Ring,
    /// 183 with sound before the answer.
    EarlyMedia(Sound),
    /// The same, to be acknowledged by the caller (RFC 3262).
    ReliableEarlyMedia(Sound),
    /// 200. What follows waits for the ACK.
    Answer,
    /// 200 without sending any sound.
    AnswerSilently,
    /// A final response, with a wish to be left alone for so many seconds.
    Refuse {
        /// 300 to 699.
        status: u16,
        /// Retry-After in s.
        retry_after_s: Option<u32>,
    },
    /// From now on a CANCEL is crossed by a 200.
    AnswerTheCancel,
    /// Plays a sound once.
    Play(Sound),
    /// Plays a sound again and again.
    PlayOn(Sound),
    /// Sends digits (RFC 4733).
    Digits(&'static str),
    /// Puts the caller on hold, or takes it off (re-INVITE).
    Hold(bool),
    /// Begins to record, when there is a folder for it.
    Record,
    /// BYE.
    HangUp,
}

/// How callees behave whose digits mean nothing particular.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FarmMix {
    /// How many of 100 calls are answered; the others ring until they are cancelled.
    pub answer_percent: f64,
    /// The median time that it rings, in ms.
    pub ring_ms: u32,
    /// How long the callee talks before it hangs up, in ms; 0 leaves that to the caller.
    pub talk_ms: u32,
}

impl Default for FarmMix {
    fn default() -> Self {
        Self { answer_percent: 100.0, ring_ms: 100, talk_ms: 0 }
    }
}

/// From the INVITE to the first sign of life, in ms: a network needs its time.
const POST_DIAL_MS: u32 = 20;

/// A behaviour in the table: its digits, its words, and its steps with the pause before each.
struct Entry {
    digits: u64,
    about: &'static str,
    steps: &'static [(u32, Step)],
}

const fn refuse(status: u16) -> Step {
    Step::Refuse { status, retry_after_s: None }
}

const TABLE: &[Entry] = &[
    Entry { digits: 1, about: "busy (486)", steps: &[(POST_DIAL_MS, refuse(486))] },
    Entry { digits: 2, about: "rings until it is cancelled", steps: &[(POST_DIAL_MS, Step::Ring)] },
    Entry { digits: 3, about: "no such number (404)", steps: &[(POST_DIAL_MS, refuse(404))] },
    Entry {
        digits: 4,
        about: "no room (503, Retry-After 1)",
        steps: &[(POST_DIAL_MS, Step::Refuse { status: 503, retry_after_s: Some(1) })],
    },
    Entry {
        digits: 5,
        about: "rings and is rejected (603)",
        steps: &[(POST_DIAL_MS, Step::Ring), (300, refuse(603))],
    },
    Entry { digits: 6, about: "the network fails (500)", steps: &[(POST_DIAL_MS, refuse(500))] },
    Entry {
        digits: 8,
        about: "answers, speaks and hangs up",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (0, Step::PlayOn(Sound::Speech)),
            (1_000, Step::HangUp),
        ],
    },
    Entry { digits: 11, about: "never says anything", steps: &[] },
    Entry {
        digits: 12,
        about: "answers in the moment of the CANCEL",
        steps: &[(0, Step::AnswerTheCancel), (POST_DIAL_MS, Step::Ring)],
    },
    Entry {
        digits: 20,
        about: "early media (183), then answers",
        steps: &[
            (POST_DIAL_MS, Step::EarlyMedia(Sound::Ringback)),
            (1_000, Step::Answer),
            (0, Step::PlayOn(Sound::Speech)),
        ],
    },
    Entry {
        digits: 21,
        about: "an announcement before the answer, then 404",
        steps: &[(POST_DIAL_MS, Step::EarlyMedia(Sound::SpecialInformation)), (2_000, refuse(404))],
    },
    Entry {
        digits: 22,
        about: "an answering machine: greeting, beep, then it records",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (300, Step::Answer),
            (200, Step::Play(Sound::Greeting)),
            (0, Step::Play(Sound::Beep)),
            (0, Step::Record),
            (30_000, Step::HangUp),
        ],
    },
    Entry {
        digits: 23,
        about: "answers and sends no sound at all",
        steps: &[(POST_DIAL_MS, Step::Ring), (200, Step::AnswerSilently)],
    },
    Entry {
        digits: 24,
        about: "answers and presses 1, 9 and #",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (200, Step::PlayOn(Sound::Speech)),
            (500, Step::Digits("19#")),
        ],
    },
    Entry {
        digits: 25,
        about: "not there (480)",
        steps: &[(POST_DIAL_MS, Step::Ring), (200, refuse(480))],
    },
    Entry {
        digits: 26,
        about: "answers, holds the line for a second, and goes on",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (0, Step::PlayOn(Sound::Speech)),
            (500, Step::Hold(true)),
            (1_000, Step::Hold(false)),
        ],
    },
    Entry {
        digits: 28,
        about: "early media that has to be acknowledged (PRACK), then answers",
        steps: &[
            (POST_DIAL_MS, Step::ReliableEarlyMedia(Sound::Ringback)),
            (500, Step::Answer),
            (0, Step::PlayOn(Sound::Speech)),
        ],
    },
    Entry {
        digits: 29,
        about: "answers, speaks for five seconds and hangs up",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (0, Step::PlayOn(Sound::Speech)),
            (5_000, Step::HangUp),
        ],
    },
    Entry {
        digits: 30,
        about: "a fax machine",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (500, Step::Answer),
            (200, Step::PlayOn(Sound::FaxTone)),
            (20_000, Step::HangUp),
        ],
    },
    Entry {
        digits: 31,
        about: "no room (503), for nobody knows how long",
        steps: &[(POST_DIAL_MS, refuse(503))],
    },
    Entry {
        digits: 32,
        about: "rings for 20 s, then answers",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (20_000, Step::Answer),
            (0, Step::PlayOn(Sound::Speech)),
        ],
    },
    Entry {
        digits: 33,
        about: "answers and hangs up at once",
        steps: &[(POST_DIAL_MS, Step::Ring), (200, Step::Answer), (0, Step::HangUp)],
    },
];

/// The steps of the callee of a number, with the pause before each in ms. Those behind an answer
/// are counted from its ACK.
pub fn script(number: &str, mix: &FarmMix, chance: &mut SplitMix64) -> Vec<(u32, Step)> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let last = digits.parse::<u64>().map_or(0, |number| number % 100);
    if let Some(entry) = TABLE.iter().find(|entry| entry.digits == last) {
        return entry.steps.to_vec();
    }
    let rings_ms = chance.log_normal(f64::from(mix.ring_ms), 0.3).clamp(0.0, 120_000.0) as u32;
    let mut steps = vec![(POST_DIAL_MS, Step::Ring)];
    if chance.percent(mix.answer_percent) {
        steps.push((rings_ms, Step::Answer));
        steps.push((0, Step::Record));
        steps.push((0, Step::PlayOn(Sound::Speech)));
        if mix.talk_ms > 0 {
            steps.push((mix.talk_ms, Step::HangUp));
        }
    }
    steps
}

/// The digits and what they mean, a line each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Table;

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in TABLE {
            writeln!(f, "{:02}  {}", entry.digits, entry.about)?;
        }
        writeln!(f, "--  answered after a ring, as the mix says, and speaks")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_digits_choose_the_behaviour() {
        let mut chance = SplitMix64::new(1);
        let mix = FarmMix::default();
        assert_eq!(script("+12025550101", &mix, &mut chance), [(POST_DIAL_MS, refuse(486))]);
        assert_eq!(script("sip-11", &mix, &mut chance), []);
        let other = script("+12025550150", &mix, &mut chance);
        assert!(other.iter().any(|(_, step)| *step == Step::Answer));
    }

    #[test]
    fn the_mix_decides_how_many_answer() {
        let mut chance = SplitMix64::new(1);
        let mix = FarmMix { answer_percent: 10.0, ..FarmMix::default() };
        let answered = (0..10_000)
            .filter(|_| script("50", &mix, &mut chance).iter().any(|(_, it)| *it == Step::Answer))
            .count();
        assert!((850..1_150).contains(&answered), "{answered}");
    }

    #[test]
    fn nothing_follows_the_end_of_a_script_and_the_digits_are_unique() {
        for entry in TABLE {
            let last = entry.steps.len().saturating_sub(1);
            for (index, (_, step)) in entry.steps.iter().enumerate() {
                let ends = matches!(step, Step::HangUp | Step::Refuse { .. });
                assert!(!ends || index == last, "{:02}", entry.digits);
            }
            let same = TABLE.iter().filter(|other| other.digits == entry.digits).count();
            assert_eq!(same, 1, "{:02}", entry.digits);
        }
    }
}
