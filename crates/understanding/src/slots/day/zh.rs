//! Days in Mandarin: 下周三, 大后天, 这个月十五号, 三天后, 月底.

use jiff::civil::{Date, Weekday};

use super::{
    after, coming, day_of, day_of_a_month, full_year, gone, month, months_after, part_of, week,
    weekday_in, weekend,
};
use crate::slots::Context;
use crate::slots::clock::zh::part;
use crate::slots::moment::{Days, Item};
use crate::slots::number::en::digits;
use crate::slots::number::zh::{below_100, cardinal, digit};
use crate::slots::token::Tokens;

/// What a day may be, and the words that say it.
type Read = (Vec<(Days, f32)>, usize);

/// Days that are the same number of days away whenever they are said.
const NAMED: &[(&str, i64)] = &[
    ("今天", 0),
    ("今日", 0),
    ("今儿", 0),
    ("当天", 0),
    ("明天", 1),
    ("明日", 1),
    ("明儿", 1),
    ("第二天", 1),
    ("后天", 2),
    ("后日", 2),
    ("大后天", 3),
    ("昨天", -1),
    ("昨日", -1),
    ("昨晚", -1),
    ("前天", -2),
    ("大前天", -3),
];
/// One syllable that takes a part of the day with it: 明早, 今晚.
const SHORT: &[(&str, i64)] = &[("今", 0), ("明", 1), ("当", 0)];
/// Words for a week before the name of its day.
const WEEKS: &[&str] = &["周", "星期", "礼拜", "个周", "个星期", "个礼拜"];
/// Feasts with a date of their own.
const FEASTS: &[(&str, (i8, i8))] = &[
    ("元旦", (1, 1)),
    ("情人节", (2, 14)),
    ("劳动节", (5, 1)),
    ("五一", (5, 1)),
    ("儿童节", (6, 1)),
    ("国庆节", (10, 1)),
    ("国庆", (10, 1)),
    ("平安夜", (12, 24)),
    ("圣诞节", (12, 25)),
];

struct Reader<'a> {
    t: &'a Tokens<'a>,
    today: Date,
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
    if let Some((days, skip)) = t.lookup(at, SHORT)
        && let Some((part, len)) = part(t, at + skip)
        && t.lookup(at, NAMED).is_none()
    {
        let day = Item::Day(one(after(today, days)?, 0.95));
        return Some((vec![day, Item::Part(part)], skip + len));
    }
    let (days, len) = Reader { t, today, is_past }.read(at)?;
    Some((vec![Item::Day(days)], len))
}

