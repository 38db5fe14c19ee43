//! Hours of the week in local time: when a person may be called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Minutes of a civil day.
const DAY_MINUTES: u16 = 24 * 60;

/// A half-open range of local time within one day, `[start, end)`, in minutes since midnight.
///
/// Its text is `08:00-21:00`; the end may be `24:00`. A range does not cross midnight: write two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalRange {
    start_min: u16,
    end_min: u16,
}

/// Why a text is not a range of local time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// Not of the form `HH:MM-HH:MM`.
    #[error("'{0}' is not a range of local time: write HH:MM-HH:MM, for example 08:00-21:00")]
    Form(String),
    /// The end is not after the start.
    #[error(
        "'{0}' does not end after it starts: a range over midnight is two, one to 24:00 and one \
         from 00:00 on the next day"
    )]
    Order(String),
}

impl LocalRange {
    /// The first minute of the range, counted from midnight.
    pub fn start_min(self) -> u16 {
        self.start_min
    }

    /// The first minute after the range, at most 1440.
    pub fn end_min(self) -> u16 {
        self.end_min
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY_MINUTES).then_some(total)
}

impl FromStr for LocalRange {
    type Err = InvalidRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || InvalidRange::Form(text.to_owned());
        let (start, end) = text.split_once('-').ok_or_else(form)?;
        let start_min = minutes(start.trim()).ok_or_else(form)?;
        let end_min = minutes(end.trim()).ok_or_else(form)?;
        if start_min >= end_min {
            return Err(InvalidRange::Order(text.to_owned()));
        }
        Ok(Self { start_min, end_min })
    }
}

impl fmt::Display for LocalRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start_min, self.end_min);
        write!(f, "{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
    }
}

impl TryFrom<String> for LocalRange {
    type Error = InvalidRange;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<LocalRange> for String {
    fn from(range: LocalRange) -> Self {
        range.to_string()
    }
}

/// The open ranges of one day: sorted, and apart from each other. Empty means closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<LocalRange>", into = "Vec<LocalRange>")]
pub struct DayHours(Vec<LocalRange>);

impl DayHours {
    /// The ranges, in order; no two of them touch.
    pub fn ranges(&self) -> &[LocalRange] {
        &self.0
    }

    /// Open from midnight to midnight.
    pub fn whole_day() -> Self {
        Self(vec![LocalRange { start_min: 0, end_min: DAY_MINUTES }])
    }

    fn is_whole_day(&self) -> bool {
        matches!(self.0.as_slice(), [LocalRange { start_min: 0, end_min: DAY_MINUTES }])
    }
}

impl From<Vec<LocalRange>> for DayHours {
    fn from(mut ranges: Vec<LocalRange>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<LocalRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start_min <= last.end_min => {
                    last.end_min = last.end_min.max(range.end_min);
                }
                _ => merged.push(range),
            }
        }
        Self(merged)
    }
}

impl From<DayHours> for Vec<LocalRange> {
    fn from(hours: DayHours) -> Self {
        hours.0
    }
}

/// The open hours of each weekday, in local time. A day that is not written is closed.
///
/// ```toml
/// mon = ["09:00-12:00", "13:00-18:00"]
/// sat = []
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeeklyHours {
    /// Monday.
    pub mon: DayHours,
    /// Tuesday.
    pub tue: DayHours,
    /// Wednesday.
    pub wed: DayHours,
    /// Thursday.
    pub thu: DayHours,
    /// Friday.
    pub fri: DayHours,
    /// Saturday.
    pub sat: DayHours,
    /// Sunday.
    pub sun: DayHours,
}

impl WeeklyHours {
    /// Open at every hour of every day.
    pub fn always() -> Self {
        Self::every_day(&DayHours::whole_day())
    }

    /// The same hours on all seven days.
    pub fn every_day(hours: &DayHours) -> Self {
        let day = || hours.clone();
        Self { mon: day(), tue: day(), wed: day(), thu: day(), fri: day(), sat: day(), sun: day() }
    }

    /// The seven days, Monday first.
    pub fn days(&self) -> [&DayHours; 7] {
        [&self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun]
    }

    /// The hours of one day; 0 is Monday.
    pub(crate) fn day(&self, from_monday: usize) -> &DayHours {
        self.days()[from_monday % 7]
    }

    /// Whether no hour of the week is closed.
    pub fn is_always(&self) -> bool {
        self.days().into_iter().all(DayHours::is_whole_day)
    }

    /// Whether no hour of the week is open.
    pub fn is_never(&self) -> bool {
        self.days().into_iter().all(|day| day.ranges().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(texts: &[&str]) -> DayHours {
        texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<LocalRange>>().into()
    }

    #[test]
    fn ranges_of_a_day_that_touch_or_overlap_become_one() {
        assert_eq!(day(&["13:00-18:00", "09:00-13:00"]), day(&["09:00-18:00"]));
        assert_eq!(day(&["09:00-18:00", "10:00-11:00"]), day(&["09:00-18:00"]));
        assert_eq!(day(&["09:00-12:00", "12:01-18:00"]).ranges().len(), 2);
    }

    #[test]
    fn a_range_over_midnight_is_refused_with_advice() {
        let problem = "22:00-02:00".parse::<LocalRange>().unwrap_err();
        assert!(problem.to_string().contains("is two"), "{problem}");
        assert!(matches!("08:00-08:00".parse::<LocalRange>(), Err(InvalidRange::Order(_))));
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in ["", "8:00-21:00", "08:00", "08:00-24:01", "08:60-09:00", "+8:00-09:00"] {
            assert!(matches!(text.parse::<LocalRange>(), Err(InvalidRange::Form(_))), "{text}");
        }
    }

    #[test]
    fn a_week_reads_back_and_days_left_out_are_closed() {
        let week: WeeklyHours = toml::from_str("mon = ['08:00-12:00', '13:00-24:00']").unwrap();
        assert_eq!(week.day(0), &day(&["08:00-12:00", "13:00-24:00"]));
        assert_eq!(week.day(6), &DayHours::default());
        assert_eq!(toml::from_str::<WeeklyHours>(&toml::to_string(&week).unwrap()).unwrap(), week);
        assert!(toml::from_str::<WeeklyHours>("monday = []").is_err());
    }

    #[test]
    fn always_and_never_are_recognised() {
        assert!(WeeklyHours::always().is_always());
        assert!(WeeklyHours::default().is_never());
        let split = WeeklyHours::every_day(&day(&["00:00-12:00", "12:00-24:00"]));
        assert!(split.is_always());
    }
}
