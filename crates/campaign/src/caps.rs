//! How often a person may be called.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{UnixMillis, ZoneSet};

const HOUR_MS: i64 = 3_600_000;

/// A bound on the attempts to one person: at most `max` within `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptCap {
    /// The most attempts that may lie within the window. 0 forbids every call.
    pub max: u32,
    /// The stretch of time in which attempts are counted.
    pub window: CapWindow,
}

/// The stretch of time in which attempts are counted. Its text is `24h`, `7d` or `local-day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CapWindow {
    /// The last `ms` milliseconds before the call.
    Rolling {
        /// Its length.
        ms: i64,
    },
    /// The calendar day of the called person.
    LocalDay,
}

/// A text that is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a window: write hours such as 24h, days such as 7d (366d at most), or local-day"
)]
pub struct InvalidWindow(pub String);

impl FromStr for CapWindow {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidWindow(text.to_owned());
        if text == "local-day" {
            return Ok(Self::LocalDay);
        }
        let (number, unit_ms) = match (text.strip_suffix('h'), text.strip_suffix('d')) {
            (Some(hours), _) => (hours, HOUR_MS),
            (_, Some(days)) => (days, 24 * HOUR_MS),
            (None, None) => return Err(invalid()),
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let ms = number.parse::<u16>().map_err(|_| invalid())?;
        let ms = i64::from(ms) * unit_ms;
        (1..=366 * 24 * HOUR_MS).contains(&ms).then_some(Self::Rolling { ms }).ok_or_else(invalid)
    }
}

impl fmt::Display for CapWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LocalDay => f.write_str("local-day"),
            Self::Rolling { ms } if ms % (24 * HOUR_MS) == 0 => {
                write!(f, "{}d", ms / (24 * HOUR_MS))
            }
            Self::Rolling { ms } => write!(f, "{}h", ms / HOUR_MS),
        }
    }
}

impl TryFrom<String> for CapWindow {
    type Error = InvalidWindow;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CapWindow> for String {
    fn from(window: CapWindow) -> Self {
        window.to_string()
    }
}

/// A cap that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapHit {
    /// Which one; of several, the one that frees last.
    pub cap: AttemptCap,
    /// When it admits a further attempt, if none is made until then. With several zones, or when
    /// clocks go back at midnight, ask again then.
    pub frees_at: UnixMillis,
}

/// Whether one more attempt at `now` keeps every cap.
///
/// `history` holds the instants of the earlier attempts that count, ascending. An attempt after
/// `now` (the clock was set back) counts as well. Of several zones each has its own local day, and
/// all of them must admit the attempt.
///
/// # Errors
/// When a cap is reached.
pub fn check_caps(
    caps: &[AttemptCap],
    history: &[UnixMillis],
    zones: &ZoneSet,
    now: UnixMillis,
) -> Result<(), CapHit> {
    let hits = caps.iter().filter_map(|&cap| {
        let frees_at = match cap.window {
            CapWindow::Rolling { ms } => rolling_frees_at(cap.max, ms, history, now),
            CapWindow::LocalDay => zones
                .zones()
                .iter()
                .filter_map(|zone| local_day_frees_at(cap.max, zone, history, now))
                .max(),
        };
        frees_at.map(|frees_at| CapHit { cap, frees_at })
    });
    hits.max_by_key(|hit| hit.frees_at).map_or(Ok(()), Err)
}

fn rolling_frees_at(
    max: u32,
    ms: i64,
    history: &[UnixMillis],
    now: UnixMillis,
) -> Option<UnixMillis> {
    let Some(nth_last) = max.checked_sub(1) else {
        return Some(UnixMillis(i64::MAX));
    };
    // There is room again as soon as the max-th last attempt has left the window.
    let blocking = history.iter().rev().nth(nth_last as usize)?;
    let frees_at = *blocking + ms;
    (frees_at > now).then_some(frees_at)
}

