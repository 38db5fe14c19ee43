//! A space in which what differs among sentences of one meaning counts less than what differs
//! between meanings: whitening by the shrunk covariance within the classes (Ledoit and Wolf, 2004,
//! on shrinking; the transformation is that of linear discriminant analysis).

use std::collections::BTreeSet;

use ndarray::{Array1, Array2, ArrayView1, Axis};

/// The covariance is mixed with that of a ball, which counts as many examples as a vector has
/// numbers, this often: few examples tell little of a covariance. Chosen on the validation split of
/// BANKING77 with 5, 10 and all examples (any part of the ball from 0.5 to 0.9 does there), and so
/// that the exchanges of the scenarios, which have few, are understood nearly as without it.
const BALL: f32 = 2.0;

/// The transformation: a vector times a matrix, made as long as 1. The mean is left where it is: it
/// gained nothing on the validation split, and of few examples it would make much of little.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Whitening {
    /// A row for each number of the result.
    pub(super) by: Array2<f32>,
}

impl Whitening {
    /// Learns from vectors, a row each, and the class of each.
    pub(super) fn learn(vectors: &Array2<f32>, classes: &[usize]) -> Self {
        let width = vectors.ncols();
        let count = vectors.nrows().max(1) as f32;
        let present: BTreeSet<usize> = classes.iter().copied().collect();
        let free = vectors.nrows().saturating_sub(present.len()) as f32;
        let shrunk = BALL * width as f32 / (BALL * width as f32 + free);
        let mut within = vectors.clone();
        for (mut row, middle) in within.rows_mut().into_iter().zip(middles(vectors, classes)) {
            row -= &middle;
        }
        let mut covariance = within.t().dot(&within) / count;
        let size = covariance.diag().sum() / width.max(1) as f32;
        covariance *= 1.0 - shrunk;
        // With one example of each class nothing varies within: the ball is all there is.
        let ball = if size > f32::EPSILON { shrunk * size } else { 1.0 };
        covariance.diag_mut().mapv_inplace(|value| value + ball);
        Self { by: inverse_root(&covariance) }
    }

    /// The vectors there, a row each.
    pub(super) fn of(&self, vectors: &Array2<f32>) -> Array2<f32> {
        let mut white = vectors.dot(&self.by.t());
        for mut row in white.rows_mut() {
            let length = row.dot(&row).sqrt().max(f32::MIN_POSITIVE);
            row.mapv_inplace(|value| value / length);
        }
        white
    }

    /// A single vector there.
    pub(super) fn of_one(&self, vector: &ArrayView1<'_, f32>) -> Array1<f32> {
        let white = self.by.dot(vector);
        let length = white.dot(&white).sqrt().max(f32::MIN_POSITIVE);
        white / length
    }
}

/// The mean of the class of each row.
fn middles(vectors: &Array2<f32>, classes: &[usize]) -> Vec<Array1<f32>> {
    let most = classes.iter().max().map_or(0, |most| most + 1);
    let mut sums = vec![Array1::<f32>::zeros(vectors.ncols()); most];
    let mut counts = vec![0.0_f32; most];
    for (row, &class) in vectors.rows().into_iter().zip(classes) {
        sums[class] += &row;
        counts[class] += 1.0;
    }
    classes.iter().map(|&class| &sums[class] / counts[class]).collect()
}

/// The inverse of the lower triangle L with L times its transpose as given (Cholesky). What is
/// given is symmetric and has no direction in which it vanishes.
fn inverse_root(given: &Array2<f32>) -> Array2<f32> {
    let width = given.nrows();
    let mut lower = Array2::<f64>::zeros((width, width));
    for i in 0..width {
        for j in 0..=i {
            let dot = first(&lower, i, j).dot(&first(&lower, j, j));
            let left = f64::from(given[(i, j)]) - dot;
            lower[(i, j)] = if i == j {
                left.max(f64::from(f32::MIN_POSITIVE)).sqrt()
            } else {
                left / lower[(j, j)]
            };
        }
    }
    // The rows of the inverse, each from those before it: L times it is the unit matrix.
    let mut inverse = Array2::<f64>::zeros((width, width));
    for i in 0..width {
        let (before, mut rest) = inverse.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        for (&factor, known) in first(&lower, i, i).iter().zip(before.rows()) {
            row.scaled_add(-factor, &known);
        }
        row[i] += 1.0;
        let scale = lower[(i, i)];
        row.mapv_inplace(|value| value / scale);
    }
    inverse.mapv(|value| value as f32)
}

/// The first numbers of a row.
fn first(table: &Array2<f64>, row: usize, count: usize) -> ArrayView1<'_, f64> {
    table.row(row).split_at(Axis(0), count).0
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_inverse_root_makes_the_covariance_a_unit_matrix() {
        let given = array![[4.0, 2.0, 0.6], [2.0, 3.0, 0.4], [0.6, 0.4, 1.0]];
        let root = inverse_root(&given);
        let unit = root.dot(&given).dot(&root.t());
        assert!((unit - Array2::<f32>::eye(3)).iter().all(|error| error.abs() < 1e-5));
    }

    #[test]
    fn what_varies_within_a_class_counts_less_than_what_tells_classes_apart() {
        // Two classes that differ in the first direction, and vary much more in the second.
        let vectors = array![[0.3, 1.0], [0.3, -1.0], [-0.3, 0.9], [-0.3, -1.1], [0.3, 0.2]];
        let classes = [0, 0, 1, 1, 0];
        let whitening = Whitening::learn(&vectors, &classes);
        let white = whitening.of(&vectors);
        let alike = |a: usize, b: usize| white.row(a).dot(&white.row(b));
        let plainly = |a: usize, b: usize| vectors.row(a).dot(&vectors.row(b));
        assert!(plainly(0, 2) > plainly(0, 4), "the second direction hides the first");
        assert!(alike(0, 4) > alike(0, 2), "{white}");
        let one = whitening.of_one(&vectors.row(3));
        assert!((&one - &white.row(3)).iter().all(|error| error.abs() < 1e-5));
    }

    #[test]
    fn one_example_of_each_class_leaves_the_space_as_it_is() {
        let vectors = array![[1.0, 0.0], [0.0, 1.0]];
        let whitening = Whitening::learn(&vectors, &[0, 1]);
        let white = whitening.of(&vectors);
        assert_eq!(white, vectors);
    }
}
