//! Frames to speech and pauses.

/// A frame's length, ms: 256 samples at 8 kHz.
pub(super) const FRAME_MS: u64 = 32;
/// Speech begins at this probability, and ends below the second: with one threshold a value near it
/// would make many short words.
const ON: f32 = 0.5;
const OFF: f32 = 0.35;
/// Shorter speech is a click, ms (Asterisk's `app_amd` has a `min_word_length` of 100).
const WORD_MIN_MS: u64 = 90;

/// Speech and pauses so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timeline {
    /// When the first word began, ms.
    pub(super) first_ms: Option<u64>,
    /// When the present run of words began: words with no answer's pause between them.
    run_ms: Option<u64>,
    /// When the present or last word began, and when speech was last heard.
    word_ms: Option<u64>,
    last_ms: u64,
    is_on: bool,
    /// Speech of the present run, pauses not counted, ms.
    voiced_ms: u64,
}

/// A stretch of speech, and the pause after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// From its first word's start to its last word's end, ms.
    pub(super) length_ms: u64,
    /// Of it speech, ms.
    pub(super) voiced_ms: u64,
    /// Since its last word, ms: 0 while it goes on.
    pub(super) pause_ms: u64,
}

impl Timeline {
    /// Takes the frame that begins at `at_ms`; `run_pause_ms` of silence end a run.
    pub(super) fn frame(&mut self, at_ms: u64, probability: f32, run_pause_ms: u64) {
        let is_speech = probability >= if self.is_on { OFF } else { ON };
        if is_speech && !self.is_on {
            self.begin_word(at_ms, run_pause_ms);
        }
        if is_speech {
            self.last_ms = at_ms.saturating_add(FRAME_MS);
            self.voiced_ms = self.voiced_ms.saturating_add(FRAME_MS);
        } else if self.is_on {
            self.end_word();
        }
        self.is_on = is_speech;
        let is_word =
            self.word_ms.is_some_and(|word| self.last_ms.saturating_sub(word) >= WORD_MIN_MS);
        if self.first_ms.is_none() && is_word {
            self.first_ms = self.run_ms;
        }
    }

    fn begin_word(&mut self, at_ms: u64, run_pause_ms: u64) {
        let pause_ms = at_ms.saturating_sub(self.last_ms);
        if self.run_ms.is_none() || pause_ms >= run_pause_ms {
            self.run_ms = Some(at_ms);
            self.voiced_ms = 0;
        }
        self.word_ms = Some(at_ms);
    }

    fn end_word(&mut self) {
        let is_click =
            self.word_ms.is_some_and(|word| self.last_ms.saturating_sub(word) < WORD_MIN_MS);
        if is_click && self.run_ms == self.word_ms {
            self.run_ms = None;
            self.voiced_ms = 0;
        }
    }

    /// The present run and its pause, if a word has been heard.
    pub(super) fn run(&self, at_ms: u64) -> Option<Run> {
        let start_ms = self.first_ms.and(self.run_ms)?;
        let now_ms = at_ms.saturating_add(FRAME_MS);
        let pause_ms = if self.is_on { 0 } else { now_ms.saturating_sub(self.last_ms) };
        let length_ms = self.last_ms.saturating_sub(start_ms);
        (length_ms >= WORD_MIN_MS).then_some(Run { length_ms, voiced_ms: self.voiced_ms, pause_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_of(probabilities: &[(f32, u64)]) -> Option<Run> {
        let mut timeline = Timeline::default();
        let mut at_ms = 0;
        for (probability, frames) in probabilities {
            for _ in 0..*frames {
                timeline.frame(at_ms, *probability, 700);
                at_ms += FRAME_MS;
            }
        }
        timeline.run(at_ms - FRAME_MS)
    }

    #[test]
    fn a_word_and_a_pause_are_a_run() {
        let run = run_of(&[(0.0, 10), (0.9, 20), (0.1, 5)]);
        assert_eq!(run, Some(Run { length_ms: 640, voiced_ms: 640, pause_ms: 160 }));
    }

    #[test]
    fn a_click_is_no_speech() {
        assert_eq!(run_of(&[(0.0, 10), (0.9, 2), (0.1, 5)]), None);
    }

    #[test]
    fn a_short_pause_joins_words_and_a_long_one_starts_anew() {
        let joined = run_of(&[(0.9, 10), (0.1, 10), (0.9, 10)]);
        assert_eq!(joined.map(|run| run.length_ms), Some(30 * FRAME_MS));
        let apart = run_of(&[(0.9, 10), (0.1, 30), (0.9, 10)]);
        assert_eq!(apart.map(|run| run.length_ms), Some(10 * FRAME_MS));
    }
}
