//! Days: their names, their dates, and how far off they are.

pub(super) mod en;
pub(super) mod zh;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::Context;
use super::moment::Days;

/// A day so many days from another; none where the calendar ends.
pub(super) fn after(day: Date, days: i64) -> Option<Date> {
    day.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// The same day so many months later, or the last of a shorter month.
pub(super) fn months_after(day: Date, months: i64) -> Option<Date> {
    day.checked_add(Span::new().try_months(months).ok()?).ok()
}

/// The Monday of a day's week, so many weeks on.
fn monday(today: Date, weeks: i64) -> Option<Date> {
    after(today, weeks * 7 - i64::from(today.weekday().to_monday_zero_offset()))
}

/// A day of the week, so many weeks on from this one.
fn weekday_in(today: Date, weekday: Weekday, weeks: i64) -> Option<Date> {
    after(monday(today, weeks)?, i64::from(weekday.to_monday_zero_offset()))
}

/// The next such day of the week after today.
fn coming(today: Date, weekday: Weekday) -> Option<Date> {
    let ahead = i64::from(today.weekday().until(weekday));
    after(today, if ahead == 0 { 7 } else { ahead })
}

/// The last such day of the week before today.
fn gone(today: Date, weekday: Weekday) -> Option<Date> {
    let back = i64::from(today.weekday().since(weekday));
    after(today, if back == 0 { -7 } else { -back })
}

/// All of a week, so many weeks on.
fn week(today: Date, weeks: i64) -> Option<Days> {
    let from = monday(today, weeks)?;
    Some(Days::From(from, after(from, 6)?))
}

/// Saturday and Sunday of a week, so many weeks on.
fn weekend(today: Date, weeks: i64) -> Option<Days> {
    let from = weekday_in(today, Weekday::Saturday, weeks)?;
    Some(Days::From(from, after(from, 1)?))
}

/// All of a month.
fn month(first: Date) -> Days {
    Days::From(first.first_of_month(), first.last_of_month())
}

/// A day of a month without its year: the next one, or the last one that is past.
fn day_of(today: Date, month: i8, day: i8, is_past: bool) -> Option<Date> {
    // Eight years hold a 29th of February even around 2100.
    let years = 0..=8_i16;
    let mut dates = years.filter_map(|ahead| {
        let year = today.year().checked_add(if is_past { -ahead } else { ahead })?;
        Date::new(year, month, day).ok()
    });
    dates.find(|date| if is_past { *date <= today } else { *date >= today })
}

/// A day of a month, of which the month is not said.
fn day_of_a_month(today: Date, day: i8, is_past: bool) -> Option<Date> {
    let mut dates = (0..=12_i64).filter_map(|ahead| {
        let first = months_after(today.first_of_month(), if is_past { -ahead } else { ahead })?;
        Date::new(first.year(), first.month(), day).ok()
    });
    dates.find(|date| if is_past { *date <= today } else { *date >= today })
}

/// A year of two digits: the century that puts it nearest to what is asked for.
fn full_year(year: i16, today: Date, is_past: bool) -> i16 {
    if year >= 100 {
        return year;
    }
    let century = today.year() / 100 * 100;
    let year = century + year;
    if is_past && year > today.year() { year - 100 } else { year }
}

/// Whether "5/3" is the fifth of March. Only a few countries write the month first, and their
/// currency tells them.
fn is_day_first(context: &Context) -> bool {
    !matches!(context.currency.as_str(), "USD" | "PHP")
}

/// The third of a month, or of a week, that is its beginning, its middle or its end.
fn part_of(days: Days, third: usize) -> Option<Vec<(Days, f32)>> {
    let Days::From(from, to) = days else { return None };
    let len = i64::from((to - from).get_days()) + 1;
    let piece = (len / 3).max(1);
    let (start, end) = match third {
        0 => (from, from.checked_add((piece - 1).days()).ok()?),
        1 => (from.checked_add(piece.days()).ok()?, from.checked_add((2 * piece - 1).days()).ok()?),
        _ => {
            return Some(vec![
                (Days::One(last_working(days)), 0.7),
                (Days::From(to.checked_sub((piece - 1).days()).ok()?, to), 0.2),
            ]);
        }
    };
    Some(vec![(Days::From(start, end), 0.75)])
}

/// The end of a week is its Friday, that of a month its last day.
fn last_working(days: Days) -> Date {
    match days {
        Days::From(from, to)
            if from.weekday() == Weekday::Monday && (to - from).get_days() == 6 =>
        {
            after(from, 4).unwrap_or(to)
        }
        Days::From(_, to) | Days::One(to) => to,
    }
}
