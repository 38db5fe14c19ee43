//! The ear of one call: frames and readings in, what was heard and what is to be recognised out.
//!
//! Pure. Times are ms of the call's sound since it was listened to.

mod going_on;
#[cfg(test)]
mod tests;
mod who;

use std::sync::Arc;

use outcall_speech::answer::level_dbfs;
use outcall_speech::recognition::{Mode, Terms, Transcript};
use outcall_speech::turn::{
    Completeness, Expected, Hiss, Interruption, InterruptionSettings, Reading, TurnAction, Turns,
    completeness,
};
use outcall_speech::vad::{FRAME, FRAME_MS};

use super::event::{Answers, Attention, Expectation, Heard, Utterance};
use super::sound::Sound;
use going_on::{Joined, Last};
use outcall_media::playback::FRAME as PACKET;
use who::Who;

/// Sound before speech and after it that recognition is given, in ms.
const AROUND_MS: u64 = 200;
const AFTER_MS: u64 = 2 * FRAME_MS;
/// While it is open who answered, speech without a pause is read so often, in ms.
const PARTIAL_EVERY_MS: u64 = 1_500;
/// No more than the last so many ms of it.
const PARTIAL_MAX_MS: u64 = 8_000;
/// What was said so far is read so often, where it is wanted, in ms.
const SO_FAR_EVERY_MS: u64 = 1_000;
/// No more than the last so many ms of it: a reading of 12 s costs as much as three replies.
const SO_FAR_MAX_MS: u64 = 12_000;

/// What a reading is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The end of a turn, on trial.
    Trial(u32),
    /// Who answered: speech that goes on.
    Partial,
    /// What was said so far, where it is wanted and there is room.
    SoFar,
}

/// Something to be done for an ear.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Recognise this; [`Ear::read`] takes the result.
    Recognise {
        /// What for.
        purpose: Purpose,
        /// 8 kHz.
        samples: Arc<[i16]>,
        /// What is expected.
        mode: Mode,
    },
    /// Nobody wants that reading any more.
    Forget(Purpose),
    /// Tell this.
    Tell(Heard),
}

/// What was made of a stretch of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The words.
    pub transcript: Transcript,
    /// Whether it is being judged how finished it sounds: [`Ear::sounded`] takes that.
    pub awaited: bool,
}

/// The words of a trial.
#[derive(Debug)]
struct Words {
    trial: u32,
    text: String,
    reading: Reading,
}

/// The ear of a call.
#[derive(Debug)]
pub struct Ear {
    attention: Attention,
    answers: Option<Answers>,
    sound: Sound,
    turns: Turns,
    /// While the robot talks.
    guard: Option<Interruption>,
    hiss: Hiss,
    who: Who,
    words: Option<Words>,
    /// When speech was last read while it went on.
    partial_ms: Option<u64>,
    /// Where the turn that is under way began.
    turn_ms: Option<u64>,
    /// The stretch that is being read while speech goes on.
    so_far: (u64, u64),
    /// The turn that ended last, and the one under way that goes on with it.
    last: Option<Last>,
    joined: Option<Joined>,
}

impl Ear {
    /// An ear that has heard nothing.
    pub fn new(attention: Attention) -> Self {
        let turns = Turns::new(attention.turn, attention.patience);
        let who = Who::new(&attention);
        Self {
            attention,
            answers: None,
            sound: Sound::default(),
            turns,
            guard: None,
            hiss: Hiss::default(),
            who,
            words: None,
            partial_ms: None,
            turn_ms: None,
            so_far: (0, 0),
            last: None,
            joined: None,
        }
    }

    /// Names and words that may be said on this call.
    pub fn terms(&self) -> Option<Arc<Terms>> {
        self.attention.terms.clone()
    }

    /// The robot begins to say something, or has ended: only while it talks can it be interrupted.
    pub fn robot_talks(&mut self, talks: Option<InterruptionSettings>) {
        if let (Some(last), Some(_)) = (&mut self.last, talks) {
            last.reply_ms.get_or_insert(self.sound.end_ms());
        }
        self.guard = talks.map(Interruption::new);
    }

