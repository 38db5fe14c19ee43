//! Self-training: labels spread from examples to logs that nobody has labelled, along a graph of
//! near neighbours (Zhou and others, 2004).

use ndarray::{Array2, ArrayView1, Axis, Slice};

/// Neighbours of a text.
const NEIGHBOURS: usize = 10;
/// How much of its labels a text has from its neighbours.
const SPREAD: f32 = 0.7;
/// Times that labels move on.
const STEPS: usize = 15;
/// Texts that are compared at once.
const BLOCK: usize = 512;
/// Near texts count more: cosine to this power.
const POWER: i32 = 4;

/// The graph: the neighbours of each text, and how much of it they are, 1 in all.
#[derive(Debug)]
pub(super) struct Graph {
    near: Vec<Vec<(usize, f32)>>,
}

impl Graph {
    /// Of vectors of length 1, one a row.
    pub(super) fn of(vectors: &Array2<f32>) -> Self {
        let count = vectors.nrows();
        let mut near: Vec<Vec<(usize, f32)>> = Vec::with_capacity(count);
        for start in (0..count).step_by(BLOCK) {
            let block = vectors.slice_axis(Axis(0), Slice::from(start..(start + BLOCK).min(count)));
            let like = block.dot(&vectors.t());
            near.extend(like.rows().into_iter().zip(start..).map(|(row, own)| nearest(&row, own)));
        }
        Self { near: balanced(&near) }
    }

    /// Spreads: `first` is what each text is taken for at first; the first `fixed` texts stay.
    pub(super) fn spread(&self, first: &Array2<f32>, fixed: usize) -> Array2<f32> {
        let mut labels = first.clone();
        for _ in 0..STEPS {
            let mut next = first * (1.0 - SPREAD);
            for (mut row, near) in next.rows_mut().into_iter().zip(&self.near) {
                for &(other, part) in near {
                    row.scaled_add(SPREAD * part, &labels.row(other));
                }
            }
            let kept = fixed.min(first.nrows());
            let fixed = first.slice_axis(Axis(0), Slice::from(..kept));
            next.slice_axis_mut(Axis(0), Slice::from(..kept)).assign(&fixed);
            labels = next;
        }
        for mut row in labels.axis_iter_mut(Axis(0)) {
            let sum = row.sum();
            if sum > 0.0 {
                row /= sum;
            }
        }
        labels
    }
}

fn nearest(row: &ArrayView1<'_, f32>, own: usize) -> Vec<(usize, f32)> {
    let mut others: Vec<(usize, f32)> =
        row.iter().copied().enumerate().filter(|&(other, _)| other != own).collect();
    let most = NEIGHBOURS.min(others.len());
    if most == 0 {
        return others;
    }
    let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    others.select_nth_unstable_by(most - 1, order);
    others.truncate(most);
    others.iter().map(|&(other, like)| (other, like.max(0.0).powi(POWER))).collect()
}

/// Neighbours are so both ways, and their parts are 1 in all.
fn balanced(near: &[Vec<(usize, f32)>]) -> Vec<Vec<(usize, f32)>> {
    let mut both = near.to_vec();
    for (own, others) in near.iter().enumerate() {
        for &(other, like) in others {
            if !near[other].iter().any(|&(back, _)| back == own) {
                both[other].push((own, like));
            }
        }
    }
    for others in &mut both {
        let sum = others.iter().map(|(_, like)| like).sum::<f32>() + 1e-9;
        others.iter_mut().for_each(|(_, like)| *like /= sum);
    }
    both
}

/// The surest texts of each class, so many at most: which, and the class.
pub(super) fn surest(labels: &Array2<f32>, each: usize) -> Vec<(usize, usize)> {
    let mut by_class: Vec<Vec<(usize, f32)>> = vec![Vec::new(); labels.ncols()];
    for (text, row) in labels.rows().into_iter().enumerate() {
        let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
        if let Some(class) = best {
            by_class[class].push((text, row[class]));
        }
    }
    let mut chosen = Vec::new();
    for (class, texts) in by_class.iter_mut().enumerate() {
        texts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        chosen.extend(texts.iter().take(each).map(|&(text, _)| (text, class)));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_spread_to_what_is_near_and_examples_keep_theirs() {
        // Two fans of directions, one example in each.
        let angle = |text: usize| {
            let base = if text.is_multiple_of(2) { 0.0f32 } else { 1.5 };
            base + 0.01 * text as f32
        };
        let vectors = Array2::from_shape_fn((40, 2), |(text, axis)| {
            if axis == 0 { angle(text).cos() } else { angle(text).sin() }
        });
        let mut first = Array2::from_elem((40, 2), 0.5);
        first.row_mut(0).assign(&ndarray::array![1.0, 0.0]);
        first.row_mut(1).assign(&ndarray::array![0.0, 1.0]);
        let labels = Graph::of(&vectors).spread(&first, 2);
        assert!(labels[[0, 0]] > 0.99 && labels[[1, 1]] > 0.99);
        let right = (2..40).filter(|&text| labels[[text, text % 2]] > 0.5).count();
        assert_eq!(right, 38);
        let chosen = surest(&labels, 3);
        assert_eq!(chosen.len(), 6);
        assert!(chosen.iter().all(|&(text, class)| text % 2 == class));
    }
}
