//! Parts of the day, so that a person who is never at home in the morning is tried in the evening.

use jiff::tz::TimeZone;

use crate::{CallingCalendar, UnixMillis, ZoneSet};

/// How far ahead another part of the day is looked for: a week, in ms.
const SEARCH_MS: i64 = 7 * 24 * 3_600_000;

/// A part of the local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daypart {
    /// Before 12:00.
    Morning,
    /// From 12:00, before 17:00.
    Afternoon,
    /// From 17:00.
    Evening,
}

impl Daypart {
    /// The part of the day in a zone at an instant.
    pub fn at(zone: &TimeZone, at: UnixMillis) -> Self {
        match zone.to_datetime(at.to_jiff()).hour() {
            ..12 => Self::Morning,
            12..17 => Self::Afternoon,
            17.. => Self::Evening,
        }
    }
}

/// The first instant not before `earliest` that is open and in another part of the day than
/// `last` was; none when there is none within a week, as for a window of mornings only.
///
/// A contact with several zones is judged by the first one.
pub(super) fn next_open_in_other(
    calendar: &CallingCalendar,
    zones: &ZoneSet,
    last: UnixMillis,
    earliest: UnixMillis,
) -> Option<UnixMillis> {
    let zone = zones.zones().first()?;
    let avoided = Daypart::at(zone, last);
    let mut at = earliest;
    while at < earliest + SEARCH_MS {
        at = calendar.next_open(zones, at)?;
        if Daypart::at(zone, at) != avoided {
            return Some(at);
        }
        at = end_of_daypart(zone, at)?;
    }
    None
}

/// The first instant after `at` at which another part of the day may begin.
fn end_of_daypart(zone: &TimeZone, at: UnixMillis) -> Option<UnixMillis> {
    let date = zone.to_datetime(at.to_jiff()).date();
    let end = match Daypart::at(zone, at) {
        Daypart::Morning => date.at(12, 0, 0, 0),
        Daypart::Afternoon => date.at(17, 0, 0, 0),
        Daypart::Evening => date.tomorrow().ok()?.at(0, 0, 0, 0),
    };
    let end = UnixMillis::from_jiff(end.to_zoned(zone.clone()).ok()?.timestamp());
    // Clocks that go back over the boundary would lead to where we are: take the next minute.
    Some(end.max(at + 60_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_three_parts() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        let part = |text: &str| Daypart::at(&zone, UnixMillis::from_jiff(text.parse().unwrap()));
        assert_eq!(part("2026-01-15T06:29:59Z"), Daypart::Morning);
        assert_eq!(part("2026-01-15T06:30:00Z"), Daypart::Afternoon);
        assert_eq!(part("2026-01-15T11:30:00Z"), Daypart::Evening);
        assert_eq!(part("2026-01-15T18:30:00Z"), Daypart::Morning);
    }
}
