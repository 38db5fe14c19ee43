//! What is remembered of the examples: how near a text is to those of each class.
//!
//! A regression draws one border for each class; examples that lie apart from the rest of their
//! class are smoothed over. A sharp kernel over the examples themselves gives them a voice (the
//! cache of Tip-Adapter, Zhang and others, 2022), in the space of [`Whitening`].

use ndarray::{Array1, Array2, ArrayView1};

use super::whitening::Whitening;

/// How sharp the kernel is: an example counts e times less for each 1/40 of cosine that it is
/// farther away. It and [`super::heads::NEIGHBOURS`] were chosen on the validation split of
/// BANKING77, out of three each, with 5, 10 and all examples.
const SHARPNESS: f32 = 40.0;
/// A cosine at which an example says nothing any more: of what is far from all of them it does not
/// matter what it is a little less far from.
const FAR: f32 = 0.3;

/// The vectors of the examples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Neighbours {
    /// A row for each, of length 1.
    pub(super) vectors: Array2<f32>,
    pub(super) whitening: Whitening,
    /// The same rows, whitened.
    pub(super) white: Array2<f32>,
    /// Of which class each is, and how much it counts.
    pub(super) labels: Vec<(usize, f32)>,
}

impl Neighbours {
    pub(super) fn new(
        vectors: Array2<f32>,
        labels: Vec<(usize, f32)>,
        whitening: Whitening,
    ) -> Self {
        let white = whitening.of(&vectors);
        Self { vectors, whitening, white, labels }
    }

    /// How near a text is to any of the examples (cosine).
    pub(super) fn nearest(&self, vector: &ArrayView1<'_, f32>) -> f32 {
        self.vectors.dot(vector).iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }

    /// ln of the kernel's mean over the examples of each class, beside one that is far.
    pub(super) fn scores(&self, vector: &ArrayView1<'_, f32>, classes: usize) -> Array1<f32> {
        let alike = self.white.dot(&self.whitening.of_one(vector));
        let (mut sums, mut counts) = (Array1::<f32>::zeros(classes), Array1::<f32>::zeros(classes));
        for (&alike, &(class, count)) in alike.iter().zip(&self.labels) {
            if let (Some(sum), Some(all)) = (sums.get_mut(class), counts.get_mut(class)) {
                *sum += count * kernel(alike);
                *all += count;
            }
        }
        let far = kernel(FAR);
        let mean = |(sum, all): (&f32, &f32)| (sum / all.max(f32::MIN_POSITIVE) + far).ln();
        sums.iter().zip(&counts).map(mean).collect()
    }
}

fn kernel(alike: f32) -> f32 {
    (SHARPNESS * (alike - 1.0)).exp()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn neighbours(vectors: Array2<f32>, labels: Vec<(usize, f32)>) -> Neighbours {
        let width = vectors.ncols();
        let whitening = Whitening { by: Array2::eye(width) };
        Neighbours::new(vectors, labels, whitening)
    }

    #[test]
    fn an_example_apart_from_its_class_is_near_to_what_resembles_it() {
        let vectors = array![[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]];
        let neighbours = neighbours(vectors, vec![(0, 1.0), (0, 1.0), (1, 1.0)]);
        let scores = neighbours.scores(&array![0.0, 1.0].view(), 3);
        assert!(scores[0] > scores[1] + 10.0, "{scores}");
        let vector = array![0.8, 0.6];
        let scores = neighbours.scores(&vector.view(), 3);
        assert!(scores[1] > scores[0], "{scores}");
        assert!((neighbours.nearest(&vector.view()) - 1.0).abs() < 1e-6);
        assert!((scores[2] - kernel(FAR).ln()).abs() < 1e-3, "no example of it: {scores}");
    }

    #[test]
    fn of_what_is_far_from_all_nothing_is_said() {
        let vectors = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        let neighbours = neighbours(vectors, vec![(0, 1.0), (1, 1.0)]);
        let scores = neighbours.scores(&array![0.05, 0.0, 0.9987].view(), 2);
        assert!((scores[0] - scores[1]).abs() < 0.02, "{scores}");
    }

    #[test]
    fn many_examples_are_no_better_than_few_that_are_as_near() {
        let vectors = array![[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]];
        let neighbours = neighbours(vectors, vec![(0, 1.0), (0, 0.5), (0, 1.0), (1, 0.3)]);
        let scores = neighbours.scores(&array![0.8, 0.6].view(), 2);
        assert!((scores[0] - scores[1]).abs() < 1e-4, "{scores}");
    }
}
