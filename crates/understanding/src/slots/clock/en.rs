//! Times in English: "half past nine", "5:30 pm", "quarter to six", "in two hours", "after lunch".

use super::{before, clock, part as hours, until_midnight};
use crate::slots::Kind;
use crate::slots::moment::{Clock, Half, Item, Part};
use crate::slots::number::en::{below_100, cardinal, digits};
use crate::slots::token::Tokens;

/// Parts of the day. What follows a time says which half of the day it is in.
const PARTS: &[(&str, Part)] = &[
    ("morning", hours(8, 12, Half::Morning)),
    ("mornings", hours(8, 12, Half::Morning)),
    ("early morning", hours(6, 9, Half::Morning)),
    ("late morning", hours(10, 12, Half::Morning)),
    ("before noon", hours(8, 12, Half::Morning)),
    ("before lunch", hours(9, 12, Half::Morning)),
    ("first thing", hours(8, 10, Half::Morning)),
    ("first thing in the morning", hours(8, 10, Half::Morning)),
    ("forenoon", hours(8, 12, Half::Morning)),
    ("breakfast", hours(7, 9, Half::Morning)),
    ("breakfast time", hours(7, 9, Half::Morning)),
    ("afternoon", hours(12, 18, Half::Afternoon)),
    ("afternoons", hours(12, 18, Half::Afternoon)),
    ("early afternoon", hours(12, 15, Half::Afternoon)),
    ("late afternoon", hours(15, 18, Half::Afternoon)),
    ("after lunch", hours(13, 17, Half::Afternoon)),
    ("lunchtime", hours(12, 14, Half::Afternoon)),
    ("lunch", hours(12, 14, Half::Afternoon)),
    ("lunch time", hours(12, 14, Half::Afternoon)),
    ("at lunch", hours(12, 14, Half::Afternoon)),
    ("midafternoon", hours(14, 16, Half::Afternoon)),
    ("mid morning", hours(9, 11, Half::Morning)),
    ("mid afternoon", hours(14, 16, Half::Afternoon)),
    ("end of the day", hours(16, 18, Half::Afternoon)),
    ("end of day", hours(16, 18, Half::Afternoon)),
    ("teatime", hours(16, 18, Half::Afternoon)),
    ("tea time", hours(16, 18, Half::Afternoon)),
    ("after work", hours(17, 20, Half::Night)),
    ("evening", hours(17, 21, Half::Night)),
    ("evenings", hours(17, 21, Half::Night)),
    ("early evening", hours(17, 19, Half::Night)),
    ("late evening", hours(20, 22, Half::Night)),
    ("dinner", hours(18, 20, Half::Night)),
    ("supper", hours(18, 20, Half::Night)),
    ("dinner time", hours(18, 20, Half::Night)),
    ("suppertime", hours(18, 20, Half::Night)),
    ("after dinner", hours(19, 22, Half::Night)),
    ("night", until_midnight(20)),
    ("nights", until_midnight(20)),
    ("late at night", until_midnight(21)),
    ("at night", until_midnight(20)),
    ("tonight", until_midnight(18)),
    ("later tonight", until_midnight(19)),
    ("office hours", hours(9, 17, Half::Unsaid)),
    ("working hours", hours(9, 17, Half::Unsaid)),
    ("business hours", hours(9, 17, Half::Unsaid)),
    ("sunrise", hours(5, 8, Half::Morning)),
    ("sunset", hours(17, 21, Half::Night)),
];
const NOON: &[(&str, i8)] = &[
    ("noon", 12),
    ("midday", 12),
    ("mid day", 12),
    ("12 noon", 12),
    ("twelve noon", 12),
    ("high noon", 12),
    ("midnight", 0),
    ("mid night", 0),
    ("12 midnight", 0),
    ("twelve midnight", 0),
];
/// Which half of the day is meant, right after a time.
const HALVES: &[(&str, Half)] = &[
    ("am", Half::Morning),
    ("a m", Half::Morning),
    ("pm", Half::Afternoon),
    ("p m", Half::Afternoon),
    ("in the morning", Half::Morning),
    ("of the morning", Half::Morning),
    ("in the afternoon", Half::Afternoon),
    ("in the evening", Half::Night),
    ("at night", Half::Night),
    ("in the night", Half::Night),
    ("tonight", Half::Night),
    ("morning", Half::Morning),
    ("afternoon", Half::Afternoon),
    ("evening", Half::Night),
    ("night", Half::Night),
    ("this morning", Half::Morning),
    ("this afternoon", Half::Afternoon),
    ("this evening", Half::Night),
    ("at noon", Half::Afternoon),
];
/// Before a number, they make it a time.
const BEFORE: &[&str] = &[
    "at",
    "around",
    "about",
    "by",
    "before",
    "after",
    "until",
    "till",
    "from",
    "past",
    "between",
    "for",
    "like",
    "say",
    "roughly",
    "approximately",
    "circa",
    "since",
];

