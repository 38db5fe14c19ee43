use super::super::evaluation::{Witnesses, evaluate, evaluate_beeps};
use super::super::{Class, Settings};
use super::*;

/// Clips of many lengths that are as loud as speech: a hum with a syllable's rise and fall.
fn corpus() -> Corpus {
    let clip = |index: usize| {
        let count = 1_600 + index * 900;
        let sample = |n: usize| {
            let syllable = (n as f32 / 640.0).sin().abs();
            let voice: f32 = (1..=9).map(|part| (n as f32 * 0.1 * part as f32).sin()).sum();
            (voice * syllable * 1_000.0) as i16
        };
        let half = if index.is_multiple_of(2) { Half::Tune } else { Half::Test };
        let samples = (0..count).map(sample).collect();
        Clip { name: format!("clip {index}"), samples, text: None, half, is_digit: index < 10 }
    };
    Corpus { clips: (0..40).map(clip).collect() }
}

const MIX: Mix = Mix {
    people: 30,
    voicemails: 30,
    ivrs: 9,
    screenings: 9,
    announcements: 9,
    silences: 3,
    faxes: 3,
};

/// Speech is what is louder than the noise: good enough for made sound at 10 dB.
fn by_level(audio: &[i16]) -> Vec<f32> {
    let level = |frame: &[i16]| frame.iter().map(|s| f32::from(*s).abs()).sum::<f32>() / 256.0;
    let levels: Vec<f32> = audio.chunks_exact(256).map(level).collect();
    let loudest = levels.iter().copied().fold(0.0, f32::max);
    let is_speech = |level: &f32| *level > 0.4 * loudest && *level > 60.0;
    levels.iter().map(|level| if is_speech(level) { 0.9 } else { 0.1 }).collect()
}

#[test]
fn the_same_seed_gives_the_same_cases_and_another_gives_others() {
    let corpus = corpus();
    let [a, b, c] = [1, 1, 2].map(|seed| compose(&corpus, Half::Tune, MIX, seed));
    assert_eq!(a.len(), 93);
    assert!(a.iter().zip(&b).all(|(a, b)| a.audio == b.audio && a.transcripts == b.transcripts));
    assert!(a.iter().zip(&c).any(|(a, c)| a.audio != c.audio));
}

#[test]
fn transcripts_come_in_order_and_after_the_speech_that_they_are_of() {
    for case in compose(&corpus(), Half::Test, MIX, 3) {
        assert!(case.transcripts.is_sorted_by_key(|transcript| transcript.at_ms), "{}", case.name);
        let first = case.transcripts.first().map(|transcript| transcript.at_ms);
        assert!(first.is_none_or(|at_ms| case.start_ms.is_some_and(|start| start + 600 < at_ms)));
    }
}

#[test]
fn without_sound_files_there_are_cases_without_speech() {
    let cases = compose(&Corpus::default(), Half::Tune, MIX, 1);
    assert_eq!(cases.len(), 93);
    assert!(cases.iter().all(|case| case.transcripts.is_empty()));
}

#[test]
fn made_beeps_are_found() {
    let figures = evaluate_beeps(&beeps(&corpus(), Half::Tune, 60, 5));
    assert_eq!(figures.beeps, 60);
    assert!(figures.found >= 58, "{figures:?}");
    assert_eq!(figures.false_beeps, 0, "{figures:?}");
}

#[test]
fn an_evaluation_counts_every_case_once_and_takes_no_person_for_a_machine() {
    let cases = compose(&corpus(), Half::Test, MIX, 1);
    let all = Witnesses { words: true, tones: true };
    let evaluation = evaluate(&cases, &Settings::default(), all, by_level);
    assert_eq!(evaluation.confusion().values().sum::<usize>(), cases.len());
    assert_eq!(evaluation.false_machine(), (0.0, 30));
    assert!(evaluation.first_decision_ms(Class::Human, 0.5).is_some_and(|ms| ms <= 2_500));
    let of = |class: Class| evaluation.outcomes.iter().filter(move |o| o.truth == class);
    assert!(of(Class::Fax).chain(of(Class::Announcement)).all(|o| o.class() == Some(o.truth)));
}
