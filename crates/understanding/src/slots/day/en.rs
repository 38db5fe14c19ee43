//! Days in English: "next Tuesday", "the 3rd of March", "in two weeks", "end of the month".

use jiff::civil::{Date, Weekday};

use super::{
    after, coming, day_of, day_of_a_month, full_year, gone, is_day_first, month, months_after,
    part_of, week, weekday_in, weekend,
};
use crate::slots::Context;
use crate::slots::clock::en::part;
use crate::slots::moment::{Days, Item};
use crate::slots::number::en::{below_100, digits, ordinal, small, tens};
use crate::slots::token::Tokens;

/// What a day may be, and the words that say it.
type Read = (Vec<(Days, f32)>, usize);

const WEEKDAYS: &[(&str, Weekday)] = &[
    ("monday", Weekday::Monday),
    ("mon", Weekday::Monday),
    ("mondays", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("tues", Weekday::Tuesday),
    ("tue", Weekday::Tuesday),
    ("tuesdays", Weekday::Tuesday),
    ("chewsday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("wed", Weekday::Wednesday),
    ("wednesdays", Weekday::Wednesday),
    ("wensday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("thurs", Weekday::Thursday),
    ("thur", Weekday::Thursday),
    ("thu", Weekday::Thursday),
    ("thursdays", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("fri", Weekday::Friday),
    ("fridays", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sat", Weekday::Saturday),
    ("saturdays", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
    ("sundays", Weekday::Sunday),
    ("sun", Weekday::Sunday),
];
const MONTHS: &[(&str, i8)] = &[
    ("january", 1),
    ("jan", 1),
    ("february", 2),
    ("feb", 2),
    ("febuary", 2),
    ("march", 3),
    ("mar", 3),
    ("april", 4),
    ("apr", 4),
    ("may", 5),
    ("june", 6),
    ("jun", 6),
    ("july", 7),
    ("jul", 7),
    ("august", 8),
    ("aug", 8),
    ("september", 9),
    ("sept", 9),
    ("sep", 9),
    ("october", 10),
    ("oct", 10),
    ("november", 11),
    ("nov", 11),
    ("december", 12),
    ("dec", 12),
];
/// Days that are the same number of days away whenever they are said.
const NAMED: &[(&str, i64)] = &[
    ("the day after tomorrow", 2),
    ("day after tomorrow", 2),
    ("the day after", 2),
    ("overmorrow", 2),
    ("tomorrow", 1),
    ("tmrw", 1),
    ("tomorow", 1),
    ("tommorow", 1),
    ("tommorrow", 1),
    ("to morrow", 1),
    ("the next day", 1),
    ("today", 0),
    ("the same day", 0),
    ("later today", 0),
    ("this very day", 0),
    ("yesterday", -1),
    ("the day before yesterday", -2),
    ("day before yesterday", -2),
    ("a week today", 7),
    ("today week", 7),
    ("a week tomorrow", 8),
    ("tomorrow week", 8),
    ("last night", -1),
];
/// Feasts with a date of their own.
const FEASTS: &[(&str, (i8, i8))] = &[
    ("christmas eve", (12, 24)),
    ("christmas day", (12, 25)),
    ("christmas", (12, 25)),
    ("boxing day", (12, 26)),
    ("new years eve", (12, 31)),
    ("new years day", (1, 1)),
    ("new years", (1, 1)),
    ("valentines day", (2, 14)),
    ("halloween", (10, 31)),
    ("independence day", (7, 4)),
];

struct Reader<'a> {
    t: &'a Tokens<'a>,
    today: Date,
    context: &'a Context,
    is_past: bool,
}

/// The day that stands at a place, with the part of the day where one word says both.
pub(crate) fn item(
    t: &Tokens,
    at: usize,
    context: &Context,
    is_past: bool,
) -> Option<(Vec<Item>, usize)> {
    let today = context.now.date();
    let reader = Reader { t, today, context, is_past };
    // "Tonight" and "this morning" are a day and a part of it; "last night" was yesterday's.
    let of_today = t.any(at, &["this"]).or_else(|| (t.word(at) == "tonight").then_some(0));
    if let Some(skip) = of_today
        && let Some((part, len)) = part(t, at + skip)
    {
        let day = Item::Day(vec![(Days::One(today), 0.95)]);
        return Some((vec![day, Item::Part(part)], skip + len));
    }
    let (days, len) = reader.read(at)?;
    (!days.is_empty()).then(|| (vec![Item::Day(days)], len))
}

impl Reader<'_> {
    fn read(&self, at: usize) -> Option<Read> {
        let readings = [
            self.ends(at),
            self.named(at),
            self.weekday(at),
            self.numeric(at),
            self.dated(at),
            self.ahead(at),
            self.period(at),
        ];
        // The longest reading, and the first of equally long ones.
        let longest = |best: Read, other: Read| if other.1 > best.1 { other } else { best };
        readings.into_iter().flatten().reduce(longest)
    }

    fn named(&self, at: usize) -> Option<Read> {
        if let Some((days, len)) = self.t.lookup(at, NAMED) {
            return Some((one(after(self.today, days)?, 0.97), len));
        }
        let ((month, day), len) = self.t.lookup(at, FEASTS)?;
        Some((one(day_of(self.today, month, day, self.is_past)?, 0.9), len))
    }

    fn weekday(&self, at: usize) -> Option<Read> {
        let t = self.t;
        // How far the words before it put it: this week's, the next one's, the one after that.
        let (said, skip) = t
            .lookup(
                at,
                &[
                    ("next", 1),
                    ("the next", 1),
                    ("this", 0),
                    ("this coming", 2),
                    ("the coming", 2),
                    ("coming", 2),
                    ("the following", 1),
                    ("last", -1),
                    ("this past", -1),
                    ("past", -1),
                    ("a week on", 8),
                    ("a week from", 8),
                    ("week on", 8),
                    ("on", 3),
                    ("the", 3),
                    ("a week this", 8),
                ],
            )
            .unwrap_or((3, 0));
        let (weekday, len) = t.lookup(at + skip, WEEKDAYS)?;
        // "Sun", "sat" and "wed" are words too: alone they are none.
        let is_short = matches!(t.word(at + skip), "sun" | "sat" | "wed" | "mon");
        let len = skip + len;
        let next_week = weekday_in(self.today, weekday, 1)?;
        let coming = coming(self.today, weekday)?;
        if let Some(more) =
            t.any(at + len, &["week", "after next", "in a week", "next week", "of next week"])
        {
            let word = t.word(at + len);
            let is_week_on = matches!(word, "week" | "after") || t.word(at + len + 1) == "a";
            let day = if is_week_on { after(coming, 7)? } else { next_week };
            return Some((one(day, 0.9), len + more));
        }
        // "Tuesday the 3rd": the date says which Tuesday.
        if let Some((dated, more)) = self.weekday_with_date(at + len, weekday) {
            return Some((dated, len + more));
        }
        if self.is_past {
            return Some((one(gone(self.today, weekday)?, 0.85), len));
        }
        let sure = if is_short { 0.4 } else { 0.93 };
        let days = match said {
            8 => one(after(coming, 7)?, 0.9),
            1 if next_week == coming => one(coming, 0.93),
            1 => vec![(Days::One(next_week), 0.6), (Days::One(coming), 0.35)],
            -1 => one(gone(self.today, weekday)?, 0.9),
            _ if self.today.weekday() == weekday => {
                vec![(Days::One(coming), 0.6), (Days::One(self.today), 0.3)]
            }
            _ => one(coming, sure),
        };
        Some((days, len))
    }

    /// "The 3rd of March" after a day of the week: of several years, that in which it is that day.
    fn weekday_with_date(&self, at: usize, weekday: Weekday) -> Option<Read> {
        let t = self.t;
        let skip = t.any(at, &["the", "on the", "on"]).unwrap_or(0);
        let (day, month, year, len) = self.day_and_month(at + skip)?;
        let fits = |date: &Date| date.weekday() == weekday;
        let date = match (month, year) {
            (Some(month), Some(year)) => Date::new(year, month, day).ok()?,
            (Some(month), None) => (0..=11_i16)
                .filter_map(|ahead| {
                    let year = if self.is_past {
                        self.today.year() - ahead
                    } else {
                        self.today.year() + ahead
                    };
                    Date::new(year, month, day).ok()
                })
                .find(|date| fits(date) && self.is_meant(*date))
                .or_else(|| day_of(self.today, month, day, self.is_past))?,
            (None, _) => (0..=12_i64)
                .filter_map(|ahead| {
                    let first = months_after(
                        self.today.first_of_month(),
                        if self.is_past { -ahead } else { ahead },
                    )?;
                    Date::new(first.year(), first.month(), day).ok()
                })
                .find(|date| fits(date) && self.is_meant(*date))
                .or_else(|| day_of_a_month(self.today, day, self.is_past))?,
        };
        let sure = if fits(&date) { 0.97 } else { 0.5 };
        Some((one(date, sure), skip + len))
    }

    fn is_meant(&self, date: Date) -> bool {
        if self.is_past { date <= self.today } else { date >= self.today }
    }

    /// "3rd of March 2027", "March the 3rd", "the 15th".
    fn day_and_month(&self, at: usize) -> Option<(i8, Option<i8>, Option<i16>, usize)> {
        let t = self.t;
        if let Some((month, mut len)) = t.lookup(at, MONTHS) {
            len += t.any(at + len, &["the"]).unwrap_or(0);
            let (day, more) = ordinal(t, at + len).or_else(|| self.day_number(at + len))?;
            len += more;
            let year = self.year(at + len);
            let more = year.map_or(0, |(_, more)| more);
            return Some((small_day(day)?, Some(month), year.map(|(year, _)| year), len + more));
        }
        let said = ordinal(t, at);
        let (day, mut len) = said.or_else(|| below_100(t, at))?;
        let join = t.any(at + len, &["of", "day of"]).unwrap_or(0);
        if let Some((month, more)) = t.lookup(at + len + join, MONTHS) {
            len += join + more;
            let year = self.year(at + len);
            let more = year.map_or(0, |(_, more)| more);
            return Some((small_day(day)?, Some(month), year.map(|(year, _)| year), len + more));
        }
        said.and_then(|_| Some((small_day(day)?, None, None, len)))
    }

    /// The number after the name of a month: not one that is a year, or a time ("March 5 pm").
    fn day_number(&self, at: usize) -> Option<(u32, usize)> {
        let (day, len) = below_100(self.t, at)?;
        let is_time = matches!(self.t.word(at + len), "am" | "pm" | "oclock")
            || self.t.before(at + len) == ":";
        (!is_time).then_some((day, len))
    }

    /// "2027", "nineteen seventy", "two thousand and five", "twenty twenty six".
    fn year(&self, at: usize) -> Option<(i16, usize)> {
        let t = self.t;
        let skip = t.any(at, &["in", "of", "in the year"]).unwrap_or(0);
        let at = at + skip;
        let word = t.word(at);
        if let Some(year) = digits(word) {
            let is_year =
                word.len() == 4 && (1900..2100).contains(&year) && t.before(at + 1) != ":";
            let is_short = word.len() == 2 && self.is_past && skip == 0;
            return (is_year || is_short)
                .then(|| {
                    (full_year(i16::try_from(year).ok()?, self.today, self.is_past), skip + 1)
                        .into()
                })
                .flatten();
        }
        if let Some(len) = t.phrase(at, "two thousand") {
            let join = t.any(at + len, &["and"]).unwrap_or(0);
            let rest = below_100(t, at + len + join);
            let (rest, more) = rest.map_or((0, 0), |(rest, more)| (rest, join + more));
            return Some((2000 + i16::try_from(rest).ok()?, skip + len + more));
        }
        let century = match word {
            "nineteen" => 1900,
            "twenty" => 2000,
            _ if self.is_past && skip == 0 => {
                let (year, len) = below_100(t, at).filter(|_| tens(word).is_some())?;
                return Some((full_year(i16::try_from(year).ok()?, self.today, true), len));
            }
            _ => return None,
        };
        let is_oh = matches!(t.word(at + 1), "oh" | "o");
        let (rest, len) = if is_oh { (small(t.word(at + 2))?, 2) } else { below_100(t, at + 1)? };
        if !is_oh && rest < 10 {
            return None;
        }
        Some((century + i16::try_from(rest).ok()?, skip + 1 + len))
    }

    fn dated(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let has_article = t.word(at) == "the" || at > 0 && t.word(at - 1) == "the";
        let skip = usize::from(t.word(at) == "the");
        let (day, month, year, len) = self.day_and_month(at + skip)?;
        let len = skip + len;
        if let Some(month) = month {
            let date = match year {
                Some(year) => Date::new(year, month, day).ok()?,
                None => day_of(self.today, month, day, self.is_past)?,
            };
            // "On the 3rd of March, which is a Tuesday": the day of the week comes after it.
            let more = t.lookup(at + len, WEEKDAYS).filter(|_| !t.begins_clause(at + len));
            return Some((one(date, 0.96), len + more.map_or(0, |(_, more)| more)));
        }
        // "The second one" is a choice, and "one second" a while.
        let is_other = matches!(
            t.word(at + len),
            "one" | "time" | "thing" | "option" | "floor" | "attempt" | "half"
        );
        let is_word = digits(t.word(at + skip)).is_none();
        if is_other || is_word && !has_article {
            return None;
        }
        if let Some(more) = t.any(at + len, &["of next month", "next month"]) {
            let first = months_after(self.today.first_of_month(), 1)?;
            return Some((
                one(Date::new(first.year(), first.month(), day).ok()?, 0.95),
                len + more,
            ));
        }
        let more = t.any(at + len, &["of this month", "this month", "of the month"]).unwrap_or(0);
        Some((one(day_of_a_month(self.today, day, self.is_past)?, 0.9), len + more))
    }

    /// "5/3/2027", "2027-03-05", "5.3.70".
    fn numeric(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let part = |at: usize| digits(t.word(at)).and_then(|value| i16::try_from(value).ok());
        let is_sign = |at: usize| matches!(t.before(at), "/" | "-" | ".");
        let (first, second) = (part(at)?, part(at + 1)?);
        if !is_sign(at + 1) {
            return None;
        }
        let third = part(at + 2).filter(|_| t.before(at + 2) == t.before(at + 1));
        if t.word(at).len() == 4 {
            let date =
                Date::new(first, i8::try_from(second).ok()?, i8::try_from(third?).ok()?).ok()?;
            return Some((one(date, 0.97), 3));
        }
        if third.is_none() && t.before(at + 1) != "/" {
            return None;
        }
        let len = if third.is_some() { 3 } else { 2 };
        let date = |day: i16, month: i16| {
            let (day, month) = (i8::try_from(day).ok()?, i8::try_from(month).ok()?);
            match third {
                Some(year) => Date::new(full_year(year, self.today, self.is_past), month, day).ok(),
                None => day_of(self.today, month, day, self.is_past),
            }
        };
        let (usual, other) = if is_day_first(self.context) {
            (date(first, second), date(second, first))
        } else {
            (date(second, first), date(first, second))
        };
        let days = match (usual, other) {
            (Some(usual), Some(other)) if usual != other => {
                vec![(Days::One(usual), 0.8), (Days::One(other), 0.15)]
            }
            (usual, other) => one(usual.or(other)?, 0.93),
        };
        Some((days, len))
    }

    /// "In two weeks", "three days from now", "a fortnight from tomorrow", "8 weeks ago".
    fn ahead(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let leads = t.any(at, &["in", "in about", "within", "in another", "after"]);
        let skip = leads.unwrap_or(0);
        let (count, len) = count(t, at + skip)?;
        let unit = t.lookup(
            at + skip + len,
            &[
                ("day", (1, 0)),
                ("days", (1, 0)),
                ("week", (7, 0)),
                ("weeks", (7, 0)),
                ("fortnight", (14, 0)),
                ("fortnights", (14, 0)),
                ("month", (0, 1)),
                ("months", (0, 1)),
                ("year", (0, 12)),
                ("years", (0, 12)),
                ("weeks time", (7, 0)),
                ("days time", (1, 0)),
                ("months time", (0, 1)),
            ],
        );
        let ((days, months), more) = unit?;
        let mut len = skip + len + more;
        let mut sign = 1;
        let mut from = self.today;
        if let Some(more) = t.any(at + len, &["ago", "back"]) {
            (sign, len) = (-1, len + more);
        } else if let Some(((), more)) = t.lookup(
            at + len,
            &[("from now", ()), ("from today", ()), ("later", ()), ("time", ()), ("hence", ())],
        ) {
            len += more;
        } else if let Some(more) = t.any(at + len, &["from", "after", "on"]) {
            let (start, rest) =
                self.named(at + len + more).or_else(|| self.weekday(at + len + more))?;
            let Some((Days::One(start), _)) = start.first() else { return None };
            (from, len) = (*start, len + more + rest);
        } else if leads.is_none() {
            return None;
        }
        let date = months_after(after(from, sign * days * count)?, sign * months * count)?;
        Some((one(date, if months == 0 { 0.93 } else { 0.8 }), len))
    }

    /// "Next week", "this month", "the weekend", "in March".
    fn period(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let (which, skip) = t
            .lookup(
                at,
                &[
                    ("next", 1),
                    ("the next", 1),
                    ("this", 0),
                    ("the", 0),
                    ("this coming", 0),
                    ("the coming", 0),
                    ("the following", 1),
                    ("last", -1),
                    ("of", 0),
                ],
            )
            .unwrap_or((0, 0));
        let is_said = skip > 0 && !matches!(t.word(at), "the" | "of");
        let place = at + skip;
        let days = match t.word(place) {
            "week" if is_said => week(self.today, which)?,
            "weekend" if t.word(at) != "of" => {
                let is_over = self.today.weekday() == Weekday::Sunday && which == 0;
                if is_over { Days::One(self.today) } else { weekend(self.today, which)? }
            }
            "month" if is_said => month(months_after(self.today.first_of_month(), which)?),
            "year" if is_said => {
                let first = months_after(self.today.first_of_year(), 12 * which)?;
                Days::From(first, first.last_of_year())
            }
            _ => return self.month_alone(at),
        };
        Some((vec![(days, 0.85)], skip + 1))
    }

    fn month_alone(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let skip = t.any(at, &["in", "next", "this", "during", "of", "until", "by", "last"])?;
        let (number, len) = t.lookup(at + skip, MONTHS)?;
        let (year, more) = match self.year(at + skip + len) {
            Some((year, more)) => (year, more),
            None if self.is_past => (self.today.year() - i16::from(number > self.today.month()), 0),
            None => (self.today.year() + i16::from(number < self.today.month()), 0),
        };
        Some((vec![(month(Date::new(year, number, 1).ok()?), 0.8)], skip + len + more))
    }

    /// "The end of the month", "beginning of next week".
    fn ends(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let (third, len) = t.lookup(
            at,
            &[
                ("the end of", 2),
                ("end of", 2),
                ("late", 2),
                ("the beginning of", 0),
                ("beginning of", 0),
                ("the start of", 0),
                ("start of", 0),
                ("early", 0),
                ("the middle of", 1),
                ("middle of", 1),
                ("mid", 1),
            ],
        )?;
        if let Some(more) = t.any(at + len, &["the month", "month", "the week", "week"]) {
            let is_week = t.word(at + len + more - 1) == "week";
            let days = if is_week { week(self.today, 0)? } else { month(self.today) };
            return Some((part_of(days, third)?, len + more));
        }
        let (days, more) = match t.lookup(at + len, MONTHS) {
            Some((number, more)) => {
                let year = self.today.year() + i16::from(number < self.today.month());
                (month(Date::new(year, number, 1).ok()?), more)
            }
            None => {
                let (days, more) = self.period(at + len)?;
                (days.first()?.0, more)
            }
        };
        Some((part_of(days, third)?, len + more))
    }
}

/// "Two", "a", "a couple of".
fn count(t: &Tokens, at: usize) -> Option<(i64, usize)> {
    if let Some(found) = t.lookup(
        at,
        &[
            ("a couple of", 2),
            ("a couple", 2),
            ("couple of", 2),
            ("a few", 3),
            ("a", 1),
            ("the next", 1),
        ],
    ) {
        return Some(found);
    }
    let (value, len) = below_100(t, at).or_else(|| digits(t.word(at)).map(|value| (value, 1)))?;
    (value <= 3_650).then_some((i64::from(value), len))
}

fn one(day: Date, sure: f32) -> Vec<(Days, f32)> {
    vec![(Days::One(day), sure)]
}

fn small_day(day: u32) -> Option<i8> {
    i8::try_from(day).ok().filter(|day| (1..=31).contains(day))
}