/// The part of the day at a place, and its words.
pub(crate) fn part(t: &Tokens, at: usize) -> Option<(Part, usize)> {
    t.lookup(at, PARTS)
}

/// The time, part of the day, range of times, or time from now at a place.
pub(crate) fn item(t: &Tokens, at: usize, kind: &Kind) -> Option<(Vec<Item>, usize)> {
    if let Some((minutes, len)) = from_now(t, at) {
        return Some((vec![Item::FromNow(minutes)], len));
    }
    let word = t.lookup(at, PARTS);
    if let Some((from, to, len)) = range(t, at, kind)
        && word.is_none_or(|(_, other)| other < len)
    {
        return Some((vec![Item::Hours(from, to)], len));
    }
    let time = time(t, at, kind);
    match (time, word) {
        (Some((_, len)), Some((part, longer))) if longer > len => {
            Some((vec![Item::Part(part)], longer))
        }
        (Some((clock, len)), _) => Some((vec![Item::Clock(clock)], len)),
        (None, Some((part, len))) => Some((vec![Item::Part(part)], len)),
        (None, None) => None,
    }
}

/// "In two hours", "in half an hour", "20 minutes from now", "right now".
pub(crate) fn from_now(t: &Tokens, at: usize) -> Option<(i64, usize)> {
    if let Some(len) = t.any(
        at,
        &[
            "right now",
            "straight away",
            "right away",
            "immediately",
            "at once",
            "asap",
            "as soon as possible",
        ],
    ) {
        return Some((0, len));
    }
    // "Now you are asking" is no time.
    if t.word(at) == "now" && (at + 1 == t.len() || t.begins_clause(at + 1)) {
        return Some((0, 1));
    }
    let leads =
        t.any(at, &["in", "in about", "in another", "give me", "within", "after", "in like"]);
    let skip = leads.unwrap_or(0);
    let (minutes, len) = duration(t, at + skip)?;
    let len = skip + len;
    match t.any(at + len, &["from now", "later", "time", "hence"]) {
        Some(more) => Some((minutes, len + more)),
        None if t.word(at + len) == "ago" => Some((-minutes, len + 1)),
        None => leads.map(|_| (minutes, len)),
    }
}

/// A while in minutes: "an hour and a half", "two and a half hours", "20 minutes".
fn duration(t: &Tokens, at: usize) -> Option<(i64, usize)> {
    if let Some(found) = t.lookup(
        at,
        &[
            ("half an hour", 30),
            ("a half hour", 30),
            ("half hour", 30),
            ("an hour", 60),
            ("a hour", 60),
            ("an hour and a half", 90),
            ("an hour or so", 60),
            ("a quarter of an hour", 15),
            ("quarter of an hour", 15),
            ("three quarters of an hour", 45),
            ("a minute", 1),
            ("a few minutes", 5),
            ("a couple of minutes", 2),
            ("a couple of hours", 120),
            ("a couple hours", 120),
            ("a few hours", 180),
            ("an hour or two", 90),
        ],
    ) {
        return Some(found);
    }
    let (value, len) = cardinal(t, at).filter(|(value, _)| (0.0..100_000.0).contains(value))?;
    let (each, more) = t.lookup(
        at + len,
        &[
            ("minutes", 1.0),
            ("minute", 1.0),
            ("mins", 1.0),
            ("min", 1.0),
            ("hours", 60.0),
            ("hour", 60.0),
            ("hrs", 60.0),
            ("hr", 60.0),
            ("h", 60.0),
        ],
    )?;
    // Bounded by the test above.
    let mut minutes = (value * each).round() as i64;
    let mut len = len + more;
    if each > 1.0 {
        if let Some(more) = t.any(at + len, &["and a half"]) {
            (minutes, len) = (minutes + 30, len + more);
        } else if t.word(at + len) == "and"
            && let Some((rest, more)) = below_100(t, at + len + 1)
            && let Some(unit) = t.any(at + len + 1 + more, &["minutes", "mins"])
        {
            (minutes, len) = (minutes + i64::from(rest), len + 1 + more + unit);
        }
    }
    Some((minutes, len))
}