fn local_day_frees_at(
    max: u32,
    zone: &TimeZone,
    history: &[UnixMillis],
    now: UnixMillis,
) -> Option<UnixMillis> {
    let Some(nth_last) = max.checked_sub(1) else {
        return Some(UnixMillis(i64::MAX));
    };
    let blocking = *history.iter().rev().nth(nth_last as usize)?;
    let today = zone.to_datetime(now.to_jiff()).date();
    if zone.to_datetime(blocking.to_jiff()).date() < today {
        return None;
    }
    let tomorrow = zone.to_datetime(now.max(blocking).to_jiff()).date().tomorrow().ok();
    let start = tomorrow.and_then(|date| date.to_zoned(zone.clone()).ok());
    Some(start.map_or(UnixMillis(i64::MAX), |start| UnixMillis::from_jiff(start.timestamp())))
}

/// How far back from now the history of a person must reach for [`check_caps`], in ms; 0 when
/// there is no cap.
///
/// A local day counts as 48 hours. It has 25 where summer time ends, 26 where that moves clocks by
/// two hours (Antarctica/Troll), and a whole day comes twice where a country crosses the date line.
/// Several zones do not add up, since each looks at its own day.
pub fn longest_window_ms(caps: &[AttemptCap]) -> i64 {
    let length_ms = |cap: &AttemptCap| match cap.window {
        CapWindow::Rolling { ms } => ms,
        CapWindow::LocalDay => 48 * HOUR_MS,
    };
    caps.iter().map(length_ms).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis::from_jiff(text.parse().unwrap())
    }

    fn cap(max: u32, window: &str) -> AttemptCap {
        AttemptCap { max, window: window.parse().unwrap() }
    }

    fn frees_at(
        caps: &[AttemptCap],
        history: &[&str],
        zones: &str,
        now: &str,
    ) -> Option<UnixMillis> {
        let history: Vec<_> = history.iter().map(|text| at(text)).collect();
        let zones = ZoneSet::parse(zones).unwrap();
        check_caps(caps, &history, &zones, at(now)).err().map(|hit| hit.frees_at)
    }

    #[test]
    fn a_window_reads_back_and_anything_else_is_refused() {
        for text in ["1h", "36h", "1d", "7d", "366d", "local-day"] {
            assert_eq!(text.parse::<CapWindow>().unwrap().to_string(), text);
        }
        assert_eq!("24h".parse::<CapWindow>(), "1d".parse());
        for text in ["", "0h", "24", "h", "-1h", "+1h", "367d", "70000h", "1.5h", "day"] {
            assert!(text.parse::<CapWindow>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_rolling_cap_frees_when_the_oldest_attempt_leaves_the_window() {
        let caps = [cap(2, "24h")];
        let history = ["2026-01-14T10:00:00Z", "2026-01-15T09:00:00Z"];
        let when = |now| frees_at(&caps, &history, "UTC", now);
        assert_eq!(when("2026-01-15T09:59:59.999Z"), Some(at("2026-01-15T10:00:00Z")));
        assert_eq!(when("2026-01-15T10:00:00Z"), None);
    }

    #[test]
    fn the_cap_that_frees_last_is_reported() {
        let caps = [cap(1, "24h"), cap(2, "7d"), cap(3, "1h")];
        let history = ["2026-01-14T10:00:00Z", "2026-01-15T09:00:00Z"];
        let zones = ZoneSet::parse("UTC").unwrap();
        let history = history.map(at);
        let hit = check_caps(&caps, &history, &zones, at("2026-01-15T10:00:00Z")).unwrap_err();
        assert_eq!(hit, CapHit { cap: cap(2, "7d"), frees_at: at("2026-01-21T10:00:00Z") });
    }

    #[test]
    fn a_local_day_ends_at_midnight_of_the_contact_and_in_every_zone() {
        let caps = [cap(1, "local-day")];
        let history = ["2026-01-15T20:00:00Z"];
        let now = "2026-01-16T05:30:00Z";
        assert_eq!(frees_at(&caps, &history, "America/New_York", now), None);
        let both = "America/New_York|America/Los_Angeles";
        assert_eq!(frees_at(&caps, &history, both, now), Some(at("2026-01-16T08:00:00Z")));
    }

    #[test]
    fn a_local_day_may_have_twenty_five_hours() {
        // Summer time ends in London on 2026-10-25.
        let caps = [cap(1, "local-day")];
        let history = ["2026-10-24T23:00:00Z"];
        assert_eq!(
            frees_at(&caps, &history, "Europe/London", "2026-10-25T23:59:59Z"),
            Some(at("2026-10-26T00:00:00Z"))
        );
        assert_eq!(frees_at(&caps, &history, "Europe/London", "2026-10-26T00:00:00Z"), None);
    }

    #[test]
    fn attempts_in_the_future_count_and_a_maximum_of_none_is_for_good() {
        let history = ["2026-01-15T12:00:00Z"];
        let now = "2026-01-14T12:00:00Z";
        let when = |caps: &[AttemptCap]| frees_at(caps, &history, "UTC", now);
        assert_eq!(when(&[cap(1, "1h")]), Some(at("2026-01-15T13:00:00Z")));
        assert_eq!(when(&[cap(1, "local-day")]), Some(at("2026-01-16T00:00:00Z")));
        assert_eq!(when(&[cap(0, "1h")]), Some(UnixMillis(i64::MAX)));
        assert_eq!(frees_at(&[cap(0, "local-day")], &[], "UTC", now), Some(UnixMillis(i64::MAX)));
        assert_eq!(when(&[]), None);
    }

    #[test]
    fn the_history_reaches_back_as_far_as_the_longest_window() {
        assert_eq!(longest_window_ms(&[]), 0);
        assert_eq!(longest_window_ms(&[cap(1, "72h"), cap(1, "24h")]), 72 * HOUR_MS);
        assert_eq!(longest_window_ms(&[cap(1, "local-day"), cap(1, "24h")]), 48 * HOUR_MS);
    }

    fn any_cap() -> impl Strategy<Value = AttemptCap> {
        let windows = vec!["1h", "24h", "7d", "local-day"];
        (1u32..5, prop::sample::select(windows)).prop_map(|(max, window)| cap(max, window))
    }

    proptest! {
        #[test]
        fn attempts_made_when_the_check_says_so_never_exceed_a_cap(
            caps in prop::collection::vec(any_cap(), 1..4),
            waits_ms in prop::collection::vec(0i64..10 * HOUR_MS, 1..60),
        ) {
            let zones = ZoneSet::parse("Europe/London|Antarctica/Troll").unwrap();
            let mut now = at("2026-10-20T00:00:00Z");
            let mut made: Vec<UnixMillis> = Vec::new();
            for wait_ms in waits_ms {
                now = now + wait_ms;
                let since = now - longest_window_ms(&caps);
                let recent: Vec<_> = made.iter().copied().filter(|&at| at > since).collect();
                let verdict = check_caps(&caps, &made, &zones, now);
                prop_assert_eq!(check_caps(&caps, &recent, &zones, now), verdict);
                if let Err(hit) = verdict {
                    prop_assert!(hit.frees_at > now);
                    prop_assert!(check_caps(&caps, &made, &zones, hit.frees_at - 1).is_err());
                    prop_assert_eq!(check_caps(&caps, &made, &zones, hit.frees_at), Ok(()));
                    now = hit.frees_at;
                }
                made.push(now);
                for cap in &caps {
                    let count = |same: &dyn Fn(UnixMillis) -> bool| {
                        made.iter().filter(|&&at| same(at)).count()
                    };
                    match cap.window {
                        CapWindow::Rolling { ms } => {
                            prop_assert!(count(&|at| at > now - ms) <= cap.max as usize);
                        }
                        CapWindow::LocalDay => for zone in zones.zones() {
                            let day = |at: UnixMillis| zone.to_datetime(at.to_jiff()).date();
                            prop_assert!(count(&|at| day(at) == day(now)) <= cap.max as usize);
                        },
                    }
                }
            }
        }
    }
}
