use proptest::prelude::*;

use super::*;
use crate::tones::ToneKind;

/// Speech and pauses as frames: (is it speech, ms).
fn listen(classifier: &mut Classifier, from_ms: u64, parts: &[(bool, u64)]) -> Vec<Decision> {
    let mut at_ms = from_ms;
    let mut decisions = Vec::new();
    for (is_speech, ms) in parts {
        let probability = if *is_speech { 0.97 } else { 0.02 };
        let end_ms = at_ms + ms;
        while at_ms < end_ms {
            decisions.extend(classifier.frame(at_ms, probability, -25.0));
            at_ms += 32;
        }
    }
    decisions
}

fn tone(kind: ToneKind, start_ms: u64) -> Tone {
    Tone { kind, start_ms, end_ms: start_ms + 300, frequency_hz: 1_000.0, level_dbfs: -18.0 }
}

#[test]
fn a_short_greeting_and_a_pause_are_a_person_within_a_second_and_a_half() {
    let mut classifier = Classifier::new(Settings::default());
    let told = listen(&mut classifier, 0, &[(false, 480), (true, 512), (false, 1_500)]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].class, Class::Human);
    assert!(told[0].at_ms - 480 <= 1_500, "{told:?}");
    assert!(matches!(told[0].evidence[..], [Evidence::ShortGreeting { .. }]));
}

#[test]
fn a_person_who_says_a_whole_sentence_is_a_person() {
    let mut classifier = Classifier::new(Settings::default());
    let told = listen(&mut classifier, 0, &[(true, 3_500), (false, 2_000)]);
    assert_eq!(told.iter().map(|told| told.class).collect::<Vec<_>>(), [Class::Human]);
}

#[test]
fn speech_that_goes_on_is_a_machine_though_no_word_is_understood() {
    let mut classifier = Classifier::new(Settings::default());
    let told = listen(&mut classifier, 0, &[(true, 9_000)]);
    assert_eq!(told.iter().map(|told| told.class).collect::<Vec<_>>(), [Class::Voicemail]);
    assert!(matches!(told[0].evidence[..], [Evidence::LongSpeech { .. }]));
}

#[test]
fn a_person_is_revised_to_a_voicemail_by_its_words_and_the_revision_is_told() {
    let mut classifier = Classifier::new(Settings::default());
    let told = listen(&mut classifier, 0, &[(true, 512), (false, 960)]);
    assert_eq!(told[0].class, Class::Human);
    let words = "hi you have reached anna please leave a massage after the beep";
    let revised = classifier.phrase(4_000, words, true).unwrap();
    assert_eq!((revised.class, revised.revises), (Class::Voicemail, Some(Class::Human)));
    assert!(revised.evidence.iter().any(|e| matches!(e, Evidence::Phrase { .. })));
}

#[test]
fn a_beep_after_a_greeting_proves_a_voicemail_and_one_before_it_does_not() {
    let mut classifier = Classifier::new(Settings::default());
    assert_eq!(classifier.tone(tone(ToneKind::Beep, 100)), None);
    let told = listen(&mut classifier, 500, &[(true, 1_024), (false, 960)]);
    assert_eq!(told[0].class, Class::Human);
    let revised = classifier.tone(tone(ToneKind::Beep, 2_600)).unwrap();
    assert_eq!((revised.class, revised.revises), (Class::Voicemail, Some(Class::Human)));
}

#[test]
fn words_tell_the_machines_apart() {
    for (words, class) in [
        ("please state your name and the reason for your call", Class::Screening),
        ("before i try to connect you can i ask who is calling", Class::Screening),
        ("for sales press one for support press two", Class::Ivr),
        ("the number you have dialled is not in service", Class::Announcement),
        ("leave your message after the tone when done hang up or press pound", Class::Voicemail),
        ("您拨打的电话已关机请稍后再拨", Class::Announcement),
        ("请在滴声后留言", Class::Voicemail),
        ("欢迎致电人工服务请按零", Class::Ivr),
    ] {
        let mut classifier = Classifier::new(Settings::default());
        let told = classifier.phrase(3_000, words, true);
        assert_eq!(told.map(|told| told.class), Some(class), "{words}");
    }
}

