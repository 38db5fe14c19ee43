//! The rhythms of busy, reorder and ringback.
//!
//! Source: ITU-T E.180 Supplement 2 (various tones used in national networks); for North America
//! also the Precise Tone Plan. One country's busy is another's reorder at the same pitch: the
//! rhythm decides.

use super::ToneKind;
use super::segments::{Pitch, Segment};

/// A tone that comes in pulses.
#[derive(Debug)]
pub(super) struct Cadence {
    pub(super) kind: ToneKind,
    /// Its pitches, Hz: one of them, or two together.
    pitch: Pitch,
    /// How far the pitch may lie off, Hz.
    within_hz: f32,
    on_ms: u64,
    off_ms: u64,
}

/// One tone of 400 to 450 Hz: Europe and most of Asia; the British pair of 400 and 450 Hz and the
/// American one of 440 and 480 Hz, which beat and look like one tone in the middle.
const MIDDLE: Pitch = Pitch::Single(440.0);
const AMERICAN: Pitch = Pitch::Pair(480.0, 620.0);

const fn cadence(kind: ToneKind, pitch: Pitch, on_ms: u64, off_ms: u64) -> Cadence {
    let within_hz = match pitch {
        Pitch::Single(_) => 50.0,
        Pitch::Pair(..) => 20.0,
    };
    Cadence { kind, pitch, within_hz, on_ms, off_ms }
}

static CADENCES: [Cadence; 12] = [
    cadence(ToneKind::Busy, AMERICAN, 500, 500),
    cadence(ToneKind::Reorder, AMERICAN, 250, 250),
    // Europe; China 450 Hz; the United Kingdom 400 Hz.
    cadence(ToneKind::Busy, MIDDLE, 500, 500),
    cadence(ToneKind::Reorder, MIDDLE, 250, 250),
    cadence(ToneKind::Reorder, MIDDLE, 200, 200),
    cadence(ToneKind::Busy, MIDDLE, 350, 350),
    cadence(ToneKind::Busy, MIDDLE, 375, 375),
    cadence(ToneKind::Reorder, MIDDLE, 700, 700),
    cadence(ToneKind::Ringback, MIDDLE, 1_000, 4_000),
    cadence(ToneKind::Ringback, MIDDLE, 1_000, 3_000),
    cadence(ToneKind::Ringback, MIDDLE, 2_000, 4_000),
    cadence(ToneKind::Ringback, MIDDLE, 400, 200),
];

/// The longest a rhythm pauses between the pulses of [`CADENCES`], ms, but for ringback.
pub(super) const PAUSE_MAX_MS: u64 = 700;

/// What these two pulses, one after the other, are a part of.
pub(super) fn of_pulses(first: &Segment, second: &Segment) -> Option<ToneKind> {
    let off_ms = second.start_ms.saturating_sub(first.end_ms);
    let near = |cadence: &&Cadence| {
        is_close(first.length_ms(), cadence.on_ms)
            && is_close(second.length_ms(), cadence.on_ms)
            && is_close(off_ms, cadence.off_ms)
            && cadence.pitch.is_near(first.pitch, cadence.within_hz)
            && first.pitch.is_near(second.pitch, 15.0)
    };
    CADENCES.iter().find(near).map(|cadence| cadence.kind)
}

/// Whether a stretch may be a pulse of busy, reorder or ringback.
pub(super) fn may_be_pulse(segment: &Segment) -> bool {
    let near = |cadence: &Cadence| {
        cadence.pitch.is_near(segment.pitch, cadence.within_hz)
            && is_close(segment.length_ms(), cadence.on_ms)
    };
    CADENCES.iter().any(near)
}

/// Within 12 % or 30 ms: exchanges keep to 10 %, and an edge is known to 10 ms.
fn is_close(heard_ms: u64, nominal_ms: u64) -> bool {
    heard_ms.abs_diff(nominal_ms) <= (nominal_ms * 12 / 100).max(30)
}
