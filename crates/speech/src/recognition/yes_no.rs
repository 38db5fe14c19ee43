//! Answers to a question that asks for yes or no.
//!
//! The model writes down what it hears. When the grammar explains that, it is the answer. When it
//! does not, the answers of the grammar are scored on the same sound: one that is likely enough, by
//! itself and beside what was written down, is what was said. Speech that none of them fits stays
//! as it was written down, and is no answer.

mod grammar;

pub use grammar::YesNo;

use super::decoder::{Decoding, log_probabilities, suppress};
use super::encoder::Heard;
use super::trie::{Node, ROOT, Trie};
use super::{QUICK, Recogniser, RecognitionError, Transcript, Word, when};

/// How an answer may end.
const ENDS: &[&str] = &[".", "", "!", "?", ","];
/// Hypotheses that are followed.
const BEAM: usize = 6;
/// Tokens of a text that may be an answer after all; longer speech is none.
const TOKENS_MAX: usize = 9;
/// The probability that the model gives an answer at least, all its ways of being said together. Of
/// composed answers that were not understood it lay above that for two of five, of other short
/// speech for one of forty.
const PROBABILITY_MIN: f32 = 0.04;
/// And how likely it is at least beside the text that was heard.
const RATIO_MIN: f32 = 0.2;

/// The answers of the grammar as tokens, with what each is and says.
pub(super) type Answers = Trie<(String, YesNo)>;

pub(super) fn answers(recogniser: &Recogniser) -> Answers {
    let mut answers = Trie::new();
    for (text, says) in grammar::answers() {
        for end in ENDS {
            let written = format!("{text}{end}");
            let tokens = recogniser.vocabulary.encode(&format!(" {written}"));
            answers.insert(&tokens, (written, says));
        }
    }
    answers
}

/// Recognises an answer; `known`: with the terms that were made known before.
pub(super) fn recognise(
    recogniser: &mut Recogniser,
    sound: &[f32],
    known: bool,
) -> Result<Transcript, RecognitionError> {
    let heard = recogniser.encoder.run(sound, QUICK)?;
    let free = recogniser.decode_heard(&heard, sound, known)?;
    let mut transcript = recogniser.transcript(&free);
    transcript.answer = YesNo::of(&transcript.text);
    if transcript.answer.is_none()
        && !free.looped
        && let Some(better) = when::again(recogniser, &heard, sound, &transcript.text)?
    {
        return Ok(Transcript { answer: YesNo::of(&better.text), ..better });
    }
    let is_short = free.tokens.len() <= TOKENS_MAX && free.end_log_probability.is_some();
    if transcript.answer.is_some() || !is_short {
        return if free.looped { recogniser.free(sound) } else { Ok(transcript) };
    }
    let found = search(recogniser, &heard)?;
    Ok(best(&found, &free).unwrap_or(transcript))
}

/// An answer that was found.
#[derive(Clone, Debug)]
struct Found {
    text: String,
    says: YesNo,
    /// Natural logarithm of its probability.
    score: f32,
}

/// An answer under way.
#[derive(Clone, Copy, Debug)]
struct Hypothesis {
    at: Node,
    token: u32,
    score: f32,
}

/// The answers that the sound makes likely.
fn search(recogniser: &mut Recogniser, heard: &Heard) -> Result<Vec<Found>, RecognitionError> {
    let answers = match recogniser.answers.take() {
        Some(answers) => answers,
        None => answers(recogniser),
    };
    let found = search_in(recogniser, heard, &answers);
    recogniser.answers = Some(answers);
    found
}

