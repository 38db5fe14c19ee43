//! A token: a word, a part of one, or a mark.

/// A token on its way from text to phonemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Token {
    /// As it is written.
    pub(super) text: String,
    /// Its part of speech: a tag of the Penn Treebank.
    pub(super) tag: &'static str,
    /// White space follows.
    pub(super) spaced: bool,
    /// How it is read, once that is known.
    pub(super) phonemes: Option<String>,
    /// It is read as this word instead.
    pub(super) alias: Option<&'static str>,
    /// It begins a word.
    pub(super) is_head: bool,
    /// The sign of the currency that is said after it.
    pub(super) currency: Option<char>,
    /// It is read apart from what stands before it.
    pub(super) apart: bool,
}

impl Token {
    /// A token as the tokenizer gives it.
    pub(super) fn new(text: &str, tag: &'static str, spaced: bool) -> Self {
        Self { text: text.to_owned(), tag, spaced, is_head: true, ..Self::default() }
    }

    /// How it is read is settled.
    pub(super) fn is_settled(&self) -> bool {
        self.alias.is_some() || self.phonemes.is_some()
    }
}

/// The text of several tokens, with the spaces between them.
pub(super) fn joined_text(tokens: &[Token]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        text.push_str(&token.text);
        if token.spaced && index + 1 < tokens.len() {
            text.push(' ');
        }
    }
    text
}

/// One token of several, not yet read. `tokens` is not empty.
pub(super) fn merged(tokens: &[Token]) -> Token {
    let weight = |token: &Token| -> usize {
        token.text.chars().map(|c| if c.to_lowercase().eq([c]) { 1 } else { 2 }).sum()
    };
    // The first of the heaviest.
    let heaviest = tokens.iter().rev().max_by_key(|token| weight(token));
    Token {
        text: joined_text(tokens),
        tag: heaviest.map_or("", |token| token.tag),
        spaced: tokens.last().is_some_and(|token| token.spaced),
        phonemes: None,
        alias: None,
        is_head: tokens.first().is_some_and(|token| token.is_head),
        currency: tokens.iter().filter_map(|token| token.currency).max(),
        apart: tokens.first().is_some_and(|token| token.apart),
    }
}

/// One token of several that are read: their phonemes in a row.
pub(super) fn merged_read(tokens: &[Token]) -> Token {
    let mut phonemes = String::new();
    for token in tokens {
        let read = token.phonemes.as_deref().unwrap_or_default();
        if token.apart && !read.is_empty() && phonemes.chars().last().is_some_and(|c| c != ' ') {
            phonemes.push(' ');
        }
        phonemes.push_str(read);
    }
    Token { phonemes: Some(phonemes), ..merged(tokens) }
}
