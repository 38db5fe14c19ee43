//! Calling windows: the open hours of a person's local time, as instants.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{Holidays, UnixMillis, WeeklyHours, ZoneSet};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How far ahead a calendar is searched: a whole year and its holidays fit.
pub const HORIZON_MS: i64 = 400 * DAY_MS;

/// The open hours of a week, less the holidays, in the local time of the called person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The open hours of each weekday.
    pub hours: WeeklyHours,
    /// Days that are closed whatever the hours say.
    #[serde(default)]
    pub holidays: Holidays,
}

impl Calendar {
    /// Open at every instant.
    pub fn always() -> Self {
        Self { hours: WeeklyHours::always(), holidays: Holidays::default() }
    }

    fn is_always(&self) -> bool {
        self.holidays.is_empty() && self.hours.is_always()
    }

    /// Whether local time `day` (since 1970-01-01), `time_ms` (since its midnight) is open, and up
    /// to which time of that day, at most midnight, it stays so.
    fn at(&self, day: i64, time_ms: i64) -> (bool, i64) {
        if !self.holidays.is_empty() && self.is_holiday(day) {
            return (false, DAY_MS);
        }
        // 1970-01-01 was a Thursday.
        let weekday = (day + 3).rem_euclid(7) as usize;
        for range in self.hours.day(weekday).ranges() {
            let start_ms = i64::from(range.start_min()) * MINUTE_MS;
            let end_ms = i64::from(range.end_min()) * MINUTE_MS;
            if time_ms < start_ms {
                return (false, start_ms);
            }
            if time_ms < end_ms {
                return (true, end_ms);
            }
        }
        (false, DAY_MS)
    }

    fn is_holiday(&self, day: i64) -> bool {
        let date = i32::try_from(day).ok().and_then(|day| {
            Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(day)).ok()
        });
        date.is_some_and(|date| self.holidays.contains(date))
    }

    /// Whether `zone` is open at `at`, and an instant after `at` before which that cannot change.
    fn step(&self, zone: &TimeZone, at: UnixMillis) -> (bool, UnixMillis) {
        let timestamp = at.to_jiff();
        let local_ms = at.0.saturating_add(i64::from(zone.to_offset(timestamp).seconds()) * 1_000);
        let (day, time_ms) = (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS));
        let (open, boundary_ms) = self.at(day, time_ms);
        let by_calendar = at + (boundary_ms - time_ms);
        // Clocks may be moved before the boundary is reached; what holds then must be looked up.
        let by_clock_change = zone
            .following(timestamp)
            .next()
            .map(|transition| UnixMillis::from_jiff(transition.timestamp()))
            .filter(|&moved| at < moved && moved < by_calendar);
        (open, by_clock_change.unwrap_or(by_calendar))
    }

    /// The first instant after `at`, and not after `limit`, at which `zone` is no longer as `open`
    /// says; `limit` when it stays so.
    fn next_change(
        &self,
        zone: &TimeZone,
        at: UnixMillis,
        open: bool,
        limit: UnixMillis,
    ) -> UnixMillis {
        if self.is_always() {
            return limit;
        }
        let mut at = at;
        while at < limit {
            let (is_open, unchanged_until) = self.step(zone, at);
            if is_open != open {
                return at;
            }
            at = unchanged_until;
        }
        limit
    }
}

/// Whether a contact may be called now, and when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowStatus {
    /// A call is legal from now until, and not at, this instant.
    Open {
        /// When the window closes; 400 days from now when it stays open for longer.
        until: UnixMillis,
    },
    /// No call is legal now.
    Closed {
        /// The next instant at which one is; none when nothing opens within 400 days.
        opens_at: Option<UnixMillis>,
    },
}

/// Calendars that must all be open, in all zones of a contact: first what the law of the place
/// says, then what the campaign wishes. A further layer can only narrow the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingCalendar {
    layers: Vec<Calendar>,
}

impl CallingCalendar {
    /// The intersection of these calendars; always open when there is none.
    pub fn new(layers: impl IntoIterator<Item = Calendar>) -> Self {
        Self { layers: layers.into_iter().collect() }
    }

