use proptest::prelude::*;

use super::*;
use crate::synthesis::{RATE_HZ, testing};

/// Sentences and their phonemes as the original (hibari 0.2.1) gives them, parted by a tab.
const REFERENCE: &str = include_str!("reference.tsv");
/// Texts that are read otherwise than by the original, and how their words are written.
const TELEPHONE: &str = include_str!("telephone.tsv");

fn pairs(table: &str) -> Vec<(&str, &str)> {
    table.lines().filter_map(|line| line.split_once('\t')).collect()
}

#[test]
fn sentences_are_read_as_the_original_reads_them() {
    let Some(mut voice) = testing::voice() else { return };
    let pairs = pairs(REFERENCE);
    assert!(pairs.len() >= 40);
    for (text, wanted) in pairs {
        assert_eq!(voice.phonemes(text).unwrap().join("|"), wanted, "{text}");
    }
}

#[test]
fn what_a_telephone_robot_says_is_written_in_words() {
    let Some(voice) = testing::voice() else { return };
    for (text, wanted) in pairs(TELEPHONE) {
        assert_eq!(voice.normalised(text).replace('\n', "|"), wanted, "{text}");
    }
}

#[test]
fn the_same_text_gives_the_same_samples_of_a_length_that_fits() {
    let Some(mut voice) = testing::voice() else { return };
    let text = "Hello, this is Anna. How are you today?";
    let said = voice.speak(text).unwrap();
    assert_eq!(voice.speak(text).unwrap(), said);
    let seconds = said.len() as f32 / RATE_HZ as f32;
    assert!((2.0..5.0).contains(&seconds), "{seconds} s");
    assert!((1_000.0..8_000.0).contains(&sound::speech_level(&said)), "a voice and no noise");
}

#[test]
fn phrases_hold_all_that_is_said_and_each_is_heard() {
    let Some(mut voice) = testing::voice() else { return };
    let text = "Hello, this is Anna from Outcall, and I am calling about your visit. Is it fine?";
    let phrases = voice.phrases(text).unwrap();
    assert!(phrases.len() >= 3, "{phrases:?}");
    let joined: Vec<&str> = phrases.iter().map(Phrase::phonemes).collect();
    assert_eq!(joined.join(" "), voice.phonemes(text).unwrap().join(" "));
    for phrase in &phrases {
        let samples = voice.render(phrase).unwrap();
        let speech = sound::speech(&samples).unwrap();
        let silence = samples.len() - speech.end;
        let pause = sound::samples_of(phrase.pause_ms());
        assert!((pause..pause + sound::samples_of(60)).contains(&silence), "{phrase:?} {silence}");
    }
}

#[test]
fn what_the_telephone_does_not_carry_is_left_out_and_not_missed() {
    let Some(mut voice) = testing::voice() else { return };
    let phonemes = voice.phonemes("She sells sea shells, four of five.").unwrap().concat();
    let whole = for_telephone(&voice.samples_24_khz(&phonemes).unwrap());
    let band = voice.say(&phonemes).unwrap();
    assert_eq!(whole.len(), band.len());
    let difference: Vec<i16> = whole.iter().zip(&band).map(|(a, b)| a - b).collect();
    let (error, voice) = (sound::level(&difference), sound::level(&whole));
    assert!(error < voice / 1_000.0, "60 dB below the voice: {error} of {voice}");
}

#[test]
fn nothing_is_said_of_nothing() {
    let Some(mut voice) = testing::voice() else { return };
    for text in ["", " ", "\n", "\u{200b}", "…", "()", "_", "'", "²", "漢字", "🙂"] {
        let said = voice.speak(text).unwrap();
        assert!(said.len() < RATE_HZ as usize * 2, "{text}: {} samples", said.len());
        voice.phrases(text).unwrap();
    }
}

#[test]
fn any_text_is_read_without_a_failure() {
    let Some(voice) = testing::voice() else { return };
    let voice = std::cell::RefCell::new(voice);
    let piece = proptest::sample::select(vec![
        "Nov", "24", "1", "0", "$", "€", ".", ",", ":", "/", "-", "+", "(", ")", "@", "#", "%",
        "PM", "a.m.", "St", "code", "is", "é", "\u{663}", "[", "](/", "'", "\"", " ", "  ", "\n",
        "ABC", "x1", "™", "½", "🙂", "th", "and", "https://", "www.", ".com", "USD", "e.g.", "ﬁ",
        "²", "M",
    ]);
    let texts = proptest::collection::vec(piece, 0..24);
    proptest!(ProptestConfig::with_cases(300), |(pieces in texts)| {
        let phrases = voice.borrow_mut().phrases(&pieces.concat()).unwrap();
        prop_assert!(phrases.iter().all(|phrase| !phrase.phonemes().is_empty()));
    });
}
