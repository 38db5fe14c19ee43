//! Multinomial logistic regression over dense or sparse features.

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, Slice};

use super::lbfgs::{Limits, minimise};

/// Features of texts, one text a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Vectors.
    Dense(Array2<f32>),
    /// The features that are not 0, of so many.
    Sparse(Vec<Vec<(u32, f32)>>, usize),
}

impl Rows {
    /// How many texts.
    pub fn len(&self) -> usize {
        match self {
            Self::Dense(rows) => rows.nrows(),
            Self::Sparse(rows, _) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn width(&self) -> usize {
        match self {
            Self::Dense(rows) => rows.ncols(),
            Self::Sparse(_, width) => *width,
        }
    }

    /// Some of the texts.
    pub fn select(&self, which: &[usize]) -> Self {
        match self {
            Self::Dense(rows) => Self::Dense(rows.select(Axis(0), which)),
            Self::Sparse(rows, width) => {
                Self::Sparse(which.iter().map(|&row| rows[row].clone()).collect(), *width)
            }
        }
    }

    fn times(&self, weights: &ArrayView2<'_, f32>) -> Array2<f32> {
        match self {
            Self::Dense(rows) => rows.dot(weights),
            Self::Sparse(rows, _) => {
                let mut all = Array2::zeros((rows.len(), weights.ncols()));
                for (row, mut sum) in rows.iter().zip(all.rows_mut()) {
                    for &(feature, value) in row {
                        sum.scaled_add(value, &weights.row(feature as usize));
                    }
                }
                all
            }
        }
    }

    /// The transposed rows times what is given.
    fn back(&self, given: &Array2<f32>, mut to: ArrayViewMut2<'_, f32>) {
        match self {
            Self::Dense(rows) => to += &rows.t().dot(given),
            Self::Sparse(rows, _) => {
                for (row, given) in rows.iter().zip(given.rows()) {
                    for &(feature, value) in row {
                        to.row_mut(feature as usize).scaled_add(value, &given);
                    }
                }
            }
        }
    }
}

/// What a text is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Of this class.
    Is(usize),
    /// Expressly not of this class.
    IsNot(usize),
}

/// How a regression is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// How much the texts count against small weights (C of scikit-learn).
    pub trust: f32,
    /// Steps at most.
    pub steps: usize,
}

/// A trained regression: a row of weights for each feature, the last row for no feature at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// The weights.
    pub weights: Array2<f32>,
}

impl Linear {
    /// Learns from texts with what they are known to be, and how much each counts.
    pub fn train(rows: &Rows, targets: &[(Target, f32)], classes: usize, fit: Fit) -> Self {
        let width = rows.width();
        let mut flat = vec![0.0; (width + 1) * classes];
        let limits = Limits { steps: fit.steps, flat: 1e-3 };
        minimise(&mut flat, limits, |weights, gradient| {
            loss(rows, targets, (width, classes), fit.trust, weights, gradient)
        });
        let weights = Array2::from_shape_vec((width + 1, classes), flat);
        Self { weights: weights.expect("invariant: as many weights as were made above") }
    }

    /// Classes that it tells apart.
    pub fn classes(&self) -> usize {
        self.weights.ncols()
    }

    /// The logits of texts.
    pub fn logits(&self, rows: &Rows) -> Array2<f32> {
        let width = self.weights.nrows() - 1;
        let mut logits = rows.times(&self.weights.slice_axis(Axis(0), Slice::from(..width)));
        logits += &self.weights.row(width);
        logits
    }
}

/// The loss of all texts, and its gradient.
fn loss(
    rows: &Rows,
    targets: &[(Target, f32)],
    (width, classes): (usize, usize),
    trust: f32,
    flat: &[f32],
    gradient: &mut [f32],
) -> f64 {
    let shape = (width + 1, classes);
    let weights = ArrayView2::from_shape(shape, flat);
    let weights = weights.expect("invariant: the length is that of train");
    let (features, bias) = weights.split_at(Axis(0), width);
    let mut residual = rows.times(&features);
    residual += &bias.row(0);
    let mut sum = 0.0;
    for (mut row, &(target, counts)) in residual.rows_mut().into_iter().zip(targets) {
        let row = row.as_slice_mut().expect("invariant: rows of a new array are whole");
        softmax(row);
        sum += f64::from(counts * turn(row, target));
        row.iter_mut().for_each(|slope| *slope *= counts * trust);
    }
    let squares = features.iter().map(|w| f64::from(w * w)).sum::<f64>();
    let to = ArrayViewMut2::from_shape(shape, gradient);
    let mut to = to.expect("invariant: the length is that of train");
    to.assign(&weights);
    to.row_mut(width).assign(&residual.sum_axis(Axis(0)));
    rows.back(&residual, to.slice_axis_mut(Axis(0), Slice::from(..width)));
    f64::from(trust) * sum + squares / 2.0
}

