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
    /// Plays a sound once. What follows waits for its end.
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
        digits: 7,
        about: "an answering machine that stays: greeting, beep, then it records",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (200, Step::Play(Sound::Greeting)),
            (0, Step::Play(Sound::Beep)),
            (0, Step::Record),
        ],
    },
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
    Entry {
        digits: 9,
        about: "answers and presses 2: call me back",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (0, Step::Record),
            (200, Step::PlayOn(Sound::Speech)),
            (500, Step::Digits("2")),
        ],
    },
    Entry {
        digits: 10,
        about: "answers and presses 9: do not call me again",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (0, Step::Record),
            (200, Step::PlayOn(Sound::Speech)),
            (500, Step::Digits("9")),
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
        digits: 27,
        about: "a busy tone before the answer, then busy (486)",
        steps: &[(POST_DIAL_MS, Step::EarlyMedia(Sound::Busy)), (1_000, refuse(486))],
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
    Entry {
        digits: 34,
        about: "the machine's greeting as an announcement before the answer, then not there (480)",
        steps: &[(POST_DIAL_MS, Step::EarlyMedia(Sound::Greeting)), (4_500, refuse(480))],
    },
    Entry {
        digits: 50,
        about: "answers, speaks and stays",
        steps: &[
            (POST_DIAL_MS, Step::Ring),
            (200, Step::Answer),
            (0, Step::Record),
            (0, Step::PlayOn(Sound::Speech)),
        ],
    },
];

/// The steps of the callee of a number, with the pause before each in ms. Those behind an answer
/// are counted from its ACK.
pub fn steps(called: &str, mix: &FarmMix, chance: &mut SplitMix64) -> Vec<(u32, Step)> {
    let last = last_two_digits(called);
    if let Some(entry) = TABLE.iter().find(|entry| Some(entry.digits) == last) {
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

/// What its digits decide, of a number or a name of any length. Comes from the wire.
fn last_two_digits(called: &str) -> Option<u64> {
    let mut digits = called.bytes().rev().filter(u8::is_ascii_digit).map(|it| u64::from(it - b'0'));
    let ones = digits.next()?;
    Some(digits.next().unwrap_or(0) * 10 + ones)
}

/// Whether a callee does nothing but talk, so that another kind of callee can stand in for it.
pub fn only_talks(steps: &[(u32, Step)]) -> bool {
    let plain = |step: &Step| {
        matches!(
            step,
            Step::Ring | Step::Answer | Step::Record | Step::PlayOn(Sound::Speech) | Step::HangUp
        )
    };
    steps.iter().all(|(_, step)| plain(step))
        && steps.iter().any(|(_, step)| matches!(step, Step::PlayOn(Sound::Speech)))
}

/// The digits and what they mean, a line each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Table;

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in TABLE {
            writeln!(f, "{:02}  {}", entry.digits, entry.about)?;
        }
        writeln!(f, "--  rings, then answers, speaks and hangs up as the mix says")
    }
}

#[cfg(test)]
mod tests {
    use outcall_campaign::{PhoneNumber, UnixMillis};
    use outcall_telephony::simulated::{Callee, Fate};
    use proptest::prelude::*;

    use super::*;

    fn of(called: &str) -> Vec<(u32, Step)> {
        let mix = FarmMix { answer_percent: 0.0, ..FarmMix::default() };
        steps(called, &mix, &mut SplitMix64::new(1))
    }

    fn answers(steps: &[(u32, Step)]) -> bool {
        steps.iter().any(|(_, step)| matches!(step, Step::Answer | Step::AnswerSilently))
    }

    #[test]
    fn the_last_two_digits_choose_the_behaviour() {
        assert_eq!(of("+12025550101"), [(POST_DIAL_MS, refuse(486))]);
        assert_eq!(of("sip-11"), []);
        assert_eq!(of("1"), of("01"));
        let long = format!("{}03", "9".repeat(5_000));
        assert_eq!(of(&long), [(POST_DIAL_MS, refuse(404))]);
        assert_eq!(of("nobody"), [(POST_DIAL_MS, Step::Ring)]);
    }

    #[test]
    fn the_digits_mean_what_they_mean_to_the_simulated_carrier() {
        for digits in (1..=12).chain([50]) {
            let number = PhoneNumber::from_digits(12_025_550_100 + digits).unwrap();
            let steps = of(&number.digits().to_string());
            let last = steps.last().map(|(_, step)| *step);
            let status = match last {
                Some(Step::Refuse { status, .. }) => status,
                _ => 0,
            };
            let agrees = match Fate::forced_by(number, UnixMillis(0)) {
                Fate::Answered(Callee::Stays(_)) => {
                    answers(&steps) && last != Some(Step::HangUp) && status == 0
                }
                Fate::Answered(Callee::HangsUp) => answers(&steps) && last == Some(Step::HangUp),
                Fate::Busy => status == 486,
                Fate::NoAnswer => last == Some(Step::Ring),
                Fate::Rejected => status == 603,
                Fate::Unallocated => status == 404,
                Fate::Congestion => status == 503,
                Fate::Failed => status == 500,
                Fate::Silent => steps.is_empty(),
                Fate::AnswersTheCancel => steps[0].1 == Step::AnswerTheCancel,
            };
            assert!(agrees, "{digits:02}: {steps:?}");
        }
    }

    #[test]
    fn the_mix_decides_how_many_answer() {
        let mut chance = SplitMix64::new(1);
        let mix = FarmMix { answer_percent: 10.0, ..FarmMix::default() };
        let answered = (0..10_000).filter(|_| answers(&steps("60", &mix, &mut chance))).count();
        assert!((850..1_150).contains(&answered), "{answered}");
        assert!(answers(&of("50")), "50 stays outside of the mix");
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

    #[test]
    fn nobody_stands_in_for_a_callee_that_does_more_than_talk() {
        assert!(only_talks(&of("50")));
        for digits in ["07", "20", "22", "23", "24", "26", "28", "30", "02", "11", "12"] {
            assert!(!only_talks(&of(digits)), "{digits}");
        }
    }

    #[test]
    fn the_table_of_the_documents_is_the_one_that_is_printed() {
        let documented: Vec<_> = include_str!("mod.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | ")?.strip_suffix(" |"))
            .filter(|line| !line.starts_with("digits"))
            .map(|line| line.replace(" | ", "  "))
            .collect();
        let printed: Vec<_> = Table.to_string().lines().map(str::to_owned).collect();
        assert_eq!(documented, printed);
    }

    proptest! {
        #[test]
        fn whatever_is_dialled_has_a_behaviour(called in ".*", seed: u64, percent in 0.0..=100.0) {
            let mix = FarmMix { answer_percent: percent, ring_ms: u32::MAX, talk_ms: u32::MAX };
            let steps = steps(&called, &mix, &mut SplitMix64::new(seed));
            prop_assert!(steps.len() <= 8);
        }
    }
}