    /// What is listened for from now on. A turn under way goes on with it.
    pub fn expect(&mut self, expectation: Expectation) {
        match &mut self.joined {
            // It is heard as the turn that it goes on with.
            Some(joined) => joined.instead = expectation,
            None => self.listen_for(expectation),
        }
    }

    fn listen_for(&mut self, Expectation { patience, expected, answers }: Expectation) {
        self.answers = answers;
        (self.attention.expected, self.attention.patience) = (expected, patience);
        self.turns.set_patience(patience);
    }

    fn expectation(&self) -> Expectation {
        let (patience, expected) = (self.attention.patience, self.attention.expected);
        Expectation { patience, expected, answers: self.answers.clone() }
    }

    /// A packet of 20 ms, heard at `time_ms` of the plane.
    pub fn packet(&mut self, time_ms: u64, samples: &[i16; PACKET]) {
        self.sound.packet(time_ms, samples);
    }

    /// The next frame to judge, when it is complete: to be followed by [`Ear::judged`].
    pub fn next_frame(&mut self) -> Option<[i16; FRAME]> {
        self.sound.next_frame()
    }

    /// How probably the last frame is speech.
    pub fn judged(&mut self, frame: &[i16; FRAME], probability: f32, acts: &mut Vec<Act>) {
        let end_ms = self.sound.end_ms();
        let decided = self.who.frame(end_ms - FRAME_MS, frame, probability, level_dbfs(frame));
        acts.extend(decided.into_iter().map(Act::Tell));
        for action in self.turns.frame(end_ms, probability) {
            self.turn(action, acts);
        }
        self.guard_against(frame, probability, acts);
        self.read_on(end_ms, acts);
        // Speech is known to have begun a little after it has.
        let began_ms = end_ms.saturating_sub(AROUND_MS);
        let may_go_on = self.last.as_ref().is_some_and(|last| last.is_gone_on_with(began_ms));
        self.sound.forget(self.turns.is_under_way() || may_go_on);
    }

    /// What was made of a stretch, or `None` when there was no room to recognise it.
    pub fn read(&mut self, purpose: Purpose, read: Option<Read>, acts: &mut Vec<Act>) {
        let now_ms = self.sound.end_ms();
        let Some(Read { transcript, awaited }) = read else {
            if let Purpose::Trial(trial) = purpose {
                self.turns.unread(trial);
            }
            return;
        };
        let heard = self.who.words(now_ms, &transcript.text, false);
        acts.extend(heard.into_iter().map(Act::Tell));
        let Purpose::Trial(trial) = purpose else {
            self.tell_so_far(transcript, acts);
            return;
        };
        let empty = transcript.words.is_empty();
        // What was added to the words before was a noise.
        let is_old = self.joined.as_ref().is_some_and(|joined| joined.text == transcript.text);
        if let Some(guard) = &mut self.guard {
            let is_noise = empty || is_old;
            let reaction = if is_noise { guard.nothing() } else { guard.words(&transcript.text) };
            acts.extend(reaction.map(|reaction| Act::Tell(Heard::Interrupted(reaction))));
        }
        let reading = Reading {
            completeness: self.completeness(&transcript.text),
            confidence: transcript.confidence(),
            finished: None,
            awaited,
            empty,
        };
        if !empty && self.joined.is_none() && self.turns.is_tried(trial) {
            let (text, confidence) = (transcript.text.clone(), reading.confidence);
            acts.push(Act::Tell(Heard::Paused { trial, text, confidence }));
        }
        self.words = Some(Words { trial, text: transcript.text, reading });
        for action in self.turns.recognised(trial, reading) {
            self.turn(action, acts);
        }
    }

    /// How finished the words of a trial sound, 0 to 1; `None` when that could not be judged.
    pub fn sounded(&mut self, trial: u32, finished: Option<f32>, acts: &mut Vec<Act>) {
        let Some(words) = self.words.as_mut().filter(|words| words.trial == trial) else { return };
        (words.reading.finished, words.reading.awaited) = (finished, false);
        let reading = words.reading;
        for action in self.turns.recognised(trial, reading) {
            self.turn(action, acts);
        }
    }

