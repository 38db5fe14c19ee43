//! A text as words, each with its place: what every rule of this module reads.

use std::ops::Range;

/// Words that are read; what is said after them is not. Bounds the time of a reading.
const WORDS_MAX: usize = 1_024;

/// A word, a run of digits, a character of Chinese, or a sign of a currency.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// In lower case, digits in ASCII, without apostrophes: "don't" is `dont`.
    pub(super) word: String,
    /// What stands between the word before and this one.
    pub(super) before: &'a str,
    /// Where it stands in the text, in bytes.
    pub(super) span: Range<usize>,
}

/// The words of a text.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    list: Vec<Token<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Letter,
    /// Stands alone: a character of Chinese or a sign.
    Alone,
    Apostrophe,
    Between,
}

fn class(c: char) -> Class {
    match c {
        '0'..='9' | '０'..='９' => Class::Digit,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '〇' => Class::Alone,
        '$' | '€' | '£' | '¥' | '￥' | '%' => Class::Alone,
        '\'' | '’' => Class::Apostrophe,
        _ if c.is_alphabetic() => Class::Letter,
        _ => Class::Between,
    }
}

fn push(word: &mut String, c: char) {
    match c {
        '０'..='９' => word.extend(char::from_digit(u32::from(c) - u32::from('０'), 10)),
        '￥' => word.push('¥'),
        '\'' | '’' => {}
        _ if c.is_ascii() => word.push(c.to_ascii_lowercase()),
        _ => word.extend(c.to_lowercase()),
    }
}

impl<'a> Tokens<'a> {
    /// The first words of a text.
    pub(super) fn of(text: &'a str) -> Self {
        let mut list: Vec<Token<'a>> = Vec::new();
        let mut end = 0;
        let mut rest = text.char_indices().peekable();
        while let Some((start, c)) = rest.next() {
            let kind = class(c);
            if matches!(kind, Class::Between | Class::Apostrophe) {
                continue;
            }
            if list.len() == WORDS_MAX {
                break;
            }
            let before = &text[end..start];
            let mut word = String::new();
            push(&mut word, c);
            end = start + c.len_utf8();
            while let Some(&(at, c)) = rest.peek() {
                let next = class(c);
                let goes_on = kind != Class::Alone && next == kind
                    || kind == Class::Letter && next == Class::Apostrophe;
                if !goes_on {
                    break;
                }
                push(&mut word, c);
                end = at + c.len_utf8();
                rest.next();
            }
            list.push(Token { word, before, span: start..end });
        }
        Self { list }
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The word at a place; empty past the end.
    pub(super) fn word(&self, at: usize) -> &str {
        self.list.get(at).map_or("", |token| &token.word)
    }

    /// What stands before the word at a place; empty past the end.
    pub(super) fn before(&self, at: usize) -> &'a str {
        self.list.get(at).map_or("", |token| token.before)
    }

    /// Whether the word at a place stands directly after the one before it.
    pub(super) fn is_glued(&self, at: usize) -> bool {
        at > 0 && self.list.get(at).is_some_and(|token| token.before.is_empty())
    }

    /// Whether a clause begins at a place, by its signs alone.
    pub(super) fn begins_clause(&self, at: usize) -> bool {
        at == 0 || self.before(at).contains([',', '.', '?', '!', ';', '，', '。', '？', '！', '、'])
    }

    /// Where words stand in the text, in bytes.
    pub(super) fn span(&self, words: Range<usize>) -> Range<usize> {
        let start = self.list.get(words.start).map_or(0, |token| token.span.start);
        let last = words.end.min(self.list.len()).checked_sub(1);
        let end = last.and_then(|at| self.list.get(at)).map_or(start, |token| token.span.end);
        start..end.max(start)
    }

    /// How many words a phrase takes when it stands at a place.
    pub(super) fn phrase(&self, at: usize, phrase: &str) -> Option<usize> {
        let (mut rest, mut len) = (phrase, 0);
        while !rest.is_empty() {
            let word = self.word(at + len);
            if word.is_empty() {
                return None;
            }
            rest = rest.strip_prefix(word)?;
            let is_whole = !word.ends_with(|c: char| c.is_ascii_alphanumeric())
                || !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
            if !is_whole {
                return None;
            }
            rest = rest.trim_start_matches(' ');
            len += 1;
        }
        Some(len)
    }

    /// How many words the longest of several phrases takes at a place.
    pub(super) fn any(&self, at: usize, phrases: &[&str]) -> Option<usize> {
        phrases.iter().filter_map(|phrase| self.phrase(at, phrase)).max()
    }

    /// What belongs to the longest phrase of a table that stands at a place, and its words.
    pub(super) fn lookup<T: Copy>(&self, at: usize, table: &[(&str, T)]) -> Option<(T, usize)> {
        let found = table.iter().filter_map(|(text, value)| Some((*value, self.phrase(at, text)?)));
        // The first of equally long phrases.
        found.reduce(|best, other| if other.1 > best.1 { other } else { best })
    }

    /// How many words stand at a place that mean nothing there.
    pub(super) fn skip(&self, at: usize, fillers: &[&str]) -> usize {
        let mut len = 0;
        while let Some(more) = self.any(at + len, fillers) {
            len += more;
        }
        len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Tokens::of(text).list.into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn a_text_is_cut_into_words_digits_characters_and_signs() {
        assert_eq!(words("It's $20.50, don’t!"), ["its", "$", "20", "50", "dont"]);
        assert_eq!(words("明天５点 5pm"), ["明", "天", "5", "点", "5", "pm"]);
        assert_eq!(words("twenty-five"), ["twenty", "five"]);
        assert_eq!(words(" ' ?"), Vec::<String>::new());
    }

    #[test]
    fn a_phrase_stands_for_whole_words_only() {
        let tokens = Tokens::of("I am the day after tomorrow");
        assert_eq!(tokens.phrase(1, "a"), None);
        assert_eq!(tokens.phrase(1, "am the"), Some(2));
        assert_eq!(tokens.phrase(3, "day after tomorrow morning"), None);
        assert_eq!(Tokens::of("下周三").phrase(0, "下周"), Some(2));
    }

    #[test]
    fn what_is_said_after_many_words_is_not_read() {
        assert_eq!(Tokens::of(&"a ".repeat(WORDS_MAX + 9)).len(), WORDS_MAX);
    }
}
