//! What happens on one call, composed from a seed: robot and callee in turn, pauses as people make
//! them, now and then a machine.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use outcall_conversation::hearing::Attention;
use outcall_inference::pool::Pending;
use outcall_media::playback::FRAME as PACKET;
use outcall_speech::synthesis::worker::Reply;
use outcall_speech::turn::Expected;
use outcall_telephony::simulated::random::SplitMix64;

use crate::reading::Reading;
use crate::sounds::Sounds;
use crate::voices::Voices;

const PER_MS: u64 = 8;

/// A part of a call, on the side of the callee.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// The line's noise, in samples.
    Quiet(usize),
    Sound(usize),
    /// The robot says something; the callee waits for its end, or not.
    Robot {
        waited_for: bool,
    },
}

enum Robot {
    Silent,
    /// Its words are asked for.
    Thinks(Pending<Reply>),
    /// So many samples are still to be said.
    Talks(usize),
}

/// A call.
pub(crate) struct Call {
    parts: VecDeque<Part>,
    /// A sound that is heard, and how far it is.
    sound: Option<(usize, usize)>,
    quiet: usize,
    robot: Robot,
    waited_for: bool,
    noise_at: usize,
    random: SplitMix64,
}

/// What a robot does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Begins,
    Ends,
}

impl Call {
    /// The call of a number, and what is listened for on it.
    pub(crate) fn compose(number: u64, sounds: &Sounds) -> (Self, Attention) {
        let mut random = SplitMix64::from_words(&[24, number]);
        let mut attention = Attention::default();
        let mut parts = VecDeque::from([pause(&mut random, 300, 1_500)]);
        match random.below(100) {
            0..70 => attention.expected = person(&mut parts, &mut random, sounds),
            70..82 => {
                // A greeting without a pause, a beep, the message.
                let greeting = (0..3).map(|_| Part::Sound(sounds.recording(&mut random)));
                parts.extend(greeting);
                parts.extend([pause(&mut random, 200, 1_500), Part::Sound(sounds.beep())]);
                parts.extend([Part::Quiet(4_000), Part::Robot { waited_for: true }]);
            }
            82..90 => {
                for _ in 0..2 + random.below(4) {
                    parts.push_back(Part::Sound(sounds.recording(&mut random)));
                    parts.push_back(pause(&mut random, 500, 3_000));
                }
            }
            90..95 => {
                let tone = if random.below(2) == 0 { sounds.sit() } else { sounds.busy() };
                parts.push_back(Part::Sound(tone));
                parts.push_back(Part::Sound(sounds.recording(&mut random)));
            }
            _ => {
                parts.push_back(Part::Robot { waited_for: true });
                parts.push_back(pause(&mut random, 8_000, 20_000));
            }
        }
        parts.push_back(Part::Quiet(12_000));
        let call = Self {
            parts,
            sound: None,
            quiet: 0,
            robot: Robot::Silent,
            waited_for: false,
            noise_at: random.below(sounds.noise.len() as u64) as usize,
            random,
        };
        (call, attention)
    }

    /// Whether nothing more happens.
    pub(crate) fn is_over(&self) -> bool {
        let silent = matches!(self.robot, Robot::Silent);
        silent && self.parts.is_empty() && self.sound.is_none() && self.quiet == 0
    }

    /// 20 ms pass for the robot.
    pub(crate) fn robot(&mut self, sums: &mut Reading) -> Option<Turn> {
        match &mut self.robot {
            Robot::Silent => None,
            Robot::Thinks(pending) => {
                let mut cx = Context::from_waker(Waker::noop());
                let Poll::Ready(said) = Pin::new(pending).poll(&mut cx) else { return None };
                let Ok(said) = said else {
                    sums.unsaid += 1;
                    self.robot = Robot::Silent;
                    return None;
                };
                let samples = said.reply.samples.len();
                sums.said_samples += samples as u64;
                self.robot = Robot::Talks(samples);
                Some(Turn::Begins)
            }
            Robot::Talks(left) => {
                *left = left.saturating_sub(PACKET);
                if *left > 0 {
                    return None;
                }
                self.robot = Robot::Silent;
                Some(Turn::Ends)
            }
        }
    }

    /// The next 20 ms of the callee.
    pub(crate) fn packet(
        &mut self,
        sounds: &Sounds,
        voices: &Voices,
        sums: &mut Reading,
    ) -> [i16; PACKET] {
        let mut packet = [0; PACKET];
        let mut filled = 0;
        while filled < PACKET && self.next_part(sounds, voices, sums) {
            if let Some((sound, place)) = &mut self.sound {
                let rest = &sounds.get(*sound)[*place..];
                let count = rest.len().min(PACKET - filled);
                packet[filled..filled + count].copy_from_slice(&rest[..count]);
                filled += count;
                *place += count;
                sums.sounding_samples += count as u64;
                self.sound = self.sound.filter(|_| count < rest.len());
            } else {
                let count = self.quiet.min(PACKET - filled);
                filled += count;
                self.quiet -= count;
            }
        }
        sums.heard_samples += PACKET as u64;
        for sample in &mut packet {
            *sample = sample.saturating_add(sounds.noise[self.noise_at % sounds.noise.len()]);
            self.noise_at += 1;
        }
        packet
    }

    /// Whether there is a sound or a pause to go on with.
    fn next_part(&mut self, sounds: &Sounds, voices: &Voices, sums: &mut Reading) -> bool {
        while self.sound.is_none() && self.quiet == 0 {
            let waits = match self.robot {
                Robot::Silent => false,
                Robot::Thinks(_) => true,
                Robot::Talks(_) => self.waited_for,
            };
            if waits {
                return false;
            }
            match self.parts.pop_front() {
                None => return false,
                Some(Part::Quiet(samples)) => self.quiet = samples,
                Some(Part::Sound(sound)) if sounds.get(sound).is_empty() => {}
                Some(Part::Sound(sound)) => self.sound = Some((sound, 0)),
                Some(Part::Robot { waited_for }) => {
                    self.waited_for = waited_for;
                    match voices.ask(&mut self.random) {
                        Some(pending) => self.robot = Robot::Thinks(pending),
                        None => sums.unsaid += 1,
                    }
                }
            }
        }
        true
    }
}

/// A person: a greeting, then two to eight replies. One of eight comes while the robot talks.
fn person(parts: &mut VecDeque<Part>, random: &mut SplitMix64, sounds: &Sounds) -> Expected {
    let expected = match random.below(5) {
        0 => Expected::YesNo,
        1 => Expected::Digits { count: None },
        _ => Expected::Anything,
    };
    parts.push_back(Part::Sound(sounds.reply(random)));
    for _ in 0..2 + random.below(7) {
        parts.push_back(pause(random, 700, 1_800));
        let waited_for = random.below(8) > 0;
        parts.push_back(Part::Robot { waited_for });
        parts.push_back(pause(random, 250, 1_200));
        let is_number = matches!(expected, Expected::Digits { .. }) && random.below(2) == 0;
        let sound = if is_number { sounds.number(random) } else { sounds.reply(random) };
        parts.push_back(Part::Sound(sound));
    }
    parts.push_back(pause(random, 700, 1_500));
    parts.push_back(Part::Robot { waited_for: true });
    expected
}

fn pause(random: &mut SplitMix64, least_ms: u64, most_ms: u64) -> Part {
    Part::Quiet(((least_ms + random.below(most_ms - least_ms)) * PER_MS) as usize)
}
