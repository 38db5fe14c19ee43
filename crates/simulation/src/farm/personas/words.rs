//! Words as they are compared: what the robot said, and the phrases that people listen for; pure.

/// Text as words in lower case, without punctuation. An apostrophe joins what it stands between.
pub fn words(text: &str) -> Vec<String> {
    let text: String = text
        .chars()
        .filter(|it| !matches!(it, '\'' | '\u{2019}'))
        .map(|it| if it.is_alphanumeric() { it } else { ' ' })
        .collect();
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// A phrase to listen for: words in a row. `...` stands for any words, or none, between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// What stands in a row. None of them is empty.
    rows: Vec<Vec<String>>,
}

/// Where a phrase was found last: word indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Behind its last word.
    pub end: usize,
    /// How many of its words were matched.
    pub length: usize,
}

impl Phrase {
    /// A phrase of a text; `None` when there is no word in it.
    pub fn new(text: &str) -> Option<Self> {
        let rows: Vec<Vec<String>> =
            text.split("...").map(words).filter(|row| !row.is_empty()).collect();
        (!rows.is_empty()).then_some(Self { rows })
    }

    /// The last place where it stands in what was said.
    pub fn find_last(&self, said: &[String]) -> Option<Found> {
        let (last, before) = self.rows.split_last()?;
        let starts = said.windows(last.len()).enumerate().rev();
        let mut fits = starts.filter(|(_, row)| *row == last.as_slice()).map(|(start, _)| start);
        let start = fits.find(|&start| stand_in_order(before, &said[..start]))?;
        let length = self.rows.iter().map(Vec::len).sum();
        Some(Found { end: start + last.len(), length })
    }
}

/// Whether the rows stand in what was said, one behind the other.
fn stand_in_order(rows: &[Vec<String>], said: &[String]) -> bool {
    let mut from = 0;
    rows.iter().all(|row| {
        let place = said[from..].windows(row.len()).position(|window| window == row.as_slice());
        place.inspect(|place| from += place + row.len()).is_some()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(phrase: &str, said: &str) -> Option<(usize, usize)> {
        let found = Phrase::new(phrase).unwrap().find_last(&words(said))?;
        Some((found.end, found.length))
    }

    #[test]
    fn a_phrase_is_found_at_word_borders_and_the_last_time_counts() {
        assert_eq!(find("is this", "Is this Ann? I said: is THIS Ann?"), Some((7, 2)));
        assert_eq!(find("is this", "This is Ann; his thistle"), None);
        assert_eq!(find("that's right", "thats right."), Some((2, 2)));
        assert_eq!(find("come", ""), None);
    }

    #[test]
    fn what_stands_in_order_may_have_words_between_it() {
        let phrase = "the new appointment ... is that right";
        assert_eq!(find(phrase, "So the new appointment is Monday. Is that right?"), Some((9, 6)));
        assert_eq!(find(phrase, "Is that right? The new appointment is Monday."), None);
        assert_eq!(find("a ... a", "a"), None, "one word does not do for two");
        assert_eq!(Phrase::new(" ... ?! "), None);
    }

    proptest! {
        #[test]
        fn a_phrase_is_found_in_itself_and_ends_within_what_was_said(
            phrase in "[a-c]{1,3}( [a-c]{1,3}){0,3}",
            before in "[a-c ]{0,20}",
            after in "[a-c ]{0,20}",
        ) {
            let said = words(&format!("{before} {phrase} {after}"));
            let found = Phrase::new(&phrase).unwrap().find_last(&said);
            prop_assert!(found.is_some_and(|found| found.end <= said.len()), "{said:?}");
        }

        #[test]
        fn no_text_makes_it_panic(phrase in ".*", said in ".*") {
            if let Some(phrase) = Phrase::new(&phrase) {
                phrase.find_last(&words(&said));
            }
        }
    }
}
