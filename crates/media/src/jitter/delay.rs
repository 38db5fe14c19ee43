//! How much later than the fastest packet do packets come?

/// The fastest delay may have been luck, or the clocks drift: it is forgotten at 1 sample in so
/// many packets (at 50 a second, 125 us/s; crystals drift by less than 100).
const BASE_RISES_AFTER: u32 = 50;
/// The peak falls by this part of its height at each packet: by half in about 7 s of 20 ms packets.
const PEAK_FALLS_BY: u32 = 512;
/// Delays less than this are the shard's own lateness and not worth a packet's depth: 5 ms.
const IGNORED: u32 = 40;
/// The depth moves in steps of 10 ms.
const STEP: u32 = 80;

/// The spread of the delay of one stream, in samples of 1/8 ms.
#[derive(Debug, Default)]
pub(super) struct Delay {
    /// The least transit (arrival less timestamp) that was seen. Only differences mean anything.
    base: u32,
    /// The peak above the base, in 1/256 sample so that it can fall slowly.
    peak_scaled: u32,
    packets: u32,
}

impl Delay {
    /// A new source: a new base, but the network's peak stays.
    pub(super) fn restart(&mut self, timestamp: u32, arrival: u32) {
        self.base = arrival.wrapping_sub(timestamp);
        self.packets = 0;
    }

    pub(super) fn observe(&mut self, timestamp: u32, arrival: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        self.packets += 1;
        if self.packets.is_multiple_of(BASE_RISES_AFTER) {
            self.base = self.base.wrapping_add(1);
        }
        let above = transit.wrapping_sub(self.base) as i32;
        if above < 0 {
            self.base = transit;
        }
        // A second is more than any buffer waits, and keeps the scaled figure in its type.
        let above = (above.max(0) as u32).min(8_000) << 8;
        self.peak_scaled -= self.peak_scaled / PEAK_FALLS_BY;
        self.peak_scaled = self.peak_scaled.max(above);
    }

    /// The peak in whole steps of 10 ms, in samples.
    pub(super) fn peak(&self) -> u32 {
        let peak = self.peak_scaled >> 8;
        if peak < IGNORED { 0 } else { peak.div_ceil(STEP) * STEP }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_rises_at_once_and_falls_slowly() {
        let mut delay = Delay::default();
        delay.restart(1_000, 50);
        for packet in 1..=100 {
            delay.observe(1_000 + packet * 160, 50 + packet * 160);
        }
        assert_eq!(delay.peak(), 0);
        delay.observe(1_000 + 101 * 160, 50 + 101 * 160 + 400);
        assert_eq!(delay.peak(), 400);
        for packet in 102..500 {
            delay.observe(1_000 + packet * 160, 50 + packet * 160);
        }
        assert!((160..400).contains(&delay.peak()), "{}", delay.peak());
        for packet in 500..2_000 {
            delay.observe(1_000 + packet * 160, 50 + packet * 160);
        }
        assert_eq!(delay.peak(), 0);
    }

    #[test]
    fn clocks_that_wrap_or_drift_are_no_delay() {
        let mut delay = Delay::default();
        let (start, from) = (u32::MAX - 300, u32::MAX - 5_000);
        delay.restart(start, from);
        for packet in 1..10_000_u32 {
            let drift = packet * 16 / 1_000; // 100 us/s
            delay.observe(
                start.wrapping_add(packet * 160),
                from.wrapping_add(packet * 160).wrapping_add(drift),
            );
        }
        assert_eq!(delay.peak(), 0);
    }
}
