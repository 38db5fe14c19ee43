//! What the robot does on one call: events in, acts out.
//!
//! It talks at once. Who answered is decided beside that, and may turn the call: a voicemail is
//! left a message after its beep, a menu is passed by keys, and what is no telephone is hung up on.

#[cfg(test)]
mod tests;

use outcall_campaign::UnixMillis;
use outcall_campaign::attempt::ConversationEnd;
use outcall_media::playback::{PlaybackEnd, PlaybackId};
use outcall_speech::answer::Class;
use outcall_speech::answer::voicemail::Step;
use outcall_speech::turn::Reaction;

use super::settings::DigitMeaning;
use crate::hearing::Heard;
use crate::line::{EarlyRecord, LineRecord};

/// How fast the announcement fades when it is interrupted, in ms.
pub(super) const FADE_MS: u16 = 20;

/// How long after a `call_back` digit the person is called again, in ms.
const CALL_BACK_MS: i64 = 3_600_000;

/// How long a machine may take until it lets us through, in ms.
const MENU_MAX_MS: i64 = 90_000;

/// Which sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Track {
    /// The announcement.
    Main,
    /// The message for a voicemail.
    Voicemail,
    /// Who calls.
    Introduction,
}

/// What is to be done on the line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Play this, in place of what plays; [`Talk::plays`] is told its name.
    Play(Track),
    /// Hold what plays where it is.
    Pause,
    /// Go on with it.
    Resume,
    /// End it, after a fade-out.
    Stop,
    /// Press keys.
    Press(String),
    /// The conversation is over.
    End(ConversationEnd),
}

/// Which sounds there are, and how long the robot stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) main: bool,
    pub(super) voicemail: bool,
    pub(super) introduction: bool,
    pub(super) hold_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The announcement plays.
    Talking,
    /// It has ended; the callee may say something or press a key.
    Holding,
    /// A voicemail greets.
    Greeted,
    /// Its beep has come; the message plays, or will at the time that is set.
    Leaving,
    /// A menu or a screening service talks.
    Menu,
    Over,
}

/// The robot on one call.
#[derive(Debug)]
pub(super) struct Talk {
    outline: Outline,
    phase: Phase,
    /// What plays, and what it is.
    playing: Option<(PlaybackId, Track)>,
    callee_speaks: bool,
    introduced: bool,
    /// When the present phase ends by itself.
    due: Option<UnixMillis>,
    record: LineRecord,
}

impl Talk {
    /// The line is open. `before` is what was heard until then.
    pub(super) fn begin(
        outline: Outline,
        before: Option<EarlyRecord>,
        now: UnixMillis,
    ) -> (Self, Vec<Act>) {
        let mut talk = Self {
            outline,
            phase: Phase::Talking,
            playing: None,
            callee_speaks: false,
            introduced: false,
            due: None,
            record: LineRecord { before_answer: before, ..LineRecord::default() },
        };
        let mut acts = Vec::new();
        talk.announce(now, &mut acts);
        (talk, acts)
    }

    /// What is written down of it.
    pub(super) fn record(&self) -> &LineRecord {
        &self.record
    }

    /// When to call [`Talk::pass_time`].
    pub(super) fn due(&self) -> Option<UnixMillis> {
        self.due
    }

    /// Whether the robot talks to somebody who may interrupt it.
    pub(super) fn can_be_interrupted(&self) -> bool {
        self.phase == Phase::Talking && self.playing.is_some()
    }

    /// The sound that was asked for plays under this name.
    pub(super) fn plays(&mut self, playback: PlaybackId, track: Track) {
        self.playing = Some((playback, track));
    }

    /// A sound has ended.
    pub(super) fn finished(
        &mut self,
        playback: PlaybackId,
        played_ms: u64,
        how: PlaybackEnd,
        now: UnixMillis,
    ) -> Vec<Act> {
        let mut acts = Vec::new();
        let Some((_, track)) = self.playing.filter(|(it, _)| *it == playback) else { return acts };
        self.playing = None;
        match (track, self.phase) {
            (Track::Main, Phase::Talking) => self.hold(now),
            (Track::Voicemail, Phase::Leaving) => {
                self.record.message_ms = Some(played_ms);
                if how == PlaybackEnd::Finished {
                    self.end(ConversationEnd::Machine, &mut acts);
                }
            }
            (_, _) => {}
        }
        acts
    }

    /// The callee presses a key of which the meaning is known.
    pub(super) fn digit(&mut self, meaning: DigitMeaning, now: UnixMillis) -> Vec<Act> {
        let mut acts = vec![Act::Stop];
        let end = match meaning {
            DigitMeaning::Completed => ConversationEnd::Completed,
            DigitMeaning::OptedOut => ConversationEnd::OptedOut,
            DigitMeaning::CallBack => ConversationEnd::CallBack { at: now + CALL_BACK_MS },
        };
        self.end(end, &mut acts);
        acts
    }

