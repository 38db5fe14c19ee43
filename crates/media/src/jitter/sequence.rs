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
    /// Too far from the others.
    Unrelated,
}

/// The newest number and which of the 63 before it have come.
#[derive(Debug)]
pub(super) struct Window {
    newest: u16,
    /// Bit `n`: the packet `n` before the newest has come.
    seen: u64,
}

impl Window {
    pub(super) fn new(sequence: u16) -> Self {
        Self { newest: sequence, seen: 1 }
    }

    /// Whether this is the number after the newest.
    pub(super) fn follows(&self, sequence: u16) -> bool {
        self.newest.wrapping_add(1) == sequence
    }

    /// Places a packet and remembers it.
    pub(super) fn order(&mut self, sequence: u16) -> Order {
        let ahead = sequence.wrapping_sub(self.newest) as i16;
        if ahead > LEAP_MAX {
            return Order::Unrelated;
        }
        if ahead > 0 {
            self.seen = self.seen.checked_shl(ahead as u32).unwrap_or(0) | 1;
            self.newest = sequence;
            return Order::Newest;
        }
        let behind = u32::from(ahead.unsigned_abs());
        if behind >= u64::BITS {
            return Order::Unrelated;
        }
        let bit = 1_u64 << behind;
        if self.seen & bit != 0 {
            return Order::Duplicate;
        }
        self.seen |= bit;
        Order::Earlier
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
    fn a_leap_begins_another_sequence() {
        let mut window = Window::new(1_000);
        assert_eq!(window.order(4_000), Order::Newest);
        assert_eq!(window.order(3_900), Order::Unrelated);
        assert_eq!(window.order(7_001), Order::Unrelated);
        assert_eq!(window.order(36_768), Order::Unrelated, "half of the numbers away");
    }
}
