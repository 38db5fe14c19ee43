//! End of turn: when has the callee finished?
//!
//! A machine per stream, driven by the probability of speech in each frame and by what recognition
//! makes of the words so far. At the first short pause the words are recognised on trial; when
//! speech goes on, the trial is thrown away. How long a silence ends the turn depends on what was
//! said: a complete answer needs little, half a sentence or a number in progress needs more.
//!
//! Times are milliseconds of the stream's audio. Pure: the same frames give the same actions.

mod completeness;
mod hiss;
mod interruption;
pub mod melody;

use serde::{Deserialize, Serialize};

pub use completeness::{Completeness, Expected, completeness};
pub use hiss::Hiss;
pub use interruption::{
    Interruption, InterruptionPolicy, InterruptionSettings, Reaction, is_filler,
};

use crate::vad::FRAME_MS;

/// How patient a node of the dialogue is, in milliseconds of silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patience {
    /// Ends the turn after all digits of a number of known length, when they were clearly said.
    pub number_ms: u64,
    /// After another whole answer that needs nothing more: "yes", a single digit.
    pub whole_ms: u64,
    /// After a sentence that is surely complete: another may follow.
    pub complete_ms: u64,
    /// After one that most likely is, or after longer speech: who says much is likelier to say
    /// more.
    pub long_complete_ms: u64,
    /// What longer speech is.
    pub long_after_ms: u64,
    /// After words that may be complete, and while recognition is not done.
    pub unclear_ms: u64,
    /// After half a sentence or a number in progress.
    pub open_ms: u64,
    /// A turn that goes on for so long ends at its next pause of `complete_ms`.
    pub turn_max_ms: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            number_ms: 128,
            whole_ms: 180,
            complete_ms: 220,
            long_complete_ms: 350,
            long_after_ms: 4_500,
            unclear_ms: 800,
            open_ms: 1_400,
            turn_max_ms: 28_000,
        }
    }
}

/// What is taken for speech.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TurnSettings {
    /// Probability at which speech begins.
    pub begins_at: f32,
    /// Probability below which it pauses: lower, so that a weak syllable does not cut a word.
    pub pauses_below: f32,
    /// Speech shorter than this is a click or a breath, in milliseconds.
    pub speech_min_ms: u64,
    /// The pause after which recognition is tried, in milliseconds.
    pub try_after_ms: u64,
    /// How long a turn waits for recognition when that is behind, in milliseconds.
    pub unread_ms: u64,
    /// The confidence, 0 to 1, that words need to shorten the wait: half a sentence that is taken
    /// for a whole one is rarely well understood.
    pub confident_at: f32,
    /// The same for the digits of a number.
    pub number_confident_at: f32,
    /// The probability of being finished at which a sentence is taken to be.
    pub finished_at: f32,
    /// The probability at which it most likely is.
    pub likely_finished_at: f32,
    /// Below this it is taken to go on.
    pub goes_on_below: f32,
}

impl Default for TurnSettings {
    fn default() -> Self {
        Self {
            begins_at: 0.4,
            pauses_below: 0.35,
            speech_min_ms: 96,
            try_after_ms: 64,
            unread_ms: 3_200,
            confident_at: 0.87,
            number_confident_at: 0.5,
            finished_at: 0.92,
            likely_finished_at: 0.8,
            goes_on_below: 0.5,
        }
    }
}

/// What recognition made of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Whether the words are a whole answer.
    pub completeness: Completeness,
    /// How sure recognition is of them, 0 to 1.
    pub confidence: f32,
    /// How likely it sounds finished, 0 to 1, where that was judged.
    pub finished: Option<f32>,
    /// That is being judged: another reading of the trial will tell it.
    pub awaited: bool,
    /// Nothing was recognised: a noise.
    pub empty: bool,
}

/// Why a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The words were complete and a short silence followed.
    Complete,
    /// They may have been complete, and the silence was longer.
    Silence,
    /// They were not complete, and the silence was long.
    GaveUp,
    /// The turn was as long as one may be.
    TooLong,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnAction {
    /// Somebody began to speak.
    Started {
        /// When the speech began.
        from_ms: u64,
    },
    /// Recognise this stretch, on trial.
    Try {
        /// Counts the trials of a stream.
        trial: u32,
        /// Where the speech begins.
        from_ms: u64,
        /// Where it pauses.
        to_ms: u64,
    },
    /// Speech went on: the trial is worth nothing.
    Abandon {
        /// Which one.
        trial: u32,
    },
    /// The turn is over; the words of its last trial are what was said.
    Ended {
        /// The last trial.
        trial: u32,
        /// Where the speech began.
        from_ms: u64,
        /// Where it ended.
        to_ms: u64,
        /// The silence that its words asked for, in whole frames: what passed beyond it was spent
        /// waiting for recognition.
        asked_ms: u64,
        /// Why.
        reason: EndReason,
    },
    /// What seemed a turn was a noise.
    Dropped {
        /// The last trial, when there was one.
        trial: Option<u32>,
    },
}

