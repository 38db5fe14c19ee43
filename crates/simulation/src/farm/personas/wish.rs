//! A day and time that a person wants: drawn within bounds, and in the words that people use; pure.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};
use outcall_telephony::simulated::random::SplitMix64;
use serde::Deserialize;

/// Bounds of what is wished for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishBounds {
    /// How many days after today, first and last. Within 2 to 6 a weekday alone says which day.
    pub days: (u8, u8),
    /// The earliest time.
    pub from: Time,
    /// The latest time.
    pub to: Time,
    /// Times are so many minutes apart, from the hour on: 15, 30 or 60.
    pub step_min: u8,
    /// Whether only Monday to Friday will do.
    #[serde(default)]
    pub working_days: bool,
}

impl WishBounds {
    /// What is wrong with them, and what would be right.
    pub(super) fn problem(&self) -> Option<String> {
        let (first, last) = self.days;
        if first > last || last > 28 {
            return Some(format!("days {first} to {last}: write two numbers up to 28 in order"));
        }
        if self.working_days && last - first < 2 {
            return Some("three days at least have a working day among them".to_owned());
        }
        if ![15, 30, 60].contains(&self.step_min) {
            return Some(format!("step_min is {}: write 15, 30 or 60", self.step_min));
        }
        if self.times().is_empty() {
            return Some(format!("no time lies between {} and {}", self.from, self.to));
        }
        None
    }

    fn times(&self) -> Vec<Time> {
        let step = i8::try_from(self.step_min).unwrap_or(60).clamp(1, 60);
        let all = (0..24).flat_map(|hour| {
            (0..60 / step).map(move |part| Time::constant(hour, part * step, 0, 0))
        });
        all.filter(|time| (self.from..=self.to).contains(time)).collect()
    }

    /// A wish of somebody for whom it is `today`.
    pub(super) fn draw(&self, today: Date, chance: &mut SplitMix64) -> Wish {
        let days: Vec<Date> = (self.days.0..=self.days.1)
            .map(|days| today.saturating_add(i64::from(days).days()))
            .filter(|day| !self.working_days || is_working_day(*day))
            .collect();
        let pick = |count: usize, chance: &mut SplitMix64| chance.below(count as u64) as usize;
        let day = days.get(pick(days.len(), chance)).copied().unwrap_or(today);
        let times = self.times();
        let time = times.get(pick(times.len(), chance)).copied().unwrap_or(self.from);
        Wish { at: day.to_datetime(time), style: chance.below(3) as u8 }
    }
}

fn is_working_day(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// A day and time, and how its person says times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The wish, on the clock of the person's zone.
    pub at: DateTime,
    style: u8,
}

const HOURS: [&str; 12] = [
    "twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven",
];

const DAYS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty first",
    "twenty second",
    "twenty third",
    "twenty fourth",
    "twenty fifth",
    "twenty sixth",
    "twenty seventh",
    "twenty eighth",
    "twenty ninth",
    "thirtieth",
    "thirty first",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Wish {
    /// The weekday, such as `Thursday`.
    pub fn day(&self) -> &'static str {
        weekday_name(self.at.weekday())
    }

    /// The date, such as `the third of December`.
    pub fn date(&self) -> String {
        let day = DAYS[usize::try_from(self.at.day() - 1).unwrap_or(0)];
        let month = MONTHS[usize::try_from(self.at.month() - 1).unwrap_or(0)];
        format!("the {day} of {month}")
    }

    /// The time in words, as this person says times: `half past two`, `two thirty`, or `two thirty
    /// in the afternoon`.
    pub fn time(&self) -> String {
        let hour = self.hour_name(0);
        match (self.style, self.at.minute()) {
            (0, 15) => format!("a quarter past {hour}"),
            (0, 30) => format!("half past {hour}"),
            (0, 45) => format!("a quarter to {}", self.hour_name(1)),
            (1, _) => self.clear_time(),
            (_, 0) => format!("{hour} o'clock"),
            _ => self.digits_time(),
        }
    }

    /// The time so that nobody can take it for the other half of the day: `two thirty in the
    /// afternoon`.
    pub fn clear_time(&self) -> String {
        let half = match self.at.hour() {
            0..12 => "in the morning",
            12..18 => "in the afternoon",
            _ => "in the evening",
        };
        format!("{} {half}", self.digits_time())
    }

    fn digits_time(&self) -> String {
        let hour = self.hour_name(0);
        match self.at.minute() {
            0 => hour.to_owned(),
            15 => format!("{hour} fifteen"),
            30 => format!("{hour} thirty"),
            _ => format!("{hour} forty five"),
        }
    }

    fn hour_name(&self, later: u8) -> &'static str {
        HOURS[usize::from(self.at.hour().unsigned_abs() + later) % 12]
    }

    /// Whether what the robot said names another day or time than this. What cannot be told apart
    /// does not count: somebody who mishears does not object.
    pub fn is_contradicted(&self, said: &[String]) -> bool {
        let days: Vec<&str> = said.iter().filter_map(|word| weekday_of(word)).collect();
        let other_day = !days.is_empty() && !days.contains(&self.day());
        let said = with_halves_apart(said);
        let times: Vec<Said> = (0..said.len()).filter_map(|at| time_at(&said[at..])).collect();
        let other_time = !times.is_empty() && !times.iter().any(|time| time.is(self.at.time()));
        other_day || other_time
    }
}

fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn weekday_of(word: &str) -> Option<&'static str> {
    let all = Weekday::Monday.cycle_forward().take(7).map(weekday_name);
    all.into_iter().find(|name| name.eq_ignore_ascii_case(word))
}

