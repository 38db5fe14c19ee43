//! Evaluation: word error rates, and the telephone conditions under which they are measured.
//!
//! - [`normalise`]: what counts as the same word.
//! - [`errors`]: how many words differ.
//! - [`Condition`]: mu-law, noise, lost packets, made from clean recordings.

mod conditions;
mod normal;
mod prompts;

pub use conditions::{Condition, pink_noise};
pub use normal::normalise;
pub(crate) use prompts::prompt_lines;
pub use prompts::{Prompt, PromptsError, read_prompts};

/// Errors in a text, against what was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// Words that were wrong, missing or too many.
    pub wrong: usize,
    /// Words that were said.
    pub said: usize,
}

impl Errors {
    /// Wrong words in percent of those said.
    pub fn rate_pct(self) -> f64 {
        self.wrong as f64 * 100.0 / self.said.max(1) as f64
    }
}

impl std::ops::AddAssign for Errors {
    fn add_assign(&mut self, other: Self) {
        self.wrong += other.wrong;
        self.said += other.said;
    }
}

/// Compares two texts word by word after [`normalise`]: the least number of words to change, leave
/// out and put in (Levenshtein).
pub fn errors(said: &str, recognised: &str) -> Errors {
    let (said, recognised) = (normalise(said), normalise(recognised));
    Errors { wrong: distance(&said, &recognised), said: said.len() }
}

/// The same for digits: each is a word.
pub fn digit_errors(said: &str, recognised: &str) -> Errors {
    let digits = |text: &str| -> Vec<String> {
        let joined = normalise(text).join("");
        joined.chars().filter(char::is_ascii_digit).map(String::from).collect()
    };
    let (said, recognised) = (digits(said), digits(recognised));
    Errors { wrong: distance(&said, &recognised), said: said.len() }
}

fn distance(left: &[String], right: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, word) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in right.iter().enumerate() {
            let change = diagonal + usize::from(word != other);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_missing_and_surplus_words_count_one_each() {
        let count = |said, recognised| errors(said, recognised).wrong;
        assert_eq!(count("Press the pound key.", "press the pound key"), 0);
        assert_eq!(count("press the pound key", "press a pound"), 2);
        assert_eq!(count("yes", "oh yes yes"), 2);
        assert_eq!(count("", "hello"), 1);
        assert_eq!(errors("one two", "one").rate_pct(), 50.0);
    }

    #[test]
    fn digits_are_compared_one_by_one_however_they_are_written() {
        assert_eq!(digit_errors("4729", "four seven two nine").wrong, 0);
        assert_eq!(digit_errors("4729", "47-2-9.").wrong, 0);
        assert_eq!(digit_errors("4729", "479"), Errors { wrong: 1, said: 4 });
    }
}
