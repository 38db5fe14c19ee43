//! Days and times: the model is told that they may be said.
//!
//! What a recogniser is told was said before makes more of the same likelier. Told of days and
//! times it writes 116 of 148 composed phrases down so that they can be read, else 91; but a short
//! "yes" becomes "you are us". So an answer to yes or no is read so only when it speaks of a day or
//! a time already, well or badly: "Could we do Monday at F past 12?".

use super::encoder::Heard;
use super::{Decoding, QUICK, RATE_HZ, Recogniser, RecognitionError, Transcript, guard};

/// What was "said before".
const BEFORE: &str = " Monday, Tuesday, Wednesday, Thursday or Friday, at 9:30, half past twelve \
                      or 4 o'clock, on the 3rd of December.";

/// Words of days and times.
const WORDS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "tomorrow",
    "half",
    "quarter",
    "past",
    "clock",
    "o'clock",
    "noon",
    "midday",
    "morning",
    "afternoon",
    "evening",
    "thirty",
];

/// Recognises speech that may hold a day or a time.
pub(super) fn recognise(
    recogniser: &mut Recogniser,
    sound: &[f32],
) -> Result<Transcript, RecognitionError> {
    let heard = recogniser.encoder.run(sound, QUICK)?;
    let decoding = decode(recogniser, &heard, sound)?;
    if decoding.looped { recogniser.free(sound) } else { Ok(recogniser.transcript(&decoding)) }
}

/// Reads an answer once more, when it speaks of a day or a time and still does then.
pub(super) fn again(
    recogniser: &mut Recogniser,
    heard: &Heard,
    sound: &[f32],
    text: &str,
) -> Result<Option<Transcript>, RecognitionError> {
    if !speaks_of_it(text) {
        return Ok(None);
    }
    let decoding = decode(recogniser, heard, sound)?;
    let transcript = recogniser.transcript(&decoding);
    let is_better = !decoding.looped && speaks_of_it(&transcript.text);
    Ok(is_better.then_some(transcript))
}

fn decode(
    recogniser: &mut Recogniser,
    heard: &Heard,
    sound: &[f32],
) -> Result<Decoding, RecognitionError> {
    let mut prefix = vec![recogniser.settings.previous];
    prefix.extend(recogniser.vocabulary.encode(BEFORE));
    prefix.extend(&recogniser.prefix);
    let tokens_max = guard::tokens_max(sound.len() as f32 / RATE_HZ as f32);
    recogniser.decoder.run(heard, &prefix, tokens_max, &recogniser.settings)
}

/// Whether a text holds a word of days and times, or a number.
fn speaks_of_it(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.any(|word| WORDS.contains(&word) || word.contains(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_or_an_hour_is_heard_however_badly_it_was_understood() {
        for text in ["Could we do Monday at F past 12?", "Would you ZS330 be alright", "half-past"]
        {
            assert!(speaks_of_it(text), "{text}");
        }
        for text in ["", "Yes.", "No, I can't make it.", "Count me in."] {
            assert!(!speaks_of_it(text), "{text}");
        }
    }
}
