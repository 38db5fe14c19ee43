//! Where a sentence may be cut, so that its first words are ready before the rest is.

use super::pronounce::{Spoken, joined};

/// Phonemes of the first phrase at most, where the sentence can be cut so: two seconds.
const FIRST_MAX: usize = 36;
/// Phonemes of a later phrase at most, where the sentence can be cut so: six seconds.
const PHRASE_MAX: usize = 100;
/// A shorter piece goes with the next one: it would sound clipped.
const PHRASE_MIN: usize = 12;
/// The pause after a sentence, in milliseconds.
pub(super) const SENTENCE_PAUSE_MS: u32 = 320;
/// The pause where a clause is cut without a mark, in milliseconds.
const JOINT_PAUSE_MS: u32 = 60;
/// Words before which a long clause is cut, beside numbers that are read digit by digit.
const CONJUNCTIONS: [&str; 18] = [
    "and", "but", "or", "so", "because", "which", "who", "where", "when", "while", "if", "until",
    "before", "after", "although", "unless", "since", "then",
];

/// Words that are rendered at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    text: String,
    phonemes: String,
    pause_ms: u32,
}

impl Phrase {
    /// The words as they are said.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How they are read, in the model's alphabet.
    pub fn phonemes(&self) -> &str {
        &self.phonemes
    }

    /// The silence after them, in milliseconds.
    pub fn pause_ms(&self) -> u32 {
        self.pause_ms
    }

    fn new(words: &[Spoken]) -> Self {
        let text: String = words
            .iter()
            .flat_map(|word| [word.text.as_str(), if word.is_spaced { " " } else { "" }])
            .collect();
        let mut phonemes = joined(words);
        let last = phonemes.chars().rev().find(|c| !"\"”) ".contains(*c));
        let pause_ms = match last {
            Some('.' | '!' | '?') => SENTENCE_PAUSE_MS,
            Some('…') => 400,
            Some(';' | ':' | '—') => 220,
            Some(',') => 160,
            _ => {
                // The voice stays up, as it does before a comma.
                phonemes.push(',');
                JOINT_PAUSE_MS
            }
        };
        Self { text: text.trim().to_owned(), phonemes, pause_ms }
    }
}

/// Cuts sentences into phrases.
pub(super) fn cut(sentences: &[Vec<Spoken>]) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = Vec::new();
    for words in sentences {
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            let bound = if phrases.is_empty() { FIRST_MAX } else { PHRASE_MAX };
            let (phrase, after) = rest.split_at(first_cut(rest, bound));
            rest = after;
            if !joined(phrase).is_empty() {
                phrases.push(Phrase::new(phrase));
            }
        }
        // The end of the last sentence of all is as quiet as the end of any other.
        if let Some(last) = phrases.last_mut().filter(|last| last.pause_ms == JOINT_PAUSE_MS) {
            last.pause_ms = SENTENCE_PAUSE_MS;
            last.phonemes.pop();
        }
    }
    phrases
}

/// How many words the next phrase has: up to the last mark within the bound; else up to the last
/// conjunction within it; else up to the first mark or conjunction after it, else all.
fn first_cut(words: &[Spoken], bound: usize) -> usize {
    let lengths = lengths(words);
    let total = lengths.last().copied().unwrap_or_default();
    if total <= bound {
        return words.len();
    }
    let is_cut =
        |at: &usize| lengths[at - 1] >= PHRASE_MIN && total - lengths[at - 1] >= PHRASE_MIN;
    let marks: Vec<usize> =
        (1..words.len()).filter(|&at| is_after_mark(&words[at - 1..=at])).filter(is_cut).collect();
    let is_joint = |&at: &usize| is_before_conjunction(words, at) || is_before_digits(words, at);
    let joints: Vec<usize> = (1..words.len()).filter(is_joint).filter(is_cut).collect();
    let within = |cuts: &[usize]| cuts.iter().rev().find(|&&at| lengths[at - 1] <= bound).copied();
    let beyond = marks.iter().chain(&joints).min().copied();
    within(&marks).or_else(|| within(&joints)).or(beyond).unwrap_or(words.len())
}

