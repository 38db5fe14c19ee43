//! What a person says and when: events of a call in, acts out; pure, times in ms since the answer.
//!
//! A person waits until the robot is quiet, and answers the question that they understood last.
//! What they did not understand they wait a little longer for, and then say so. Some speak into
//! the robot's prompt as soon as they know what it will be.

use super::wish::Wish;
use super::words::{Found, Phrase, words};

/// How long a person waits for words of theirs to make sense of before they go by what they have.
const READING_MS: u64 = 3_000;
/// How long the robot speaks before somebody who interrupts listens for what it will be, and how
/// long until they do so again.
const GIST_MS: u64 = 700;
/// From the end of the last words to hanging up.
const PARTING_MS: u64 = 500;
/// How often somebody says that they did not understand.
const UNMATCHED_MAX: u32 = 3;

/// What a person does when it is their turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// What they say, by its place among their sayings: one after the other, as often as they are
    /// asked. Nothing: they listen on.
    pub says: Vec<usize>,
    /// They hang up behind it.
    pub hangs_up: bool,
    /// They do not wait until the robot has finished.
    pub interrupts: bool,
    /// They answer once more what they answered last.
    pub repeats: bool,
    /// They listen for this wish, and what they say when the robot names another.
    pub checks: Option<(Wish, Vec<usize>)>,
}

/// Something that the robot may say, and what the person does then: at the first time, at the
/// second; the last is for all that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name in the file.
    pub name: String,
    /// Phrases that tell it.
    pub phrases: Vec<Phrase>,
    /// What the person does.
    pub turns: Vec<Turn>,
}

/// A person's ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Said by oneself, and how long after the answer.
    pub opening: Option<(usize, u64)>,
    /// Whether that is left out when the robot speaks already.
    pub lets_begin: bool,
    /// What is said when something was not understood.
    pub unmatched: Vec<usize>,
    /// What is said into a long silence.
    pub nudges: Vec<usize>,
    /// How long the robot is quiet before the person speaks.
    pub patience_ms: u64,
    /// How much longer when it was not understood.
    pub doubt_ms: u64,
    /// A silence that is too long.
    pub silence_ms: u64,
    /// When the person hangs up, whatever happens.
    pub leaves_at_ms: u64,
    /// What is then written down.
    pub leaves_why: &'static str,
    /// Topics.
    pub topics: Vec<Topic>,
}

/// Something that happens on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The robot has begun to speak.
    Began,
    /// It is quiet again, since a time; the words follow.
    Paused {
        /// Where its voice ended.
        end_ms: u64,
    },
    /// The words of a stretch that began then; none when they could not be read.
    Words {
        /// Where the stretch began.
        start_ms: u64,
        /// What was said.
        text: &'a str,
    },
    /// What the robot has said of a stretch that goes on.
    SoFar {
        /// What was said.
        text: &'a str,
    },
    /// The person's own utterance is over.
    Spoken,
    /// Time passes.
    Tick,
}

/// What the person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Says one of their sayings.
    Say {
        /// Its place.
        saying: usize,
        /// What it answers, when it answers anything.
        topic: Option<String>,
        /// Whether they mean to interrupt.
        interrupts: bool,
    },
    /// Wants to know what the robot has said of the stretch that goes on.
    ReadSoFar,
    /// Hangs up. Nothing follows.
    HangUp {
        /// Why, for the record.
        why: &'static str,
    },
}

/// Where a person is in a call.
#[derive(Clone, Debug)]
pub struct Mind {
    manner: Manner,
    /// How often each topic was answered.
    answered: Vec<usize>,
    last_topic: Option<usize>,
    /// The robot's words since the person spoke last.
    said: Vec<String>,
    /// Stretches whose words are still to come.
    unread: u32,
    robot_since_ms: Option<u64>,
    quiet_since_ms: u64,
    gist_asked_ms: Option<u64>,
    gist_pending: bool,
    /// Words of stretches that began before are those of a prompt that was interrupted.
    deaf_before_ms: u64,
    speaking: bool,
    leaving: bool,
    unmatched: u32,
    nudged: usize,
    over: bool,
}

impl Mind {
    /// Somebody who has just answered.
    pub fn new(manner: Manner) -> Self {
        let answered = vec![0; manner.topics.len()];
        Self {
            manner,
            answered,
            last_topic: None,
            said: Vec::new(),
            unread: 0,
            robot_since_ms: None,
            quiet_since_ms: 0,
            gist_asked_ms: None,
            gist_pending: false,
            deaf_before_ms: 0,
            speaking: false,
            leaving: false,
            unmatched: 0,
            nudged: 0,
            over: false,
        }
    }

    /// Something happens at `now_ms`.
    pub fn on(&mut self, event: Event<'_>, now_ms: u64) -> Option<Act> {
        if self.over {
            return None;
        }
        match event {
            Event::Began => {
                self.robot_since_ms = Some(now_ms);
                (self.gist_asked_ms, self.nudged) = (None, 0);
            }
            Event::Paused { end_ms } => {
                self.robot_since_ms = None;
                self.quiet_since_ms = end_ms;
                self.unread += 1;
            }
            Event::Words { start_ms, text } => {
                self.unread = self.unread.saturating_sub(1);
                if start_ms >= self.deaf_before_ms {
                    self.said.extend(words(text));
                }
            }
            Event::SoFar { text } => {
                self.gist_pending = false;
                return self.interrupt(text, now_ms);
            }
            Event::Spoken => {
                self.speaking = false;
                // A silence is one of both.
                self.quiet_since_ms = self.quiet_since_ms.max(now_ms);
                if self.leaving {
                    self.manner.leaves_at_ms = now_ms + PARTING_MS;
                    self.manner.leaves_why = "said goodbye";
                }
            }
            Event::Tick => return self.decide(now_ms),
        }
        None
    }

