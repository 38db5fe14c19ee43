//! What the robot's own voice says is heard over a telephone line.

use outcall_speech::evaluation::{Condition, errors, pink_noise};
use std::sync::Arc;

use outcall_speech::recognition::{Mode, RecognitionError, Terms, YesNo};
use outcall_speech::timeline::stretches;
use outcall_speech::turn::melody::Melody;
use outcall_speech::vad::{FRAME, VadFrame, VadState};

use super::models::Models;

#[test]
fn what_is_said_is_recognised_and_each_word_has_a_confidence() {
    let Some(models) = Models::find() else { return };
    let text = "Your appointment with the dentist is on Thursday at half past nine.";
    let sound = Condition::MuLaw.apply(&models.voice().speak(text).unwrap(), 0);
    let transcript = models.recogniser().recognise(&sound, &Mode::Free).unwrap();
    assert!(errors(text, &transcript.text).wrong <= 1, "{transcript:?}");
    let words: Vec<&str> = transcript.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words.join(" "), transcript.text);
    assert!(transcript.words.iter().all(|word| (0.0..=1.0).contains(&word.confidence)));
    assert!(transcript.confidence() > 0.6, "{transcript:?}");
}

#[test]
fn digits_are_understood_as_digits_and_as_many_as_were_asked_for() {
    let Some(models) = Models::find() else { return };
    let sound = models.voice().speak("four, seven, two, nine, one, eight").unwrap();
    let sound = Condition::MuLaw.apply(&sound, 0);
    let mut recogniser = models.recogniser();
    let known = Mode::Digits { count: Some(6) };
    for mode in [Mode::Digits { count: None }, known] {
        assert_eq!(recogniser.recognise(&sound, &mode).unwrap().text, "4 7 2 9 1 8", "{mode:?}");
    }
    let four = recogniser.recognise(&sound, &Mode::Digits { count: Some(4) }).unwrap();
    assert_eq!(four.words.len(), 4, "{four:?}");
}

#[test]
fn an_answer_is_understood_as_yes_or_no_and_other_speech_as_it_was_said() {
    let Some(models) = Models::find() else { return };
    let (mut voice, mut recogniser) = (models.voice(), models.recogniser());
    for (text, says) in [
        ("Yes, please.", Some(YesNo::Yes)),
        ("No, thank you.", Some(YesNo::No)),
        ("I don't think so.", Some(YesNo::LikelyNo)),
        ("Could you repeat that, please?", Some(YesNo::Repeat)),
        ("I have paid it last week.", None),
        ("Tomorrow afternoon.", None),
    ] {
        let sound = Condition::MuLaw.apply(&voice.speak(text).unwrap(), 0);
        let transcript = recogniser.recognise(&sound, &Mode::YesNo).unwrap();
        assert_eq!(transcript.answer, says, "{text}: {transcript:?}");
        if says.is_none() {
            // What speaks of a day is read as where one is asked for.
            let day = text.contains("Tomorrow");
            let mode = if day { Mode::When } else { Mode::Free };
            let otherwise = recogniser.recognise(&sound, &mode).unwrap();
            assert_eq!(transcript.text, otherwise.text);
        }
    }
}

#[test]
fn a_name_is_written_as_it_was_given_and_unrelated_ones_change_nothing() {
    let Some(models) = Models::find() else { return };
    let (mut voice, mut recogniser) = (models.voice(), models.recogniser());
    let terms = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Arc::new(Terms::new(&names).unwrap().unwrap())
    };
    let sound = voice.speak("Can you tell me more about Metoprolol, please?").unwrap();
    let sound = Condition::MuLaw.apply(&sound, 0);
    let mut heard = |names: Option<&Arc<Terms>>| {
        recogniser.recognise_with(&sound, &Mode::Free, names).unwrap().text
    };
    let unrelated = terms(&["Abernathy", "Bexley"]);
    assert!(!heard(None).contains("Metoprolol"), "it would prove nothing: {}", heard(None));
    assert!(heard(Some(&terms(&["Okonkwo", "Metoprolol"]))).contains("Metoprolol"));
    let text = heard(Some(&unrelated));
    assert!(!text.contains("Bexley") && !text.contains("Metoprolol"), "{text}");
    assert!(!heard(None).contains("Metoprolol"), "what was given is forgotten");
}

