//! Days and times of day put together: "tomorrow morning at nine", 下周三下午三点.
//!
//! A text is cut into items (a day, a time, a part of the day, a time from now), those that belong
//! together are joined, and each group becomes a mention with all that it may mean. `known` fills
//! in what was said before.

mod known;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time, time};

use super::mention::Mention;
use super::token::Tokens;
use super::{Context, Kind, Language, Value, clock, day};
use known::Known;

/// One day, or all from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Days {
    One(Date),
    From(Date, Date),
}

/// Which half of the day an hour from 1 to 12 is in, when that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Unsaid,
    /// Said by the number itself: "17:30", "noon".
    Exact,
    Morning,
    Afternoon,
    /// From the evening to the small hours.
    Night,
}

/// A time as it was said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clock {
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) half: Half,
    /// How sure it is that a time was said at all.
    pub(super) sure: f32,
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) half: Half,
}

/// What can be said of a moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// A day, each meaning with its probability.
    Day(Vec<(Days, f32)>),
    Clock(Clock),
    Part(Part),
    /// From one time to another; open at an end that is not said.
    Hours(Option<Clock>, Option<Clock>),
    /// So many minutes from now.
    FromNow(i64),
}

/// An item and its words.
type Placed = (Item, std::ops::Range<usize>);

/// Words between a day and a time that belong to both.
const JOINS_EN: &[&str] = &[
    "at",
    "on",
    "in",
    "the",
    "around",
    "about",
    "of",
    "for",
    "by",
    "say",
    "maybe",
    "like",
    "and",
    "from",
    "any",
    "time",
    "anytime",
    "sometime",
    "some",
    "please",
    "uh",
    "um",
    "then",
    "would",
    "be",
    "is",
    "good",
    "works",
    "work",
    "ish",
    "exactly",
    "sharp",
    "roughly",
    "approximately",
    "preferably",
    "early",
    "late",
    "during",
];
const JOINS_ZH: &[&str] =
    &["的", "在", "大概", "大约", "差不多", "左右", "就", "那", "呃", "嗯", "吧", "当天"];

/// What stands together.
#[derive(Default)]
struct Group {
    day: Option<Vec<(Days, f32)>>,
    clock: Option<Clock>,
    part: Option<Part>,
    hours: Option<(Option<Clock>, Option<Clock>)>,
    minutes: Option<i64>,
    words: std::ops::Range<usize>,
}

/// The days and times of a text, in the order in which they are said.
pub(super) fn mentions(t: &Tokens, kind: &Kind, context: &Context) -> Vec<Mention> {
    let groups = groups(t, kind, context);
    weighed(&groups, |group| group.mention(kind, context))
}

/// The days and times of a text, with what was said before and is left out now. A time on no day
/// stays a time.
pub(super) fn completed(
    t: &Tokens,
    kind: &Kind,
    context: &Context,
    before: Option<&Value>,
) -> Vec<Mention> {
    let mut groups = groups(t, kind, context);
    if let Some(before) = before {
        let known = Known::of(before);
        for group in &mut groups {
            known.complete(group);
        }
    }
    weighed(&groups, |group| {
        let is_time = kind == &Kind::DateTime && group.day.is_none() && group.minutes.is_none();
        group.mention(if is_time { &Kind::Time } else { kind }, context)
    })
}

fn groups(t: &Tokens, kind: &Kind, context: &Context) -> Vec<Group> {
    let items = items(t, kind, context);
    let mut groups: Vec<Group> = Vec::new();
    for (item, words) in items {
        let takes =
            groups.last().is_some_and(|last| is_joined(t, last, &item, &words, context.language));
        if !takes {
            groups.push(Group { words: words.clone(), ..Group::default() });
        }
        if let Some(last) = groups.last_mut() {
            last.words.end = words.end;
            last.take(item);
        }
    }
    // "Wednesday at ten, no, eleven": a time without a day is on the day that was said before it.
    if kind == &Kind::DateTime {
        for at in 1..groups.len() {
            if groups[at].day.is_none() && groups[at].minutes.is_none() {
                groups[at].day = groups[at - 1].day.clone();
            }
        }
    }
    groups
}

