//! Which packet is this: new, seen before, or of another sequence? Numbers wrap at 65,536.

/// A number that leaps forward by more begins another sequence (RFC 3550, appendix A.1:
/// MAX_DROPOUT).
const LEAP_MAX: i16 = 3_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// After all that came so far.
    Newest,
    /// Before the newest, not seen yet.
    Earlier,
    Duplicate,
    /// Too far from the others, and the only one so far.
    Stray,
    /// Too far from the others, and the successor of one that was: another sequence has begun.
    Unrelated,
}

/// The newest number and which of the 63 before it have come.
#[derive(Debug)]
pub(super) struct Window {
    newest: u16,
    /// Bit `n`: the packet `n` before the newest has come.
    seen: u64,
    /// The number that would confirm another sequence, after a packet too far from the others.
    restart_at: Option<u16>,
}

impl Window {
    pub(super) fn new(sequence: u16) -> Self {
        Self { newest: sequence, seen: 1, restart_at: None }
    }

    /// Whether this is the number after the newest.
    pub(super) fn follows(&self, sequence: u16) -> bool {
        self.newest.wrapping_add(1) == sequence
    }

    /// Places a packet and remembers it.
    pub(super) fn order(&mut self, sequence: u16) -> Order {
        let ahead = sequence.wrapping_sub(self.newest) as i16;
        let behind = u32::from(ahead.unsigned_abs());
        if ahead > LEAP_MAX || (ahead < 0 && behind >= u64::BITS) {
            return self.place_unrelated(sequence);
        }
        self.restart_at = None;
        if ahead > 0 {
            self.seen = self.seen.checked_shl(ahead as u32).unwrap_or(0) | 1;
            self.newest = sequence;
            return Order::Newest;
        }
        let bit = 1_u64 << behind;
        if self.seen & bit != 0 {
            return Order::Duplicate;
        }
        self.seen |= bit;
        Order::Earlier
    }

    /// One packet far away may be a stray, for which nothing that waits shall be thrown away; two
    /// in sequence are another sequence (RFC 3550, appendix A.1).
    fn place_unrelated(&mut self, sequence: u16) -> Order {
        let confirmed = self.restart_at == Some(sequence);
        self.restart_at = Some(sequence.wrapping_add(1));
        if confirmed { Order::Unrelated } else { Order::Stray }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_placed_across_the_wrap() {
        let mut window = Window::new(65_534);
        assert_eq!(window.order(65_535), Order::Newest);
        assert_eq!(window.order(2), Order::Newest);
        assert_eq!(window.order(0), Order::Earlier);
        assert_eq!(window.order(0), Order::Duplicate);
        assert_eq!(window.order(65_534), Order::Duplicate);
        assert_eq!(window.order(1), Order::Earlier);
    }

    #[test]
    fn two_packets_in_sequence_after_a_leap_begin_another() {
        let mut window = Window::new(1_000);
        assert_eq!(window.order(4_000), Order::Newest);
        assert_eq!(window.order(3_936), Order::Stray, "the window holds 63 before the newest");
        assert_eq!(window.order(7_001), Order::Stray);
        assert_eq!(window.order(36_768), Order::Stray, "half of the numbers away");
        assert_eq!(window.order(36_769), Order::Unrelated);
        assert_eq!(window.order(36_770), Order::Unrelated, "until one begins anew with it");
        let mut window = Window::new(1_000);
        assert_eq!(window.order(9_000), Order::Stray);
        assert_eq!(window.order(1_001), Order::Newest);
        assert_eq!(window.order(9_001), Order::Stray, "one in between was of the old sequence");
    }
}
