//! The ways in which people answer a question that asks for yes or no.
//!
//! A text is explained when it is made of these phrases alone, whatever politeness and hesitation
//! lie between them, and when they agree: "yes, that's right" does, "yes, no" does not.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an answer to a question that asks for yes or no says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Rather yes: "I suppose so".
    LikelyYes,
    /// Rather no: "I don't think so".
    LikelyNo,
    /// Neither: "maybe", "I don't know".
    Unsure,
    /// The question was not understood: "pardon?".
    Repeat,
}

/// The phrases, each in lower case without signs.
const PHRASES: &[(YesNo, &[&str])] = &[
    (
        YesNo::Yes,
        &[
            "yes",
            "yeah",
            "yep",
            "yup",
            "sure",
            "okay",
            "ok",
            "correct",
            "right",
            "absolutely",
            "certainly",
            "definitely",
            "exactly",
            "indeed",
            "of course",
            "fine",
            "all right",
            "alright",
            "uh-huh",
            "mm-hmm",
            "mhm",
            "go ahead",
            "by all means",
            "sounds good",
            "that's right",
            "that is right",
            "that's correct",
            "that is correct",
            "that's fine",
            "that's me",
            "that's true",
            "it is",
            "it was",
            "i am",
            "i do",
            "i did",
            "i have",
            "i would",
            "i will",
            "i can",
            "we do",
            "you can",
            "you may",
            "please do",
            "for sure",
            "very much",
            "i'd like that",
            "i would like that",
            "speaking",
            "affirmative",
        ],
    ),
    (
        YesNo::No,
        &[
            "no",
            "nope",
            "nah",
            "never",
            "no way",
            "not at all",
            "absolutely not",
            "certainly not",
            "definitely not",
            "of course not",
            "not now",
            "not today",
            "not yet",
            "wrong",
            "incorrect",
            "that's wrong",
            "that is wrong",
            "that's not right",
            "that is not right",
            "that's incorrect",
            "that's not correct",
            "that's not true",
            "it isn't",
            "it's not",
            "it is not",
            "it wasn't",
            "it was not",
            "i'm not",
            "i am not",
            "i don't",
            "i do not",
            "i didn't",
            "i did not",
            "i haven't",
            "i have not",
            "i can't",
            "i cannot",
            "i won't",
            "i wouldn't",
            "we don't",
            "we did not",
            "we didn't",
            "that wasn't me",
            "that was not me",
            "it wasn't me",
            "not me",
            "negative",
            "i'm not interested",
            "not interested",
            "you can't",
            "don't",
        ],
    ),
    (
        YesNo::LikelyYes,
        &[
            "i think so",
            "i suppose so",
            "i suppose",
            "i guess so",
            "i guess",
            "i believe so",
            "i hope so",
            "probably",
            "probably yes",
            "most likely",
            "more or less",
            "kind of",
            "sort of",
            "i would say so",
            "i think it is",
            "i think it was",
            "i think i do",
            "i think i did",
            "why not",
            "if you like",
        ],
    ),
    (
        YesNo::LikelyNo,
        &[
            "not really",
            "i don't think so",
            "i do not think so",
            "probably not",
            "i suppose not",
            "i guess not",
            "i don't believe so",
            "i doubt it",
            "rather not",
            "i'd rather not",
            "i would rather not",
            "not exactly",
            "not quite",
            "hardly",
            "not that i know",
            "not that i know of",
            "not that i remember",
        ],
    ),
    (
        YesNo::Unsure,
        &[
            "maybe",
            "perhaps",
            "possibly",
            "i don't know",
            "i do not know",
            "i'm not sure",
            "i am not sure",
            "not sure",
            "no idea",
            "i have no idea",
            "it depends",
            "that depends",
            "i don't remember",
            "i can't remember",
            "hard to say",
            "i can't say",
            "who knows",
        ],
    ),
    (
        YesNo::Repeat,
        &[
            "pardon",
            "pardon me",
            "i beg your pardon",
            "excuse me",
            "sorry",
            "i'm sorry",
            "what",
            "what was that",
            "what did you say",
            "repeat",
            "repeat please",
            "repeat that",
            "repeat that please",
            "say that again",
            "say again",
            "come again",
            "once more",
            "once again",
            "can you repeat that",
            "could you repeat that",
            "could you repeat the question",
            "can you repeat the question",
            "could you say that again",
            "can you say that again",
            "i didn't understand",
            "i don't understand",
            "i didn't hear you",
            "i can't hear you",
            "i didn't catch that",
        ],
    ),
];

/// What may lie between the phrases and means nothing here.
const NEUTRAL: &[&str] = &[
    "please",
    "thank you",
    "thanks",
    "sir",
    "madam",
    "ma'am",
    "oh",
    "ah",
    "uh",
    "um",
    "hm",
    "hmm",
    "er",
    "erm",
    "well",
    "and",
    "very much",
];

/// How two phrases of one answer go together; none says both.
const JOINED: &[(YesNo, YesNo, YesNo)] = &[
    (YesNo::Yes, YesNo::LikelyYes, YesNo::LikelyYes),
    (YesNo::No, YesNo::LikelyNo, YesNo::LikelyNo),
    (YesNo::No, YesNo::Repeat, YesNo::No),
    (YesNo::Unsure, YesNo::LikelyYes, YesNo::Unsure),
    (YesNo::Unsure, YesNo::LikelyNo, YesNo::Unsure),
    (YesNo::Unsure, YesNo::Repeat, YesNo::Unsure),
    (YesNo::LikelyNo, YesNo::Repeat, YesNo::LikelyNo),
];