/// The turns of one stream.
#[derive(Clone, Debug)]
pub struct Turns {
    settings: TurnSettings,
    patience: Patience,
    state: State,
    trials: u32,
    now_ms: u64,
    /// Nothing more will be heard.
    closing: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Quiet,
    /// Speech, perhaps: too short to tell.
    Rising {
        from_ms: u64,
    },
    Speaking {
        from_ms: u64,
    },
    Pausing(Pause),
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Pause {
    from_ms: u64,
    /// Where the speech ended.
    to_ms: u64,
    trial: Option<u32>,
    reading: Option<Reading>,
    /// There will be no reading.
    unread: bool,
    /// Speech again since then, too short to tell.
    rising_since_ms: Option<u64>,
}

impl Turns {
    /// A stream on which nobody has spoken.
    pub fn new(settings: TurnSettings, patience: Patience) -> Self {
        Self { settings, patience, state: State::Quiet, trials: 0, now_ms: 0, closing: false }
    }

    /// Another node of the dialogue: how patient it is. A turn under way goes on with it.
    pub fn set_patience(&mut self, patience: Patience) {
        self.patience = patience;
    }

    /// Whether somebody speaks or has paused in the middle of a turn.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.state, State::Quiet | State::Rising { .. })
    }

    /// How long the callee has been speaking, pauses included, in milliseconds; 0 when quiet.
    pub fn speech_ms(&self) -> u64 {
        match self.state {
            State::Quiet => 0,
            State::Rising { from_ms } | State::Speaking { from_ms } => self.now_ms - from_ms,
            State::Pausing(pause) => pause.to_ms - pause.from_ms,
        }
    }

    /// A frame of 32 ms that ends at `end_ms`.
    pub fn frame(&mut self, end_ms: u64, probability: f32) -> Vec<TurnAction> {
        self.now_ms = end_ms;
        let start_ms = end_ms.saturating_sub(FRAME_MS);
        let begins = probability >= self.settings.begins_at;
        let pauses = probability < self.settings.pauses_below;
        let mut actions = Vec::new();
        match self.state {
            State::Quiet if begins => {
                self.state = State::Rising { from_ms: start_ms };
                self.confirm(start_ms, &mut actions);
            }
            State::Quiet => {}
            State::Rising { .. } if pauses => self.state = State::Quiet,
            State::Rising { from_ms } => self.confirm(from_ms, &mut actions),
            State::Speaking { from_ms } if pauses => {
                self.state = State::Pausing(Pause {
                    from_ms,
                    to_ms: start_ms,
                    trial: None,
                    reading: None,
                    unread: false,
                    rising_since_ms: None,
                });
                self.pass_silence(&mut actions);
            }
            State::Speaking { .. } => {}
            State::Pausing(pause) => self.frame_in_pause(pause, begins, pauses, &mut actions),
        }
        actions
    }

    /// What recognition made of a trial. Readings of trials that were abandoned change nothing.
    pub fn recognised(&mut self, trial: u32, reading: Reading) -> Vec<TurnAction> {
        let mut actions = Vec::new();
        if let State::Pausing(pause) = &mut self.state
            && pause.trial == Some(trial)
        {
            pause.reading = Some(reading);
            self.pass_silence(&mut actions);
        }
        actions
    }

    /// Nothing more will be heard: a turn under way ends as soon as its words are known.
    pub fn close(&mut self) -> Vec<TurnAction> {
        self.closing = true;
        let mut actions = Vec::new();
        if let State::Speaking { from_ms } = self.state {
            self.state = State::Pausing(Pause {
                from_ms,
                to_ms: self.now_ms,
                trial: None,
                reading: None,
                unread: false,
                rising_since_ms: None,
            });
        }
        if let State::Pausing(pause) = &mut self.state {
            pause.rising_since_ms = None;
        }
        self.pass_silence(&mut actions);
        actions
    }

    /// Nothing will be made of a trial: there was no room or no time for it.
    pub fn unread(&mut self, trial: u32) {
        if let State::Pausing(pause) = &mut self.state
            && pause.trial == Some(trial)
        {
            pause.unread = true;
        }
    }

    /// Whether the turn pauses, and this is the trial of it.
    pub fn is_tried(&self, trial: u32) -> bool {
        matches!(self.state, State::Pausing(pause) if pause.trial == Some(trial))
    }

