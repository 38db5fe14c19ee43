//! Days on which nobody is called: fixed, dated, and computed ones.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// One rule of a holiday calendar.
///
/// The written forms: `12-25` every year, `2026-05-08` once, `easter`, `easter+1`, `easter-2` for
/// days relative to the Western Easter Sunday, `4th thu nov` and `last mon may` for the nth weekday
/// of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Holiday {
    /// The same month and day of every year.
    Fixed {
        /// 1 to 12.
        month: i8,
        /// 1 to 31; 29 February exists in leap years only.
        day: i8,
    },
    /// One day of one year.
    Dated(Date),
    /// Days after Easter Sunday, negative for days before.
    Easter(i16),
    /// The nth given weekday of a month.
    NthWeekday {
        /// 1 to 5, or -1 for the last.
        nth: i8,
        /// Which day of the week.
        weekday: Weekday,
        /// 1 to 12.
        month: i8,
    },
}

/// A text that is no rule of a holiday calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a holiday: write MM-DD, YYYY-MM-DD, easter+N or easter-N (from easter-80 to \
     easter+250), or an nth weekday such as '4th thu nov' or 'last mon may'"
)]
pub struct InvalidHoliday(pub String);

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const NTHS: [(&str, i8); 6] =
    [("1st", 1), ("2nd", 2), ("3rd", 3), ("4th", 4), ("5th", 5), ("last", -1)];

impl Holiday {
    /// Whether the rule names this day.
    pub fn is_on(self, date: Date) -> bool {
        match self {
            Self::Fixed { month, day } => date.month() == month && date.day() == day,
            Self::Dated(dated) => date == dated,
            Self::Easter(offset) => {
                // Easter's offsets are limited so that the day stays within Easter's year.
                let (month, day) = easter_sunday(i32::from(date.year()));
                Date::new(date.year(), month, day)
                    .is_ok_and(|easter| date.day_of_year() - easter.day_of_year() == offset)
            }
            Self::NthWeekday { nth, weekday, month } => {
                date.month() == month
                    && date.weekday() == weekday
                    && if nth > 0 {
                        (date.day() - 1) / 7 + 1 == nth
                    } else {
                        date.day() + 7 > date.days_in_month()
                    }
            }
        }
    }
}

/// Month and day of the Western Easter Sunday: the Gregorian computus of Meeus, Jones and Butcher.
fn easter_sunday(year: i32) -> (i8, i8) {
    let a = year.rem_euclid(19);
    let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    (month as i8, day as i8)
}