    /// Whether a contact in all of these zones may be called at `now`, and when that changes.
    pub fn status(&self, zones: &ZoneSet, now: UnixMillis) -> WindowStatus {
        let horizon = now + HORIZON_MS;
        if self.is_open(zones, now) {
            let mut until = horizon;
            for (layer, zone) in self.parts(zones) {
                until = layer.next_change(zone, now, true, until);
            }
            return WindowStatus::Open { until };
        }
        WindowStatus::Closed { opens_at: self.opening(zones, now, horizon) }
    }

    /// Whether a contact in all of these zones may be called at `now`.
    pub fn is_open(&self, zones: &ZoneSet, now: UnixMillis) -> bool {
        self.parts(zones).all(|(layer, zone)| layer.is_always() || layer.step(zone, now).0)
    }

    /// The first legal instant at or after `at`; none when nothing opens within 400 days.
    pub fn next_open(&self, zones: &ZoneSet, at: UnixMillis) -> Option<UnixMillis> {
        self.opening(zones, at, at + HORIZON_MS)
    }

    /// The first legal instant of a window other than the one that is open at `at`, if one is;
    /// none when the window does not close, or nothing opens, within 400 days.
    pub fn next_window(&self, zones: &ZoneSet, at: UnixMillis) -> Option<UnixMillis> {
        match self.status(zones, at) {
            WindowStatus::Open { until } if until < at + HORIZON_MS => self.next_open(zones, until),
            WindowStatus::Open { .. } => None,
            WindowStatus::Closed { opens_at } => opens_at,
        }
    }

    fn opening(&self, zones: &ZoneSet, at: UnixMillis, limit: UnixMillis) -> Option<UnixMillis> {
        let mut at = at;
        while at < limit {
            let before = at;
            for (layer, zone) in self.parts(zones) {
                if !layer.is_always() {
                    at = layer.next_change(zone, at, false, limit);
                }
            }
            if at == before {
                return Some(at);
            }
        }
        None
    }