/// A time that was said: on the clock of twelve, in a half of the day if that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    hour: i8,
    minute: i8,
    afternoon: Option<bool>,
}

impl Said {
    fn is(self, time: Time) -> bool {
        let same = (self.hour, self.minute) == (time.hour() % 12, time.minute());
        same && self.afternoon.is_none_or(|afternoon| afternoon == (time.hour() >= 12))
    }
}

/// `2 30pm` as `2 30 pm`.
fn with_halves_apart(said: &[String]) -> Vec<&str> {
    let parts = |word| -> Vec<&str> {
        let half = |name| str::strip_suffix(word, name).map(|number| (number, name));
        match half("am").or(half("pm")) {
            Some((number, name)) if number.parse::<u8>().is_ok() => vec![number, name],
            Some(_) | None => vec![word],
        }
    };
    said.iter().map(String::as_str).flat_map(parts).collect()
}

/// A time of day at the beginning of some words, as a recogniser writes it: `2 30 p m`, `10 am`,
/// `ten oclock`. A number alone is none.
fn time_at(said: &[&str]) -> Option<Said> {
    let hour = number(said.first()?)?;
    let (minute, behind) = match said.get(1).and_then(|word| number(word)) {
        Some(minute) => (minute, 2),
        None => (0, 1),
    };
    let afternoon = match *said.get(behind)? {
        "am" | "a" => Some(false),
        "pm" | "p" => Some(true),
        "oclock" => None,
        _ => return None,
    };
    let is_time = (1..=12).contains(&hour) && [0, 15, 30, 45].contains(&minute);
    is_time.then_some(Said { hour: hour % 12, minute, afternoon })
}

fn number(word: &str) -> Option<i8> {
    let spoken =
        HOURS.iter().position(|hour| *hour == word).map(|at| if at == 0 { 12 } else { at });
    let minutes = [("fifteen", 15), ("thirty", 30), ("forty", 45)];
    let spoken = spoken.and_then(|hour| i8::try_from(hour).ok());
    let minute = minutes.iter().find(|(name, _)| *name == word).map(|(_, minute)| *minute);
    word.parse().ok().or(spoken).or(minute)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::farm::personas::words::words;

    fn bounds() -> WishBounds {
        let (from, to) = (Time::constant(9, 0, 0, 0), Time::constant(16, 30, 0, 0));
        WishBounds { days: (2, 6), from, to, step_min: 30, working_days: true }
    }

    fn wish(hour: i8, minute: i8, style: u8) -> Wish {
        // A Thursday.
        Wish { at: date(2026, 12, 3).at(hour, minute, 0, 0), style }
    }

    #[test]
    fn times_are_said_in_the_ways_of_people() {
        let said = |hour, minute, style| wish(hour, minute, style).time();
        assert_eq!(said(14, 30, 0), "half past two");
        assert_eq!(said(11, 45, 0), "a quarter to twelve");
        assert_eq!(said(12, 45, 0), "a quarter to one");
        assert_eq!(said(9, 0, 1), "nine in the morning");
        assert_eq!(said(12, 15, 1), "twelve fifteen in the afternoon");
        assert_eq!(said(10, 0, 2), "ten o'clock");
        assert_eq!(wish(14, 30, 0).clear_time(), "two thirty in the afternoon");
        assert_eq!(wish(9, 0, 0).date(), "the third of December");
        assert_eq!(wish(9, 0, 0).day(), "Thursday");
    }

    #[test]
    fn a_read_back_is_contradicted_only_by_another_day_or_time() {
        let wish = wish(14, 30, 0);
        for right in [
            "So the new appointment is Thursday, December 3 at 2:30 PM. Is that right?",
            "The new appointment is Thursday at 2.30 p.m., is that right?",
            "So the new appointment is Thursday, December 3rd at 2.30pm. Is that right?",
            "something else, is that right?",
            "3 December, is that right?",
        ] {
            assert!(!wish.is_contradicted(&words(right)), "{right}");
        }
        for wrong in [
            "The new appointment is Friday, December 4 at 2:30 PM.",
            "Thursday, December 3 at 2 PM, is that right?",
            "Thursday at 10 am?",
            "So the new appointment is Thursday, December 3rd at 2.30am. Is that right?",
        ] {
            assert!(wish.is_contradicted(&words(wrong)), "{wrong}");
        }
    }

    #[test]
    fn bounds_that_hold_nothing_are_refused() {
        assert_eq!(bounds().problem(), None);
        let wrong = [
            WishBounds { days: (5, 2), ..bounds() },
            WishBounds { days: (2, 3), ..bounds() },
            WishBounds { step_min: 7, ..bounds() },
            WishBounds { from: Time::constant(17, 0, 0, 0), ..bounds() },
        ];
        for bounds in wrong {
            assert!(bounds.problem().is_some(), "{bounds:?}");
        }
    }

    proptest! {
        #[test]
        fn a_wish_lies_within_its_bounds(seed: u64, day in 0..3_000_i64) {
            let today = date(2026, 1, 1).saturating_add(day.days());
            let wish = bounds().draw(today, &mut SplitMix64::new(seed));
            let ahead = today.until(wish.at.date()).unwrap().get_days();
            prop_assert!((2..=6).contains(&ahead) && is_working_day(wish.at.date()));
            prop_assert!((bounds().from..=bounds().to).contains(&wish.at.time()));
            prop_assert!(!wish.time().is_empty());
        }

        #[test]
        fn no_words_make_it_panic(said in ".*") {
            wish(9, 15, 0).is_contradicted(&words(&said));
        }
    }
}
