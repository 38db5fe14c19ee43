//! How many stretches of sound there are, and how long they last in all.

use super::{DIGIT_S, DIGIT_SPREAD_S, DURATION_COST, SEGMENT_COST, SEGMENTS_MAX};

/// Samples of 10 ms at 8 kHz.
const FRAME: usize = 80;
/// Sound is within so many decibels of the loudest ...
const BELOW_LOUDEST_DB: f32 = 30.0;
/// ... and so many above the line's noise.
const ABOVE_NOISE_DB: f32 = 6.0;
/// Stretches with fewer frames between them are one.
const JOIN: usize = 5;
/// Stretches of fewer frames are none.
const SHORTEST: usize = 10;
/// A frame of 20 ms is speech when it has so much of the loudest one's power.
const ACTIVE: f32 = 1e-3;

/// What a recording of digits looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segments {
    count: usize,
    /// From the first speech to the last, in seconds.
    duration_s: f32,
}

impl Segments {
    /// Of samples of 8 kHz.
    pub(super) fn of(samples: &[i16]) -> Self {
        Self { count: count(samples), duration_s: duration_s(samples) }
    }

    /// What it costs to hear so many digits in it, in nats.
    pub(super) fn cost(self, digits: usize) -> f32 {
        let off = (digits as f32 - self.count as f32).abs().min(SEGMENTS_MAX);
        let each_s = self.duration_s / digits.max(1) as f32;
        let stretch = (each_s - DIGIT_S) / DIGIT_SPREAD_S;
        SEGMENT_COST * off + DURATION_COST * stretch * stretch
    }
}

fn power(frame: &[i16]) -> f32 {
    frame.iter().map(|&sample| f32::from(sample).powi(2)).sum::<f32>() / frame.len().max(1) as f32
}

fn duration_s(samples: &[i16]) -> f32 {
    let powers: Vec<f32> = samples.chunks_exact(2 * FRAME).map(power).collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    let active = |power: &f32| *power > loudest * ACTIVE;
    let (Some(first), Some(last)) =
        (powers.iter().position(active), powers.iter().rposition(active))
    else {
        return 0.0;
    };
    (last - first + 1) as f32 * 0.02
}

fn count(samples: &[i16]) -> usize {
    let levels: Vec<f32> =
        samples.chunks_exact(FRAME).map(|frame| 10.0 * (power(frame) + 1.0).log10()).collect();
    let at = |place: Option<usize>| place.and_then(|place| levels.get(place)).copied();
    let smooth: Vec<f32> = (0..levels.len())
        .map(|n| {
            let around = [at(n.checked_sub(1)), at(Some(n)), at(Some(n + 1))];
            around.map(Option::unwrap_or_default).iter().sum::<f32>() / 3.0
        })
        .collect();
    let mut sorted = smooth.clone();
    sorted.sort_by(f32::total_cmp);
    let (Some(noise), Some(loudest)) = (sorted.get(sorted.len() / 10), sorted.last()) else {
        return 0;
    };
    let threshold = (loudest - BELOW_LOUDEST_DB).max(noise + ABOVE_NOISE_DB);
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for place in (0..smooth.len()).filter(|&place| smooth[place] > threshold) {
        match stretches.last_mut() {
            Some((_, end)) if place - *end < JOIN => *end = place + 1,
            _ => stretches.push((place, place + 1)),
        }
    }
    stretches.iter().filter(|(start, end)| end - start >= SHORTEST).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bursts of 300 ms with gaps.
    fn bursts(count: usize, gap_ms: usize) -> Vec<i16> {
        let mut samples = vec![0; 1_600];
        for _ in 0..count {
            samples.extend((0..2_400).map(|n| ((f64::from(n) * 0.4).sin() * 6_000.0) as i16));
            samples.extend(vec![0; gap_ms * 8]);
        }
        samples.extend(vec![0; 1_600]);
        samples
    }

    #[test]
    fn stretches_are_counted_when_the_gaps_between_them_are_long_enough() {
        let segments = Segments::of(&bursts(6, 100));
        assert_eq!(segments.count, 6);
        assert!((segments.duration_s - 2.3).abs() < 0.05, "{segments:?}");
        assert_eq!(Segments::of(&bursts(6, 10)).count, 1);
        assert_eq!(Segments::of(&[]), Segments { count: 0, duration_s: 0.0 });
    }

    #[test]
    fn the_number_of_digits_that_fits_costs_least() {
        let segments = Segments::of(&bursts(6, 150));
        let cheapest =
            (1..12).min_by(|&left, &right| segments.cost(left).total_cmp(&segments.cost(right)));
        assert_eq!(cheapest, Some(6));
    }
}
