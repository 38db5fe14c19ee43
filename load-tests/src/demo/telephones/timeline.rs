//! When the robot asks, and so when a telephone that cannot hear has to answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use jiff::civil::DateTime;
use outcall_dialogue::document::exchange::{ApiTurn, Exchange, Turn};
use outcall_dialogue::engine::{Action, Event};
use outcall_dialogue::rehearsal;
use outcall_dialogue::{NearestExample, Scenario};
use outcall_media::clip::Clip;

use super::scripts::Call;
use crate::interop::audio::RATE_HZ;

/// Samples in a millisecond.
const PER_MS: usize = RATE_HZ / 1_000;
/// From the answer to the robot's first word, and between two of its prompts, in ms.
const AT_ONCE_MS: usize = 150;
/// From the robot's question to the answer, and from the answer to the robot's reply, in ms, as it
/// is expected: the robot waits for answers, so that it is no harm when it replies earlier.
const THINKS_MS: usize = 900;
const REPLIES_MS: usize = 900;
/// What the file goes on for: a telephone hangs up when it is over.
const AFTER_MS: usize = 60_000;
/// The loudest sample of the telephone's own noise: no line is wholly silent.
const NOISE: i16 = 12;
/// Sound louder than this, the root of the mean square in 20 ms, is speech: some -45 dBFS.
const SPEECH: f64 = 180.0;
const WINDOW: usize = 20 * PER_MS;
/// A pause within speech, in windows.
const PAUSE: usize = 20;

/// The robot's prompts before each answer and after the last one.
pub(super) type Prompts = Vec<Vec<String>>;

/// A call in text.
pub(super) struct Rehearsal<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) row: &'a BTreeMap<String, String>,
    pub(super) now: DateTime,
}

impl Rehearsal<'_> {
    /// What the robot says, when it understands what is meant.
    pub(super) fn prompts(&self, call: &Call) -> Result<Prompts> {
        let mut talk: Vec<Turn> = Vec::new();
        for (means, _) in &call.says {
            talk.push(Turn { user: Some(means.clone()), ..Turn::default() });
        }
        if call.new_time.is_some() {
            let answer = BTreeMap::from([("status".to_owned(), "ok".to_owned())]);
            talk.push(Turn { api: Some(ApiTurn::Ok), answer, ..Turn::default() });
        }
        let exchange = Exchange {
            name: "a telephone".to_owned(),
            language: None,
            jurisdiction: None,
            now: self.now,
            seed: 1,
            with: self.row.clone(),
            talk,
            outcome: call.outcomes.first().map(|&outcome| outcome.to_owned()),
            slots: BTreeMap::new(),
        };
        let understander = NearestExample::new(self.scenario, "USD");
        let rehearsed = rehearsal::one(self.scenario, &understander, &exchange);
        if let Some(failure) = rehearsed.failure {
            anyhow::bail!("the script of a telephone does not lead where it should: {failure}");
        }
        let mut prompts: Prompts = vec![Vec::new()];
        for record in rehearsed.records {
            if matches!(record.event, Event::Heard(_)) {
                prompts.push(Vec::new());
            }
            let texts = record.actions.into_iter().filter_map(|action| match action {
                Action::Say { text, .. } => Some(text),
                Action::Listen { .. }
                | Action::Choose { .. }
                | Action::Call { .. }
                | Action::Message { .. }
                | Action::Transfer { .. }
                | Action::End { .. } => None,
            });
            prompts.last_mut().context("invariant: it has one")?.extend(texts);
        }
        ensure!(prompts.len() == call.says.len() + 1, "{} answers", prompts.len() - 1);
        Ok(prompts)
    }
}

