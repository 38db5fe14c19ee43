//! Is what was said a whole answer? Judged by its words, and by what was asked.

use serde::{Deserialize, Serialize};

/// How complete words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// All digits of a number whose length is known.
    Number,
    /// Another whole answer that needs nothing more: "yes", or the one digit that was asked for.
    Whole,
    /// It holds what was asked for, whatever else it holds.
    Answer,
    /// A closed sentence.
    Complete,
    /// Perhaps one.
    Unclear,
    /// Half a sentence, or a number in progress.
    Open,
}

impl Completeness {
    /// Whether the words settle it, so that their melody need not be judged.
    #[must_use]
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Number | Self::Whole | Self::Answer | Self::Open)
    }
}

/// What a node of the dialogue asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Any answer.
    #[default]
    Anything,
    /// Yes or no.
    YesNo,
    /// A day, a time, or both.
    When,
    /// A number, said digit by digit.
    Digits {
        /// How many, when it is known.
        count: Option<u32>,
    },
}

/// Words after which a sentence goes on.
const OPEN_ENDS: &[&str] = &[
    "a", "about", "an", "and", "are", "as", "at", "be", "because", "but", "by", "er", "erm", "for",
    "from", "has", "have", "hm", "hmm", "i", "i'd", "i'll", "i'm", "if", "in", "into", "is",
    "it's", "its", "let", "like", "maybe", "mm", "mr", "mrs", "my", "of", "on", "or", "our", "so",
    "than", "that's", "the", "their", "then", "to", "uh", "uhm", "um", "until", "was", "we",
    "well", "were", "what's", "when", "where", "which", "who", "will", "with", "would", "you",
    "your",
];

/// How a sentence that goes on ends in Mandarin.
const OPEN_ENDS_ZH: &[&str] = &[
    "的话", "因为", "但是", "然后", "所以", "还有", "如果", "那个", "就是", "我想", "我要", "和",
    "跟", "或者", "呃", "嗯",
];

/// Answers that need nothing more.
const WHOLE: &[&str] = &[
    "absolutely",
    "certainly",
    "correct",
    "exactly",
    "fine",
    "incorrect",
    "never",
    "no",
    "nope",
    "none",
    "okay",
    "ok",
    "right",
    "stop",
    "sure",
    "wrong",
    "yeah",
    "yep",
    "yes",
    "yup",
];

/// Whole answers in Mandarin.
const WHOLE_ZH: &[&str] = &[
    "是", "是的", "对", "对的", "不", "不是", "不对", "好", "好的", "可以", "不行", "没有", "有",
    "不用",
];

/// Digits in a row that are most likely a part of a longer number.
const NUMBER_MIN: u32 = 3;

/// Judges words.
pub fn completeness(text: &str, expected: Expected) -> Completeness {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .collect();
    let Some(last) = words.last() else { return Completeness::Unclear };
    let digits = digits_at_end(&words);
    if let Expected::Digits { count } = expected {
        return number(digits, count);
    }
    if digits >= NUMBER_MIN || text.ends_with([',', '-', '…', '，']) || text.ends_with("...") {
        return Completeness::Open;
    }
    let zh = text.trim_end_matches(['.', '。', '？', '?', '！', '!']);
    if WHOLE_ZH.contains(&zh) {
        return Completeness::Whole;
    }
    let asks = text.ends_with(['?', '？']);
    if !asks && OPEN_ENDS.contains(last) || OPEN_ENDS_ZH.iter().any(|end| zh.ends_with(end)) {
        return Completeness::Open;
    }
    let whole = words.iter().all(|word| WHOLE.contains(word));
    let answers = expected == Expected::YesNo && words.first().is_some_and(|w| WHOLE.contains(w));
    if whole && words.len() <= 3 {
        return Completeness::Whole;
    }
    if answers {
        return Completeness::Complete;
    }
    let closed = text.ends_with(['.', '?', '!', '。', '？', '！']);
    if closed && digits == 0 { Completeness::Complete } else { Completeness::Unclear }
}

fn number(digits: u32, count: Option<u32>) -> Completeness {
    match count {
        Some(count) if digits < count => Completeness::Open,
        // A single sound is easily mistaken for a digit.
        Some(0 | 1) => Completeness::Whole,
        Some(_) => Completeness::Number,
        None if digits < NUMBER_MIN => Completeness::Open,
        None => Completeness::Unclear,
    }
}

/// How many digits the words end with.
fn digits_at_end(words: &[&str]) -> u32 {
    let mut count = 0;
    for word in words.iter().rev() {
        let digits = if word.chars().all(|c| c.is_ascii_digit()) {
            word.len() as u32
        } else if DIGITS.contains(word) {
            1
        } else if !word.is_empty() && word.chars().all(|c| DIGITS_ZH.contains(c)) {
            word.chars().count() as u32
        } else {
            break;
        };
        count += digits;
    }
    count
}

const DIGITS: &[&str] = &[
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double",
    "triple",
];
const DIGITS_ZH: &str = "零〇一二三四五六七八九幺两";

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Completeness {
        completeness(text, Expected::Anything)
    }

    #[test]
    fn whole_answers_are_complete_and_half_sentences_are_open() {
        for text in ["Yes.", "no", "Okay, right.", "好的。", "是"] {
            assert_eq!(judged(text), Completeness::Whole, "{text}");
        }
        for text in ["I paid it last week.", "What is this about?"] {
            assert_eq!(judged(text), Completeness::Complete, "{text}");
        }
        for text in
            ["I would like to", "Well, um", "My number is", "Yes, but.", "because...", "我想"]
        {
            assert_eq!(judged(text), Completeness::Open, "{text}");
        }
        for text in ["tomorrow morning", "", "...?!"] {
            assert_eq!(judged(text), Completeness::Unclear, "{text}");
        }
    }

    #[test]
    fn a_number_is_open_until_it_has_its_digits() {
        let six = Expected::Digits { count: Some(6) };
        assert_eq!(completeness("four seven 2", six), Completeness::Open);
        assert_eq!(completeness("It is four seven 2 9 0 one.", six), Completeness::Number);
        assert_eq!(completeness("一二三四五六", six), Completeness::Number);
        let one = Expected::Digits { count: Some(1) };
        assert_eq!(completeness("four", one), Completeness::Whole);
        let some = Expected::Digits { count: None };
        assert_eq!(completeness("four", some), Completeness::Open);
        assert_eq!(completeness("four seven two nine", some), Completeness::Unclear);
        assert_eq!(judged("My account is 472."), Completeness::Open);
        assert_eq!(judged("Two."), Completeness::Unclear);
    }

    #[test]
    fn an_answer_to_a_yes_or_no_question_begins_with_it() {
        let text = "yes I think that was me";
        assert_eq!(judged(text), Completeness::Unclear);
        assert_eq!(completeness(text, Expected::YesNo), Completeness::Complete);
    }
}