    /// The line is closed: what was said until now is all.
    pub fn close(&mut self, acts: &mut Vec<Act>) {
        for action in self.turns.close() {
            self.turn(action, acts);
        }
    }

    /// The words of a pause were understood: they are an answer. What closes no sentence goes on
    /// all the same.
    pub fn is_answer(&mut self, trial: u32, acts: &mut Vec<Act>) {
        let Some(words) = self.words.as_mut().filter(|words| words.trial == trial) else { return };
        if !may_be_answer(words.reading.completeness, &words.text) {
            return;
        }
        words.reading.completeness = Completeness::Answer;
        let reading = words.reading;
        for action in self.turns.recognised(trial, reading) {
            self.turn(action, acts);
        }
    }

    /// Whether these words need the judgement of their melody too.
    pub fn needs_melody(&self, text: &str) -> bool {
        !self.completeness(text).is_settled()
    }

    fn completeness(&self, text: &str) -> Completeness {
        let by_words = completeness(text, self.attention.expected);
        match self.answers.as_ref().filter(|_| may_be_answer(by_words, text)) {
            Some(answers) if answers.hold(text) => Completeness::Answer,
            Some(_) | None => by_words,
        }
    }

    fn mode(&self) -> Mode {
        match self.attention.expected {
            Expected::Digits { count: Some(1) } => Mode::Digits { count: Some(1) },
            // Told how many there are, it would find as many in half of them.
            Expected::Digits { .. } => Mode::Digits { count: None },
            Expected::YesNo => Mode::YesNo,
            Expected::When => Mode::When,
            Expected::Anything => Mode::Free,
        }
    }

    fn turn(&mut self, action: TurnAction, acts: &mut Vec<Act>) {
        match action {
            TurnAction::Started { from_ms } => {
                self.go_on(from_ms);
                self.turn_ms = Some(from_ms);
                self.partial_ms = None;
                acts.push(Act::Tell(Heard::SpeechStarted { from_ms }));
            }
            TurnAction::Try { trial, from_ms, to_ms } => {
                // It reads all that a partial one would.
                acts.extend([Purpose::Partial, Purpose::SoFar].map(Act::Forget));
                let from_ms = self.joined.as_ref().map_or(from_ms, |joined| joined.from_ms);
                let from_ms = from_ms.saturating_sub(AROUND_MS);
                let samples = self.sound.stretch(from_ms, to_ms + AFTER_MS);
                let purpose = Purpose::Trial(trial);
                acts.push(Act::Recognise { purpose, samples, mode: self.mode() });
            }
            TurnAction::Abandon { trial } => acts.push(Act::Forget(Purpose::Trial(trial))),
            TurnAction::Dropped { trial } => {
                self.turn_ms = None;
                acts.push(Act::Forget(Purpose::SoFar));
                acts.extend(trial.map(|trial| Act::Forget(Purpose::Trial(trial))));
                acts.push(Act::Tell(Heard::Noise));
                if let Some(joined) = self.joined.take() {
                    self.listen_for(joined.instead);
                }
            }
            TurnAction::Ended { trial, from_ms, to_ms, asked_ms, reason } => {
                self.turn_ms = None;
                acts.push(Act::Forget(Purpose::SoFar));
                acts.push(Act::Forget(Purpose::Trial(trial)));
                let words = self.words.take().filter(|words| words.trial == trial);
                let decided_ms = self.sound.end_ms();
                if let Some(words) = &words {
                    let heard = self.who.words(decided_ms, &words.text, true);
                    acts.extend(heard.into_iter().map(Act::Tell));
                }
                let confidence = words.as_ref().map_or(0.0, |words| words.reading.confidence);
                let text = words.map(|words| words.text);
                let goes_on = self.joined.is_some();
                let said = Utterance {
                    from_ms,
                    to_ms,
                    asked_ms,
                    decided_ms,
                    text,
                    confidence,
                    reason,
                    goes_on,
                };
                self.tell_said(said, acts);
            }
        }
    }

