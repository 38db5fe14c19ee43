//! The witnesses to a decision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::phrases::Heard;
use super::rules::{self, Rule};
use super::timeline::{Run, Timeline};
use super::{Class, Decision, Evidence};
use crate::tones::{Tone, ToneKind};

/// Words of the last final transcript that are put before the next one: a phrase may lie across.
const CARRIED: usize = 6;
/// Tones kept as evidence.
const TONES_MAX: usize = 8;

/// When to decide what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Silence from the answer on that is told as [`Class::Silence`], ms. (Asterisk's `app_amd`
    /// waits 2,500 ms; people put a phone to the ear more slowly than that.)
    pub silence_ms: u64,
    /// The longest greeting of a person, from its start to its pause, ms. (`app_amd`: 1,500 ms,
    /// which takes many people who say their company's name for machines.)
    pub greeting_max_ms: u64,
    /// The pause after a greeting that waits for an answer, ms: this much at least. (`app_amd`:
    /// 800 ms after a greeting of any length.)
    pub pause_min_ms: u64,
    /// What the pause grows by, in parts of the greeting's length: a recording pauses between its
    /// sentences, which are longer than a person's "hello".
    pub pause_growth: f32,
    /// A pause after which whoever has spoken is taken for a person, though not surely, ms.
    pub pause_max_ms: u64,
    /// Speech without such a pause that is a recording even if no word is understood, ms.
    pub long_speech_ms: u64,
    /// Frames quieter than this are not speech, dBFS: a television in the next room.
    pub level_min_dbfs: f32,
    /// The confidence from which on a machine is told, 0 to 1.
    pub machine_min: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            silence_ms: 4_000,
            greeting_max_ms: 4_500,
            pause_min_ms: 320,
            pause_growth: 0.125,
            pause_max_ms: 1_600,
            long_speech_ms: 6_000,
            level_min_dbfs: -55.0,
            machine_min: 0.95,
        }
    }
}

/// Finds out who answered one call.
#[derive(Debug)]
pub struct Classifier {
    settings: Settings,
    timeline: Timeline,
    started_ms: Option<u64>,
    told: Option<Class>,
    /// Phrases heard in final transcripts, by their place in the table: when, and their weight.
    heard: BTreeMap<usize, (u64, f32)>,
    /// The same of the transcript that still goes on.
    partial: BTreeMap<usize, (u64, f32)>,
    carried: String,
    tones: Vec<Tone>,
}