#[test]
fn nothing_at_all_is_no_number_and_never_a_failure() {
    let Some(models) = Models::find() else { return };
    let mut recogniser = models.recogniser();
    for samples in [vec![], vec![0; 10], vec![0; 8_000], vec![i16::MAX; 400_000]] {
        recogniser.recognise(&samples, &Mode::Free).unwrap();
        recogniser.recognise(&samples, &Mode::Digits { count: None }).unwrap();
        let transcript = recogniser.recognise(&samples, &Mode::YesNo).unwrap();
        assert_eq!(transcript.answer, None, "{transcript:?}");
    }
}

#[test]
fn a_language_that_the_model_does_not_have_is_named() {
    let Some(models) = Models::find() else { return };
    let (runtime, store) = (&models.runtime, &models.store);
    let multilingual = outcall_speech::recognition::MULTILINGUAL;
    let load = |language| {
        outcall_speech::recognition::Recogniser::load(runtime, store, multilingual, language)
    };
    assert!(load("zh").is_ok());
    assert!(matches!(load("tlh"), Err(RecognitionError::Language(_))));
}

#[test]
fn speech_is_told_from_noise_and_from_a_tone() {
    let Some(models) = Models::find() else { return };
    let mut vad = models.vad();
    let speech = models.voice().speak("I have made a note of that.").unwrap();
    let found = stretches(&vad.probabilities(&speech).unwrap());
    assert_eq!(found.len(), 1, "{found:?}");
    let noise: Vec<i16> = pink_noise(24_000, 1).iter().map(|s| (s * 1_000.0) as i16).collect();
    let tone: Vec<i16> =
        (0..24_000).map(|n| ((f64::from(n) * 0.8).sin() * 9_000.0) as i16).collect();
    for sound in [noise, tone] {
        assert!(stretches(&vad.probabilities(&sound).unwrap()).is_empty());
    }
}

#[test]
fn streams_that_are_listened_to_in_one_pass_do_not_hear_each_other() {
    let Some(models) = Models::find() else { return };
    let mut vad = models.vad();
    let speech = models.voice().speak("Thank you. I have made a note of that.").unwrap();
    let alone = vad.probabilities(&speech).unwrap();
    let frames = speech.as_chunks::<FRAME>().0;
    let mut states = [VadState::default(), VadState::default(), VadState::default()];
    for (place, right) in alone.iter().enumerate().take(frames.len()) {
        let [first, second, third] = &mut states;
        let late = &frames[(place + 20) % frames.len()];
        let found = vad
            .run(&mut [
                VadFrame { state: first, samples: late },
                VadFrame { state: second, samples: &frames[place] },
                VadFrame { state: third, samples: &[0; FRAME] },
            ])
            .unwrap();
        assert!((found[1] - right).abs() < 0.01, "frame {place}: {} and {right}", found[1]);
    }
}

#[test]
fn half_a_sentence_sounds_less_finished_than_a_whole_one() {
    let Some(models) = Models::find() else { return };
    let mut melody = Melody::load(&models.runtime, &models.store).unwrap();
    let mut whole =
        models.voice().speak("I would like to talk to one of your colleagues.").unwrap();
    let mut half = whole[..whole.len() / 3].to_vec();
    for sound in [&mut whole, &mut half] {
        sound.extend([0; 1_600]);
    }
    let (whole, half) = (melody.finished(&whole).unwrap(), melody.finished(&half).unwrap());
    assert!(whole > 0.5 && half < 0.5, "whole {whole}, half {half}");
    assert!(melody.finished(&[]).unwrap() <= 1.0);
}
