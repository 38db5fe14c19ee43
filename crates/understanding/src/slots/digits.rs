//! Digits said one by one or in groups: "four double seven one", "oh eight hundred", 幺三八.

use super::mention::Mention;
use super::number::{en, zh};
use super::token::Tokens;
use super::{Language, Value};

/// Digits of one run that are kept.
const RUN_MAX: usize = 64;
/// Said between groups of digits, and part of none.
const BETWEEN_EN: &[&str] = &[
    "and",
    "then",
    "dash",
    "hyphen",
    "uh",
    "um",
    "er",
    "erm",
    "space",
    "and then",
    "minus",
    "followed by",
    "like",
];
const BETWEEN_ZH: &[&str] = &["杠", "横杠", "然后", "呃", "嗯", "空格", "再"];

/// What recognition writes for a digit among others.
fn sounds_like(word: &str) -> Option<&'static str> {
    Some(match word {
        "won" => "1",
        "to" | "too" | "tu" => "2",
        "free" | "tree" => "3",
        "for" | "fore" | "foe" => "4",
        "sicks" | "sex" => "6",
        "ate" | "eat" => "8",
        "nein" | "mine" => "9",
        "owe" | "ohh" => "0",
        _ => return None,
    })
}

/// A piece of a run.
struct Piece {
    digits: String,
    /// What else it may be: "twenty five" is 25 or 205.
    split: Option<String>,
    len: usize,
    /// A word that means a digit only among digits.
    is_weak: bool,
}

impl Piece {
    fn sure(digits: impl Into<String>, len: usize) -> Self {
        Self { digits: digits.into(), split: None, len, is_weak: false }
    }
}

fn piece(t: &Tokens, at: usize, language: Language) -> Option<Piece> {
    match language {
        Language::En => piece_en(t, at),
        Language::Zh => piece_zh(t, at),
    }
}

fn piece_en(t: &Tokens, at: usize) -> Option<Piece> {
    let word = t.word(at);
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        // "3rd" is no digit of a number.
        let is_ordinal = t.is_glued(at + 1) && matches!(t.word(at + 1), "st" | "nd" | "rd" | "th");
        return (!is_ordinal).then(|| Piece::sure(word, 1));
    }
    let times = match word {
        "double" => 2,
        "triple" | "treble" => 3,
        "quadruple" => 4,
        _ => 0,
    };
    if times > 0 {
        let next = piece_en(t, at + 1).filter(|next| next.digits.len() == 1)?;
        return Some(Piece::sure(next.digits.repeat(times), 1 + next.len));
    }
    if matches!(word, "oh" | "o" | "zero" | "nought" | "naught" | "nil") {
        return Some(Piece { is_weak: word == "oh" || word == "o", ..Piece::sure("0", 1) });
    }
    if let Some(digit) = sounds_like(word) {
        return Some(Piece { is_weak: true, ..Piece::sure(digit, 1) });
    }
    let (small, len) = en::below_100(t, at)?;
    let scale = match t.word(at + len) {
        "hundred" => "00",
        "thousand" => "000",
        _ => "",
    };
    if scale.is_empty() {
        let split = (len == 2).then(|| format!("{}{}", small / 10 * 10, small % 10));
        return Some(Piece { split, ..Piece::sure(small.to_string(), len) });
    }
    let apart = format!("{small}{scale}");
    match en::cardinal(t, at) {
        Some((value, more)) if more > len + 1 && value < 1e9 && value.fract() == 0.0 => {
            let rest: f64 = value - apart.parse::<f64>().unwrap_or(value);
            let split = (rest > 0.0).then(|| format!("{apart}{rest}"));
            Some(Piece { split, ..Piece::sure(value.to_string(), more) })
        }
        _ => Some(Piece::sure(apart, len + 1)),
    }
}

fn piece_zh(t: &Tokens, at: usize) -> Option<Piece> {
    let word = t.word(at);
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(Piece::sure(word, 1));
    }
    let digit = zh::digit(word)?;
    if t.word(at + 1) == "个" {
        // 三个八 is 888, 两个零 is 00.
        let repeated = zh::digit(t.word(at + 2))?;
        return Some(Piece::sure(repeated.to_string().repeat(digit as usize), 3));
    }
    if matches!(t.word(at + 1), "十" | "百" | "千" | "万")
        && let Some((value, len)) = zh::cardinal(t, at)
        && value.fract() == 0.0
    {
        return Some(Piece::sure(value.to_string(), len));
    }
    Some(Piece::sure(digit.to_string(), 1))
}

/// A run of pieces.
struct Run {
    pieces: Vec<Piece>,
    /// Where each piece begins, and the end of the last.
    places: Vec<usize>,
}