/// "Between two and four", "from 9 to 5", "2-4 pm", "after five", "before noon".
fn range(t: &Tokens, at: usize, kind: &Kind) -> Option<(Option<Clock>, Option<Clock>, usize)> {
    let lead = t.any(at, &["between", "from", "anytime between", "any time between"]).unwrap_or(0);
    if let Some((from, len)) = number_time(t, at + lead, kind) {
        let end = lead + len;
        let is_dash = matches!(t.before(at + end).trim(), "-" | "–");
        let joins: &[&str] = if lead > 0 {
            &["and", "to", "till", "until", "through"]
        } else {
            &["to", "till", "until"]
        };
        let join = if is_dash { Some(0) } else { t.any(at + end, joins) };
        if let Some(join) = join
            && let Some((to, more)) = number_time(t, at + end + join, kind)
            && (lead > 0 || is_dash || from.sure > 0.7 || to.half != Half::Unsaid)
        {
            return Some((Some(from), Some(to), end + join + more));
        }
        if lead > 0 && t.any(at + end, &["on", "onwards", "onward", "on wards"]).is_some()
            || t.word(at) == "from"
        {
            let more = t.any(at + end, &["on", "onwards", "onward"]).unwrap_or(0);
            return Some((Some(from), None, end + more));
        }
    }
    let lead = t.any(
        at,
        &[
            "after",
            "any time after",
            "anytime after",
            "not before",
            "later than",
            "past",
            "no earlier than",
            "busy until",
            "busy till",
            "at work until",
            "tied up until",
            "not available until",
            "in a meeting until",
            "not until",
        ],
    );
    if let Some(lead) = lead
        && let Some((from, len)) = number_time(t, at + lead, kind)
    {
        return Some((Some(from), None, lead + len));
    }
    let lead = t.any(
        at,
        &[
            "before",
            "any time before",
            "anytime before",
            "not after",
            "until",
            "till",
            "no later than",
            "earlier than",
        ],
    )?;
    let (to, len) = number_time(t, at + lead, kind)?;
    Some((None, Some(to), lead + len))
}

/// A time after a word that announces one.
fn number_time(t: &Tokens, at: usize, kind: &Kind) -> Option<(Clock, usize)> {
    time(t, at, kind).or_else(|| {
        let (hour, len) = below_100(t, at).filter(|(hour, _)| (1..=24).contains(hour))?;
        let is_time = matches!(kind, Kind::Time | Kind::DateTime) && is_free(t, at + len);
        is_time.then(|| clock(hour, 0, Half::Unsaid, 0.6)).flatten().map(|clock| (clock, len))
    })
}

/// Whether what follows a number does not say of what it is.
fn is_free(t: &Tokens, at: usize) -> bool {
    !matches!(
        t.word(at),
        "past"
            | "people"
            | "persons"
            | "person"
            | "days"
            | "day"
            | "weeks"
            | "week"
            | "months"
            | "month"
            | "minutes"
            | "minute"
            | "hours"
            | "hour"
            | "percent"
            | "%"
            | "dollars"
            | "pounds"
            | "euros"
            | "times"
            | "guests"
            | "years"
            | "of"
            | "st"
            | "nd"
            | "rd"
            | "th"
            | "adults"
            | "kids"
            | "children"
            | "rooms"
            | "room"
            | "nights"
            | "others"
            | "stars"
            | "star"
    ) && !matches!(t.before(at), "/" | "%")
}

/// A time at a place.
fn time(t: &Tokens, at: usize, kind: &Kind) -> Option<(Clock, usize)> {
    if let Some((hour, len)) = t.lookup(at, NOON) {
        return Some((Clock { hour, minute: 0, half: Half::Exact, sure: 0.97 }, len));
    }
    let (mut clock, mut len) = relative(t, at).or_else(|| plain(t, at, kind))?;
    if let Some(more) = t.any(
        at + len,
        &["oclock", "o clock", "a clock", "o clock sharp", "oclock sharp", "sharp", "hours", "ish"],
    ) {
        clock.sure = clock.sure.max(0.95);
        len += more;
    }
    if clock.half == Half::Unsaid
        && let Some((half, more)) = t.lookup(at + len, HALVES)
        // "Nine, tomorrow night" is one thing and "at five, morning is bad" another.
        && (more > 1 || !t.before(at + len).contains(['.', '?', '!']))
    {
        clock.half = half;
        clock.sure = 0.97;
        len += more;
    }
    Some((clock, len))
}