/// What the telephone plays: its answers, each after the robot's question.
pub(super) fn sound(
    prompts: &Prompts,
    call: &Call,
    folder: &Path,
    speak: &mut dyn FnMut(&str) -> Result<Vec<i16>>,
) -> Result<Vec<i16>> {
    let mut sound: Vec<i16> = Vec::new();
    let wait = |sound: &mut Vec<i16>, samples: usize| {
        let from = sound.len();
        sound.extend((from..from + samples).map(hiss));
    };
    for (asked, (_, words)) in prompts.iter().zip(&call.says) {
        let first = if sound.is_empty() { AT_ONCE_MS } else { REPLIES_MS };
        wait(&mut sound, first * PER_MS);
        for text in asked {
            let prompt = speak(text)?;
            wait(&mut sound, prompt.len() + AT_ONCE_MS * PER_MS);
        }
        wait(&mut sound, THINKS_MS * PER_MS);
        sound.extend(say(call.voice, words, folder)?);
    }
    wait(&mut sound, AFTER_MS * PER_MS);
    Ok(sound)
}

/// A voice of flite.
fn say(voice: &str, words: &str, folder: &Path) -> Result<Vec<i16>> {
    let file = folder.join("words.wav");
    let status = Command::new("flite")
        .args(["-voice", voice, "-t", words, "-o"])
        .arg(&file)
        .status()
        .context("flite is missing: `cargo xtask demo` installs it")?;
    ensure!(status.success(), "flite has not said '{words}'");
    let clip = Clip::from_wav(&file)?;
    // It is as loud as a person on the phone is.
    let samples = clip.samples();
    let loudest = samples.iter().map(|&it| i32::from(it).abs()).max().unwrap_or(1).max(1);
    Ok(samples.iter().map(|&it| (i32::from(it) * 12_000 / loudest) as i16).collect())
}

/// A sample of even noise.
fn hiss(at: usize) -> i16 {
    let word = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    (word % (2 * NOISE as u64 + 1)) as i16 - NOISE
}

/// From the end of each answer to the next word of the robot, in ms.
pub(super) fn replies_ms(said: &[i16], heard: &[i16]) -> Vec<u64> {
    let (answers, robot) = (speech(said), speech(heard));
    let mut replies = Vec::new();
    for (nth, &(_, end)) in answers.iter().enumerate() {
        let until = answers.get(nth + 1).map_or(usize::MAX, |&(start, _)| start);
        let beside = robot.iter().any(|&(start, last)| start < end && last > end);
        let reply = robot.iter().find(|&&(start, _)| start >= end);
        if let Some(&(start, _)) = reply.filter(|&&(start, _)| start < until && !beside) {
            replies.push(((start - end) / PER_MS) as u64);
        }
    }
    replies
}

/// Stretches of speech, in samples.
fn speech(samples: &[i16]) -> Vec<(usize, usize)> {
    let is_loud = |window: &[i16]| {
        let sum: f64 = window.iter().map(|&it| f64::from(it).powi(2)).sum();
        (sum / window.len() as f64).sqrt() > SPEECH
    };
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (nth, window) in samples.chunks_exact(WINDOW).enumerate() {
        if !is_loud(window) {
            continue;
        }
        let (start, end) = (nth * WINDOW, (nth + 1) * WINDOW);
        match stretches.last_mut() {
            Some(last) if start - last.1 <= PAUSE * WINDOW => last.1 = end,
            _ => stretches.push((start, end)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_begins_after_the_answer_and_before_the_next() {
        let tone = |stretches: &[(usize, usize)]| -> Vec<i16> {
            let mut samples: Vec<i16> = (0..8_000 * 12).map(hiss).collect();
            for &(from_ms, to_ms) in stretches {
                samples[from_ms * PER_MS..to_ms * PER_MS].fill(3_000);
            }
            samples
        };
        let said = tone(&[(2_000, 3_000), (3_200, 4_000), (7_000, 8_000)]);
        let heard = tone(&[(0, 1_500), (4_600, 6_500), (8_400, 9_000)]);
        assert_eq!(replies_ms(&said, &heard), [600, 400]);
        // The robot spoke on beside the answer.
        let heard = tone(&[(0, 5_000), (8_400, 9_000)]);
        assert_eq!(replies_ms(&said, &heard), [400]);
    }
}
