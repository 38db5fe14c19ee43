//! Whether a figure that is read again and again stays where it is.

/// By how much the median of the last tenth is above that of the second tenth; the first is left
/// out, since caches fill then. None with less than ten readings.
pub(super) fn growth(readings: &[f64]) -> Option<f64> {
    let tenth = readings.len() / 10;
    let second = median(readings.get(tenth..2 * tenth)?)?;
    let last = median(readings.get(readings.len() - tenth..)?)?;
    Some(last - second)
}

fn median(readings: &[f64]) -> Option<f64> {
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
}