fn search_in(
    recogniser: &mut Recogniser,
    heard: &Heard,
    answers: &Answers,
) -> Result<Vec<Found>, RecognitionError> {
    let Recogniser { decoder, settings, prefix, .. } = recogniser;
    let end = settings.end;
    let (mut logits, mut memory) = decoder.step(heard, decoder.memory()?, prefix, 1)?;
    let mut open = vec![Hypothesis { at: ROOT, token: 0, score: 0.0 }];
    let (mut found, mut is_first) = (Vec::new(), true);
    loop {
        let mut longer: Vec<(usize, Hypothesis)> = Vec::new();
        let each = logits.len() / open.len();
        for (parent, (scores, hypothesis)) in logits.chunks_exact_mut(each).zip(&open).enumerate() {
            suppress(scores, settings, is_first);
            let mut next: Vec<(u32, Node)> = answers.next(hypothesis.at).collect();
            next.push((end, hypothesis.at));
            let tokens: Vec<u32> = next.iter().map(|(token, _)| *token).collect();
            let scores = log_probabilities(&scores[..=end as usize], &tokens);
            for (&(token, at), one) in next.iter().zip(scores) {
                let score = hypothesis.score + one;
                if token != end {
                    longer.push((parent, Hypothesis { at, token, score }));
                } else if let Some((text, says)) = answers.ends(at) {
                    found.push(Found { text: text.clone(), says: *says, score });
                }
            }
        }
        longer.sort_by(|(_, left), (_, right)| right.score.total_cmp(&left.score));
        longer.truncate(BEAM);
        if longer.is_empty() {
            return Ok(found);
        }
        let parents: Vec<usize> = longer.iter().map(|(parent, _)| *parent).collect();
        memory = memory.select(&parents, open.len())?;
        open = longer.into_iter().map(|(_, hypothesis)| hypothesis).collect();
        let tokens: Vec<u32> = open.iter().map(|hypothesis| hypothesis.token).collect();
        (logits, memory) = decoder.step(heard, memory, &tokens, open.len())?;
        is_first = false;
    }
}

/// The answer whose ways of being said are likeliest together, when they are likely enough. How
/// sure it is, is its part of all answers and of the text that was heard.
fn best(found: &[Found], free: &Decoding) -> Option<Transcript> {
    let heard = free.log_probabilities.iter().chain(&free.end_log_probability).sum::<f32>();
    let likeliest = |says: YesNo| {
        let of_it = || found.iter().filter(move |one| one.says == says);
        let sum: f32 = of_it().map(|one| (one.score - heard).exp()).sum();
        let best = of_it().max_by(|left, right| left.score.total_cmp(&right.score));
        best.map(|best| (best, sum))
    };
    let mut says: Vec<YesNo> = found.iter().map(|one| one.says).collect();
    says.sort_unstable();
    says.dedup();
    let (best, likelihood) =
        says.into_iter().filter_map(likeliest).max_by(|left, right| left.1.total_cmp(&right.1))?;
    if likelihood < RATIO_MIN || likelihood * heard.exp() < PROBABILITY_MIN {
        return None;
    }
    let all: f32 = found.iter().map(|one| (one.score - heard).exp()).sum();
    let confidence = likelihood / (1.0 + all);
    let word = |text: &str| Word { text: text.to_owned(), confidence };
    Some(Transcript {
        text: best.text.clone(),
        words: best.text.split_whitespace().map(word).collect(),
        mean_log_probability: confidence.ln(),
        looped: false,
        answer: Some(best.says),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, says: YesNo, probability: f32) -> Found {
        Found { text: text.to_owned(), says, score: probability.ln() }
    }

    fn heard(probability: f32) -> Decoding {
        let end_log_probability = Some(probability.ln());
        Decoding { end_log_probability, ..Decoding::default() }
    }

    #[test]
    fn the_ways_of_saying_an_answer_count_together() {
        let found = [
            found("What?", YesNo::Repeat, 0.09),
            found("Yes.", YesNo::Yes, 0.06),
            found("Yeah.", YesNo::Yes, 0.08),
        ];
        let best = best(&found, &heard(0.1)).unwrap();
        assert_eq!((best.text.as_str(), best.answer), ("Yeah.", Some(YesNo::Yes)));
        assert!((best.confidence() - 0.14 / 0.33).abs() < 1e-3, "{}", best.confidence());
    }

    #[test]
    fn an_answer_that_is_unlikely_by_itself_or_beside_what_was_heard_is_none() {
        let yes = |probability| [found("Yes.", YesNo::Yes, probability)];
        assert!(best(&yes(0.05), &heard(0.2)).is_some());
        assert!(best(&yes(0.03), &heard(0.001)).is_none(), "unlikely by itself");
        assert!(best(&yes(0.05), &heard(0.3)).is_none(), "unlikely beside it");
        assert!(best(&[], &heard(0.001)).is_none());
    }
}