    fn parts<'a>(
        &'a self,
        zones: &'a ZoneSet,
    ) -> impl Iterator<Item = (&'a Calendar, &'a TimeZone)> {
        self.layers.iter().flat_map(|layer| zones.zones().iter().map(move |zone| (layer, zone)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::LocalRange;

    fn calendar(text: &str) -> Calendar {
        toml::from_str(text).unwrap()
    }

    fn daily(ranges: &str) -> Calendar {
        let ranges: Vec<LocalRange> =
            ranges.split(',').map(|range| range.trim().parse().unwrap()).collect();
        let hours = WeeklyHours::every_day(&ranges.into());
        Calendar { hours, holidays: Holidays::default() }
    }

    fn at(text: &str) -> UnixMillis {
        UnixMillis::from_jiff(text.parse().unwrap())
    }

    fn zones(text: &str) -> ZoneSet {
        ZoneSet::parse(text).unwrap()
    }

    fn open(until: &str) -> WindowStatus {
        WindowStatus::Open { until: at(until) }
    }

    fn closed(opens_at: &str) -> WindowStatus {
        WindowStatus::Closed { opens_at: Some(at(opens_at)) }
    }

    #[test]
    fn the_window_is_half_open_in_the_contacts_zone() {
        let calling = CallingCalendar::new([daily("08:00-21:00")]);
        let new_york = zones("America/New_York");
        let status = |now| calling.status(&new_york, at(now));
        assert_eq!(status("2026-01-15T12:59:59.999Z"), closed("2026-01-15T13:00:00Z"));
        assert_eq!(status("2026-01-15T13:00:00Z"), open("2026-01-16T02:00:00Z"));
        assert_eq!(status("2026-01-16T01:59:59.999Z"), open("2026-01-16T02:00:00Z"));
        assert_eq!(status("2026-01-16T02:00:00Z"), closed("2026-01-16T13:00:00Z"));
    }

    #[test]
    fn several_zones_are_open_while_all_of_them_are() {
        let calling = CallingCalendar::new([daily("08:00-21:00")]);
        let both = zones("America/New_York|America/Los_Angeles");
        let status = |now| calling.status(&both, at(now));
        assert_eq!(status("2026-01-15T14:00:00Z"), closed("2026-01-15T16:00:00Z"));
        assert_eq!(status("2026-01-15T16:00:00Z"), open("2026-01-16T02:00:00Z"));
    }

    #[test]
    fn every_layer_narrows() {
        let law = daily("08:00-21:00");
        let wish = calendar("hours.thu = ['07:00-10:00', '20:00-23:00']\nholidays = ['01-15']");
        let calling = CallingCalendar::new([law, wish]);
        let london = zones("Europe/London");
        let status = |now| calling.status(&london, at(now));
        assert_eq!(status("2026-01-14T12:00:00Z"), closed("2026-01-22T08:00:00Z"));
        assert_eq!(status("2026-01-22T08:00:00Z"), open("2026-01-22T10:00:00Z"));
        assert_eq!(status("2026-01-22T20:30:00Z"), open("2026-01-22T21:00:00Z"));
    }

    #[test]
    fn a_window_goes_on_over_midnight() {
        let calling = CallingCalendar::new([daily("00:00-02:00, 22:00-24:00")]);
        let shanghai = zones("Asia/Shanghai");
        assert_eq!(
            calling.status(&shanghai, at("2026-01-15T14:00:00Z")),
            open("2026-01-15T18:00:00Z")
        );
    }

    #[test]
    fn an_opening_in_the_hour_that_clocks_skip_is_the_moment_after_the_gap() {
        // 2026-03-08 02:00 EST is followed by 03:00 EDT.
        let calling = CallingCalendar::new([daily("02:30-12:00")]);
        let new_york = zones("America/New_York");
        assert_eq!(
            calling.status(&new_york, at("2026-03-08T06:00:00Z")),
            closed("2026-03-08T07:00:00Z")
        );
    }

    #[test]
    fn a_range_within_the_skipped_hour_does_not_open_on_that_day() {
        let calling = CallingCalendar::new([daily("02:00-03:00")]);
        let new_york = zones("America/New_York");
        assert_eq!(
            calling.status(&new_york, at("2026-03-08T06:30:00Z")),
            closed("2026-03-09T06:00:00Z")
        );
    }

    #[test]
    fn a_repeated_hour_closes_when_the_clock_goes_back_before_the_opening() {
        // 2026-10-25 02:00 BST is followed by 01:00 GMT: 01:30 comes twice.
        let calling = CallingCalendar::new([daily("01:30-05:00")]);
        let london = zones("Europe/London");
        let status = |now| calling.status(&london, at(now));
        assert_eq!(status("2026-10-25T00:30:00Z"), open("2026-10-25T01:00:00Z"));
        assert_eq!(status("2026-10-25T01:00:00Z"), closed("2026-10-25T01:30:00Z"));
        assert_eq!(status("2026-10-25T01:30:00Z"), open("2026-10-25T05:00:00Z"));
    }

    #[test]
    fn half_hours_of_offset_and_of_summer_time_are_kept() {
        let calling = CallingCalendar::new([daily("09:00-18:00")]);
        let status = |zone, now| calling.status(&zones(zone), at(now));
        assert_eq!(status("Asia/Kolkata", "2026-01-15T03:00:00Z"), closed("2026-01-15T03:30:00Z"));
        // Lord Howe moves its clocks by half an hour, from +11 to +10:30, on 2026-04-05.
        assert_eq!(
            status("Australia/Lord_Howe", "2026-04-04T12:00:00Z"),
            closed("2026-04-04T22:30:00Z")
        );
        assert_eq!(
            status("Australia/Lord_Howe", "2026-04-03T21:00:00Z"),
            closed("2026-04-03T22:00:00Z")
        );
    }

    #[test]
    fn what_never_opens_and_what_never_closes_end_at_the_horizon() {
        let now = at("2026-01-15T14:00:00Z");
        let london = zones("Europe/London");
        let never = CallingCalendar::new([Calendar::default()]);
        assert_eq!(never.status(&london, now), WindowStatus::Closed { opens_at: None });
        let disjoint = CallingCalendar::new([daily("08:00-12:00"), daily("12:00-20:00")]);
        assert_eq!(disjoint.status(&london, now), WindowStatus::Closed { opens_at: None });
        for always in [
            CallingCalendar::new([]),
            CallingCalendar::new([Calendar::always()]),
            // A holiday that has passed, so that the days are walked one by one.
            CallingCalendar::new([Calendar {
                holidays: Holidays(vec!["2020-01-01".parse().unwrap()]),
                ..Calendar::always()
            }]),
        ] {
            assert_eq!(always.status(&london, now), WindowStatus::Open { until: now + HORIZON_MS });
            assert_eq!(always.next_window(&london, now), None);
        }
    }

    #[test]
    fn instants_at_the_ends_of_time_do_not_panic() {
        let calling = CallingCalendar::new([daily("08:00-12:00")]);
        for now in [i64::MIN, i64::MIN / 2, i64::MAX / 2, i64::MAX - 1, i64::MAX] {
            calling.status(&zones("Europe/London|Asia/Kolkata"), UnixMillis(now));
        }
    }

    /// What the definition says, one instant at a time.
    fn oracle(layers: &[Calendar], zones: &ZoneSet, now: UnixMillis) -> bool {
        layers.iter().all(|layer| {
            zones.zones().iter().all(|zone| {
                let local = zone.to_datetime(now.to_jiff());
                let minute = u16::try_from(local.hour()).unwrap() * 60
                    + u16::try_from(local.minute()).unwrap();
                let hours = layer.hours.day(local.weekday().to_monday_zero_offset() as usize);
                !layer.holidays.contains(local.date())
                    && hours
                        .ranges()
                        .iter()
                        .any(|range| range.start_min() <= minute && minute < range.end_min())
            })
        })
    }

    fn any_range() -> impl Strategy<Value = LocalRange> {
        (0u16..96, 1u16..=96).prop_map(|(start, length)| {
            let end = (start + length).min(96);
            let text = |quarters: u16| format!("{:02}:{:02}", quarters / 4, quarters % 4 * 15);
            format!("{}-{}", text(start), text(end)).parse().unwrap()
        })
    }

    prop_compose! {
        fn any_calendar()(
            days in prop::collection::vec(prop::collection::vec(any_range(), 0..4), 7),
            holidays in prop::sample::subsequence(
                vec!["03-08", "03-29", "easter", "4th sun oct", "1st sun nov", "2026-04-07"], 0..3
            ),
        ) -> Calendar {
            let mut days = days.into_iter().map(Into::into);
            let mut day = || days.next().unwrap();
            let hours = WeeklyHours {
                mon: day(), tue: day(), wed: day(), thu: day(), fri: day(), sat: day(), sun: day(),
            };
            let holidays = holidays.iter().map(|text| text.parse().unwrap()).collect();
            Calendar { hours, holidays: Holidays(holidays) }
        }
    }

    const WEEKS: [(&str, &str); 10] = [
        ("America/New_York", "2026-03-05T00:00:00Z"),
        ("America/New_York", "2026-10-29T00:00:00Z"),
        ("Europe/London", "2026-03-26T00:00:00Z"),
        ("Europe/London", "2026-10-22T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-02T00:00:00Z"),
        ("Asia/Shanghai", "2026-10-01T00:00:00Z"),
        ("America/Sao_Paulo", "2018-11-01T00:00:00Z"), // the gap lies at midnight
        ("America/Sao_Paulo", "2018-02-14T00:00:00Z"), // the hour before midnight comes twice
        ("America/St_Johns", "2006-10-26T00:00:00Z"),  // a minute of Sunday, then Saturday again
        ("Asia/Kolkata|America/New_York", "2026-03-05T00:00:00Z"),
    ];

    proptest! {
        #[test]
        fn windows_are_those_of_a_search_minute_by_minute(
            (zone, start) in prop::sample::select(WEEKS.as_slice()),
            layers in prop::collection::vec(any_calendar(), 1..3),
            offset_min in 0i64..6 * 24 * 60,
            extra_ms in 0i64..MINUTE_MS,
        ) {
            let zones = zones(zone);
            let calling = CallingCalendar::new(layers.iter().cloned());
            let minute = at(start) + offset_min * MINUTE_MS;
            let now = minute + extra_ms;
            let is_open = oracle(&layers, &zones, now);
            prop_assert_eq!(calling.is_open(&zones, now), is_open);
            let change = (1..10 * 24 * 60)
                .map(|minutes| minute + minutes * MINUTE_MS)
                .find(|&later| oracle(&layers, &zones, later) != is_open);
            let found = match calling.status(&zones, now) {
                WindowStatus::Open { until } => {
                    prop_assert!(is_open);
                    Some(until)
                }
                WindowStatus::Closed { opens_at } => {
                    prop_assert!(!is_open);
                    opens_at
                }
            };
            match change {
                Some(change) => prop_assert_eq!(found, Some(change)),
                None => prop_assert!(found.is_none_or(|found| found >= minute + 10 * DAY_MS)),
            }
        }
    }
}