    /// Speech begins: does it go on with the turn before?
    fn go_on(&mut self, from_ms: u64) {
        let Some(last) = self.last.take().filter(|last| last.is_gone_on_with(from_ms)) else {
            return;
        };
        let instead = self.expectation();
        self.listen_for(last.expected);
        self.joined = Some(Joined { from_ms: last.from_ms, text: last.text, instead });
    }

    fn tell_said(&mut self, mut said: Utterance, acts: &mut Vec<Act>) {
        let expected = self.expectation();
        let mut is_old = false;
        if let Some(joined) = self.joined.take() {
            self.listen_for(joined.instead);
            said.from_ms = joined.from_ms;
            is_old = said.text.as_ref().is_none_or(|text| *text == joined.text);
            if is_old {
                said.text = Some(joined.text);
            }
        }
        let (from_ms, to_ms) = (said.from_ms, said.to_ms);
        let last = |text| Last { from_ms, to_ms, text, expected, reply_ms: None };
        self.last = said.text.clone().map(last);
        acts.push(Act::Tell(if is_old { Heard::Noise } else { Heard::Said(said) }));
    }

    /// Somebody who speaks while the robot does, and somebody who no longer does.
    fn guard_against(&mut self, frame: &[i16; FRAME], probability: f32, acts: &mut Vec<Act>) {
        let hisses = self.hiss.frame(frame);
        let Some(guard) = &mut self.guard else { return };
        let reaction = guard.frame(probability, hisses, self.turns.speech_ms());
        acts.extend(reaction.map(|reaction| Act::Tell(Heard::Interrupted(reaction))));
    }

    /// Speech is read while it goes on: machines speak without a pause, and what a person has said
    /// so far may be wanted.
    fn read_on(&mut self, end_ms: u64, acts: &mut Vec<Act>) {
        let speech_ms = self.turns.speech_ms();
        if speech_ms == 0 {
            if self.turn_ms.is_none() {
                self.partial_ms = None;
            }
            return;
        }
        let wanted = self.attention.partials;
        let every_ms = if wanted { SO_FAR_EVERY_MS } else { PARTIAL_EVERY_MS };
        let last_ms = self.partial_ms.unwrap_or(end_ms.saturating_sub(speech_ms));
        let purpose = if self.who.wants_words(end_ms) { Purpose::Partial } else { Purpose::SoFar };
        if end_ms.saturating_sub(last_ms) < every_ms || (purpose == Purpose::SoFar && !wanted) {
            return;
        }
        self.partial_ms = Some(end_ms);
        let speech_from_ms = end_ms.saturating_sub(speech_ms.min(PARTIAL_MAX_MS));
        let turn_ms = self.turn_ms.filter(|_| wanted);
        let turn_from_ms = turn_ms.map(|from_ms| from_ms.max(end_ms.saturating_sub(SO_FAR_MAX_MS)));
        let from_ms = turn_from_ms.unwrap_or(speech_from_ms);
        self.so_far = (from_ms, end_ms);
        let samples = self.sound.stretch(from_ms.saturating_sub(AROUND_MS), end_ms);
        acts.push(Act::Recognise { purpose, samples, mode: Mode::Free });
    }

    /// What was said so far; a turn that is over is told whole.
    fn tell_so_far(&self, transcript: Transcript, acts: &mut Vec<Act>) {
        let is_wanted = self.attention.partials && self.turns.is_under_way();
        if !is_wanted || transcript.words.is_empty() {
            return;
        }
        let (from_ms, to_ms) = self.so_far;
        let confidence = transcript.confidence();
        let text = transcript.text;
        acts.push(Act::Tell(Heard::Partial { from_ms, to_ms, text, confidence }));
    }
}

/// Whether words that are complete so far may be an answer when they hold one.
fn may_be_answer(by_words: Completeness, text: &str) -> bool {
    match by_words {
        Completeness::Complete | Completeness::Unclear => true,
        // A closed sentence may end with a word after which most go on: "count me in."
        Completeness::Open => text.ends_with(['.', '!', '?']) && !text.ends_with(".."),
        Completeness::Number | Completeness::Whole | Completeness::Answer => false,
    }
}
