//! Three views of a text, each with a regression of its own: what it means, how it is spelt, how it
//! sounds. Their log-probabilities are added.

use ndarray::{Array1, Array2, ArrayView1, Axis, Slice};

use super::grams::{FEATURES, Grams, View};
use super::linear::{Fit, Linear, Rows, Target, log_softmax};
use super::sparse;

/// How much the views count beside the meaning; chosen on the validation split of BANKING77, out of
/// twelve pairs, with 5, 10 and all examples.
pub(super) const SPELLING: f32 = 0.15;
pub(super) const SOUND: f32 = 0.1;
/// Numbers that a training pass may look at: larger sets take fewer steps.
const WORK: usize = 300_000;
const SENSE_TRUST: f32 = 10.0;

/// What a text is known to be, and how much that counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lesson {
    pub(super) text: String,
    pub(super) target: Target,
    pub(super) counts: f32,
}

/// The view of the meaning.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sense {
    pub(super) linear: Linear,
    /// The vectors of what was learned: how near a text is to any of them tells whether it is in
    /// scope.
    pub(super) memory: Array2<f32>,
}

/// A view of n-grams.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    pub(super) grams: Grams,
    pub(super) linear: Linear,
}

/// The three views.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heads {
    pub(super) sense: Option<Sense>,
    pub(super) spelling: Written,
    pub(super) sound: Written,
}

/// What the views say of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    /// ln of the probability of each class, added over the views: not yet calibrated.
    pub(super) scores: Array1<f32>,
    /// The largest logit.
    pub(super) logit: f32,
    /// How near it is to what was learned.
    pub(super) near: f32,
}

impl Heads {
    /// Learns; `vectors` has a row for each lesson.
    pub(super) fn train(lessons: &[Lesson], vectors: Option<&Array2<f32>>, classes: usize) -> Self {
        let targets: Vec<_> = lessons.iter().map(|l| (l.target, l.counts)).collect();
        let steps = (WORK / lessons.len().max(1)).clamp(12, 80);
        let sense = vectors.map(|vectors| {
            let fit = Fit { trust: SENSE_TRUST, steps };
            let rows = Rows::Dense(vectors.clone());
            let linear = Linear::train(&rows, &targets, classes, fit);
            let is = |at: &usize| matches!(lessons[*at].target, Target::Is(_));
            let meant: Vec<usize> = (0..lessons.len()).filter(is).collect();
            Sense { linear, memory: vectors.select(Axis(0), &meant) }
        });
        let written = |view| {
            let texts = || lessons.iter().map(|lesson| lesson.text.as_str());
            let grams = Grams::learn(view, texts());
            let rows: Vec<_> = texts().map(|text| grams.features(text)).collect();
            let linear = sparse::train(&rows, FEATURES, &targets, classes);
            Written { grams, linear }
        };
        Self { sense, spelling: written(View::Spelling), sound: written(View::Sound) }
    }

    /// What the views say of a text.
    pub(super) fn evidence(&self, text: &str, vector: Option<ArrayView1<'_, f32>>) -> Evidence {
        let written = |view: &Written| {
            let row = Rows::Sparse(vec![view.grams.features(text)], FEATURES);
            view.linear.logits(&row).row(0).to_owned()
        };
        let (mut spelling, mut sound) = (written(&self.spelling), written(&self.sound));
        let sense = self.sense.as_ref().zip(vector);
        let (logit, near) = match &sense {
            Some((sense, vector)) => {
                let width = sense.memory.ncols();
                let weights = sense.linear.weights.slice_axis(Axis(0), Slice::from(..width));
                let mut logits = vector.dot(&weights) + sense.linear.weights.row(width);
                let (logit, near) = (most(&logits), most(&sense.memory.dot(vector)));
                log_softmax(&mut logits);
                log_softmax(&mut spelling);
                log_softmax(&mut sound);
                logits.scaled_add(SPELLING, &spelling);
                logits.scaled_add(SOUND, &sound);
                return Evidence { scores: logits, logit, near };
            }
            None => (most(&spelling), most(&sound)),
        };
        log_softmax(&mut spelling);
        log_softmax(&mut sound);
        spelling.scaled_add(SOUND / SPELLING, &sound);
        Evidence { scores: spelling, logit, near }
    }
}

fn most(values: &Array1<f32>) -> f32 {
    values.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}
