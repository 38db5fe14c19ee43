//! From scores to probabilities, learned on texts that were held out.

use serde::{Deserialize, Serialize};

use super::heads::Evidence;
use super::linear::softmax;

/// How scores become probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What scores are multiplied with (Guo and others, 2017: the inverse temperature).
    pub sharpness: f32,
    /// Mean and spread of the largest logit, of texts in scope.
    pub logit: (f32, f32),
    /// The same of how near they are to what was learned.
    pub near: (f32, f32),
    /// Slope and offset of the logit of being in scope, over the sum of both in spreads.
    pub scope: (f32, f32),
    /// Expected calibration error of held-out texts, 0 to 1: by how much confidence and accuracy
    /// differ, over ten bins.
    pub error: f32,
    /// Accuracy on held-out texts, 0 to 1.
    pub accuracy: f32,
}

impl Default for Calibration {
    /// For sets that are too small to hold anything out.
    fn default() -> Self {
        Self {
            sharpness: 1.0,
            logit: (3.0, 2.0),
            near: (0.6, 0.2),
            scope: (1.0, 2.0),
            error: 1.0,
            accuracy: 0.0,
        }
    }
}

/// What was found for texts that were held out.
#[derive(Debug, Default)]
pub(super) struct HeldOut {
    /// Texts whose class was learned from others, with the class.
    pub(super) inside: Vec<(Evidence, usize)>,
    /// Texts whose class was held out altogether.
    pub(super) outside: Vec<Evidence>,
}

/// Texts of each kind that a fit needs.
const NEEDED: usize = 10;

impl Calibration {
    pub(super) fn fit(held: &HeldOut) -> Self {
        let mut fitted = Self::default();
        if held.inside.len() < NEEDED {
            return fitted;
        }
        let sharpness = |step: i32| 1.12f32.powi(step);
        let loss = |step: &i32| mean_loss(held, sharpness(*step));
        let best = (-20..=20).min_by(|a, b| loss(a).total_cmp(&loss(b)));
        fitted.sharpness = best.map_or(1.0, sharpness);
        (fitted.error, fitted.accuracy) = error(held, fitted.sharpness);
        fitted.logit = mean_and_spread(held.inside.iter().map(|(evidence, _)| evidence.logit));
        fitted.near = mean_and_spread(held.inside.iter().map(|(evidence, _)| evidence.near));
        if held.outside.len() >= NEEDED {
            let inside = held.inside.iter().map(|(evidence, _)| fitted.scope_score(evidence));
            let outside = held.outside.iter().map(|evidence| fitted.scope_score(evidence));
            fitted.scope = logistic(&inside.collect::<Vec<_>>(), &outside.collect::<Vec<_>>());
        }
        fitted
    }

    /// How much a text looks like one in scope: the sum of the largest logit and of the nearness,
    /// each in spreads from its mean.
    pub(super) fn scope_score(&self, evidence: &Evidence) -> f32 {
        let part = |value: f32, (mean, spread): (f32, f32)| (value - mean) / spread.max(1e-6);
        part(evidence.logit, self.logit) + part(evidence.near, self.near)
    }

    /// The probability that a text of this score is out of scope.
    pub(super) fn out_of_scope(&self, score: f32) -> f32 {
        1.0 / (1.0 + (self.scope.0 * score + self.scope.1).exp())
    }

    /// Whether it can be used as it was read.
    pub(super) fn is_sound(&self) -> bool {
        let numbers = [self.logit.0, self.logit.1, self.near.0, self.near.1];
        let more = [self.scope.0, self.scope.1, self.sharpness, self.error, self.accuracy];
        numbers.iter().chain(&more).all(|number| number.is_finite())
    }
}

fn probabilities(evidence: &Evidence, sharpness: f32) -> Vec<f32> {
    let mut row: Vec<f32> = evidence.scores.iter().map(|score| score * sharpness).collect();
    softmax(&mut row);
    row
}