fn weighed(groups: &[Group], mention: impl Fn(&Group) -> Option<Mention>) -> Vec<Mention> {
    let mut mentions: Vec<Mention> = Vec::new();
    // Beside a time, "lunch" is what is eaten.
    let has_time = groups.iter().any(|group| group.clock.is_some() || group.hours.is_some());
    for group in groups {
        let is_word = group.clock.is_none() && group.hours.is_none() && group.day.is_none();
        let mut mention = mention(group);
        if let Some(mention) = mention.as_mut().filter(|_| has_time && is_word) {
            for (_, sure) in &mut mention.values {
                *sure *= 0.4;
            }
        }
        mentions.extend(mention);
    }
    mentions
}

fn items(t: &Tokens, kind: &Kind, context: &Context) -> Vec<Placed> {
    let is_past = matches!(kind, Kind::PastDate);
    // "From 5 to 23 January" holds no time where a day is asked for.
    let is_day = is_past || matches!(kind, Kind::Date);
    let from_now = |(minutes, len)| (vec![Item::FromNow(minutes)], len);
    let mut items = Vec::new();
    let mut at = 0;
    while at < t.len() {
        let day = match context.language {
            Language::En => day::en::item(t, at, context, is_past),
            Language::Zh => day::zh::item(t, at, context, is_past),
        };
        let found = day.or_else(|| match context.language {
            Language::En if is_day => clock::en::from_now(t, at).map(from_now),
            Language::Zh if is_day => clock::zh::from_now(t, at).map(from_now),
            Language::En => clock::en::item(t, at, kind),
            Language::Zh => clock::zh::item(t, at),
        });
        match found {
            Some((found, len)) => {
                let len = len.max(1);
                items.extend(found.into_iter().map(|item| (item, at..at + len)));
                at += len;
            }
            None => at += 1,
        }
    }
    items
}

fn is_joined(
    t: &Tokens,
    last: &Group,
    item: &Item,
    words: &std::ops::Range<usize>,
    language: Language,
) -> bool {
    let joins = match language {
        Language::En => JOINS_EN,
        Language::Zh => JOINS_ZH,
    };
    let free = match item {
        Item::Day(_) => last.day.is_none() && last.minutes.is_none(),
        Item::Clock(_) => last.clock.is_none() && last.hours.is_none() && last.minutes.is_none(),
        Item::Hours(..) => last.clock.is_none() && last.hours.is_none() && last.minutes.is_none(),
        Item::Part(_) => last.part.is_none() && last.minutes.is_none(),
        Item::FromNow(_) => false,
    };
    let end = last.words.end.min(words.start);
    let stops = (end..=words.start).any(|at| t.before(at).contains(['?', '!', '？', '！', ';']));
    free && !stops && end + t.skip(end, joins) >= words.start
}

impl Group {
    fn take(&mut self, item: Item) {
        match item {
            Item::Day(days) => self.day = Some(days),
            Item::Clock(clock) => self.clock = Some(clock),
            Item::Part(part) => self.part = Some(part),
            Item::Hours(from, to) => self.hours = Some((from, to)),
            Item::FromNow(minutes) => self.minutes = Some(minutes),
        }
    }

    fn mention(&self, kind: &Kind, context: &Context) -> Option<Mention> {
        let is_day = matches!(kind, Kind::Date | Kind::PastDate);
        let values = match kind {
            // "In two hours" and "right now" are on a day too.
            _ if is_day && self.day.is_none() => {
                // "Now" is a filler where the past is asked for.
                let minutes = self.minutes.filter(|minutes| *minutes != 0 || kind == &Kind::Date);
                let at = minutes.and_then(|minutes| later(context.now, minutes));
                let today = context.now.date();
                let is_past = matches!(kind, Kind::PastDate);
                let is_meant = |day: &Date| if is_past { *day <= today } else { *day >= today };
                let day = at.map(DateTime::date).filter(is_meant);
                day.map(|day| (Value::Date(day), 0.8)).into_iter().collect()
            }
            Kind::Date => self.days(context.now.date(), false),
            Kind::PastDate => self.days(context.now.date(), true),
            Kind::Time => self.times(context),
            Kind::DateTime
            | Kind::YesNo
            | Kind::Number
            | Kind::Digits { .. }
            | Kind::Money
            | Kind::OneOf(_)
            | Kind::Address
            | Kind::Text => self.moments(context),
        };
        (!values.is_empty()).then(|| Mention::many(values, self.words.clone()))
    }

