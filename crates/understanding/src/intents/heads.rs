//! Three views of a text, each with a regression of its own: what it means, how it is spelt, how it
//! sounds; and how near its meaning is to that of the examples. Their log-probabilities are added.

use ndarray::{Array1, Array2, ArrayView1, Axis, Slice};

use super::grams::{FEATURES, Grams, View};
use super::linear::{Fit, Linear, Rows, Target, log_softmax};
use super::neighbours::Neighbours;
use super::sparse;
use super::whitening::Whitening;

/// How much the views count beside the meaning; chosen on the validation split of BANKING77, out of
/// twelve pairs, with 5, 10 and all examples.
pub(super) const SPELLING: f32 = 0.25;
pub(super) const SOUND: f32 = 0.1;
pub(super) const NEIGHBOURS: f32 = 0.25;
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
    /// What was learned: how near a text is to any of it tells whether it is in scope, too.
    pub(super) memory: Neighbours,
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
    pub(super) fn train(
        lessons: &[Lesson],
        vectors: Option<(&Array2<f32>, &Whitening)>,
        classes: usize,
    ) -> Self {
        let targets: Vec<_> = lessons.iter().map(|l| (l.target, l.counts)).collect();
        let steps = (WORK / lessons.len().max(1)).clamp(12, 80);
        let sense = vectors.map(|(vectors, whitening)| {
            let fit = Fit { trust: SENSE_TRUST, steps };
            let rows = Rows::Dense(vectors.clone());
            let linear = Linear::train(&rows, &targets, classes, fit);
            let meant = |(at, lesson): (usize, &Lesson)| match lesson.target {
                Target::Is(class) => Some((at, (class, lesson.counts))),
                Target::IsNot(_) => None,
            };
            let (meant, labels): (Vec<usize>, Vec<_>) =
                lessons.iter().enumerate().filter_map(meant).unzip();
            let vectors = vectors.select(Axis(0), &meant);
            Sense { linear, memory: Neighbours::new(vectors, labels, whitening.clone()) }
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
                let width = sense.memory.vectors.ncols();
                let weights = sense.linear.weights.slice_axis(Axis(0), Slice::from(..width));
                let mut logits = vector.dot(&weights) + sense.linear.weights.row(width);
                let logit = most(&logits);
                let near = sense.memory.nearest(vector);
                let mut neighbours = sense.memory.scores(vector, logits.len());
                log_softmax(&mut logits);
                log_softmax(&mut neighbours);
                logits.scaled_add(NEIGHBOURS, &neighbours);
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
