//! Stretches of one pitch to tones.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use super::cadence;
use super::segments::{News, Pitch, Segment};
use super::{Tone, ToneKind};

/// Stretches kept to judge the next ones by.
const KEPT_MAX: usize = 12;
/// A stretch shorter than this is not a note, ms.
const NOTE_MIN_MS: u64 = 50;
/// After its end a beep waits this long for another tone, which would make it part of a sequence,
/// ms: special information tones pause 30 ms at most (ITU-T E.180/Q.35).
const HOLD_MS: u64 = 80;
/// Notes of another pitch within this time before a beep make it part of a melody, ms.
const MELODY_MS: u64 = 1_200;
/// A note of a melody lasts so long at least, ms.
const MELODY_NOTE_MS: u64 = 90;
/// From this purity on a short stretch is a tone, and no vowel.
const PURE: f32 = 0.93;
/// A voicemail's beep: 70 ms to 1.5 s, edges known to 10 ms.
const BEEP_MS: RangeInclusive<u64> = 58..=1_560;
/// A voicemail's beep, Hz.
const BEEP_HZ: RangeInclusive<f32> = 394.0..=2_115.0;
/// The quietest beep that is told, dBFS.
const BEEP_MIN_DBFS: f32 = -38.0;
/// A fax's answer is told when it has lasted so long, ms: 2.6 to 4 s (ITU-T T.30), longer than any
/// beep.
const FAX_ANSWER_MS: u64 = 1_600;

/// Judges stretches by their neighbours.
#[derive(Debug, Default)]
pub(super) struct Judge {
    /// The last notes, oldest first.
    notes: VecDeque<Segment>,
    /// What may be a beep, and from when on it is told.
    held: Option<(Segment, u64)>,
    /// When the stretch of the last fax's answer began: it is told once.
    told_fax: Option<u64>,
    /// The rhythm that was told last, and when its last pulse ended: it is told once.
    told_rhythm: Option<(ToneKind, u64)>,
}

impl Judge {
    /// Notes held.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.notes.len()
    }

    /// Takes what the look at `at_ms` has brought, and adds the tones that are now certain.
    pub(super) fn step(&mut self, at_ms: u64, news: &News, tones: &mut Vec<Tone>) {
        if let Some((start_ms, pitch)) = news.open {
            self.fax_answer(at_ms, start_ms, pitch, tones);
            self.interrupt(at_ms, start_ms);
        }
        if let Some(segment) = news.closed.filter(|segment| segment.length_ms() >= NOTE_MIN_MS) {
            self.note(segment, tones);
        }
        let is_alone = |due_ms: u64| news.open.is_none_or(|(start_ms, _)| start_ms >= due_ms);
        let due = self.held.filter(|(_, due_ms)| *due_ms <= at_ms && is_alone(*due_ms));
        if let Some((segment, _)) = due {
            self.held = None;
            tones.push(tone(ToneKind::Beep, &segment, segment.end_ms));
        }
    }

    /// 2,100 Hz that goes on and on.
    fn fax_answer(&mut self, at_ms: u64, start_ms: u64, pitch: Pitch, tones: &mut Vec<Tone>) {
        let is_answer = Pitch::Single(2_100.0).is_near(pitch, 20.0);
        let lasts = at_ms.saturating_sub(start_ms) >= FAX_ANSWER_MS;
        if is_answer && lasts && self.told_fax != Some(start_ms) {
            self.told_fax = Some(start_ms);
            let frequency_hz = pitch.lowest_hz();
            let kind = ToneKind::FaxAnswering;
            tones.push(Tone { kind, start_ms, end_ms: at_ms, frequency_hz, level_dbfs: -20.0 });
        }
    }

    /// A new note right after what may be a beep: it was part of a sequence.
    fn interrupt(&mut self, at_ms: u64, start_ms: u64) {
        let is_note = at_ms.saturating_sub(start_ms) >= NOTE_MIN_MS;
        let close = |held: &Segment| start_ms <= held.end_ms + HOLD_MS;
        if is_note && self.held.is_some_and(|(held, _)| close(&held)) {
            self.held = None;
        }
    }

    fn note(&mut self, segment: Segment, tones: &mut Vec<Tone>) {
        if let Some(told) = self.sequence(&segment) {
            self.held = None;
            self.notes.clear();
            tones.push(told);
            return;
        }
        if let Some(told) = self.rhythm(&segment) {
            self.held = None;
            tones.push(told);
        } else if let Some(due_ms) = self.beep_due(&segment) {
            self.held = Some((segment, due_ms));
        }
        if self.notes.len() == KEPT_MAX {
            self.notes.pop_front();
        }
        self.notes.push_back(segment);
    }

    /// Special information tones whose third this is.
    fn sequence(&self, third: &Segment) -> Option<Tone> {
        let mut before = self.notes.iter().rev();
        let (second, first) = (before.next()?, before.next()?);
        let all = [first, second, third];
        let pitches = [950.0, 1_400.0, 1_800.0];
        let in_tune = all.iter().zip(pitches).all(|(note, hz)| {
            Pitch::Single(hz).is_near(note.pitch, 55.0) && (180..=440).contains(&note.length_ms())
        });
        let joined = all.windows(2).all(|pair| {
            pair.first().zip(pair.get(1)).is_some_and(|(a, b)| b.start_ms <= a.end_ms + 70)
        });
        (in_tune && joined).then(|| tone(ToneKind::Sit, first, third.end_ms))
    }

    /// Busy, reorder, ringback or a calling fax whose second pulse this is.
    fn rhythm(&mut self, second: &Segment) -> Option<Tone> {
        let first = self.notes.iter().rev().find(|note| note.pitch.is_near(second.pitch, 30.0))?;
        let kind = cadence::of_pulses(first, second).or_else(|| fax_calling(first, second))?;
        let told = self.told_rhythm.replace((kind, second.end_ms));
        let is_new = told.is_none_or(|(before, end_ms)| {
            before != kind || second.start_ms > end_ms.saturating_add(5_000)
        });
        // It goes on: told before, and still no beep.
        is_new.then(|| tone(kind, first, second.end_ms))
    }

    /// From when on a stretch is a beep if nothing follows it.
    fn beep_due(&self, segment: &Segment) -> Option<u64> {
        let told_before = self.told_rhythm.is_some_and(|(_, end_ms)| end_ms == segment.end_ms);
        if told_before || !sounds_like_beep(segment) || self.is_in_melody(segment) {
            return None;
        }
        let may_repeat = cadence::may_be_pulse(segment) && segment.length_ms() < 850;
        let hold_ms = if may_repeat { cadence::PAUSE_MAX_MS } else { HOLD_MS };
        Some(segment.end_ms + hold_ms)
    }

    /// Whether another pitch was heard just before, or a melody goes on.
    fn is_in_melody(&self, segment: &Segment) -> bool {
        let recent = |note: &&Segment| note.end_ms + MELODY_MS >= segment.start_ms;
        let other = |note: &&Segment| !note.pitch.is_near(segment.pitch, 15.0);
        let close = |note: &Segment| note.end_ms + HOLD_MS >= segment.start_ms;
        // The notes of a melody are of like length; a vowel before a beep is much shorter.
        let alike = |note: &&Segment| 3 * note.length_ms() >= segment.length_ms();
        let others = || self.notes.iter().filter(recent).filter(other).filter(alike);
        // Vowels make stretches, too, but few that are long and steady, or pure.
        let is_note = |note: &&Segment| note.length_ms() >= MELODY_NOTE_MS && is_steady(note);
        let is_pure = |note: &Segment| note.purity >= PURE && note.length_ms() >= NOTE_MIN_MS;
        let joins = |note: &Segment| close(note) && is_pure(note);
        others().filter(is_note).count() >= 2 || others().any(joins)
    }
}