impl FromStr for Holiday {
    type Err = InvalidHoliday;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(&text.trim().to_ascii_lowercase()).ok_or_else(|| InvalidHoliday(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Holiday> {
    if let Some(offset) = text.strip_prefix("easter") {
        if !offset.is_empty() && !offset.starts_with(['+', '-']) {
            return None;
        }
        let days: i16 = if offset.is_empty() { 0 } else { offset.parse().ok()? };
        return (-80..=250).contains(&days).then_some(Holiday::Easter(days));
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if let [nth, weekday, month] = words.as_slice() {
        let nth = NTHS.iter().find(|(name, _)| name == nth)?.1;
        let weekday = WEEKDAYS.iter().find(|(name, _)| name == weekday)?.1;
        let month = MONTHS.iter().position(|name| name == month)?;
        return Some(Holiday::NthWeekday { nth, weekday, month: month as i8 + 1 });
    }
    let shape = |shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, want)| match want {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    if shape("00-00") {
        let (month, day) = (text[..2].parse().ok()?, text[3..].parse().ok()?);
        // 2000 was a leap year: 29 February is a day that exists.
        Date::new(2000, month, day).ok()?;
        return Some(Holiday::Fixed { month, day });
    }
    if shape("0000-00-00") {
        return text.parse().ok().map(Holiday::Dated);
    }
    None
}

impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fixed { month, day } => write!(f, "{month:02}-{day:02}"),
            Self::Dated(date) => date.fmt(f),
            Self::Easter(0) => f.write_str("easter"),
            Self::Easter(days) => write!(f, "easter{days:+}"),
            Self::NthWeekday { nth, weekday, month } => {
                let nth = NTHS.iter().find(|(_, n)| *n == nth).map_or("?", |(name, _)| name);
                let weekday = WEEKDAYS[weekday.to_monday_zero_offset() as usize % 7].0;
                let month = MONTHS.get(month as usize - 1).unwrap_or(&"?");
                write!(f, "{nth} {weekday} {month}")
            }
        }
    }
}

impl TryFrom<String> for Holiday {
    type Error = InvalidHoliday;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Holiday> for String {
    fn from(holiday: Holiday) -> Self {
        holiday.to_string()
    }
}

/// The days on which a calendar is closed; each is a whole day of the called person's zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holidays(pub Vec<Holiday>);

impl Holidays {
    /// Whether any rule names this day.
    pub fn contains(&self, date: Date) -> bool {
        self.0.iter().any(|holiday| holiday.is_on(date))
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days_of(text: &str, year: i16) -> Vec<Date> {
        let holiday: Holiday = text.parse().unwrap();
        date(year, 1, 1)
            .series(jiff::Span::new().days(1))
            .take_while(|d| d.year() == year)
            .filter(|&day| holiday.is_on(day))
            .collect()
    }

    #[test]
    fn easter_falls_on_the_days_of_the_almanac() {
        for easter in [
            date(1818, 3, 22), // the earliest possible
            date(1943, 4, 25), // the latest possible
            date(2000, 4, 23),
            date(2024, 3, 31),
            date(2025, 4, 20),
            date(2026, 4, 5),
            date(2027, 3, 28),
            date(2038, 4, 25),
        ] {
            assert_eq!(days_of("easter", easter.year()), [easter]);
        }
        assert_eq!(days_of("easter-2", 2026), [date(2026, 4, 3)]);
        assert_eq!(days_of("easter+1", 2026), [date(2026, 4, 6)]);
        assert_eq!(days_of("easter+50", 2026), [date(2026, 5, 25)]);
    }

    #[test]
    fn an_nth_weekday_is_found_and_a_fifth_may_be_missing() {
        assert_eq!(days_of("4th thu nov", 2026), [date(2026, 11, 26)]);
        assert_eq!(days_of("last mon may", 2026), [date(2026, 5, 25)]);
        assert_eq!(days_of("1st mon sep", 2026), [date(2026, 9, 7)]);
        assert_eq!(days_of("5th mon feb", 2026), []);
        assert_eq!(days_of("last sat feb", 2020), [date(2020, 2, 29)]);
    }

    #[test]
    fn fixed_and_dated_days_are_found() {
        assert_eq!(days_of("12-25", 2026), [date(2026, 12, 25)]);
        assert_eq!(days_of("02-29", 2026), []);
        assert_eq!(days_of("02-29", 2028), [date(2028, 2, 29)]);
        assert_eq!(days_of("2026-05-08", 2026), [date(2026, 5, 8)]);
        assert_eq!(days_of("2026-05-08", 2027), []);
    }

    #[test]
    fn every_form_reads_back_and_anything_else_is_refused() {
        for text in ["12-25", "2026-05-08", "easter", "easter+1", "easter-2", "last mon may"] {
            assert_eq!(text.parse::<Holiday>().unwrap().to_string(), text);
        }
        assert_eq!("4TH  Thu Nov".parse::<Holiday>().unwrap().to_string(), "4th thu nov");
        for text in [
            "",
            "13-01",
            "02-30",
            "2026-02-29",
            "easter1",
            "easter+300",
            "easter+",
            "6th thu nov",
            "4th nov",
            "25.12.",
            "1-1",
            "0é-01",
        ] {
            assert!(text.parse::<Holiday>().is_err(), "{text}");
        }
    }
}