/// How many phonemes a phrase up to each word has.
fn lengths(words: &[Spoken]) -> Vec<usize> {
    let length = |sum: &mut usize, word: &Spoken| {
        *sum += word.phonemes.chars().count() + usize::from(word.is_spaced);
        Some(*sum)
    };
    words.iter().scan(0, length).collect()
}

/// Not between the groups of a number that is read digit by digit.
fn is_after_mark(pair: &[Spoken]) -> bool {
    let last = pair[0].phonemes.trim_end_matches(['"', '”', ')']).chars().last();
    let goes_on = last == Some(',') && pair[1].text.starts_with(|c: char| c.is_ascii_digit());
    pair[0].is_spaced && !goes_on && last.is_some_and(|last| ",;:.!?—…".contains(last))
}

fn is_before_conjunction(words: &[Spoken], at: usize) -> bool {
    let next = words[at].text.to_lowercase();
    words[at - 1].is_spaced && CONJUNCTIONS.contains(&next.as_str())
}

/// Before the first of several digits that are read one by one.
fn is_before_digits(words: &[Spoken], at: usize) -> bool {
    let is_digit = |word: &Spoken| word.text.len() == 1 && word.text.as_bytes()[0].is_ascii_digit();
    let before = &words[at - 1];
    is_digit(&words[at])
        && words.get(at + 1).is_some_and(is_digit)
        && before.is_spaced
        && !is_digit(before)
        && before.text != ","
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that are read as they are written.
    fn sentence(text: &str) -> Vec<Spoken> {
        let word = |text: &str| Spoken {
            text: text.to_owned(),
            phonemes: text.to_owned(),
            is_spaced: true,
        };
        let mut words: Vec<Spoken> = text.split(' ').map(word).collect();
        words.last_mut().unwrap().is_spaced = false;
        words
    }

    fn texts(sentences: &[&str]) -> Vec<String> {
        let sentences: Vec<_> = sentences.iter().map(|text| sentence(text)).collect();
        cut(&sentences).iter().map(|phrase| phrase.text().to_owned()).collect()
    }

    #[test]
    fn a_short_sentence_is_one_phrase_and_two_sentences_are_two() {
        assert_eq!(texts(&["Hi, this is Ann."]), ["Hi, this is Ann."]);
        assert_eq!(texts(&["Hi.", "How are you?"]), ["Hi.", "How are you?"]);
    }

    #[test]
    fn the_first_phrase_ends_at_a_mark_and_is_short() {
        let text = "Hello, this is Anna from Outcall, and I am calling about your visit next week.";
        let phrases = texts(&[text]);
        assert_eq!(phrases[0], "Hello, this is Anna from Outcall,");
        assert_eq!(phrases.join(" "), text);
    }

    #[test]
    fn a_long_clause_is_cut_before_a_conjunction() {
        let text =
            "We would like to know about your plans because the office will be closed next week.";
        let phrases = cut(&[sentence(text)]);
        assert_eq!(phrases[0].text(), "We would like to know about your plans");
        assert!(phrases[0].phonemes().ends_with(','));
        assert_eq!((phrases[0].pause_ms(), phrases[1].pause_ms()), (60, 320));
    }

    #[test]
    fn digits_that_are_read_one_by_one_stay_together() {
        let phrases = texts(&["You may call us back today at 4 1 5 0 1 3 2 at once please."]);
        assert_eq!(phrases[0], "You may call us back today at");
        let phrases = texts(&["You could press the button 1 if it pleases you at all."]);
        assert_eq!(phrases[0], "You could press the button 1");
    }

    #[test]
    fn a_piece_of_a_few_phonemes_is_never_alone() {
        let text =
            "No, we are sorry that we have called you at this hour of the day once more, bye.";
        assert!(cut(&[sentence(text)]).iter().all(|phrase| phrase.phonemes().len() >= PHRASE_MIN));
    }
}