/// Pitch, length, level, and steadier than a voice.
fn sounds_like_beep(segment: &Segment) -> bool {
    let Pitch::Single(hz) = segment.pitch else { return false };
    BEEP_HZ.contains(&hz)
        && BEEP_MS.contains(&segment.length_ms())
        && segment.level_dbfs >= BEEP_MIN_DBFS
        && is_steady(segment)
}

/// Steadier than a voice, which is the less often so the longer it lasts.
fn is_steady(segment: &Segment) -> bool {
    let (spread_max, ripple_max, rival_max, purity_min) = match segment.length_ms() {
        // The edges of a short tone alone make a rival of about -19.9 dB.
        0..100 => (3.0, 1.0, -19.0, 0.9),
        100..150 => (5.0, 1.5, -17.0, 0.8),
        _ => (6.0, 1.5, -15.0, 0.7),
    };
    segment.spread_hz <= spread_max
        && segment.ripple_db <= ripple_max
        && segment.rival_db <= rival_max
        && segment.purity >= purity_min
}

/// 1,100 Hz for 0.5 s every 3.5 s (ITU-T T.30, 4.2: pitch 38 Hz, times 15 %).
fn fax_calling(first: &Segment, second: &Segment) -> Option<ToneKind> {
    let off_ms = second.start_ms.saturating_sub(first.end_ms);
    let is_pulse = |note: &Segment| {
        (410..=590).contains(&note.length_ms()) && Pitch::Single(1_100.0).is_near(note.pitch, 40.0)
    };
    let fits = is_pulse(first) && is_pulse(second) && (2_500..=3_500).contains(&off_ms);
    fits.then_some(ToneKind::FaxCalling)
}

fn tone(kind: ToneKind, first: &Segment, end_ms: u64) -> Tone {
    Tone {
        kind,
        start_ms: first.start_ms,
        end_ms,
        frequency_hz: first.pitch.lowest_hz(),
        level_dbfs: first.level_dbfs,
    }
}