impl Reader<'_> {
    fn read(&self, at: usize) -> Option<Read> {
        let readings = [
            self.ends(at),
            self.named(at),
            self.weekday(at),
            self.dated(at),
            self.numeric(at),
            self.ahead(at),
            self.period(at),
        ];
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

    /// 周三, 下周三, 这个星期天, 下下周一, 上周五.
    fn weekday(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let leads =
            [("下下", 2), ("下", 1), ("这", 0), ("本", 0), ("上", -1), ("上上", -2), ("这一", 0)];
        let said = t.lookup(at, &leads);
        let skip = said.map_or(0, |(_, len)| len);
        let week = t.any(at + skip, WEEKS)?;
        let weekday = weekday(t.word(at + skip + week))?;
        let len = skip + week + 1;
        let days = match said {
            Some((weeks, _)) => {
                let day = weekday_in(self.today, weekday, weeks)?;
                // 这周一 on a Wednesday is over: the next one is meant, unless the past is asked for.
                let is_over = day < self.today && weeks == 0 && !self.is_past;
                if is_over { one(after(day, 7)?, 0.5) } else { one(day, 0.95) }
            }
            None if self.is_past => one(gone(self.today, weekday)?, 0.85),
            None if self.today.weekday() == weekday => {
                vec![(Days::One(coming(self.today, weekday)?), 0.6), (Days::One(self.today), 0.3)]
            }
            None => one(coming(self.today, weekday)?, 0.93),
        };
        match self.date_after_weekday(at + len, weekday) {
            Some((days, more)) => Some((days, len + more)),
            None => Some((days, len)),
        }
    }

    /// A date after the day of the week: of several years, that in which it is that day.
    fn date_after_weekday(&self, at: usize, weekday: Weekday) -> Option<Read> {
        let (month, day, len) = self.month_and_day(at)?;
        Some((one(self.fitting(month, day, weekday)?, 0.97), len))
    }

    fn fitting(&self, month: i8, day: i8, weekday: Weekday) -> Option<Date> {
        let is_meant =
            |date: &Date| if self.is_past { *date <= self.today } else { *date >= self.today };
        let year = self.today.year();
        let mut dates = (0..=11_i16).filter_map(|ahead| {
            Date::new(if self.is_past { year - ahead } else { year + ahead }, month, day).ok()
        });
        dates.find(|date| date.weekday() == weekday && is_meant(date))
    }

    /// 三月五号, 十二月二十五日.
    fn month_and_day(&self, at: usize) -> Option<(i8, i8, usize)> {
        let t = self.t;
        let (month, len) = below_100(t, at)?;
        if t.word(at + len) != "月" {
            return None;
        }
        let start = at + len + 1;
        let (day, more) = below_100(t, start)?;
        let sign = t.any(start + more, &["号", "日", "号儿"]).unwrap_or(0);
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
        is_date.then_some((month, day, len + 1 + more + sign))
    }

    /// A year before a month: 2027年, 一九七零年, 七零年, 明年.
    fn year(&self, at: usize) -> Option<(i16, usize)> {
        let t = self.t;
        let this = self.today.year();
        let named = [("今年", 0), ("明年", 1), ("后年", 2), ("去年", -1), ("前年", -2)];
        if let Some((ahead, len)) = t.lookup(at, &named) {
            return Some((this + ahead, len));
        }
        let (mut text, mut len) = (String::new(), 0);
        while len < 4
            && let Some(value) = digit(t.word(at + len))
        {
            text.push_str(&value.to_string());
            len += 1;
        }
        if len == 0 {
            text.push_str(t.word(at));
            len = 1;
        }
        let year = digits(&text).filter(|_| text.len() == 4 || text.len() == 2)?;
        let has_sign = t.word(at + len) == "年";
        has_sign
            .then_some((full_year(i16::try_from(year).ok()?, self.today, self.is_past), len + 1))
    }

    fn dated(&self, at: usize) -> Option<Read> {
        let t = self.t;
        if let Some((year, skip)) = self.year(at) {
            let skip = skip + t.any(at + skip, &["的"]).unwrap_or(0);
            if let Some((number, day, len)) = self.month_and_day(at + skip) {
                let mut len = skip + len;
                len += self.weekday_tail(at + len).1;
                return Some((one(Date::new(year, number, day).ok()?, 0.97), len));
            }
            let (number, len) = below_100(t, at + skip)?;
            let first = Date::new(year, i8::try_from(number).ok()?, 1).ok()?;
            let is_month = t.word(at + skip + len) == "月";
            return is_month.then(|| (vec![(month(first), 0.8)], skip + len + 1));
        }
        if let Some((month, day, len)) = self.month_and_day(at) {
            let (said, more) = self.weekday_tail(at + len);
            let fitting = said.and_then(|weekday| self.fitting(month, day, weekday));
            let date = fitting.or_else(|| day_of(self.today, month, day, self.is_past))?;
            return Some((one(date, 0.96), len + more));
        }
        let leads =
            [("这个月", 0), ("本月", 0), ("下个月", 1), ("下月", 1), ("上个月", -1), ("上月", -1)];
        let said = t.lookup(at, &leads);
        let skip = said.map_or(0, |(_, len)| len);
        let skip = skip + t.any(at + skip, &["的"]).unwrap_or(0);
        let (day, len) = below_100(t, at + skip)?;
        let sign = t.any(at + skip + len, &["号", "日"])?;
        let day = i8::try_from(day).ok()?;
        let date = match said {
            Some((ahead, _)) => {
                let first = months_after(self.today.first_of_month(), ahead)?;
                Date::new(first.year(), first.month(), day).ok()?
            }
            None => day_of_a_month(self.today, day, self.is_past)?,
        };
        Some((one(date, 0.92), skip + len + sign))
    }

    /// The day of the week after a date.
    fn weekday_tail(&self, at: usize) -> (Option<Weekday>, usize) {
        let t = self.t;
        let week = t.any(at, &["周", "星期", "礼拜"]).filter(|_| !t.begins_clause(at));
        let said = week.and_then(|week| Some((weekday(t.word(at + week))?, week + 1)));
        said.map_or((None, 0), |(weekday, len)| (Some(weekday), len))
    }

    /// 2027-03-05, 3/5.
    fn numeric(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let number = |at: usize| digits(t.word(at)).and_then(|value| i16::try_from(value).ok());
        let is_sign = |at: usize| matches!(t.before(at), "/" | "-" | ".");
        let (first, second) = (number(at)?, number(at + 1)?);
        if !is_sign(at + 1) {
            return None;
        }
        let third = number(at + 2).filter(|_| t.before(at + 2) == t.before(at + 1));
        let small = |value: i16| i8::try_from(value).ok();
        if t.word(at).len() == 4 {
            return Some((one(Date::new(first, small(second)?, small(third?)?).ok()?, 0.97), 3));
        }
        if third.is_some() || t.before(at + 1) != "/" {
            return None;
        }
        let date = day_of(self.today, small(first)?, small(second)?, self.is_past)?;
        Some((one(date, 0.85), 2))
    }

    /// 三天后, 过两周, 两个星期以后, 半个月后, 五天前.
    fn ahead(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let lead = t.any(at, &["过", "再过", "等"]);
        let skip = lead.unwrap_or(0);
        if let Some(len) = t.phrase(at + skip, "半个月") {
            let end = t.any(at + skip + len, &["以后", "之后", "后"]);
            let is_said = lead.is_some() || end.is_some();
            let day = after(self.today, 15)?;
            return is_said.then(|| (one(day, 0.7), skip + len + end.unwrap_or(0)));
        }
        let (count, len) = cardinal(t, at + skip)?;
        let units = [
            ("天", (1, 0)),
            ("日", (1, 0)),
            ("周", (7, 0)),
            ("个星期", (7, 0)),
            ("星期", (7, 0)),
            ("个礼拜", (7, 0)),
            ("个月", (0, 1)),
            ("年", (0, 12)),
        ];
        let ((days, months), unit) = t.lookup(at + skip + len, &units)?;
        let len = skip + len + unit;
        let is_whole = count.fract() == 0.0 && (0.0..=3_650.0).contains(&count);
        let end = t.lookup(
            at + len,
            &[
                ("以后", 1),
                ("之后", 1),
                ("后", 1),
                ("以内", 1),
                ("之内", 1),
                ("内", 1),
                ("以前", -1),
                ("之前", -1),
                ("前", -1),
            ],
        );
        let (sign, more) = end.or(lead.map(|_| (1, 0))).filter(|_| is_whole)?;
        // Whole and bounded by the test above.
        let count = count as i64;
        let day = months_after(after(self.today, sign * days * count)?, sign * months * count)?;
        Some((one(day, if months == 0 { 0.93 } else { 0.8 }), len + more))
    }

    /// 下周, 这个月, 周末, 三月份.
    fn period(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let this = self.today.first_of_month();
        let weeks = [
            ("这周末", 0),
            ("本周末", 0),
            ("周末", 0),
            ("这个周末", 0),
            ("下周末", 1),
            ("下个周末", 1),
        ];
        if let Some((which, len)) = t.lookup(at, &weeks) {
            return Some((vec![(weekend(self.today, which)?, 0.85)], len));
        }
        let weeks = [
            ("这周", 0),
            ("本周", 0),
            ("这个星期", 0),
            ("这星期", 0),
            ("下周", 1),
            ("下个星期", 1),
            ("下星期", 1),
            ("下礼拜", 1),
            ("下个礼拜", 1),
            ("下下周", 2),
            ("上周", -1),
            ("上个星期", -1),
        ];
        if let Some((which, len)) = t.lookup(at, &weeks) {
            return Some((vec![(week(self.today, which)?, 0.85)], len));
        }
        let months = [
            ("这个月", 0),
            ("本月", 0),
            ("下个月", 1),
            ("下月", 1),
            ("上个月", -1),
            ("下下个月", 2),
        ];
        if let Some((which, len)) = t.lookup(at, &months) {
            return Some((vec![(month(months_after(this, which)?), 0.85)], len));
        }
        let (number, len) = below_100(t, at)?;
        let sign = t.any(at + len, &["月份", "月"])?;
        let number = i8::try_from(number).ok()?;
        let year = match self.is_past {
            true => self.today.year() - i16::from(number > self.today.month()),
            false => self.today.year() + i16::from(number < self.today.month()),
        };
        Some((vec![(month(Date::new(year, number, 1).ok()?), 0.75)], len + sign))
    }

    /// 月底, 下个月初, 这周末尾, 月中.
    fn ends(&self, at: usize) -> Option<Read> {
        let t = self.t;
        let this = self.today.first_of_month();
        let (days, skip) = match t
            .lookup(at, &[("下个", 1), ("下", 1), ("这个", 0), ("这", 0), ("本", 0)])
        {
            Some((which, skip)) => (month(months_after(this, which)?), skip),
            None => (month(this), 0),
        };
        let (third, len) = t.lookup(
            at + skip,
            &[
                ("月底", 2),
                ("月末", 2),
                ("月初", 0),
                ("月中", 1),
                ("月中旬", 1),
                ("月上旬", 0),
                ("月下旬", 2),
            ],
        )?;
        let is_over = skip == 0 && third == 0;
        let days = if is_over { month(months_after(this, 1)?) } else { days };
        Some((part_of(days, third)?, skip + len))
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "一" | "1" => Weekday::Monday,
        "二" | "2" => Weekday::Tuesday,
        "三" | "3" => Weekday::Wednesday,
        "四" | "4" => Weekday::Thursday,
        "五" | "5" => Weekday::Friday,
        "六" | "6" => Weekday::Saturday,
        "日" | "天" | "七" | "7" => Weekday::Sunday,
        _ => return None,
    })
}

fn one(day: Date, sure: f32) -> Vec<(Days, f32)> {
    vec![(Days::One(day), sure)]
}
