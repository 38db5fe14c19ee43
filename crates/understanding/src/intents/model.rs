//! A trained intent set: what it makes of an utterance.

use ndarray::{Array1, Array2};

use super::calibration::Calibration;
use super::corrector::Corrector;
use super::exact::{Exact, Written};
use super::fragment::is_fragment;
use super::heads::{Evidence, Heads};
use super::linear::softmax;
use super::parts::parts;
use crate::reading::{Guess, Reading};

/// Texts of an n-best list that are looked at.
pub const NBEST_MAX: usize = 5;
/// How much a corrected text counts beside the one that was recognised.
const CORRECTED: f32 = 0.8;
/// The same while it knows the words of a few examples only, which are not all that may be said.
const CORRECTED_BY_FEW: f32 = 0.2;
/// How many times likelier an intent is where the dialogue expects it.
const EXPECTED: f32 = 3.0;
/// Intents that a reading names at most.
const GUESSES_MAX: usize = 5;
/// How sure an intent is at most. A few dozen texts that were held out show no more, and a plain
/// yes or no (see [`crate::slots`]) is then the likelier answer to a question.
const SURE_MOST: f32 = 0.98;
/// How sure the intent is whose example was said word for word.
pub const EXACT: f32 = 0.99;
/// Guesses below this are not named.
const GUESS_LEAST: f32 = 0.01;

/// A trained intent set.
#[derive(Debug, Clone)]
pub struct IntentModel {
    pub(super) names: Vec<String>,
    /// SHA-256 of the set that it was trained with.
    pub(super) data_sha256: String,
    /// The encoder that it was trained with; empty without one.
    pub(super) encoder: String,
    pub(super) heads: Heads,
    pub(super) calibration: Calibration,
    pub(super) corrector: Corrector,
    pub(super) exact: Exact,
}

/// The texts that an utterance is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// As it was recognised.
    text: String,
    /// What may have been said, with the weight of each, 1 in all.
    whole: Vec<(String, f32)>,
    /// Parts, when it has several.
    parts: Vec<String>,
}

impl Plan {
    /// The texts, in the order in which [`IntentModel::read`] takes their vectors.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.whole.iter().map(|(text, _)| text).chain(&self.parts).map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.whole.len() + self.parts.len()
    }

    /// Never: an utterance has at least its own text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What was judged of a text, before it is cut down to a reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The probability of each intent if one is meant, in the order of the names.
    pub probabilities: Vec<f32>,
    /// How much it looks like an utterance in scope: larger is more.
    pub scope: f32,
    /// The probability that no intent is meant, 0 to 1.
    pub out_of_scope: f32,
}

impl IntentModel {
    /// The intents that it tells apart.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The hash of the set that it was trained with.
    pub fn data_sha256(&self) -> &str {
        &self.data_sha256
    }

    /// The encoder that it was trained with; `None` when it goes by letters and sounds alone.
    pub fn encoder(&self) -> Option<&str> {
        (!self.encoder.is_empty()).then_some(self.encoder.as_str())
    }

    /// How sure it may be, by texts that were held out.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// What an utterance is judged by: the texts that were recognised with their weights (the best
    /// one alone, or an n-best list), what they may be corrected to, and the parts of the best.
    pub fn plan(&self, heard: &[(&str, f32)]) -> Plan {
        let mut order: Vec<(&str, f32)> = heard.iter().take(NBEST_MAX).copied().collect();
        order.iter_mut().for_each(|(_, weight)| *weight = weight.max(1e-3));
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let text = order.first().map_or("", |(text, _)| text).to_owned();
        let corrected_counts =
            if self.corrector.knows_enough() { CORRECTED } else { CORRECTED_BY_FEW };
        let mut whole: Vec<(String, f32)> = Vec::new();
        for (text, weight) in order {
            let corrected = self.corrector.correct(text);
            whole.push((text.to_owned(), weight));
            whole.extend(corrected.map(|corrected| (corrected, weight * corrected_counts)));
        }
        if whole.is_empty() {
            whole.push((String::new(), 1.0));
        }
        let sum: f32 = whole.iter().map(|(_, weight)| weight).sum();
        whole.iter_mut().for_each(|(_, weight)| *weight /= sum);
        let parts = parts(&text);
        Plan { text, whole, parts }
    }

