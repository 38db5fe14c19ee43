//! Terms: names and words of a scenario that a model would not expect, such as "Dr. Okonkwo".
//!
//! The model is given them as what was said before. It then writes them as they are written there,
//! when it hears something like them.

use serde::{Deserialize, Serialize};

/// Terms at most.
pub const TERMS_MAX: usize = 64;
/// Bytes of a term at most.
pub const TERM_BYTES_MAX: usize = 60;
/// Bytes of all terms at most: what was said before must leave room for what is said.
pub const TERMS_BYTES_MAX: usize = 512;
/// Tokens of them that the model is given; terms that would go beyond are left out.
pub(super) const TOKENS_MAX: usize = 200;

/// What the terms follow, and what lies between them.
const BEFORE: &str = " Names: ";
const BETWEEN: &str = ", ";

/// Why terms cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// One of them cannot be.
    #[error("vocabulary, term {number} ('{term}'): {problem}")]
    Term {
        /// From 1.
        number: usize,
        /// The term.
        term: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// There are too many.
    #[error(
        "vocabulary: {0} terms; name at most {TERMS_MAX}: those that this scenario's callees say"
    )]
    Many(usize),
    /// They are too long together.
    #[error(
        "vocabulary: {0} bytes of terms; at most {TERMS_BYTES_MAX} can be used: leave out what is \
         understood without"
    )]
    Long(usize),
}

/// Names and words to be expected. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    terms: Vec<String>,
}

impl Terms {
    /// Checks terms; none at all are none.
    ///
    /// # Errors
    /// When a term is empty, too long or not one line, or there are too many.
    pub fn new(terms: &[String]) -> Result<Option<Self>, TermsError> {
        let terms: Vec<String> = terms.iter().map(|term| term.trim().to_owned()).collect();
        for (place, term) in terms.iter().enumerate() {
            if let Some(problem) = problem(term) {
                return Err(TermsError::Term { number: place + 1, term: term.clone(), problem });
            }
        }
        let bytes = terms.iter().map(String::len).sum();
        if terms.len() > TERMS_MAX {
            return Err(TermsError::Many(terms.len()));
        }
        if bytes > TERMS_BYTES_MAX {
            return Err(TermsError::Long(bytes));
        }
        Ok((!terms.is_empty()).then_some(Self { terms }))
    }

    /// These, and behind them as many of the others as there is room for.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        let mut bytes: usize = self.terms.iter().map(String::len).sum();
        for term in &others.terms {
            bytes += term.len();
            if self.terms.len() >= TERMS_MAX || bytes > TERMS_BYTES_MAX {
                break;
            }
            self.terms.push(term.clone());
        }
        self
    }

    /// What was "said before", as tokens: as many terms as fit.
    pub(super) fn tokens(&self, encode: impl Fn(&str) -> Vec<u32>) -> Vec<u32> {
        let mut best = Vec::new();
        for count in 1..=self.terms.len() {
            let tokens = encode(&format!("{BEFORE}{}.", self.terms[..count].join(BETWEEN)));
            if tokens.len() > TOKENS_MAX {
                break;
            }
            best = tokens;
        }
        best
    }
}

fn problem(term: &str) -> Option<String> {
    if term.is_empty() {
        return Some("it is empty: leave it out".to_owned());
    }
    if term.len() > TERM_BYTES_MAX {
        return Some(format!("{} bytes: at most {TERM_BYTES_MAX} can be used", term.len()));
    }
    // A special token of the model would be taken for a command.
    let foreign = term.chars().find(|c| c.is_control() || matches!(c, '<' | '|' | '>'));
    foreign.map(|c| format!("{c:?} is not said: write it as it is spoken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(terms: &[&str]) -> Result<Option<Terms>, TermsError> {
        Terms::new(&terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_term_that_cannot_be_used_is_named_with_what_to_do() {
        let long = "x".repeat(61);
        for (term, problem) in [
            (" ", "it is empty: leave it out"),
            (long.as_str(), "61 bytes: at most 60"),
            ("a\nb", "'\\n' is not said"),
            ("<|endoftext|>", "'<' is not said"),
        ] {
            let text = terms(&["Okonkwo", term]).unwrap_err().to_string();
            assert!(text.contains("term 2") && text.contains(problem), "{text}");
        }
        assert_eq!(terms(&["a"; 65]).unwrap_err(), TermsError::Many(65));
        assert_eq!(terms(&["abcdefghijklmno"; 35]).unwrap_err(), TermsError::Long(525));
        assert_eq!(terms(&[]).unwrap(), None);
    }

    #[test]
    fn other_terms_are_added_as_far_as_there_is_room() {
        let name = terms(&["Ann Lee"]).unwrap().unwrap();
        let others = terms(&["Solventis", "Okonkwo"]).unwrap().unwrap();
        let all = terms(&["Ann Lee", "Solventis", "Okonkwo"]).unwrap().unwrap();
        assert_eq!(name.and(&others), all);
        let many = terms(&["a"; 64]).unwrap().unwrap();
        assert_eq!(many.clone().and(&others), many);
    }

    #[test]
    fn as_many_terms_as_fit_are_said_before() {
        let two = terms(&[" Dr. Okonkwo ", "Solventis"]).unwrap().unwrap();
        let bytes = |text: &str| text.bytes().map(u32::from).collect::<Vec<_>>();
        let before: Vec<u32> = bytes(" Names: Dr. Okonkwo, Solventis.");
        assert_eq!(two.tokens(bytes), before);
        let many = terms(&["abcdefghij"; 50]).unwrap().unwrap();
        assert_eq!(many.tokens(bytes).len(), 8 + 15 * 12 + 10 + 1);
    }
}
