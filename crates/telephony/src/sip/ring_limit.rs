//! How long a call that is not answered goes on.

use outcall_campaign::UnixMillis;

/// When to give up a call that is not answered.
///
/// Rules speak of the time that a phone rings (16 CFR 310.4(b)(4)(ii): 15 s or four rings), and a
/// network takes seconds until it does. So the time counts from the first response that says
/// something of the callee's side (180, 183), and from the INVITE only as long as there is none.
pub fn give_up_at(placed_at: UnixMillis, rang_at: Option<UnixMillis>, ring_ms: i64) -> UnixMillis {
    rang_at.unwrap_or(placed_at).max(placed_at) + ring_ms.max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_rings_its_full_time_however_late_it_began() {
        let placed = UnixMillis(1_000);
        assert_eq!(give_up_at(placed, None, 15_000), UnixMillis(16_000));
        assert_eq!(give_up_at(placed, Some(UnixMillis(9_000)), 15_000), UnixMillis(24_000));
        // A clock that was set back takes nothing from it.
        assert_eq!(give_up_at(placed, Some(UnixMillis(0)), 15_000), UnixMillis(16_000));
        assert_eq!(give_up_at(placed, None, i64::MAX), UnixMillis(i64::MAX));
    }
}