/// What recognition makes of "half" before "past".
const HALF_MISHEARD: &[&str] = &["have", "halve", "behalf", "of half"];

/// "Half past nine", "quarter to six", "twenty past four", "ten minutes to six", "half nine".
fn relative(t: &Tokens, at: usize) -> Option<(Clock, usize)> {
    let (minutes, len) =
        match t.lookup(at, &[("a quarter", 15), ("quarter", 15), ("half", 30), ("a half", 30)]) {
            // "Half a past twelve", as recognition writes it now and then.
            Some((30, len)) if t.phrase(at + len, "a past").is_some() => (30, len + 1),
            Some(found) => found,
            None => match t.any(at, HALF_MISHEARD).filter(|len| t.word(at + len) == "past") {
                Some(len) => (30, len),
                None => below_100(t, at).filter(|(minutes, _)| (1..60).contains(minutes))?,
            },
        };
    let unit = t.any(at + len, &["minutes", "mins", "minute"]).unwrap_or(0);
    let place = at + len + unit;
    let is_half = minutes == 30 && t.word(at + len - 1) == "half";
    let direction = t.lookup(
        place,
        &[
            ("past", true),
            ("after", true),
            ("to", false),
            ("till", false),
            ("til", false),
            ("before", false),
            ("of", false),
        ],
    );
    let (is_past, join) = match direction {
        Some((_, _)) if t.word(place) == "of" && !matches!(t.word(place - 1), "quarter") => {
            return None;
        }
        // "Half nine" is half past it.
        None if is_half && unit == 0 => (true, 0),
        found => found?,
    };
    let hour_at = place + join;
    let (hour, hour_len) = match t.lookup(hour_at, NOON) {
        Some((hour, len)) => (u32::try_from(hour).ok()?, len),
        None => below_100(t, hour_at).filter(|(hour, _)| (1..=24).contains(hour))?,
    };
    if !is_free(t, hour_at + hour_len) || is_half && !is_past {
        return None;
    }
    let half =
        if t.lookup(hour_at, NOON).is_some() || hour > 12 { Half::Exact } else { Half::Unsaid };
    // "Two to five" is rather a range of hours than two minutes before five.
    let is_step = minutes % 5 == 0 || unit > 0;
    let sure = if is_step { 0.93 } else { 0.6 };
    if !is_past && !is_step {
        return None;
    }
    let found =
        if is_past { clock(hour, minutes, half, sure) } else { before(hour, minutes, half, sure) };
    found.map(|clock| (clock, hour_at + hour_len - at))
}

/// "5:30", "5.30", "five thirty", "0900", "5", "nine oh five", "seventeen thirty".
fn plain(t: &Tokens, at: usize, kind: &Kind) -> Option<(Clock, usize)> {
    let word = t.word(at);
    let oh = usize::from(matches!(word, "oh" | "o" | "zero"));
    if word.len() == 4
        && let Some(value) = digits(word)
    {
        let is_led = at > 0 && t.any(at - 1, BEFORE).is_some()
            || t.len() == 1
            || t.lookup(at + 1, HALVES).is_some();
        let is_year = (1900..2100).contains(&value) && t.lookup(at + 1, HALVES).is_none();
        let exact = if value >= 1300 || word.starts_with('0') { Half::Exact } else { Half::Unsaid };
        let found = clock(value / 100, value % 100, exact, if is_year { 0.3 } else { 0.8 })?;
        return is_led.then_some((found, 1));
    }
    if word.len() == 3
        && let Some(value) = digits(word)
    {
        let is_said = t.lookup(at + 1, HALVES).is_some();
        // "At 130", or "Tuesday 130", is how recognition writes half past one.
        let is_asked = matches!(kind, Kind::Time | Kind::DateTime) && at > 0;
        let is_led = is_asked && (t.word(at - 1) == "at" || t.word(at - 1).ends_with("day"));
        let is_led = is_led && value % 100 < 60;
        return if is_said || is_led {
            let sure = if is_said { 0.9 } else { 0.8 };
            clock(value / 100, value % 100, Half::Unsaid, sure).map(|clock| (clock, 1))
        } else {
            None
        };
    }
    let (hour, len) = below_100(t, at + oh).filter(|(hour, _)| *hour <= 24)?;
    let len = oh + len;
    if let Some((minute, more, sure)) = minutes(t, at, len, kind) {
        let is_exact = hour > 12 || hour == 0 || oh > 0 || word.len() == 2 && word.starts_with('0');
        let half = if is_exact { Half::Exact } else { Half::Unsaid };
        let sure = if is_free(t, at + len + more) { sure } else { 0.3 };
        return clock(hour, minute, half, sure).map(|clock| (clock, len + more));
    }
    if t.phrase(at + len, "hundred").is_some() {
        let more = 1 + t.any(at + len + 1, &["hours"]).unwrap_or(0);
        return clock(hour, 0, Half::Exact, 0.9).map(|clock| (clock, len + more));
    }
    bare(t, at, kind, hour, len)
}

