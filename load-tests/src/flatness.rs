//! Whether a figure that is read again and again stays where it is.

/// By how much the median of the last tenth is above that of the second tenth; the first is left
/// out, since caches fill then. None with less than ten readings.
pub(crate) fn growth(readings: &[f64]) -> Option<f64> {
    let tenth = readings.len() / 10;
    let second = median(readings.get(tenth..2 * tenth)?)?;
    let last = median(readings.get(readings.len() - tenth..)?)?;
    Some(last - second)
}

/// How much a figure rises with each unit of `at`, by least squares. None with less than two
/// readings, or when all are at one place.
pub(crate) fn slope(at: &[f64], readings: &[f64]) -> Option<f64> {
    let count = at.len().min(readings.len());
    let mean = |values: &[f64]| values[..count].iter().sum::<f64>() / count.max(1) as f64;
    let (mean_at, mean_reading) = (mean(at), mean(readings));
    let spread: f64 = at[..count].iter().map(|at| (at - mean_at).powi(2)).sum();
    let both = at.iter().zip(readings).map(|(at, it)| (at - mean_at) * (it - mean_reading));
    let both: f64 = both.sum();
    (spread > 0.0).then(|| both / spread)
}

pub(crate) fn median(readings: &[f64]) -> Option<f64> {
    let mut sorted = readings.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_and_a_spike_are_no_growth_and_a_slope_is() {
        let mut readings = vec![5.0; 100];
        readings[..8].fill(1.0);
        readings[95] = 1_000.0;
        assert_eq!(growth(&readings), Some(0.0));
        let slope: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(growth(&slope), Some(80.0));
        assert_eq!(growth(&slope[..9]), None);
    }

    #[test]
    fn a_slope_is_that_of_the_line_through_noise_and_none_of_a_single_place() {
        let at: Vec<f64> = (0..100).map(|nth| f64::from(nth) * 0.5).collect();
        let noise = |nth: usize| if nth.is_multiple_of(2) { 1.0 } else { -1.0 };
        let line: Vec<f64> =
            at.iter().enumerate().map(|(nth, at)| 40.0 + 3.0 * at + noise(nth)).collect();
        let found = slope(&at, &line).unwrap();
        assert!((found - 3.0).abs() < 0.01, "{found}");
        assert_eq!(slope(&[], &[]), None);
        assert_eq!(slope(&[1.0, 1.0], &[1.0, 2.0]), None);
    }
}
