use proptest::prelude::*;

use super::synthesis::{Sound, dtmf_hz, sine};
use super::*;

fn heard(sound: &Sound) -> Vec<Tone> {
    ToneDetector::new(0).push(&sound.clone().silence(1_000).samples())
}

fn kinds(sound: &Sound) -> Vec<ToneKind> {
    heard(sound).iter().map(|tone| tone.kind).collect()
}

#[test]
fn a_beep_is_told_with_its_pitch_its_level_and_its_times() {
    for (hz, ms) in [(400.0, 70), (440.0, 1_500), (1_000.0, 400), (1_400.0, 200), (2_100.0, 900)] {
        let tones = heard(&Sound::default().silence(300).tones(&[hz], ms, -20.0));
        let [tone] = tones[..] else { panic!("{hz} Hz, {ms} ms: {tones:?}") };
        assert_eq!(tone.kind, ToneKind::Beep);
        assert!((tone.frequency_hz - hz).abs() < 3.0, "{hz}: {tone:?}");
        assert!((tone.level_dbfs + 20.0).abs() < 1.5, "{tone:?}");
        assert!(tone.start_ms.abs_diff(300) <= 15, "{tone:?}");
        assert!(tone.end_ms.abs_diff(300 + ms) <= 15, "{tone:?}");
    }
}

#[test]
fn what_is_too_short_too_long_too_low_or_too_quiet_is_no_beep() {
    for (hz, ms, level) in
        [(1_000.0, 30, -20.0), (1_000.0, 2_000, -20.0), (300.0, 300, -20.0), (1_000.0, 300, -50.0)]
    {
        assert_eq!(kinds(&Sound::default().silence(300).tones(&[hz], ms, level)), []);
    }
}

#[test]
fn special_information_tones_are_told_once_and_are_no_beep() {
    assert_eq!(kinds(&Sound::default().silence(200).sit(-20.0)), [ToneKind::Sit]);
    let american = [(913.8, 274), (1_370.6, 274), (1_776.7, 380)];
    let sound = american
        .iter()
        .fold(Sound::default().silence(100), |sound, (hz, ms)| sound.tones(&[*hz], *ms, -24.0));
    assert_eq!(kinds(&sound), [ToneKind::Sit]);
}

#[test]
fn busy_and_reorder_differ_by_their_rhythm() {
    for hz in [&[480.0, 620.0][..], &[425.0], &[450.0]] {
        let busy = Sound::default().pulses(hz, 500, 500, 4, -20.0);
        assert_eq!(kinds(&busy), [ToneKind::Busy], "{hz:?}");
        let reorder = Sound::default().pulses(hz, 250, 250, 6, -20.0);
        assert_eq!(kinds(&reorder), [ToneKind::Reorder], "{hz:?}");
    }
}

#[test]
fn ringback_is_told_at_its_second_ring() {
    let american = Sound::default().pulses(&[440.0, 480.0], 2_000, 4_000, 2, -20.0);
    assert_eq!(kinds(&american), [ToneKind::Ringback]);
    let european = Sound::default().pulses(&[425.0], 1_000, 4_000, 2, -20.0);
    assert!(kinds(&european).contains(&ToneKind::Ringback));
}

#[test]
fn a_fax_is_told_from_its_answer_and_from_its_call() {
    let answer = Sound::default().silence(500).tones(&[2_100.0], 3_000, -15.0);
    assert_eq!(kinds(&answer), [ToneKind::FaxAnswering]);
    let calling = Sound::default().pulses(&[1_100.0], 500, 3_000, 2, -15.0);
    assert_eq!(kinds(&calling), [ToneKind::Beep, ToneKind::FaxCalling]);
}

#[test]
fn no_key_of_a_keypad_is_a_beep() {
    for key in "0123456789*#ABCD".chars() {
        let hz = dtmf_hz(key).unwrap();
        for ms in [70, 150, 400] {
            let sound = Sound::default().silence(200).pulses(&hz, ms, 100, 3, -12.0);
            assert_eq!(kinds(&sound), [], "{key}");
        }
    }
}

#[test]
fn a_melody_of_pure_tones_is_at_most_taken_for_one_beep_at_its_start() {
    let notes = [523.3, 587.3, 659.3, 523.3, 784.0, 659.3, 880.0, 698.5];
    for gap_ms in [0, 20, 50] {
        let sound =
            notes.iter().cycle().take(40).fold(Sound::default(), |sound, hz| {
                sound.tones(&[*hz], 250, -18.0).silence(gap_ms)
            });
        let beeps = kinds(&sound);
        assert_eq!(beeps, [], "gap {gap_ms} ms");
    }
}

#[test]
fn the_cut_of_the_sound_does_not_matter() {
    let sound = Sound::default().silence(111).sit(-20.0).silence(400).tones(&[1_000.0], 300, -9.0);
    let samples = sound.silence(500).samples();
    let whole = ToneDetector::new(7).push(&samples);
    assert_eq!(whole.len(), 2);
    for size in [1, 80, 160, 333] {
        let mut detector = ToneDetector::new(7);
        let parts: Vec<Tone> = samples.chunks(size).flat_map(|cut| detector.push(cut)).collect();
        assert_eq!(parts, whole);
    }
}

#[test]
fn an_hour_of_one_tone_or_of_pulses_takes_no_more_memory() {
    let mut detector = ToneDetector::new(0);
    let pulse = Sound::default().tones(&[1_000.0], 100, -12.0).silence(60).samples();
    let long = sine(1_000.0, 1_000, -12.0);
    for _ in 0..60 {
        detector.push(&long);
    }
    for _ in 0..400 {
        detector.push(&pulse);
    }
    assert!(detector.segmenter.size() <= 401, "{}", detector.segmenter.size());
    assert!(detector.judge.size() <= 12);
    assert!(detector.held.capacity() <= 2 * (WINDOW + HOP));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_sound_makes_it_panic(
        samples in prop::collection::vec(any::<i16>(), 0..4_000),
        start_ms in any::<u64>(),
    ) {
        let start_ms = start_ms / 2;
        let tones = ToneDetector::new(start_ms).push(&samples);
        prop_assert!(tones.iter().all(|tone| tone.end_ms >= tone.start_ms));
    }

    #[test]
    fn any_beep_at_any_place_is_told_once(
        hz in 400.0f32..2_100.0,
        ms in 150u64..1_500,
        level in -30.0f32..-3.0,
        before_ms in 0u64..1_000,
    ) {
        let sound = Sound::default().silence(before_ms).tones(&[hz], ms, level);
        prop_assert_eq!(kinds(&sound), [ToneKind::Beep]);
    }
}
