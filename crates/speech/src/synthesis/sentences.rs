//! Where a text is cut into sentences, each of which the model sees at once.

use super::pattern::Pattern;

/// Phonemes of a sentence at most; a longer one is cut at the marks within it.
pub(super) const PHONEMES_MAX: usize = 400;
const END: &str = r#"(?<=[.!?…])["”’)\]]*\s+(?=\S)"#;
const CLAUSE: &str = r"(?<=[,;:—])\s+";

/// Cuts texts.
#[derive(Debug)]
pub(super) struct Splitter {
    end: Pattern,
    clause: Pattern,
    titles: Vec<String>,
}

impl Splitter {
    /// `titles`: what a full stop may follow within a sentence, for instance "Dr".
    pub(super) fn new(titles: Vec<String>) -> Self {
        Self { end: Pattern::fixed(END), clause: Pattern::fixed(CLAUSE), titles }
    }

    /// The sentences of a text. A line break ends one.
    pub(super) fn sentences<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut out = Vec::new();
        for line in text.lines().map(str::trim) {
            let mut from = 0;
            for (start, end) in self.end.spans(line) {
                if self.ends_sentence(&line[..start], &line[end..]) {
                    out.push(&line[from..start]);
                    from = end;
                }
            }
            out.push(&line[from..]);
        }
        out.retain(|sentence| !sentence.trim().is_empty());
        out
    }

    /// Not after a title or an initial ("Dr. Smith", "J. K. Rowling"), nor before a small letter.
    fn ends_sentence(&self, before: &str, after: &str) -> bool {
        if after.starts_with(char::is_lowercase) {
            return false;
        }
        let Some(before) = before.strip_suffix('.') else { return true };
        let word = before.rsplit(' ').next().unwrap_or_default();
        let word = word.trim_start_matches(['(', '"', '“', '\'', '‘']);
        let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
        !is_initial && !self.titles.iter().any(|title| title == word)
    }

    /// Cuts phonemes that are too long for the model.
    pub(super) fn chunks(&self, phonemes: &str) -> Vec<String> {
        let length = |text: &str| text.chars().count();
        if length(phonemes) <= PHONEMES_MAX {
            return vec![phonemes.to_owned()];
        }
        let (mut out, mut current, mut from) = (Vec::new(), String::new(), 0);
        let mut cuts = self.clause.spans(phonemes);
        cuts.push((phonemes.len(), phonemes.len()));
        for (start, end) in cuts {
            let part = &phonemes[from..start];
            from = end;
            if !current.is_empty() && length(&current) + length(part) + 1 > PHONEMES_MAX {
                out.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(part);
        }
        out.push(current);
        out.retain(|chunk| !chunk.is_empty());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splitter() -> Splitter {
        Splitter::new(vec!["Dr".to_owned()])
    }

    #[test]
    fn a_text_is_cut_where_sentences_end() {
        let cases = [
            ("Hi there. How are you? Fine", vec!["Hi there.", "How are you?", "Fine"]),
            ("Ask Dr. Smith or J. Doe.", vec!["Ask Dr. Smith or J. Doe."]),
            ("It is 3 p.m. now.\nGood bye", vec!["It is 3 p.m. now.", "Good bye"]),
            ("", vec![]),
        ];
        for (text, wanted) in cases {
            assert_eq!(splitter().sentences(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_at_marks() {
        let clause = "a".repeat(150);
        let chunks = splitter().chunks(&[clause.as_str(); 4].join(", "));
        assert_eq!(chunks.iter().map(|chunk| chunk.len()).collect::<Vec<_>>(), [303, 302]);
        assert_eq!(splitter().chunks("abc"), ["abc"]);
    }
}
