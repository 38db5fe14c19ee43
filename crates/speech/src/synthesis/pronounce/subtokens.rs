//! From the tokenizer's tokens to what the lexicon is asked for: parts of words, grouped into the
//! words that are read together, with currencies carried over to their amounts.

use super::token::Token;
use crate::synthesis::pattern::Pattern;

const PARTS: &str = concat!(
    r"^['‘’]+|[A-ZÀ-ÖØ-Þ](?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])|(?:^-)?(?:\d?[,.]?\d)+|[-_]+|['‘’]{2,}",
    r"|[^\W\d_]*?(?:['‘’][^\W\d_])*?[a-zß-öø-ÿ](?=[A-ZÀ-ÖØ-Þ])|[^\W\d_]+(?:['‘’][^\W\d_])*",
    r"|[^\w\-'‘’]|['‘’]+$",
);
/// Marks that the model's alphabet holds.
pub(super) const MARKS: &str = ";:,.!?—…\"“”";
const MARK_TAGS: [&str; 11] =
    [".", ",", "-LRB-", "-RRB-", "``", "\"\"", "''", ":", "$", "#", "NFP"];
/// Currencies that the lexicon reads with their amounts.
const CURRENCIES: &str = "$£€";

/// A word: one token, or several that are written together.
#[derive(Debug)]
pub(super) enum Word {
    /// A token that stands alone.
    One(Token),
    /// Two tokens or more.
    Several(Vec<Token>),
}

/// The expression that takes words apart.
pub(super) fn parts() -> Pattern {
    Pattern::fixed(PARTS)
}

/// Takes tokens apart and groups the parts into words.
pub(super) fn words(parts: &Pattern, tokens: &[Token]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut currency = None;
    for (index, token) in tokens.iter().enumerate() {
        let mut pieces = if token.is_settled() { vec![token.clone()] } else { split(parts, token) };
        let Some(last) = pieces.last_mut() else { continue };
        last.spaced = token.spaced;
        let ends = tokens.get(index + 1).is_none_or(|next| next.tag != "CD");
        for at in 0..pieces.len() {
            settle(&mut pieces, at, &mut currency, ends);
            add(&mut words, pieces[at].clone());
        }
    }
    words.into_iter().map(plain).collect()
}

fn split(parts: &Pattern, token: &Token) -> Vec<Token> {
    let part = |text: &str| Token {
        text: text.to_owned(),
        spaced: false,
        is_head: true,
        apart: false,
        ..token.clone()
    };
    parts.pieces(&token.text).into_iter().map(part).collect()
}

/// Settles marks and signs of currency, and notes the currency of an amount. `ends`: no number
/// follows the token.
fn settle(pieces: &mut [Token], at: usize, currency: &mut Option<char>, ends: bool) {
    let is_between = at > 0 && at + 1 < pieces.len();
    let joins_letters = is_between && {
        let edge = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        edge(pieces[at - 1].text.chars().last()) && edge(pieces[at + 1].text.chars().next())
    };
    let is_last = at + 1 == pieces.len();
    let piece = &mut pieces[at];
    if piece.is_settled() {
        return;
    }
    let mut signs = piece.text.chars();
    let sign = signs.next().filter(|_| signs.as_str().is_empty());
    if piece.tag == "$" && sign.is_some_and(|sign| CURRENCIES.contains(sign)) {
        *currency = sign;
        piece.phonemes = Some(String::new());
    } else if piece.tag == ":" && ["-", "–"].contains(&piece.text.as_str()) {
        piece.phonemes = Some("—".to_owned());
    } else if MARK_TAGS.contains(&piece.tag) && !piece.text.chars().all(|c| c.is_ascii_alphabetic())
    {
        piece.phonemes = Some(mark(piece.tag, &piece.text));
    } else if currency.is_some() {
        if piece.tag != "CD" {
            *currency = None;
        } else if is_last && ends {
            piece.currency = *currency;
        }
    } else if joins_letters && piece.text == "2" {
        piece.alias = Some("to");
    }
}

fn mark(tag: &str, text: &str) -> String {
    match tag {
        "-LRB-" => "(".to_owned(),
        "-RRB-" => ")".to_owned(),
        "``" => "“".to_owned(),
        "\"\"" | "''" => "”".to_owned(),
        _ => text.chars().filter(|&c| MARKS.contains(c)).collect(),
    }
}

/// A token that is settled stands alone; others that are written together make one word.
fn add(words: &mut Vec<Word>, mut token: Token) {
    if token.is_settled() {
        words.push(Word::One(token));
        return;
    }
    if let Some(Word::Several(tokens)) = words.last_mut()
        && tokens.last().is_some_and(|last| !last.spaced)
    {
        token.is_head = false;
        tokens.push(token);
    } else if token.spaced {
        words.push(Word::One(token));
    } else {
        words.push(Word::Several(vec![token]));
    }
}

fn plain(word: Word) -> Word {
    match word {
        Word::Several(mut tokens) if tokens.len() == 1 => Word::One(tokens.remove(0)),
        Word::One(_) | Word::Several(_) => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(tokens: &[Token]) -> Vec<Vec<String>> {
        let text = |word: &Word| match word {
            Word::One(token) => vec![token.text.clone()],
            Word::Several(tokens) => tokens.iter().map(|token| token.text.clone()).collect(),
        };
        words(&parts(), tokens).iter().map(text).collect()
    }

    #[test]
    fn words_are_taken_apart_at_digits_hyphens_and_capitals() {
        let token = |text| Token::new(text, "NN", true);
        assert_eq!(texts(&[token("re-do")]), [["re", "-", "do"]]);
        assert_eq!(texts(&[token("B2B")]), [["B"], ["2"], ["B"]]);
        assert_eq!(texts(&[token("YouTube"), token("it's")]), [vec!["You", "Tube"], vec!["it's"]]);
    }

    #[test]
    fn an_amount_knows_its_currency() {
        let tokens = [Token::new("$", "$", false), Token::new("5.50", "CD", true)];
        let words = words(&parts(), &tokens);
        let Word::One(amount) = &words[1] else { panic!("one token: {words:?}") };
        assert_eq!(amount.currency, Some('$'));
    }
}
