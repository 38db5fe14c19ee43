//! Multinomial logistic regression over sparse features, text by text: each feature moves by steps
//! of its own, which become shorter the more it has moved (AdaGrad; Duchi and others, 2011).
//!
//! A step touches the features of one text only, so that thousands of texts with sixteen thousand
//! features cost a second, where a method over all weights at once costs a minute.

use ndarray::Array2;

use super::chance::Chance;
use super::linear::{Linear, Target, softmax, turn};

/// The first step of a feature; chosen on the validation split of BANKING77, out of 0.03, 0.1 and
/// 0.5.
const STEP: f32 = 0.5;
/// Texts that are looked at in all: larger sets are gone through less often.
const LOOKS: usize = 60_000;
/// How often a set is gone through, at least and at most.
const PASSES: (usize, usize) = (6, 20);

/// Learns from texts by their features, of `width`, with what they are known to be and how much
/// each counts. The order of the texts follows from their number: the same texts give the same
/// weights. The last row, for no feature at all, stays 0.
pub(super) fn train(
    rows: &[Vec<(u32, f32)>],
    width: usize,
    targets: &[(Target, f32)],
    classes: usize,
) -> Linear {
    let mut flat = vec![0.0f32; (width + 1) * classes];
    let mut moved = vec![0.0f32; width];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut chance = Chance::new(rows.len() as u64);
    let mut row = vec![0.0f32; classes];
    for _ in 0..(LOOKS / rows.len().max(1)).clamp(PASSES.0, PASSES.1) {
        chance.shuffle(&mut order);
        for &text in &order {
            let (target, counts) = targets[text];
            logits(&rows[text], &flat, &mut row);
            softmax(&mut row);
            turn(&mut row, target);
            row.iter_mut().for_each(|slope| *slope *= counts);
            step(&rows[text], &row, &mut flat, &mut moved);
        }
    }
    let weights = Array2::from_shape_vec((width + 1, classes), flat);
    Linear { weights: weights.expect("invariant: as many weights as were made above") }
}

/// The logits of one text by its features.
pub(super) fn logits(features: &[(u32, f32)], flat: &[f32], row: &mut [f32]) {
    row.fill(0.0);
    for &(feature, value) in features {
        let weights = &flat[feature as usize * row.len()..][..row.len()];
        row.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
    }
}

fn step(features: &[(u32, f32)], slopes: &[f32], flat: &mut [f32], moved: &mut [f32]) {
    let steep: f32 = slopes.iter().map(|slope| slope * slope).sum();
    for &(feature, value) in features {
        let moved = &mut moved[feature as usize];
        *moved += value * value * steep;
        let by = STEP * value / (moved.sqrt() + 1e-6);
        let weights = &mut flat[feature as usize * slopes.len()..][..slopes.len()];
        weights.iter_mut().zip(slopes).for_each(|(weight, slope)| *weight -= by * slope);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn best(linear: &Linear, features: &[(u32, f32)]) -> usize {
        let mut row = vec![0.0; linear.classes()];
        logits(features, linear.weights.as_slice().unwrap(), &mut row);
        (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap()
    }

    #[test]
    fn the_feature_that_tells_classes_apart_is_found_and_unseen_ones_weigh_nothing() {
        // Feature 0 is in all texts, 1 to 3 tell the class, 4 is in none.
        let rows: Vec<_> = (0..30).map(|text| vec![(0, 0.7), (1 + text % 3, 0.7)]).collect();
        let targets: Vec<_> = (0..30).map(|text| (Target::Is(text % 3), 1.0)).collect();
        let linear = train(&rows, 5, &targets, 3);
        for class in 0..3 {
            assert_eq!(best(&linear, &[(1 + class, 1.0)]), class as usize);
        }
        assert!(linear.weights.row(4).iter().all(|&weight| weight == 0.0));
        let apart = |feature: usize| {
            let row = linear.weights.row(feature);
            row.iter().copied().fold(0.0, f32::max) - row.iter().copied().fold(0.0, f32::min)
        };
        assert!(apart(0) < apart(1) / 2.0, "{:?}", linear.weights);
    }

    #[test]
    fn what_counts_less_and_what_a_text_is_expressly_not_have_their_weight() {
        let rows = vec![vec![(0, 1.0)], vec![(0, 1.0)], vec![(1, 1.0)]];
        let targets = [(Target::Is(0), 1.0), (Target::Is(1), 0.2), (Target::IsNot(0), 1.0)];
        let linear = train(&rows, 2, &targets, 3);
        assert_eq!(best(&linear, &[(0, 1.0)]), 0);
        assert!(linear.weights[[1, 0]] < linear.weights[[1, 1]].min(linear.weights[[1, 2]]));
    }

    proptest! {
        #[test]
        fn weights_are_finite_and_the_same_each_time(
            texts in prop::collection::vec(
                (prop::collection::vec((0u32..8, 0.0f32..1.0), 0..6), 0usize..3), 1..12),
        ) {
            let rows: Vec<_> = texts.iter().map(|(row, _)| row.clone()).collect();
            let target = |&(_, class): &(Vec<_>, usize)| (Target::Is(class), 1.0);
            let targets: Vec<_> = texts.iter().map(target).collect();
            let linear = train(&rows, 8, &targets, 3);
            prop_assert!(linear.weights.iter().all(|weight| weight.is_finite()));
            prop_assert_eq!(&linear, &train(&rows, 8, &targets, 3));
        }
    }
}