impl Classifier {
    /// A classifier for a call that has just been answered.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            timeline: Timeline::default(),
            started_ms: None,
            told: None,
            heard: BTreeMap::new(),
            partial: BTreeMap::new(),
            carried: String::new(),
            tones: Vec::new(),
        }
    }

    /// Begins anew at `at_ms`: after a menu or a screening service has put the call through.
    pub fn restart(&mut self, at_ms: u64) {
        *self = Self::new(self.settings.clone());
        self.started_ms = Some(at_ms);
    }

    /// What was told last.
    pub fn told(&self) -> Option<Class> {
        self.told
    }

    /// Takes a frame of 32 ms that begins at `at_ms`: how probably it is speech, 0 to 1, and how
    /// loud it is, dBFS.
    pub fn frame(
        &mut self,
        at_ms: u64,
        speech_probability: f32,
        level_dbfs: f32,
    ) -> Option<Decision> {
        let is_audible = level_dbfs >= self.settings.level_min_dbfs;
        let probability = if is_audible { speech_probability } else { 0.0 };
        self.started_ms.get_or_insert(at_ms);
        self.timeline.frame(at_ms, probability, self.run_pause_ms());
        self.decide(at_ms)
    }

    /// Takes a transcript as it is at `at_ms`: of the present utterance so far, or, when
    /// `is_final`, all of it.
    pub fn phrase(&mut self, at_ms: u64, text: &str, is_final: bool) -> Option<Decision> {
        self.started_ms.get_or_insert(at_ms);
        let heard = Heard::new(&format!("{} {text}", self.carried));
        let found = rules::all().iter().enumerate().filter_map(|(index, rule)| {
            let found = rule.phrase.find(&heard)?;
            Some((index, (at_ms, rule.weight * if found.errors == 0 { 1.0 } else { 0.8 })))
        });
        let found: BTreeMap<usize, (u64, f32)> = found.collect();
        if is_final {
            for (index, hit) in found {
                self.heard.entry(index).or_insert(hit);
            }
            self.partial.clear();
            self.carried = heard.tail(CARRIED);
        } else {
            self.partial = found;
        }
        self.decide(at_ms)
    }

    /// Takes a tone.
    pub fn tone(&mut self, tone: Tone) -> Option<Decision> {
        let at_ms = tone.end_ms;
        if tone.kind == ToneKind::Ringback {
            // It was no answer yet.
            self.started_ms = Some(at_ms);
        }
        if self.tones.len() < TONES_MAX {
            self.tones.push(tone);
        }
        self.decide(at_ms)
    }

    /// The pause that ends a run of words: longer than any that is waited for after a greeting.
    fn run_pause_ms(&self) -> u64 {
        self.pause_after(self.settings.greeting_max_ms).max(1_200)
    }

    fn pause_after(&self, length_ms: u64) -> u64 {
        let grown = length_ms as f32 * self.settings.pause_growth;
        self.settings.pause_min_ms.saturating_add(grown.clamp(0.0, 10_000.0) as u64)
    }

    fn decide(&mut self, at_ms: u64) -> Option<Decision> {
        let (class, confidence) = self.judge(at_ms)?;
        let may_be_told = match self.told {
            None => true,
            Some(told) => class != told && class.rank() >= told.rank() && class != Class::Silence,
        };
        if !may_be_told {
            return None;
        }
        let revises = self.told.replace(class);
        let evidence = self.evidence(class, at_ms);
        Some(Decision { class, confidence, at_ms, evidence, revises })
    }

    fn judge(&self, at_ms: u64) -> Option<(Class, f32)> {
        let run = self.timeline.run(at_ms);
        if let Some(found) = self.judge_tones() {
            return Some(found);
        }
        let (class, odds) = self.best_machine(run);
        let confidence = sigmoid(odds - self.weight(Class::Human));
        if confidence >= self.settings.machine_min {
            return Some((class, confidence));
        }
        let human = self.weight(Class::Human) - self.strongest_machine().1;
        // Words without speech: the detector has missed a short word in noise.
        let has_greeted = match run {
            Some(run) => self.is_greeting(run) || (human >= 2.0 && self.is_pause(run)),
            None => human >= 1.0,
        };
        if has_greeted && confidence < 0.6 {
            return Some((Class::Human, sigmoid(1.5 + human)));
        }
        if run.is_some_and(|run| run.pause_ms >= self.settings.pause_max_ms) {
            return Some((Class::Human, 1.0 - confidence));
        }
        let spoke = self.timeline.first_ms.is_some();
        let waited_ms = at_ms.saturating_sub(self.started_ms.unwrap_or(at_ms));
        let is_silent = !spoke && waited_ms >= self.settings.silence_ms;
        let unheard = self.heard.is_empty() && self.partial.is_empty();
        (is_silent && unheard).then_some((Class::Silence, 0.9))
    }

    /// What the tones prove.
    fn judge_tones(&self) -> Option<(Class, f32)> {
        let has = |kind: ToneKind| self.tones.iter().any(|tone| tone.kind == kind);
        if has(ToneKind::FaxAnswering) || has(ToneKind::FaxCalling) {
            return Some((Class::Fax, 0.99));
        }
        if has(ToneKind::Sit) || has(ToneKind::Busy) || has(ToneKind::Reorder) {
            return Some((Class::Announcement, 0.98));
        }
        // A beep ends a greeting; one before any speech may be a fax's or a line's.
        let first_ms = self.timeline.first_ms?;
        let ends_greeting = |tone: &Tone| {
            tone.kind == ToneKind::Beep && tone.start_ms >= first_ms.saturating_add(500)
        };
        if !self.tones.iter().any(ends_greeting) {
            return None;
        }
        // "State your name after the beep": the words say what the beep is for.
        match self.strongest_machine() {
            (class @ (Class::Screening | Class::Ivr), odds) if odds >= 4.0 => Some((class, 0.97)),
            _ => Some((Class::Voicemail, 0.98)),
        }
    }

    /// The machine that most speaks for, with what the timeline says for any machine.
    fn best_machine(&self, run: Option<Run>) -> (Class, f32) {
        let (class, odds) = self.strongest_machine();
        let length_ms = run.map_or(0, |run| run.length_ms) as f32;
        let long_ms = self.settings.long_speech_ms.max(1) as f32;
        let is_dense = run.is_some_and(|run| run.voiced_ms as f32 >= 0.5 * run.length_ms as f32);
        // A ramp: half the long speech says nothing, all of it is enough.
        let ramp = if is_dense { (2.0 * length_ms / long_ms - 1.0).clamp(0.0, 1.3) } else { 0.0 };
        (class, odds + 4.0 * ramp - 1.0)
    }

    /// The machine that the phrases most speak for, and their weight.
    fn strongest_machine(&self) -> (Class, f32) {
        let machines = Class::ALL.into_iter().filter(|class| class.is_machine());
        let weighed = machines.map(|class| (class, self.weight(class)));
        let start = (Class::Voicemail, 0.0);
        weighed.fold(start, |best, next| if next.1 > best.1 { next } else { best })
    }

    /// The phrases' weight for a class.
    fn weight(&self, class: Class) -> f32 {
        let of_class = |(index, hit): (&usize, &(u64, f32))| {
            let rule: &Rule = rules::all().get(*index)?;
            (rule.class == class).then_some(hit.1)
        };
        let finals = self.heard.iter().filter_map(of_class).sum::<f32>();
        let fresh = self.partial.iter().filter(|(index, _)| !self.heard.contains_key(index));
        finals + 0.9 * fresh.filter_map(of_class).sum::<f32>()
    }

    /// Whether a run of words is a greeting that waits for an answer.
    fn is_greeting(&self, run: Run) -> bool {
        run.length_ms <= self.settings.greeting_max_ms && self.is_pause(run)
    }

    fn is_pause(&self, run: Run) -> bool {
        run.pause_ms >= self.pause_after(run.length_ms)
    }

    fn evidence(&self, class: Class, at_ms: u64) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        let run = self.timeline.run(at_ms);
        match class {
            Class::Silence => {
                let waited_ms = at_ms.saturating_sub(self.started_ms.unwrap_or(at_ms));
                evidence.push(Evidence::NoSpeech { waited_ms });
            }
            Class::Human => evidence.extend(run.map(|run| Evidence::ShortGreeting {
                speech_ms: run.length_ms,
                pause_ms: run.pause_ms,
            })),
            Class::Voicemail | Class::Ivr | Class::Screening | Class::Announcement => {
                let long = run.filter(|run| 2 * run.length_ms >= self.settings.long_speech_ms);
                let said = |run: Run| Evidence::LongSpeech { speech_ms: run.length_ms };
                evidence.extend(long.map(said));
            }
            Class::Fax => {}
        }
        if class != Class::Silence && class != Class::Human {
            evidence.extend(self.tones.iter().map(|tone| Evidence::Tone { tone: *tone }));
        }
        let hits = self.heard.iter().chain(&self.partial);
        evidence.extend(hits.filter_map(|(index, (at_ms, weight))| {
            let rule = rules::all().get(*index).filter(|rule| rule.class == class)?;
            let phrase = rule.text.to_owned();
            Some(Evidence::Phrase { phrase, class, weight: *weight, at_ms: *at_ms })
        }));
        evidence
    }
}

fn sigmoid(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}
