//! Texts of like length side by side: rectangles of tokens with as little padding as may be.

/// Texts of a rectangle at most.
pub const BATCH_MAX: usize = 32;

/// A rectangle of tokens, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Which texts, one a row.
    pub texts: Vec<usize>,
    /// Tokens of a row.
    pub length: usize,
    /// The tokens; 0 or the padding where a text is shorter.
    pub ids: Vec<i64>,
    /// 1 for a token, 0 for padding.
    pub mask: Vec<i64>,
}

/// Puts texts, given by their tokens, into rectangles: the shortest first.
pub fn batches(texts: &[Vec<u32>], padding: u32) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&text| (texts[text].len(), text));
    order.chunks(BATCH_MAX).map(|rows| rectangle(rows, texts, padding)).collect()
}

fn rectangle(rows: &[usize], texts: &[Vec<u32>], padding: u32) -> Batch {
    let length = rows.iter().map(|&row| texts[row].len()).max().unwrap_or(0).max(1);
    let (mut ids, mut mask) = (Vec::new(), Vec::new());
    for &row in rows {
        let text = &texts[row];
        let fill = length - text.len();
        ids.extend(text.iter().map(|&id| i64::from(id)));
        ids.extend(std::iter::repeat_n(i64::from(padding), fill));
        mask.extend(std::iter::repeat_n(1, text.len()));
        mask.extend(std::iter::repeat_n(0, fill));
    }
    Batch { texts: rows.to_vec(), length, ids, mask }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_short_ones_come_first_and_are_filled_up_to_the_longest_beside_them() {
        let batches = batches(&[vec![5, 6, 7], vec![8]], 1);
        assert_eq!(batches.len(), 1);
        assert_eq!(batches[0].texts, [1, 0]);
        assert_eq!(batches[0].ids, [8, 1, 1, 5, 6, 7]);
        assert_eq!(batches[0].mask, [1, 0, 0, 1, 1, 1]);
    }

    proptest! {
        #[test]
        fn every_text_is_in_one_rectangle_with_all_its_tokens(
            lengths in prop::collection::vec(0usize..40, 0..100),
        ) {
            let texts: Vec<Vec<u32>> = lengths.iter().map(|&n| vec![7; n]).collect();
            let mut seen = vec![0; texts.len()];
            for batch in batches(&texts, 0) {
                prop_assert_eq!(batch.ids.len(), batch.texts.len() * batch.length);
                for (row, &text) in batch.texts.iter().enumerate() {
                    seen[text] += 1;
                    let mask = &batch.mask[row * batch.length..][..batch.length];
                    prop_assert_eq!(mask.iter().sum::<i64>() as usize, texts[text].len());
                }
            }
            prop_assert!(seen.iter().all(|&times| times == 1));
        }
    }
}
