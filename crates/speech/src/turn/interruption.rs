//! Interruption: the callee speaks while the robot does.
//!
//! A robot that is spoken to falls silent at once; that it is a cough or an "uh-huh" is known only
//! later. So it first pauses, and then stops for good or goes on from where it was.

use serde::{Deserialize, Serialize};

use crate::vad::FRAME_MS;

/// When a node of the dialogue lets itself be interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterruptionPolicy {
    /// Not at all: what the law wants to be heard to its end.
    Never,
    /// By speech: the robot pauses at once and goes on when it was nothing.
    #[default]
    OnSpeech,
    /// By words that mean something: the robot talks on until they are recognised.
    OnMeaning,
}

/// What it takes to interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InterruptionSettings {
    /// The policy of the node.
    pub policy: InterruptionPolicy,
    /// Probability of speech in a frame at which the robot pauses. Lower than where a turn begins:
    /// a weak "sh" or "f" is unsure until the vowel comes, 100 ms later.
    pub pauses_at: f32,
    /// Speech after which the robot pauses, in milliseconds. One frame: a pause costs nothing
    /// when it was a click, and the robot goes on 100 ms later.
    pub pause_after_ms: u64,
    /// Speech that is longer is no cough and no "uh-huh": the robot stops without waiting for what
    /// it means, in milliseconds.
    pub surely_after_ms: u64,
}

impl Default for InterruptionSettings {
    fn default() -> Self {
        Self {
            policy: InterruptionPolicy::default(),
            pauses_at: 0.2,
            pause_after_ms: 32,
            surely_after_ms: 1_200,
        }
    }
}

/// What the robot does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Falls silent and keeps its place.
    Pause,
    /// Goes on from there.
    Resume,
    /// Stops for good: the callee has the floor.
    Stop,
}

/// The guard of one thing that the robot says.
#[derive(Clone, Debug)]
pub struct Interruption {
    settings: InterruptionSettings,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Talking,
    Paused,
    Stopped,
}

impl Interruption {
    /// The robot begins to say something.
    pub fn new(settings: InterruptionSettings) -> Self {
        Self { settings, state: State::Talking }
    }

    /// A frame, how probably it is speech, whether it hisses ([`super::Hiss`]), and for how long
    /// the callee has been speaking with it, in milliseconds: 0 when that is not sure yet.
    pub fn frame(&mut self, probability: f32, hisses: bool, speech_ms: u64) -> Option<Reaction> {
        let seems = hisses || probability >= self.settings.pauses_at;
        match speech_ms {
            0 if seems => self.speech(FRAME_MS),
            0 => self.nothing(),
            // The silence after an "uh-huh" for which the robot went on already.
            _ if !seems && self.state == State::Talking => None,
            _ => self.speech(speech_ms),
        }
    }

    /// The callee speaks, or seems to, for so long by now. Called at each frame of speech.
    fn speech(&mut self, speech_ms: u64) -> Option<Reaction> {
        let surely = speech_ms >= self.settings.surely_after_ms;
        if speech_ms < self.settings.pause_after_ms {
            return None;
        }
        match (self.settings.policy, self.state) {
            (InterruptionPolicy::Never | InterruptionPolicy::OnMeaning, _) => None,
            (InterruptionPolicy::OnSpeech, State::Talking) => self.go_to(State::Paused),
            (InterruptionPolicy::OnSpeech, State::Paused) if surely => self.go_to(State::Stopped),
            (InterruptionPolicy::OnSpeech, _) => None,
        }
    }

    /// The words so far were recognised; empty when it was a noise.
    pub fn words(&mut self, text: &str) -> Option<Reaction> {
        let means_something = !is_filler(text);
        match (self.settings.policy, self.state) {
            (InterruptionPolicy::Never, _) | (_, State::Stopped) => None,
            _ if means_something => self.go_to(State::Stopped),
            (_, State::Paused) => self.go_to(State::Talking),
            (_, State::Talking) => None,
        }
    }

    /// What seemed speech was a noise.
    pub fn nothing(&mut self) -> Option<Reaction> {
        if self.state == State::Paused { self.go_to(State::Talking) } else { None }
    }

    fn go_to(&mut self, state: State) -> Option<Reaction> {
        self.state = state;
        Some(match state {
            State::Talking => Reaction::Resume,
            State::Paused => Reaction::Pause,
            State::Stopped => Reaction::Stop,
        })
    }
}

