//! Regular expressions with look-around, as the original's rules use them.

use fancy_regex::{Captures, Regex};

use super::SynthesisError;

/// A compiled expression. `\d` is a digit of ASCII: what it matches may be cut at any byte.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

/// A place where an expression matched.
pub(super) struct Found<'a> {
    captures: Captures<'a>,
    text: &'a str,
}

impl<'a> Found<'a> {
    /// What a group matched; nothing when it took no part.
    pub(super) fn group(&self, index: usize) -> &'a str {
        self.captures.get(index).map_or("", |part| part.as_str())
    }

    /// All that matched.
    pub(super) fn whole(&self) -> &'a str {
        self.group(0)
    }

    /// The text after the match.
    pub(super) fn after(&self) -> &'a str {
        self.captures.get(0).and_then(|part| self.text.get(part.end()..)).unwrap_or_default()
    }

    /// The text before the match.
    pub(super) fn before(&self) -> &'a str {
        self.captures.get(0).and_then(|part| self.text.get(..part.start())).unwrap_or_default()
    }
}

impl Pattern {
    /// Compiles an expression that holds words of the model's tables.
    ///
    /// # Errors
    /// When it is not an expression.
    pub(super) fn new(pattern: &str) -> Result<Self, SynthesisError> {
        Regex::new(&of_ascii(pattern)).map(Self).map_err(|error| SynthesisError::Table {
            file: "patterns".to_owned(),
            problem: error.to_string(),
        })
    }

    /// Compiles an expression of this crate.
    pub(super) fn fixed(pattern: &str) -> Self {
        Self(
            Regex::new(&of_ascii(pattern))
                .expect("invariant: the expressions of this crate compile"),
        )
    }

    /// Replaces each match. A text on which the expression takes too many steps stays as it is.
    pub(super) fn rewrite(&self, text: &str, write: impl Fn(&Found<'_>) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for captures in self.0.captures_iter(text).map_while(Result::ok) {
            let Some(whole) = captures.get(0) else { continue };
            out.push_str(&text[copied..whole.start()]);
            copied = whole.end();
            out.push_str(&write(&Found { captures, text }));
        }
        out.push_str(&text[copied..]);
        out
    }

    /// The places of all matches, in bytes.
    pub(super) fn spans(&self, text: &str) -> Vec<(usize, usize)> {
        let matches = self.0.find_iter(text).map_while(Result::ok);
        matches.map(|part| (part.start(), part.end())).collect()
    }

    /// The place of the first match, in bytes.
    pub(super) fn first(&self, text: &str) -> Option<(usize, usize)> {
        self.0.find(text).ok().flatten().map(|part| (part.start(), part.end()))
    }

    /// All matches.
    pub(super) fn pieces<'t>(&self, text: &'t str) -> Vec<&'t str> {
        self.0.find_iter(text).map_while(Result::ok).map(|part| part.as_str()).collect()
    }

    /// All matches with their groups.
    pub(super) fn matches<'t>(&self, text: &'t str) -> Vec<Found<'t>> {
        let captures = self.0.captures_iter(text).map_while(Result::ok);
        captures.map(|captures| Found { captures, text }).collect()
    }
}

fn of_ascii(pattern: &str) -> String {
    pattern.replace(r"\d", "[0-9]")
}

/// An alternation of words, the longest first.
pub(super) fn any_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.iter().map(|word| fancy_regex::escape(word)).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewrite_sees_its_groups_and_what_stands_around() {
        let pattern = Pattern::fixed(r"(\d+)(?=-)");
        let out = pattern.rewrite("a 12- b", |found| {
            format!("<{}|{}|{}>", found.group(1), found.before(), found.after())
        });
        assert_eq!(out, "a <12|a |- b>- b");
    }

    #[test]
    fn the_longest_word_of_an_alternation_comes_first() {
        assert_eq!(any_of(["a.", "abc", "ab"]), r"abc|a\.|ab");
    }
}
