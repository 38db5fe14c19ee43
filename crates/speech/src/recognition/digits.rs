//! Numbers said digit by digit: only digits are understood, and the model is told that a number is
//! coming.
//!
//! A beam of hypotheses over the ten digits and the end. What follows how long a number is, beside
//! the model: how many stretches of sound there are, and how long they last. Both weigh little: in
//! connected speech there are no gaps between digits.

mod segments;

use super::decoder::log_probabilities;
use super::encoder::Silence;
use super::{Recogniser, RecognitionError, Transcript, Word};
use segments::Segments;

/// What was "said before": it makes the model expect digits, written apart.
const CONTEXT: &str = " The number is 4 7 2 9 0 1 8 3 5 6.";
/// What follows the sound. Longer silence makes the model drop digits.
const SILENCE: Silence = Silence { after_s: 0.5, least_s: 0.0, until_s: 12 };
/// Hypotheses that are followed.
const BEAM: usize = 4;
/// Digits that are recognised at most.
const DIGITS_MAX: usize = 24;
/// Digits a second, at most.
const DIGITS_PER_S: f32 = 4.0;
/// The exponent with which a longer number's score is shared out (Wu et al., 2016, section 7).
const LENGTH_EXPONENT: f32 = 0.8;
/// A number that is longer by so much than the best that is complete is not waited for.
const PATIENCE: usize = 4;
/// What a digit more or less than stretches of sound costs, in nats, and how many of them count.
const SEGMENT_COST: f32 = 0.6;
const SEGMENTS_MAX: f32 = 3.0;
/// How long a digit and the gap after it last, in seconds, and what being off costs.
const DIGIT_S: f32 = 0.45;
const DIGIT_SPREAD_S: f32 = 0.12;
const DURATION_COST: f32 = 0.25;

/// Digits so far.
#[derive(Clone, Debug, Default)]
struct Hypothesis {
    digits: Vec<usize>,
    /// Sum of the natural logarithms of the probabilities.
    score: f32,
    /// Those of each digit, and of the end, among digits and the end alone: how sure it is that it
    /// was this one, given that it was one.
    each: Vec<f32>,
}

impl Hypothesis {
    fn with(&self, digit: usize, log_probability: f32, any: f32) -> Self {
        let mut longer = self.clone();
        longer.digits.push(digit);
        longer.each.push(log_probability - any);
        longer.score += log_probability;
        longer
    }

    /// The score, made comparable with that of a number of another length.
    fn shared(&self, cost: f32) -> f32 {
        (self.score - cost) / (self.digits.len() as f32 + 1.0).powf(LENGTH_EXPONENT)
    }
}

/// Recognises a number. `samples` are what `sound` was made of.
pub(super) fn recognise(
    recogniser: &mut Recogniser,
    samples: &[i16],
    sound: &[f32],
    count: Option<u32>,
) -> Result<Transcript, RecognitionError> {
    let count = count.map(|count| (count as usize).clamp(1, DIGITS_MAX));
    let tokens = Tokens::of(recogniser)?;
    let complete = search(recogniser, &tokens, sound, count)?;
    let segments = Segments::of(samples);
    let cost = |hypothesis: &Hypothesis| {
        if count.is_some() { 0.0 } else { segments.cost(hypothesis.digits.len()) }
    };
    let best = complete
        .into_iter()
        .max_by(|left, right| left.shared(cost(left)).total_cmp(&right.shared(cost(right))));
    Ok(best.map_or_else(Transcript::default, |best| transcript(&best)))
}

/// The tokens that matter here.
struct Tokens {
    digits: Vec<u32>,
    end: u32,
    prefix: Vec<u32>,
}

impl Tokens {
    fn of(recogniser: &Recogniser) -> Result<Self, RecognitionError> {
        let vocabulary = &recogniser.vocabulary;
        let digit = |digit: u8| {
            vocabulary.token(&format!(" {digit}")).ok_or_else(|| RecognitionError::Model {
                file: "tokenizer.json",
                problem: format!("no token for the digit {digit}"),
            })
        };
        let mut prefix = vec![recogniser.settings.previous];
        prefix.extend(vocabulary.encode(CONTEXT));
        prefix.extend(&recogniser.prefix);
        let digits = (0..10).map(digit).collect::<Result<_, _>>()?;
        Ok(Self { digits, end: recogniser.settings.end, prefix })
    }
}

/// The numbers that came to an end.
fn search(
    recogniser: &mut Recogniser,
    tokens: &Tokens,
    sound: &[f32],
    count: Option<usize>,
) -> Result<Vec<Hypothesis>, RecognitionError> {
    let seconds = sound.len() as f32 / super::RATE_HZ as f32;
    let most = count.unwrap_or(DIGITS_MAX.min((DIGITS_PER_S * seconds) as usize + 2));
    let heard = recogniser.encoder.run(sound, SILENCE)?;
    let decoder = &mut recogniser.decoder;
    let (mut logits, mut memory) = decoder.step(&heard, decoder.memory()?, &tokens.prefix, 1)?;
    let (mut open, mut complete) = (vec![Hypothesis::default()], Vec::new());
    for length in 0..=most {
        let mut longer: Vec<(usize, Hypothesis)> = Vec::new();
        for (parent, (hypothesis, scores)) in
            open.iter().zip(logits.chunks_exact(logits.len() / open.len())).enumerate()
        {
            let wanted = [&tokens.digits[..], &[tokens.end]].concat();
            let all = log_probabilities(scores, &wanted);
            let any = all.iter().map(|one| one.exp()).sum::<f32>().ln();
            if length > 0 && count.is_none_or(|count| count == length) {
                let mut whole = hypothesis.clone();
                whole.score += all[10];
                whole.each.push(all[10] - any);
                complete.push(whole);
            }
            longer.extend((0..10).map(|digit| (parent, hypothesis.with(digit, all[digit], any))));
        }
        if length == most || (count.is_none() && is_over(&complete, length)) {
            break;
        }
        longer.sort_by(|(_, left), (_, right)| right.score.total_cmp(&left.score));
        longer.truncate(BEAM);
        let parents: Vec<usize> = longer.iter().map(|(parent, _)| *parent).collect();
        memory = memory.select(&parents, open.len())?;
        open = longer.into_iter().map(|(_, hypothesis)| hypothesis).collect();
        let last = |hypothesis: &Hypothesis| hypothesis.digits.last().map(|&d| tokens.digits[d]);
        let next: Vec<u32> = open.iter().filter_map(last).collect();
        (logits, memory) = decoder.step(&heard, memory, &next, open.len())?;
    }
    Ok(complete)
}

/// Whether the best number that is complete is much shorter than what is being looked at.
fn is_over(complete: &[Hypothesis], length: usize) -> bool {
    let best = complete.iter().max_by(|left, right| left.shared(0.0).total_cmp(&right.shared(0.0)));
    best.is_some_and(|best| best.digits.len() + PATIENCE <= length)
}

fn transcript(best: &Hypothesis) -> Transcript {
    let words: Vec<Word> = best
        .digits
        .iter()
        .zip(&best.each)
        .map(|(digit, log_probability)| Word {
            text: digit.to_string(),
            confidence: log_probability.exp(),
        })
        .collect();
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let mean_log_probability = best.each.iter().sum::<f32>() / best.each.len().max(1) as f32;
    let text = texts.join(" ");
    Transcript { text, words, mean_log_probability, ..Transcript::default() }
}