    /// What an utterance was understood to say. `vectors` has a row for each text of the plan;
    /// without it letters and sounds decide. `expected` are the intents that the dialogue expects
    /// here.
    pub fn read(&self, plan: &Plan, vectors: Option<&Array2<f32>>, expected: &[String]) -> Reading {
        let mut whole = self.judge(plan, vectors);
        self.expect(&mut whole, expected);
        let (mut sure, mut out_of_scope) = self.surely(&plan.text, &whole);
        for (place, text) in plan.parts.iter().enumerate() {
            let row = vectors.and_then(|v| vector(v, plan.whole.len() + place));
            let mut part = self.judgement(&self.evidence(text, row));
            self.expect(&mut part, expected);
            // A part tells about itself: what it surely holds, the utterance holds.
            let (of_part, out) = self.surely(text, &part);
            for (sure, p) in sure.iter_mut().zip(of_part) {
                *sure = sure.max(p);
            }
            out_of_scope = out_of_scope.min(out);
        }
        let mut intents: Vec<Guess> = self.names.iter().zip(sure).map(guess).collect();
        intents.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        intents.retain(|guess| guess.confidence >= GUESS_LEAST);
        intents.truncate(GUESSES_MAX);
        Reading { text: plan.text.clone(), intents, out_of_scope }
    }

    /// How sure each intent is of a text that was judged, and the probability that none is meant.
    fn surely(&self, text: &str, judged: &Judgement) -> (Vec<f32>, f32) {
        let inside = 1.0 - judged.out_of_scope;
        let probabilities = judged.probabilities.iter();
        let mut sure: Vec<f32> = probabilities.map(|p| (p * inside).min(SURE_MOST)).collect();
        match self.exact.find(text) {
            Some(Written::Is(class)) => {
                sure.iter_mut().for_each(|p| *p *= 1.0 - EXACT);
                sure[class] = EXACT;
                (sure, judged.out_of_scope.min(1.0 - EXACT))
            }
            Some(Written::IsNot(class)) => {
                sure[class] = 0.0;
                (sure, judged.out_of_scope)
            }
            None if is_fragment(text) => (vec![0.0; sure.len()], 1.0),
            None => (sure, judged.out_of_scope),
        }
    }

    /// What all texts of a plan say together, without its parts.
    pub fn judge(&self, plan: &Plan, vectors: Option<&Array2<f32>>) -> Judgement {
        let mut all = Evidence { scores: Array1::zeros(self.names.len()), logit: 0.0, near: 0.0 };
        for (place, (text, weight)) in plan.whole.iter().enumerate() {
            let evidence = self.evidence(text, vectors.and_then(|v| vector(v, place)));
            all.scores.scaled_add(*weight, &evidence.scores);
            all.logit += weight * evidence.logit;
            all.near += weight * evidence.near;
        }
        self.judgement(&all)
    }

    fn evidence(&self, text: &str, vector: Option<ndarray::ArrayView1<'_, f32>>) -> Evidence {
        self.heads.evidence(text, vector)
    }

    fn judgement(&self, evidence: &Evidence) -> Judgement {
        let sharpness = self.calibration.sharpness;
        let mut probabilities = evidence.scores.mapv(|score| score * sharpness).to_vec();
        softmax(&mut probabilities);
        let scope = self.calibration.scope_score(evidence);
        Judgement { probabilities, scope, out_of_scope: self.calibration.out_of_scope(scope) }
    }

    /// What the dialogue expects is likelier, by the rule of Bayes.
    fn expect(&self, judgement: &mut Judgement, expected: &[String]) {
        if expected.is_empty() {
            return;
        }
        let pairs = self.names.iter().zip(&mut judgement.probabilities);
        pairs.filter(|(name, _)| expected.contains(name)).for_each(|(_, p)| *p *= EXPECTED);
        let sum: f32 = judgement.probabilities.iter().sum();
        judgement.probabilities.iter_mut().for_each(|p| *p /= sum);
    }
}

fn guess((name, confidence): (&String, f32)) -> Guess {
    Guess { intent: name.clone(), confidence }
}

fn vector(vectors: &Array2<f32>, row: usize) -> Option<ndarray::ArrayView1<'_, f32>> {
    (row < vectors.nrows()).then(|| vectors.row(row))
}