/// The words that a phrase has at most.
const PHRASE_WORDS_MAX: usize = 5;
/// What begins an answer that a phrase then confirms: "yes, I do".
const OPENINGS: &[(YesNo, &[&str])] = &[(YesNo::Yes, &["yes", "yeah"]), (YesNo::No, &["no"])];

impl fmt::Display for YesNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::LikelyYes => "rather yes",
            Self::LikelyNo => "rather no",
            Self::Unsure => "unsure",
            Self::Repeat => "repeat",
        })
    }
}

impl YesNo {
    /// What a text says, when the grammar explains all of it.
    pub fn of(text: &str) -> Option<Self> {
        let words = words(text);
        let mut rest = &words[..];
        let mut said = None;
        while !rest.is_empty() {
            let (length, meaning) = longest(rest)?;
            rest = &rest[length..];
            if let Some(meaning) = meaning {
                said = Some(said.map_or(Some(meaning), |before| join(before, meaning))?);
            }
        }
        said
    }
}

/// Lower case, no signs but those within a word.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace('\u{2019}', "'");
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '!' | '?' | ';' | '\u{2026}'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The longest phrase that the words begin with: its length, and what it says.
fn longest(words: &[String]) -> Option<(usize, Option<YesNo>)> {
    (1..=words.len().min(PHRASE_WORDS_MAX)).rev().find_map(|length| {
        let text = words[..length].join(" ");
        let says = |(_, phrases): &&(YesNo, &[&str])| phrases.contains(&text.as_str());
        let meaning = PHRASES.iter().find(says).map(|(meaning, _)| *meaning);
        let known = meaning.is_some() || NEUTRAL.contains(&text.as_str());
        known.then_some((length, meaning))
    })
}

fn join(one: YesNo, other: YesNo) -> Option<YesNo> {
    if one == other {
        return Some(one);
    }
    let fits = |(left, right, _): &&(YesNo, YesNo, YesNo)| {
        (*left, *right) == (one, other) || (*left, *right) == (other, one)
    };
    JOINED.iter().find(fits).map(|(_, _, both)| *both)
}

/// The answers that recognition looks for, as they would be written, with what they say.
pub(super) fn answers() -> impl Iterator<Item = (String, YesNo)> {
    let alone = PHRASES
        .iter()
        .flat_map(|(meaning, phrases)| phrases.iter().map(|phrase| (written(phrase), *meaning)));
    let confirmed = OPENINGS.iter().flat_map(|(meaning, openings)| {
        let same = PHRASES.iter().filter(move |(other, _)| other == meaning);
        let phrases = same.flat_map(|(_, phrases)| phrases.iter());
        phrases.chain(["please", "thanks", "thank you"].iter()).flat_map(move |phrase| {
            openings
                .iter()
                .map(move |opening| (format!("{}, {}", written(opening), with_i(phrase)), *meaning))
        })
    });
    // "No, please." and "yes, thanks." say what they begin with too.
    alone.chain(confirmed)
}

/// As the model would write it: a capital at the beginning, and "I".
fn written(phrase: &str) -> String {
    let phrase = with_i(phrase);
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn with_i(phrase: &str) -> String {
    let word = |word: &str| {
        let is_i = word == "i" || word.starts_with("i'");
        if is_i { word.replacen('i', "I", 1) } else { word.to_owned() }
    };
    phrase.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_its_phrases_say_when_they_explain_all_of_it() {
        for (text, says) in [
            ("Yes.", YesNo::Yes),
            ("Yes, of course!", YesNo::Yes),
            ("Well, yes please.", YesNo::Yes),
            ("Uh-huh.", YesNo::Yes),
            ("No, thank you.", YesNo::No),
            ("No, no, no.", YesNo::No),
            ("No, I don\u{2019}t.", YesNo::No),
            ("Sorry, no.", YesNo::No),
            ("Not really.", YesNo::LikelyNo),
            ("No, I don't think so.", YesNo::LikelyNo),
            ("Yeah, I suppose so.", YesNo::LikelyYes),
            ("I'm not sure, maybe.", YesNo::Unsure),
            ("Sorry? Could you repeat that, please?", YesNo::Repeat),
        ] {
            assert_eq!(YesNo::of(text), Some(says), "{text}");
        }
    }

    #[test]
    fn a_text_with_anything_else_in_it_says_nothing() {
        for text in [
            "",
            "Thank you.",
            "Yes, no.",
            "Maybe yes.",
            "Yesterday.",
            "Yes, but not today.",
            "No problem.",
            "No one is here.",
            "I don't think that I know him.",
            "Right away, sir, the account number is four.",
            "Correct the spelling.",
        ] {
            assert_eq!(YesNo::of(text), None, "{text}");
        }
    }

    #[test]
    fn every_answer_that_is_looked_for_says_what_it_is_looked_for_as() {
        let mut count = 0;
        for (text, says) in answers() {
            assert_eq!(YesNo::of(&text), Some(says), "{text}");
            assert!(text.split(' ').count() <= PHRASE_WORDS_MAX + 1, "{text}");
            count += 1;
        }
        assert!(count > 200, "{count}");
        assert_eq!(written("i don't think so"), "I don't think so");
    }
}