    /// Something was heard.
    pub(super) fn heard(&mut self, heard: Heard, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.phase == Phase::Over {
            return acts;
        }
        match heard {
            Heard::SpeechStarted { .. } => self.callee_speaks = true,
            Heard::Interrupted(reaction) if self.can_be_interrupted() => {
                self.interrupted(reaction, now, &mut acts);
            }
            Heard::Interrupted(_) | Heard::Partial { .. } | Heard::Paused { .. } => {}
            Heard::Noise => self.callee_is_done(now, &mut acts),
            Heard::Said(utterance) => {
                self.record.said(utterance);
                self.callee_is_done(now, &mut acts);
            }
            Heard::Beep => self.introduce(&mut acts),
            Heard::Answered(decision) => {
                let class = decision.class;
                self.record.decided(decision);
                self.answered(class, now, &mut acts);
            }
            Heard::Voicemail { step, in_ms } => self.voicemail(step, in_ms, now, &mut acts),
            Heard::Menu(press) => {
                self.record.pressed.push_str(&press.digits);
                acts.push(Act::Press(press.digits));
            }
        }
        acts
    }

    /// The time that was asked for has come.
    pub(super) fn pass_time(&mut self, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.due.is_none_or(|due| due > now) {
            return acts;
        }
        self.due = None;
        match self.phase {
            // Nobody is hung up on in the middle of a word. A turn has an end by itself.
            Phase::Holding if self.callee_speaks => self.hold(now),
            Phase::Holding => self.end(ConversationEnd::Completed, &mut acts),
            Phase::Leaving => {
                self.record.message_ms = Some(0);
                acts.push(Act::Play(Track::Voicemail));
            }
            Phase::Menu => self.end(ConversationEnd::Machine, &mut acts),
            Phase::Talking | Phase::Greeted | Phase::Over => {}
        }
        acts
    }

    fn announce(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        if self.outline.main {
            self.phase = Phase::Talking;
            self.due = None;
            acts.push(Act::Play(Track::Main));
        } else {
            self.hold(now);
        }
    }

    fn hold(&mut self, now: UnixMillis) {
        self.phase = Phase::Holding;
        self.due = Some(now + self.outline.hold_ms);
    }

    fn interrupted(&mut self, reaction: Reaction, now: UnixMillis, acts: &mut Vec<Act>) {
        acts.push(match reaction {
            Reaction::Pause => Act::Pause,
            Reaction::Resume => Act::Resume,
            Reaction::Stop => {
                self.record.interruptions += 1;
                self.playing = None;
                self.hold(now);
                Act::Stop
            }
        });
    }

    /// A turn of the callee is over: the robot stays as long again as after its own.
    fn callee_is_done(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        self.callee_speaks = false;
        if self.phase == Phase::Holding {
            self.hold(now);
        }
        self.introduce(acts);
    }

    /// Tells a screening service who calls, once, when it has asked.
    fn introduce(&mut self, acts: &mut Vec<Act>) {
        let asked = self.phase == Phase::Menu
            && self.record.answered_by == Some(Class::Screening)
            && self.outline.introduction;
        if asked && !self.introduced {
            self.introduced = true;
            acts.push(Act::Play(Track::Introduction));
        }
    }

    fn answered(&mut self, class: Class, now: UnixMillis, acts: &mut Vec<Act>) {
        match class {
            Class::Human if self.phase == Phase::Menu => self.announce(now, acts),
            Class::Silence | Class::Human => {}
            // What is left already is left to its end.
            Class::Voicemail if self.phase == Phase::Leaving => {}
            Class::Voicemail if self.outline.voicemail => {
                self.phase = Phase::Greeted;
                self.due = None;
                self.stop(acts);
            }
            Class::Ivr | Class::Screening => {
                if self.phase != Phase::Menu {
                    self.due = Some(now + MENU_MAX_MS);
                }
                self.phase = Phase::Menu;
                self.stop(acts);
            }
            Class::Voicemail | Class::Announcement | Class::Fax => {
                self.stop(acts);
                self.end(ConversationEnd::Machine, acts);
            }
        }
    }

    fn voicemail(&mut self, step: Step, in_ms: u64, now: UnixMillis, acts: &mut Vec<Act>) {
        match (step, self.phase) {
            (Step::Leave { .. }, Phase::Greeted | Phase::Leaving) => {
                self.phase = Phase::Leaving;
                self.stop(acts);
                self.due = Some(now + in_ms as i64);
            }
            (Step::GiveUp, Phase::Greeted) => self.end(ConversationEnd::Machine, acts),
            (_, _) => {}
        }
    }

    fn stop(&mut self, acts: &mut Vec<Act>) {
        if self.playing.take().is_some() {
            acts.push(Act::Stop);
        }
    }

    fn end(&mut self, end: ConversationEnd, acts: &mut Vec<Act>) {
        if self.phase != Phase::Over {
            self.phase = Phase::Over;
            self.due = None;
            acts.push(Act::End(end));
        }
    }
}
