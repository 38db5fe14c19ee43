//! When a session is refreshed, and when it has died (RFC 4028). Pure.

/// The smallest interval that a session may have, in s (RFC 4028, 4).
pub const MIN_INTERVAL_S: u32 = 90;

/// The largest interval that is followed, in s: a day. What is larger means "never" in practice.
pub(crate) const MAX_INTERVAL_S: u32 = 86_400;

/// Who refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent the request that the value stands in, or that was answered with it.
    Uac,
    /// Who answered.
    Uas,
}

/// A Session-Expires value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// The interval in s.
    pub interval_s: u32,
    /// Who refreshes, when it says so.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// Reads `1800;refresher=uas`. `None` when it cannot be read.
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split(';').map(str::trim);
        let interval_s: u32 = parts.next()?.parse().ok()?;
        let refresher = parts.find_map(|part| {
            let (name, who) = part.split_once('=')?;
            if !name.trim().eq_ignore_ascii_case("refresher") {
                return None;
            }
            match who.trim() {
                who if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
                who if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
                _ => None,
            }
        });
        Some(Self { interval_s: interval_s.min(MAX_INTERVAL_S), refresher })
    }
}

impl std::fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.interval_s)?;
        match self.refresher {
            Some(Refresher::Uac) => f.write_str(";refresher=uac"),
            Some(Refresher::Uas) => f.write_str(";refresher=uas"),
            None => Ok(()),
        }
    }
}

/// What was agreed on for a session, seen from our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    /// The interval in s.
    pub interval_s: u32,
    /// Whether we refresh.
    pub ours: bool,
}

impl SessionTimer {
    /// What a 2xx to our request agrees on; nothing when it names no interval.
    pub fn of_answer(value: Option<&str>) -> Option<Self> {
        let agreed = SessionExpires::parse(value?)?;
        // Without a word on who refreshes, whoever asked for the timer does.
        let ours = agreed.refresher != Some(Refresher::Uas);
        Some(Self { interval_s: agreed.interval_s.max(MIN_INTERVAL_S), ours })
    }

    /// What we agree to when the peer's request asks for it. The peer refreshes unless it wants us
    /// to.
    pub fn of_request(value: Option<&str>) -> Option<Self> {
        let asked = SessionExpires::parse(value?)?;
        let ours = asked.refresher == Some(Refresher::Uas);
        Some(Self { interval_s: asked.interval_s.max(MIN_INTERVAL_S), ours })
    }

    /// The value for our 2xx.
    pub fn answer(self) -> SessionExpires {
        let refresher = if self.ours { Refresher::Uas } else { Refresher::Uac };
        SessionExpires { interval_s: self.interval_s, refresher: Some(refresher) }
    }

    /// How long after the last refresh something is due, in ms: our refresh at half of the
    /// interval, or the end of the session when the peer's has not come (RFC 4028, 10).
    pub fn due_ms(self) -> u64 {
        let interval_ms = u64::from(self.interval_s) * 1_000;
        if self.ours { interval_ms / 2 } else { interval_ms - (interval_ms / 3).min(32_000) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_and_written() {
        let read = SessionExpires::parse("1800 ; refresher=UAS").unwrap();
        assert_eq!(read, SessionExpires { interval_s: 1800, refresher: Some(Refresher::Uas) });
        assert_eq!(read.to_string(), "1800;refresher=uas");
        assert_eq!(SessionExpires::parse("90").unwrap().to_string(), "90");
        assert_eq!(SessionExpires::parse("soon"), None);
    }

    #[test]
    fn we_refresh_at_half_of_the_interval_unless_the_peer_does() {
        let ours = SessionTimer::of_answer(Some("1800;refresher=uac")).unwrap();
        assert_eq!((ours.ours, ours.due_ms()), (true, 900_000));
        let theirs = SessionTimer::of_answer(Some("1800;refresher=uas")).unwrap();
        assert_eq!((theirs.ours, theirs.due_ms()), (false, 1_768_000));
        assert_eq!(SessionTimer::of_answer(None), None);
    }

    #[test]
    fn a_peer_that_asks_for_a_timer_keeps_it_itself() {
        let agreed = SessionTimer::of_request(Some("300")).unwrap();
        assert_eq!(
            (agreed.ours, agreed.answer().to_string().as_str()),
            (false, "300;refresher=uac")
        );
        assert!(SessionTimer::of_request(Some("300;refresher=uas")).unwrap().ours);
    }

    #[test]
    fn an_interval_below_the_minimum_is_raised_to_it() {
        assert_eq!(SessionTimer::of_request(Some("1")).unwrap().interval_s, MIN_INTERVAL_S);
        assert_eq!(SessionTimer::of_request(Some("90")).unwrap().due_ms(), 60_000);
    }
}