#[test]
fn what_a_person_says_is_no_machine() {
    for words in [
        "hello who is calling please",
        "he is not available at the moment can i take a message",
        "she is on the phone do you want to leave a message",
        "thanks for calling city dental how may i help you",
        "please leave me alone",
        "喂你好哪位",
    ] {
        let mut classifier = Classifier::new(Settings::default());
        let told = classifier.phrase(3_000, words, true);
        assert!(told.is_none_or(|told| !told.class.is_machine()), "{words}");
    }
}

#[test]
fn the_beep_after_say_your_name_is_the_screenings() {
    let mut classifier = Classifier::new(Settings::default());
    listen(&mut classifier, 0, &[(true, 2_500)]);
    let told = classifier.phrase(3_000, "please say your name after the beep", true).unwrap();
    assert_eq!(told.class, Class::Screening);
    assert_eq!(classifier.tone(tone(ToneKind::Beep, 3_600)), None);
}

#[test]
fn silence_is_told_once_and_revised_when_somebody_speaks() {
    let mut classifier = Classifier::new(Settings::default());
    let told = listen(&mut classifier, 0, &[(false, 9_000), (true, 512), (false, 1_000)]);
    let classes: Vec<Class> = told.iter().map(|told| told.class).collect();
    assert_eq!(classes, [Class::Silence, Class::Human]);
    assert!(told[0].at_ms >= 4_000 && told[1].revises == Some(Class::Silence));
}

#[test]
fn tones_of_the_network_and_of_a_fax_decide_at_once_and_ringback_starts_the_wait_anew() {
    for (kind, class) in [
        (ToneKind::Sit, Class::Announcement),
        (ToneKind::Busy, Class::Announcement),
        (ToneKind::FaxAnswering, Class::Fax),
    ] {
        let mut classifier = Classifier::new(Settings::default());
        assert_eq!(classifier.tone(tone(kind, 200)).map(|told| told.class), Some(class));
    }
    let mut classifier = Classifier::new(Settings::default());
    assert_eq!(listen(&mut classifier, 0, &[(false, 3_900)]), []);
    assert_eq!(classifier.tone(tone(ToneKind::Ringback, 3_500)), None);
    assert_eq!(listen(&mut classifier, 3_900, &[(false, 3_000)]), []);
}

#[test]
fn a_decision_is_written_and_read_with_its_evidence() {
    let mut classifier = Classifier::new(Settings::default());
    let told = classifier.tone(tone(ToneKind::Sit, 200)).unwrap();
    let text = serde_json::to_string(&told).unwrap();
    assert!(text.contains("\"class\":\"announcement\"") && text.contains("\"sit\""), "{text}");
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), told);
}

#[test]
fn a_restart_forgets_the_menu() {
    let mut classifier = Classifier::new(Settings::default());
    assert!(classifier.phrase(0, "for sales press one", true).is_some());
    classifier.restart(10_000);
    assert_eq!(classifier.told(), None);
    let told = listen(&mut classifier, 10_500, &[(true, 512), (false, 1_000)]);
    assert_eq!(told.iter().map(|told| told.class).collect::<Vec<_>>(), [Class::Human]);
}

proptest! {
    #[test]
    fn whatever_is_heard_nothing_panics_and_no_revision_goes_down(
        events in prop::collection::vec(
            (0u8..4, any::<u32>(), any::<f32>(), "[a-z ]{0,30}", any::<bool>()), 0..200,
        ),
    ) {
        let mut classifier = Classifier::new(Settings::default());
        let mut rank = 0;
        let mut at_ms = 0u64;
        for (what, later, value, text, is_final) in events {
            at_ms = at_ms.saturating_add(u64::from(later % 2_000));
            let told = match what {
                0 | 1 => classifier.frame(at_ms, value, -20.0),
                2 => classifier.phrase(u64::from(later), &text, is_final),
                _ => classifier.tone(tone(ToneKind::Beep, at_ms)),
            };
            if let Some(told) = told {
                prop_assert!(told.class.rank() >= rank);
                prop_assert!((0.0..=1.0).contains(&told.confidence));
                rank = told.class.rank();
            }
        }
    }
}