    /// The days that may be meant; never the wrong side of today.
    fn days(&self, today: Date, is_past: bool) -> Vec<(Value, f32)> {
        let is_meant = |day: Date| if is_past { day <= today } else { day >= today };
        let value = |(days, sure): &(Days, f32)| match *days {
            Days::One(day) => is_meant(day).then_some((Value::Date(day), *sure)),
            Days::From(from, to) if is_past => (from <= today)
                .then(|| (between(Value::Date(from), Value::Date(to.min(today))), *sure)),
            Days::From(from, to) => is_meant(to)
                .then(|| (between(Value::Date(from.max(today)), Value::Date(to)), *sure)),
        };
        self.day.iter().flatten().filter_map(value).collect()
    }

    /// The times of day that may be meant.
    fn times(&self, context: &Context) -> Vec<(Value, f32)> {
        if let Some(minutes) = self.minutes {
            let at = later(context.now, minutes);
            return at.map(|at| (Value::Time(at.time()), 0.95)).into_iter().collect();
        }
        if let Some((from, to)) = self.hours {
            let (from, to) = self.ends(from, to);
            return vec![(between(Value::Time(from), Value::Time(to)), 0.9)];
        }
        if let Some(clock) = self.clock {
            let times = clock.times(self.half());
            return times.into_iter().map(|(time, sure)| (Value::Time(time), sure)).collect();
        }
        let part =
            self.part.map(|part| (between(Value::Time(part.from), Value::Time(part.to)), 0.85));
        part.into_iter().collect()
    }

    fn half(&self) -> Half {
        self.part.map_or(Half::Unsaid, |part| part.half)
    }

    /// The ends of a range of times. A start whose half of the day is not said has that of the end,
    /// unless it would lie behind it.
    fn ends(&self, from: Option<Clock>, to: Option<Clock>) -> (Time, Time) {
        let best = |clock: Clock, half| {
            clock.times(half).first().map_or(Time::midnight(), |(time, _)| *time)
        };
        let half = self.half();
        let end = to.map(|to| best(to, half));
        let start = from.map(|from| {
            let said = to.map_or(Half::Unsaid, |to| to.half);
            let same = if half == Half::Unsaid && said != Half::Exact { said } else { half };
            let start = best(from, same);
            match end {
                Some(end) if start >= end => best(from, Half::Morning),
                _ => start,
            }
        });
        let end = match (start, end) {
            (Some(start), Some(end)) if end <= start && end.hour() < 12 => {
                end.saturating_add(Span::new().hours(12))
            }
            (_, end) => end.unwrap_or(time(23, 59, 0, 0)),
        };
        // "Before noon" begins with the day, and not with the night before it.
        let morning = time(8, 0, 0, 0);
        let open = if end > morning { morning } else { Time::midnight() };
        (start.unwrap_or(open), end)
    }

    /// The days with their times that may be meant. A day alone stays a day, so that the time can
    /// be asked for.
    fn moments(&self, context: &Context) -> Vec<(Value, f32)> {
        let now = context.now;
        if let Some(minutes) = self.minutes {
            // "Two hours ago" is over.
            let at = later(now, minutes).filter(|_| minutes >= 0);
            return at.map(|at| (Value::DateTime(at), 0.95)).into_iter().collect();
        }
        let times = self.times(context);
        if times.is_empty() {
            return self.days(now.date(), false);
        }
        let Some(days) = &self.day else { return next(&times, now) };
        let mut values = Vec::new();
        for (day, day_sure) in days {
            let Days::One(day) = *day else {
                let days = self.days(now.date(), false);
                values.extend(days.into_iter().map(|(value, sure)| (value, sure * 0.6)));
                continue;
            };
            for (time, sure) in &times {
                values.extend(on(day, time, now).map(|value| (value, sure * day_sure)));
            }
        }
        weigh(values, 0.95)
    }
}