impl Run {
    fn read(t: &Tokens, start: usize, language: Language) -> Option<Self> {
        let between = match language {
            Language::En => BETWEEN_EN,
            Language::Zh => BETWEEN_ZH,
        };
        let mut run = Self { pieces: Vec::new(), places: Vec::new() };
        let (mut at, mut end) = (start, start);
        while run.pieces.len() < RUN_MAX {
            let Some(piece) = piece(t, at, language) else { break };
            // A full stop ends what was said, unless a single digit stands before it.
            if !run.pieces.is_empty() && t.before(at).contains(['?', '!', ';', '？', '！']) {
                break;
            }
            run.places.push(at);
            end = at + piece.len;
            at = end + t.skip(end, between);
            run.pieces.push(piece);
        }
        run.places.push(end);
        // Weak words alone are words: "to be for it".
        let has_digit = run.pieces.iter().any(|piece| !piece.is_weak);
        (has_digit || run.pieces.len() > 3).then_some(run)
    }

    /// How many words at the start, and from which on at the end, are digits only if their count
    /// says so: "that's for 4471 to be sure".
    fn core(&self) -> (usize, usize) {
        let is_word = |piece: &Piece| piece.is_weak && piece.digits != "0";
        let start = self.pieces.iter().take_while(|piece| is_word(piece)).count();
        let end = self.pieces.iter().rev().take_while(|piece| is_word(piece)).count();
        if start == self.pieces.len() { (0, start) } else { (start, self.pieces.len() - end) }
    }

    fn text(&self, pieces: std::ops::Range<usize>, split: bool) -> String {
        let of = |piece: &Piece| match (&piece.split, split) {
            (Some(apart), true) => apart.clone(),
            _ => piece.digits.clone(),
        };
        let mut text: String = self.pieces[pieces].iter().map(of).collect();
        text.truncate(RUN_MAX);
        text
    }
}

/// The digits of a text that may have so many.
pub(super) fn mentions(
    t: &Tokens,
    language: Language,
    at_least: usize,
    at_most: usize,
) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let fits = |text: &str| (at_least..=at_most.max(at_least)).contains(&text.len());
    let mut at = 0;
    while at < t.len() {
        let Some(run) = Run::read(t, at, language) else {
            at += 1;
            continue;
        };
        let end = run.places.last().copied().unwrap_or(at).max(at + 1);
        let (from, to) = run.core();
        let all = run.pieces.len();
        let shapes = [(from..to, 0.95), (from..all, 0.85), (0..to, 0.8), (0..all, 0.75)];
        let mut values: Vec<(Value, f32)> = Vec::new();
        for (split, worth) in [(false, 1.0), (true, 0.75)] {
            for (pieces, sure) in &shapes {
                let value = run.text(pieces.clone(), split);
                let is_known =
                    values.iter().any(|(known, _)| *known == Value::Digits(value.clone()));
                if fits(&value) && !is_known {
                    let sure = if values.is_empty() { sure * worth } else { 0.05 };
                    values.push((Value::Digits(value), sure));
                }
            }
        }
        if values.is_empty() {
            values.push((Value::Digits(run.text(from..to, false)), 0.3));
        }
        let start = run.places.get(from).copied().unwrap_or(at);
        found.push(Mention::many(values, start.min(end)..end));
        at = end;
    }
    join(t, &mut found, fits, language);
    found
}

/// Digits that are continued or corrected in a later run: "447 one, no, two" is 4472.
fn join(t: &Tokens, found: &mut Vec<Mention>, fits: impl Fn(&str) -> bool, language: Language) {
    let text = |mention: &Mention| match mention.values.first() {
        Some((Value::Digits(text), _)) => text.clone(),
        _ => String::new(),
    };
    if found.iter().any(|mention| mention.sure() > 0.5) && found.len() != 2 || found.len() < 2 {
        return;
    }
    let (first, second) = (&found[0], &found[1]);
    let (head, tail) = (text(first), text(second));
    if fits(&tail) {
        return;
    }
    let words = first.words.start..second.words.end;
    let corrects: &[&str] = match language {
        Language::En => &["no", "sorry", "i mean", "not", "actually", "wait", "correction"],
        Language::Zh => &["不对", "不是", "说错了", "应该是", "我是说"],
    };
    let is_corrected =
        (first.words.end..second.words.start).any(|at| t.any(at, corrects).is_some());
    let joined = if is_corrected {
        let kept = head.len().saturating_sub(tail.len());
        format!("{}{tail}", &head[..kept])
    } else if second.words.start - first.words.end <= 4 {
        format!("{head}{tail}")
    } else {
        return;
    };
    if fits(&joined) && (is_corrected || !fits(&head)) {
        *found = vec![Mention::one(Value::Digits(joined), words, 0.75)];
    }
}