fn mean_loss(held: &HeldOut, sharpness: f32) -> f32 {
    let loss = |(evidence, class): &(Evidence, usize)| {
        -probabilities(evidence, sharpness)[*class].max(1e-9).ln()
    };
    held.inside.iter().map(loss).sum::<f32>() / held.inside.len() as f32
}

/// The expected calibration error and the accuracy.
fn error(held: &HeldOut, sharpness: f32) -> (f32, f32) {
    let guess = |(evidence, class): &(Evidence, usize)| {
        let row = probabilities(evidence, sharpness);
        let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        (row[best], best == *class)
    };
    let guesses: Vec<(f32, bool)> = held.inside.iter().map(guess).collect();
    calibration_error(&guesses)
}

/// The expected calibration error of guesses, over ten bins of their confidence (Naeini and others,
/// 2015), and how many of them are right; both 0 to 1.
pub fn calibration_error(guesses: &[(f32, bool)]) -> (f32, f32) {
    let mut bins = [(0.0f32, 0.0f32); 10];
    for &(confidence, right) in guesses {
        let bin = ((confidence * 10.0) as usize).min(9);
        bins[bin].0 += confidence;
        bins[bin].1 += f32::from(u8::from(right));
    }
    let count = guesses.len().max(1) as f32;
    let right: f32 = bins.iter().map(|bin| bin.1).sum();
    (bins.iter().map(|(sure, right)| (sure - right).abs()).sum::<f32>() / count, right / count)
}

fn mean_and_spread(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let count = values.clone().count().max(1) as f32;
    let mean = values.clone().sum::<f32>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    (mean, variance.sqrt().max(1e-6))
}

/// Slope and offset of a logistic regression of one number; both kinds count the same in all.
fn logistic(inside: &[f32], outside: &[f32]) -> (f32, f32) {
    let (mut slope, mut offset) = (1.0f32, 1.0f32);
    for _ in 0..500 {
        let (mut by_slope, mut by_offset) = (0.0, 0.0);
        for (scores, is) in [(inside, 1.0), (outside, 0.0)] {
            for score in scores {
                let p = 1.0 / (1.0 + (-(slope * score + offset)).exp());
                let miss = (is - p) / scores.len() as f32;
                by_slope += miss * score;
                by_offset += miss;
            }
        }
        slope += 0.3 * by_slope;
        offset += 0.3 * by_offset;
    }
    (slope.max(0.05), offset)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn evidence(logit: f32, scores: ndarray::Array1<f32>) -> Evidence {
        Evidence { scores, logit, near: logit / 10.0 }
    }

    #[test]
    fn scores_that_are_too_sure_are_made_flatter_until_they_are_right_as_often_as_they_say() {
        let mut held = HeldOut::default();
        for text in 0..100 {
            // It says 98 %, and 70 of 100 are right.
            let class = usize::from(text % 10 >= 7);
            held.inside.push((evidence(5.0 + (text % 3) as f32, array![0.0, -4.0]), class));
            held.outside.push(evidence((text % 3) as f32, array![0.0, -4.0]));
        }
        let fitted = Calibration::fit(&held);
        assert!(fitted.sharpness < 0.4 && fitted.error < 0.05, "{fitted:?}");
        assert!((fitted.accuracy - 0.7).abs() < 1e-3);
        let out = |logit| fitted.out_of_scope(fitted.scope_score(&evidence(logit, array![0.0])));
        assert!(out(1.0) > 0.5 && out(6.0) < 0.5, "{} {}", out(1.0), out(6.0));
    }

    #[test]
    fn an_error_is_the_mean_distance_of_confidence_and_accuracy() {
        let guesses = [(0.95, true), (0.95, false), (0.55, true), (0.55, false)];
        let (error, accuracy) = calibration_error(&guesses);
        assert!((error - 0.25).abs() < 1e-3 && (accuracy - 0.5).abs() < 1e-3, "{error}");
    }
}