/// A probability is shared by the meanings that are left when others are in the past.
fn weigh(mut values: Vec<(Value, f32)>, at_most: f32) -> Vec<(Value, f32)> {
    let sum: f32 = values.iter().map(|(_, sure)| sure).sum();
    if sum > 0.0 && sum < at_most {
        let share = (at_most / sum).min(2.5);
        for (_, sure) in &mut values {
            *sure *= share;
        }
    }
    values
}

fn between(from: Value, to: Value) -> Value {
    Value::Between { from: Box::new(from), to: Box::new(to) }
}

/// A time, or a range of times, on a day; none when it is over.
fn on(day: Date, time: &Value, now: DateTime) -> Option<Value> {
    if let Value::Time(time) = time {
        let at = day.to_datetime(*time);
        return (at >= now).then_some(Value::DateTime(at));
    }
    let Value::Between { from, to } = time else { return None };
    let (Value::Time(from), Value::Time(to)) = (&**from, &**to) else { return None };
    let end_day = if to < from { day.tomorrow().ok()? } else { day };
    let (from, to) = (day.to_datetime(*from).max(now), end_day.to_datetime(*to));
    (from < to).then(|| between(Value::DateTime(from), Value::DateTime(to)))
}

/// The next time that it is so late.
fn next(times: &[(Value, f32)], now: DateTime) -> Vec<(Value, f32)> {
    let today = now.date();
    let mut values = Vec::new();
    for (time, sure) in times {
        // A time that is over today is tomorrow's; the other half of the day may still be meant.
        match on(today, time, now) {
            Some(value) => values.push((value, sure * 0.85)),
            None => {
                let later = today.tomorrow().ok().and_then(|day| on(day, time, now));
                values.extend(later.map(|value| (value, sure * 0.5)));
            }
        }
    }
    values
}

fn later(now: DateTime, minutes: i64) -> Option<DateTime> {
    let seconds = Span::new().seconds(i64::from(now.second()));
    let at = now.checked_add(Span::new().try_minutes(minutes).ok()?).ok()?;
    at.checked_sub(seconds).ok().map(|at| at.date().to_datetime(time(at.hour(), at.minute(), 0, 0)))
}

impl Clock {
    /// The times of day that it may mean, the likeliest first. `part` is the half of the day that
    /// was said elsewhere.
    ///
    /// An hour without its half is taken as people at work mean it: one to seven are in the
    /// afternoon, eight to eleven in the morning.
    fn times(&self, part: Half) -> Vec<(Time, f32)> {
        let half = if self.half == Half::Unsaid { part } else { self.half };
        let at = |hour: i8| time(hour % 24, self.minute, 0, 0);
        let hour = self.hour;
        let sure = self.sure;
        if half == Half::Exact || hour > 12 || hour == 0 {
            return vec![(at(hour), sure)];
        }
        let low = hour % 12;
        match half {
            Half::Morning => vec![(at(low), sure)],
            Half::Afternoon => vec![(at(low + 12), sure)],
            Half::Night if hour < 5 || hour == 12 => vec![(at(low), sure)],
            Half::Night => vec![(at(low + 12), sure)],
            Half::Unsaid | Half::Exact => {
                let afternoon = match hour {
                    12 => 0.9,
                    1..=5 => 0.88,
                    6 => 0.75,
                    7 => 0.6,
                    8 => 0.4,
                    _ => 0.25,
                };
                let mut both =
                    vec![(at(low + 12), sure * afternoon), (at(low), sure * (1.0 - afternoon))];
                both.sort_by(|a, b| b.1.total_cmp(&a.1));
                both
            }
        }
    }
}