/// The minutes after an hour: by a sign, or as the number that follows.
fn minutes(t: &Tokens, at: usize, len: usize, kind: &Kind) -> Option<(u32, usize, f32)> {
    let place = at + len;
    let word = t.word(place);
    if t.before(place) == ":" {
        return digits(word).filter(|_| word.len() == 2).map(|minute| (minute, 1, 0.95));
    }
    let is_asked = matches!(kind, Kind::Time | Kind::DateTime);
    let is_led = at > 0 && t.any(at - 1, BEFORE).is_some();
    let is_dot = t.before(place) == ".";
    if is_dot {
        // "At 11.30" is how recognition writes it; "3.12" alone may be a day of December.
        let minute = digits(word).filter(|&minute| word.len() == 2 && minute < 60)?;
        let is_said = t.lookup(place + 1, HALVES).is_some()
            || t.len() <= 4
            || is_asked && (is_led || minute > 12);
        return is_said.then_some((minute, 1, 0.8));
    }
    // "At 3, 30" is how recognition writes half past three when somebody takes their time.
    if t.before(place).trim() == "," && is_asked && is_led {
        let minute = digits(word).filter(|&minute| word.len() == 2 && minute < 60)?;
        return (minute % 5 == 0).then_some((minute, 1, 0.8));
    }
    if t.begins_clause(place) || t.before(place).contains('/') {
        return None;
    }
    if matches!(word, "oh" | "o") {
        let (minute, more) =
            below_100(t, place + 1).filter(|(minute, _)| (1..10).contains(minute))?;
        return Some((minute, 1 + more, 0.92));
    }
    let (minute, more) = below_100(t, place)?;
    let is_two = minute >= 10 || word.len() == 2 && word.starts_with('0');
    (is_two && minute < 60).then_some((minute, more, 0.88))
}

/// A number that is a time because of what stands around it, or because a time was asked for.
fn bare(t: &Tokens, at: usize, kind: &Kind, hour: u32, len: usize) -> Option<(Clock, usize)> {
    let half = if hour > 12 || hour == 0 { Half::Exact } else { Half::Unsaid };
    let is_said = t.any(at + len, &["oclock", "o clock", "a clock", "sharp", "ish"]).is_some()
        || t.lookup(at + len, HALVES).is_some_and(|(_, more)| {
            more > 1 || t.word(at + len).len() == 2 || t.word(at + len) == "tonight"
        });
    let follows = t.lookup(at + len, HALVES).is_some();
    let is_led = at > 0 && t.any(at - 1, BEFORE).is_some();
    let is_asked = matches!(kind, Kind::Time | Kind::DateTime);
    // "That's the one", "this one": what was spoken of, and no hour.
    let points = ["the", "that", "this", "which", "another", "other", "right", "a", "no"];
    if t.word(at) == "one" && at > 0 && points.contains(&t.word(at - 1)) && !is_said {
        return None;
    }
    let sure = match (is_said, is_led || follows, is_asked) {
        (true, ..) => 0.97,
        (_, true, true) if t.word(at.saturating_sub(1)) == "for" => 0.55,
        (_, true, true) => 0.9,
        (_, false, true) if t.len() <= 4 => 0.75,
        (_, false, true) => 0.35,
        _ => return None,
    };
    (is_said || is_free(t, at + len))
        .then(|| clock(hour, 0, half, sure))
        .flatten()
        .map(|clock| (clock, len))
}