/// Words with which people show that they listen, in English and Mandarin.
const FILLERS: &[&str] = &[
    "ah", "aha", "ahem", "eh", "er", "erm", "hm", "hmm", "huh", "mhm", "mm", "mmhmm", "mmm", "oh",
    "okay", "ok", "right", "sure", "uh", "uhhuh", "uhuh", "um", "yeah", "嗯", "哦", "啊", "呃",
    "好", "噢", "唔",
];

/// Whether a text is nothing but such words, two of them at most, or empty.
pub fn is_filler(text: &str) -> bool {
    let plain = text.to_lowercase().replace(['-', '\''], "");
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.len() <= 2 && words.iter().all(|word| FILLERS.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(policy: InterruptionPolicy) -> Interruption {
        Interruption::new(InterruptionSettings { policy, ..InterruptionSettings::default() })
    }

    #[test]
    fn the_robot_pauses_at_once_and_goes_on_after_a_cough_or_a_filler() {
        let mut guard = guard(InterruptionPolicy::OnSpeech);
        assert_eq!(guard.speech(96), Some(Reaction::Pause));
        assert_eq!(guard.speech(128), None);
        assert_eq!(guard.nothing(), Some(Reaction::Resume));
        assert_eq!(guard.speech(96), Some(Reaction::Pause));
        assert_eq!(guard.words("Uh-huh."), Some(Reaction::Resume));
        assert_eq!(guard.speech(96), Some(Reaction::Pause));
        assert_eq!(guard.words("No, wait."), Some(Reaction::Stop));
        assert_eq!((guard.speech(96), guard.words("wait")), (None, None), "it has stopped");
    }

    #[test]
    fn the_robot_pauses_before_it_is_sure_that_somebody_speaks() {
        let mut guard = guard(InterruptionPolicy::OnSpeech);
        assert_eq!(guard.frame(0.05, false, 0), None);
        assert_eq!(guard.frame(0.25, false, 0), Some(Reaction::Pause));
        assert_eq!(guard.frame(0.3, false, 0), None);
        assert_eq!(guard.frame(0.6, false, 32), None, "it has paused already");
        assert_eq!(guard.frame(0.1, false, 0), Some(Reaction::Resume));
        assert_eq!(guard.frame(0.9, false, 96), Some(Reaction::Pause));
        assert_eq!(guard.words("Uh-huh."), Some(Reaction::Resume));
        assert_eq!(guard.frame(0.1, false, 96), None, "the silence after it is no interruption");
        assert_eq!(guard.frame(0.5, false, 128), Some(Reaction::Pause), "more is said");
    }

    #[test]
    fn the_robot_pauses_for_a_hiss_before_its_vowel() {
        let mut guard = guard(InterruptionPolicy::OnSpeech);
        assert_eq!(guard.frame(0.05, true, 0), Some(Reaction::Pause));
        assert_eq!(guard.frame(0.1, true, 0), None);
        assert_eq!(guard.frame(0.9, false, 32), None, "it has paused already");
        assert_eq!(guard.frame(0.1, false, 0), Some(Reaction::Resume), "it was a breath");
    }

    #[test]
    fn long_speech_stops_the_robot_before_anything_is_recognised() {
        let mut guard = guard(InterruptionPolicy::OnSpeech);
        assert_eq!(guard.speech(96), Some(Reaction::Pause));
        assert_eq!(guard.speech(1_199), None);
        assert_eq!(guard.speech(1_200), Some(Reaction::Stop));
    }

    #[test]
    fn a_node_may_want_meaning_or_let_nobody_interrupt() {
        let mut meaning = guard(InterruptionPolicy::OnMeaning);
        assert_eq!(meaning.speech(5_000), None);
        assert_eq!(meaning.words("mhm"), None);
        assert_eq!(meaning.words("who is this"), Some(Reaction::Stop));
        let mut never = guard(InterruptionPolicy::Never);
        assert_eq!((never.speech(5_000), never.words("stop")), (None, None));
    }

    #[test]
    fn fillers_are_known_in_two_languages_and_answers_are_none() {
        for text in ["", "Uh-huh.", "Mm-hmm", "yeah, okay", "嗯。", "Right."] {
            assert!(is_filler(text), "{text}");
        }
        for text in ["no", "yes", "okay okay okay", "right now", "不", "yeah but"] {
            assert!(!is_filler(text), "{text}");
        }
    }
}