    /// Enough speech to be sure of it?
    fn confirm(&mut self, from_ms: u64, actions: &mut Vec<TurnAction>) {
        if self.now_ms - from_ms >= self.settings.speech_min_ms {
            self.state = State::Speaking { from_ms };
            actions.push(TurnAction::Started { from_ms });
        }
    }

    fn frame_in_pause(
        &mut self,
        mut pause: Pause,
        begins: bool,
        pauses: bool,
        actions: &mut Vec<TurnAction>,
    ) {
        let rising = match pause.rising_since_ms {
            Some(since_ms) if !pauses => Some(since_ms),
            None if begins => Some(self.now_ms.saturating_sub(FRAME_MS)),
            _ => None,
        };
        pause.rising_since_ms = rising;
        self.state = State::Pausing(pause);
        let Some(since_ms) = rising else { return self.pass_silence(actions) };
        // Half of what it takes to begin a turn: somebody who speaks on must not be cut off.
        if (self.now_ms - since_ms) * 2 >= self.settings.speech_min_ms {
            self.state = State::Speaking { from_ms: pause.from_ms };
            if let Some(trial) = pause.trial {
                actions.push(TurnAction::Abandon { trial });
            }
        }
    }

    /// Looks at how long the silence is by now.
    fn pass_silence(&mut self, actions: &mut Vec<TurnAction>) {
        let State::Pausing(pause) = &mut self.state else { return };
        let silence_ms = self.now_ms.saturating_sub(pause.to_ms);
        if pause.trial.is_none() && (silence_ms >= self.settings.try_after_ms || self.closing) {
            self.trials += 1;
            pause.trial = Some(self.trials);
            let (from_ms, to_ms) = (pause.from_ms, pause.to_ms);
            actions.push(TurnAction::Try { trial: self.trials, from_ms, to_ms });
        }
        let pause = *pause;
        // While speech seems to come back, the silence does not end the turn.
        let (Some(trial), None) = (pause.trial, pause.rising_since_ms) else { return };
        let (wait_ms, reason) = self.wait(&pause);
        if silence_ms < wait_ms {
            return;
        }
        self.state = State::Quiet;
        if pause.reading.is_some_and(|reading| reading.empty) {
            return actions.push(TurnAction::Dropped { trial: Some(trial) });
        }
        let (from_ms, to_ms) = (pause.from_ms, pause.to_ms);
        // Without a reading nothing asked for more than half a sentence does.
        let asked_ms = if pause.reading.is_some() { wait_ms } else { self.patience.open_ms };
        let asked_ms = asked_ms.min(wait_ms).next_multiple_of(FRAME_MS).min(silence_ms);
        actions.push(TurnAction::Ended { trial, from_ms, to_ms, asked_ms, reason });
    }

    /// The silence that ends the turn, and what it means.
    fn wait(&self, pause: &Pause) -> (u64, EndReason) {
        let patience = &self.patience;
        if pause.to_ms - pause.from_ms >= patience.turn_max_ms {
            return (patience.complete_ms, EndReason::TooLong);
        }
        if self.closing && pause.reading.is_some() {
            return (0, EndReason::GaveUp);
        }
        let Some(reading) = pause.reading else {
            // The words are worth more than a quick reply that holds none of them; but a
            // recognition that is stuck does not hold up the turn.
            let unread_ms = if pause.unread { 0 } else { self.settings.unread_ms };
            return (patience.open_ms.max(unread_ms), EndReason::GaveUp);
        };
        let open = (patience.open_ms, EndReason::GaveUp);
        let unclear = (patience.unclear_ms, EndReason::Silence);
        let long = pause.to_ms - pause.from_ms >= patience.long_after_ms;
        let likely = (patience.long_complete_ms, EndReason::Complete);
        let complete = if long { likely } else { (patience.complete_ms, EndReason::Complete) };
        let sure = reading.confidence >= self.settings.confident_at;
        match (reading.completeness, reading.finished) {
            (Completeness::Open, _) => open,
            (Completeness::Number, _) => {
                let clear = reading.confidence >= self.settings.number_confident_at;
                if clear { (patience.number_ms, EndReason::Complete) } else { unclear }
            }
            // Longer silence would not make the words any surer.
            (Completeness::Whole, _) => (patience.whole_ms, EndReason::Complete),
            // What more may come is not needed, and when it changes something it is not too late.
            (Completeness::Answer, _) => complete,
            (_, None) if reading.awaited => unclear,
            (_, Some(finished)) if finished < self.settings.goes_on_below => open,
            (Completeness::Complete, Some(finished))
                if sure && finished >= self.settings.finished_at =>
            {
                complete
            }
            (_, Some(finished)) if sure && finished >= self.settings.likely_finished_at => likely,
            (Completeness::Complete, None) if sure => complete,
            (_, _) => unclear,
        }
    }
}

#[cfg(test)]
mod tests;
