//! The guard against loops: a decoder that hears nothing more may say the same again and again.

/// Tokens a second of speech; people say up to 5.
const TOKENS_PER_S: f32 = 8.0;
/// Tokens that even the shortest sound may have.
const TOKENS_MIN: f32 = 12.0;
/// Blocks of at least so many tokens loop when they come twice running.
const LONG_BLOCK: usize = 3;
/// Blocks of these loop when they come four times: "no, no, no" is not a loop.
const SHORT_BLOCKS: std::ops::RangeInclusive<usize> = 1..=2;
const SHORT_TIMES: usize = 4;

/// The most tokens that a sound can hold.
pub(super) fn tokens_max(seconds: f32) -> usize {
    (seconds * TOKENS_PER_S + TOKENS_MIN) as usize
}

/// Whether the tokens have begun to loop; where to cut them then.
pub(super) fn loop_start(tokens: &[u32]) -> Option<usize> {
    let count = tokens.len();
    let repeats = |length: usize, times: usize| {
        count >= length * times && {
            let (_, tail) = tokens.split_at(count - length * times);
            tail.chunks_exact(length).all(|block| block == &tail[..length])
        }
    };
    if let Some(length) = (LONG_BLOCK..=count / 2).find(|&length| repeats(length, 2)) {
        return Some(count - length);
    }
    let length = SHORT_BLOCKS.into_iter().find(|&length| repeats(length, SHORT_TIMES))?;
    Some(count - length * (SHORT_TIMES - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_that_comes_twice_running_is_cut_and_short_repeats_are_not() {
        assert_eq!(loop_start(&[9, 1, 2, 3, 1, 2, 3]), Some(4));
        assert_eq!(loop_start(&[1, 2, 3, 4, 1, 2, 3]), None);
        assert_eq!(loop_start(&[5, 7, 7, 7]), None);
        assert_eq!(loop_start(&[5, 7, 7, 7, 7]), Some(2));
        assert_eq!(loop_start(&[1, 2, 1, 2, 1, 2, 1, 2]), Some(4), "as a block of four, twice");
        assert_eq!(loop_start(&[]), None);
    }
}