    fn decide(&mut self, now_ms: u64) -> Option<Act> {
        if now_ms >= self.manner.leaves_at_ms {
            return Some(self.hang_up(self.manner.leaves_why));
        }
        if self.speaking {
            return None;
        }
        if let Some((saying, _)) = self.manner.opening.take_if(|(_, at_ms)| *at_ms <= now_ms)
            && !(self.manner.lets_begin && self.robot_since_ms.is_some())
        {
            return Some(self.say(saying, None, false));
        }
        if let Some(since_ms) = self.robot_since_ms {
            return self.ask_for_gist(since_ms, now_ms);
        }
        let quiet_ms = now_ms.saturating_sub(self.quiet_since_ms);
        let patience_ms = self.manner.patience_ms;
        let reads = self.unread > 0 && quiet_ms < patience_ms + READING_MS;
        if self.leaving || reads || quiet_ms < patience_ms {
            return None;
        }
        if self.said.is_empty() {
            return self.bear_silence(quiet_ms);
        }
        if let Some(topic) = self.understood() {
            return self.answer(topic, false);
        }
        if quiet_ms < patience_ms + self.manner.doubt_ms {
            return None;
        }
        self.said.clear();
        let saying = one_of(&self.manner.unmatched, self.unmatched as usize);
        let saying = saying.filter(|_| self.unmatched < UNMATCHED_MAX)?;
        self.unmatched += 1;
        Some(self.say(saying, None, false))
    }

    /// What the robot said last that the person knows something about.
    fn understood(&self) -> Option<usize> {
        self.last_found(|_| true)
    }

    fn last_found(&self, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let found = |(place, topic): (usize, &Topic)| -> Option<(Found, usize)> {
            let found = topic.phrases.iter().filter_map(|phrase| phrase.find_last(&self.said));
            Some((found.max()?, place))
        };
        let topics = self.manner.topics.iter().enumerate().filter(|(place, _)| counts(*place));
        // Of two that end at one word, the longer phrase says more.
        let best = topics.filter_map(found).max_by_key(|(found, _)| *found);
        best.map(|(_, place)| place)
    }

    fn turn(&self, topic: usize) -> Option<&Turn> {
        let turns = &self.manner.topics[topic].turns;
        turns.get(self.answered[topic]).or(turns.last())
    }

    fn answer(&mut self, topic: usize, interrupts: bool) -> Option<Act> {
        let turn = self.turn(topic)?.clone();
        if turn.repeats {
            self.said.clear();
            self.answered[topic] += 1;
            if let Some(last) = self.last_topic.filter(|last| *last != topic) {
                return self.answer(last, false);
            }
            // Nothing was said yet: all there is to say is that somebody is there.
            let nudge = one_of(&self.manner.nudges, 0)?;
            return Some(self.say(nudge, None, false));
        }
        let variants = match &turn.checks {
            Some((wish, otherwise)) if wish.is_contradicted(&self.said) => otherwise,
            Some(_) | None => &turn.says,
        };
        let saying = one_of(variants, self.answered[topic]);
        self.said.clear();
        self.answered[topic] += 1;
        self.unmatched = 0;
        self.leaving = turn.hangs_up;
        let Some(saying) = saying else {
            return turn.hangs_up.then(|| self.hang_up("had enough"));
        };
        self.last_topic = Some(topic);
        let name = self.manner.topics[topic].name.clone();
        Some(self.say(saying, Some(name), interrupts))
    }

    /// Whoever interrupts listens into the prompt.
    fn ask_for_gist(&mut self, since_ms: u64, now_ms: u64) -> Option<Act> {
        let waits_since_ms = self.gist_asked_ms.unwrap_or(since_ms);
        let can = (0..self.manner.topics.len()).any(|topic| self.would_interrupt(topic));
        // A robot that speaks on has been interrupted once: that is enough.
        let again = since_ms < self.deaf_before_ms;
        if !can || again || self.gist_pending || now_ms.saturating_sub(waits_since_ms) < GIST_MS {
            return None;
        }
        self.gist_asked_ms = Some(now_ms);
        self.gist_pending = true;
        Some(Act::ReadSoFar)
    }

    fn would_interrupt(&self, topic: usize) -> bool {
        self.turn(topic).is_some_and(|turn| turn.interrupts)
    }

    fn interrupt(&mut self, so_far: &str, now_ms: u64) -> Option<Act> {
        if self.robot_since_ms.is_none() || self.speaking || self.leaving {
            return None;
        }
        let before = self.said.len();
        self.said.extend(words(so_far));
        let topic = self.last_found(|topic| self.would_interrupt(topic));
        let Some(topic) = topic else {
            self.said.truncate(before);
            return None;
        };
        self.deaf_before_ms = now_ms;
        self.answer(topic, true)
    }

    fn bear_silence(&mut self, quiet_ms: u64) -> Option<Act> {
        if quiet_ms < self.manner.silence_ms || self.manner.nudges.is_empty() {
            return None;
        }
        let Some(&saying) = self.manner.nudges.get(self.nudged) else {
            return Some(self.hang_up("nobody spoke"));
        };
        self.nudged += 1;
        Some(self.say(saying, None, false))
    }

    fn say(&mut self, saying: usize, topic: Option<String>, interrupts: bool) -> Act {
        self.speaking = true;
        Act::Say { saying, topic, interrupts }
    }

    fn hang_up(&mut self, why: &'static str) -> Act {
        self.over = true;
        Act::HangUp { why }
    }
}

fn one_of(sayings: &[usize], turn: usize) -> Option<usize> {
    sayings.get(turn % sayings.len().max(1)).copied()
}

#[cfg(test)]
mod tests;