/// Turns probabilities into the slope of the loss, which is returned.
pub(super) fn turn(row: &mut [f32], target: Target) -> f32 {
    match target {
        Target::Is(class) => {
            let loss = -row[class].max(1e-12).ln();
            row[class] -= 1.0;
            loss
        }
        Target::IsNot(class) => {
            let is = row[class].min(1.0 - 1e-4);
            let factor = is / (1.0 - is);
            row.iter_mut().for_each(|p| *p *= -factor);
            row[class] += factor;
            -(1.0 - is).ln()
        }
    }
}

/// Logits become probabilities.
pub fn softmax(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = (*value - most).exp();
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
}

/// Logits become natural logarithms of probabilities.
pub fn log_softmax(row: &mut Array1<f32>) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = row.iter().map(|value| (value - most).exp()).sum();
    *row -= most + sum.ln();
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    const FIT: Fit = Fit { trust: 10.0, steps: 100 };

    fn rows() -> Rows {
        Rows::Dense(array![[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    }

    fn best(linear: &Linear, rows: &Rows) -> Vec<usize> {
        let logits = linear.logits(rows);
        let best = |row: ndarray::ArrayView1<'_, f32>| {
            (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap()
        };
        logits.rows().into_iter().map(best).collect()
    }

    fn is(classes: &[usize]) -> Vec<(Target, f32)> {
        classes.iter().map(|&class| (Target::Is(class), 1.0)).collect()
    }

    #[test]
    fn classes_are_told_apart_and_sparse_features_give_the_same_weights_as_dense_ones() {
        let dense = Linear::train(&rows(), &is(&[0, 0, 1, 1]), 2, FIT);
        assert_eq!(best(&dense, &rows()), [0, 0, 1, 1]);
        let same = vec![
            vec![(0, 1.0)],
            vec![(0, 0.9), (1, 0.1)],
            vec![(1, 1.0)],
            vec![(0, 0.1), (1, 0.9)],
        ];
        let sparse = Linear::train(&Rows::Sparse(same, 2), &is(&[0, 0, 1, 1]), 2, FIT);
        let most = (&dense.weights - &sparse.weights).iter().fold(0.0, |m: f32, d| m.max(d.abs()));
        assert!(most < 1e-3, "{most}");
    }

    #[test]
    fn what_a_text_is_expressly_not_lowers_that_class_only() {
        let mut targets = is(&[0, 0, 1, 2]);
        let plain = Linear::train(&rows(), &targets, 3, FIT);
        targets[3] = (Target::IsNot(1), 1.0);
        targets[2] = (Target::Is(1), 1.0);
        let with = Linear::train(&rows(), &targets, 3, FIT);
        let place = rows().select(&[3]);
        let p = |linear: &Linear| {
            let mut row = linear.logits(&place).row(0).to_vec();
            softmax(&mut row);
            row
        };
        assert!(p(&with)[1] < 0.5 && p(&plain)[2] > p(&with)[2], "{:?} {:?}", p(&plain), p(&with));
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let targets = [
            (Target::Is(0), 1.0),
            (Target::IsNot(1), 0.5),
            (Target::Is(2), 2.0),
            (Target::IsNot(0), 1.0),
        ];
        let weights: Vec<f32> = (0..9).map(|i| (i as f32 * 0.7).sin()).collect();
        let (mut gradient, mut none) = (vec![0.0; 9], vec![0.0; 9]);
        loss(&rows(), &targets, (2, 3), 3.0, &weights, &mut gradient);
        for place in 0..9 {
            let at = |by: f32, none: &mut [f32]| {
                let mut moved = weights.clone();
                moved[place] += by;
                loss(&rows(), &targets, (2, 3), 3.0, &moved, none)
            };
            let slope = (at(1e-2, &mut none) - at(-1e-2, &mut none)) / 2e-2;
            assert!((slope - f64::from(gradient[place])).abs() < 2e-2, "{place}: {slope}");
        }
    }
}
