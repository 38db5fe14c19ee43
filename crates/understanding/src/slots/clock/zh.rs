//! Times in Mandarin: 下午三点半, 差一刻六点, 15:30, 两个小时后, 晚上.

use super::{before, clock, part as hours, until_midnight};
use crate::slots::moment::{Clock, Half, Item, Part};
use crate::slots::number::en::digits;
use crate::slots::number::zh::{below_100, cardinal};
use crate::slots::token::Tokens;

/// Parts of the day. Before a time they say which half of the day it is in.
const PARTS: &[(&str, Part)] = &[
    ("凌晨", hours(0, 5, Half::Morning)),
    ("清晨", hours(5, 8, Half::Morning)),
    ("早上", hours(7, 10, Half::Morning)),
    ("早晨", hours(6, 9, Half::Morning)),
    ("一早", hours(7, 9, Half::Morning)),
    ("一大早", hours(6, 9, Half::Morning)),
    ("早", hours(7, 10, Half::Morning)),
    ("上午", hours(8, 12, Half::Morning)),
    ("午前", hours(8, 12, Half::Morning)),
    ("中午", hours(11, 13, Half::Afternoon)),
    ("中午以前", hours(8, 12, Half::Morning)),
    ("中午之前", hours(8, 12, Half::Morning)),
    ("中午以后", hours(12, 18, Half::Afternoon)),
    ("中午之后", hours(12, 18, Half::Afternoon)),
    ("正午", hours(12, 13, Half::Afternoon)),
    ("午饭后", hours(13, 17, Half::Afternoon)),
    ("吃完午饭", hours(13, 17, Half::Afternoon)),
    ("午饭时间", hours(12, 13, Half::Afternoon)),
    ("下午", hours(13, 18, Half::Afternoon)),
    ("午后", hours(13, 17, Half::Afternoon)),
    ("傍晚", hours(17, 19, Half::Night)),
    ("晚上", hours(18, 22, Half::Night)),
    ("晚间", hours(18, 22, Half::Night)),
    ("晚", hours(18, 22, Half::Night)),
    ("夜里", until_midnight(21)),
    ("夜间", until_midnight(21)),
    ("深夜", until_midnight(22)),
    ("半夜", hours(0, 4, Half::Night)),
    ("下班后", hours(17, 20, Half::Night)),
    ("下班以后", hours(17, 20, Half::Night)),
    ("晚饭后", hours(19, 22, Half::Night)),
    ("上班时间", hours(9, 18, Half::Unsaid)),
    ("工作时间", hours(9, 18, Half::Unsaid)),
];
/// What may stand between a part of the day and its time.
const JOINS: &[&str] = &["的", "大概", "大约", "差不多"];

/// The part of the day at a place, and its words.
pub(crate) fn part(t: &Tokens, at: usize) -> Option<(Part, usize)> {
    // 早点 is earlier, and 晚点 later.
    let is_degree = matches!(t.word(at), "早" | "晚")
        && (t.word(at + 1) == "点" || t.word(at + 1) == "一" || t.word(at + 1) == "安");
    t.lookup(at, PARTS).filter(|_| !is_degree)
}

/// The time, part of the day, range of times, or time from now at a place.
pub(crate) fn item(t: &Tokens, at: usize) -> Option<(Vec<Item>, usize)> {
    if let Some((minutes, len)) = from_now(t, at) {
        return Some((vec![Item::FromNow(minutes)], len));
    }
    if let Some((from, to, len)) = range(t, at) {
        return Some((vec![Item::Hours(from, to)], len));
    }
    if let Some((clock, len)) = time(t, at) {
        return Some((vec![Item::Clock(clock)], len));
    }
    part(t, at).map(|(part, len)| (vec![Item::Part(part)], len))
}

/// 两个小时后, 过半小时, 十分钟以后, 马上.
fn from_now(t: &Tokens, at: usize) -> Option<(i64, usize)> {
    if let Some(len) = t.any(at, &["现在", "马上", "立刻", "立即", "即刻"]) {
        return Some((0, len));
    }
    let lead = t.any(at, &["过", "再过", "等"]);
    let skip = lead.unwrap_or(0);
    let (minutes, len) = duration(t, at + skip)?;
    let len = skip + len;
    match t.any(at + len, &["以后", "之后", "后"]) {
        Some(more) => Some((minutes, len + more)),
        None => lead.map(|_| (minutes, len)),
    }
}

/// A while in minutes.
fn duration(t: &Tokens, at: usize) -> Option<(i64, usize)> {
    let fixed = [
        ("半小时", 30),
        ("半个小时", 30),
        ("半个钟头", 30),
        ("一刻钟", 15),
        ("三刻钟", 45),
        ("半天", 240),
        ("几分钟", 5),
        ("一会儿", 15),
        ("一会", 15),
    ];
    if let Some(found) = t.lookup(at, &fixed) {
        return Some(found);
    }
    let (value, len) = cardinal(t, at).filter(|(value, _)| (0.0..100_000.0).contains(value))?;
    let units = [("小时", 60.0), ("个小时", 60.0), ("个钟头", 60.0), ("钟头", 60.0), ("分钟", 1.0)];
    let (each, more) = t.lookup(at + len, &units)?;
    // Bounded by the test above.
    let minutes = (value * each).round() as i64;
    let len = len + more;
    if each > 1.0
        && let Some((rest, more)) = below_100(t, at + len)
        && t.phrase(at + len + more, "分钟").is_some()
    {
        return Some((minutes + i64::from(rest), len + more + 2));
    }
    Some((minutes, len))
}

/// 两点到四点, 三点以后, 中午之前.
fn range(t: &Tokens, at: usize) -> Option<(Option<Clock>, Option<Clock>, usize)> {
    let lead = t.any(at, &["从"]).unwrap_or(0);
    let (from, len) = time(t, at + lead).or_else(|| hour_alone(t, at + lead))?;
    let len = lead + len;
    let is_dash = matches!(t.before(at + len).trim(), "-" | "–" | "~" | "～");
    let join = if is_dash { Some(0) } else { t.any(at + len, &["到", "至", "和"]) };
    if let Some(join) = join
        && (from.sure > 0.5 || join > 0)
        && let Some((to, more)) = time(t, at + len + join)
    {
        let more = more + t.any(at + len + join + more, &["之间"]).unwrap_or(0);
        return Some((Some(from), Some(to), len + join + more));
    }
    if from.sure < 0.5 {
        return None;
    }
    if let Some(more) = t.any(at + len, &["以后", "之后", "后", "过后", "开始"]) {
        return Some((Some(from), None, len + more));
    }
    let more = t.any(at + len, &["以前", "之前", "前"])?;
    Some((None, Some(from), len + more))
}

/// The start of 两到四点.
fn hour_alone(t: &Tokens, at: usize) -> Option<(Clock, usize)> {
    let (part, skip) = part(t, at).map_or((Half::Unsaid, 0), |(part, len)| (part.half, len));
    let (hour, len) = below_100(t, at + skip).filter(|(hour, _)| (1..=24).contains(hour))?;
    clock(hour, 0, part, 0.2).map(|clock| (clock, skip + len))
}

/// A time, with the part of the day before it.
fn time(t: &Tokens, at: usize) -> Option<(Clock, usize)> {
    let said = part(t, at);
    let skip = said.map_or(0, |(_, len)| len);
    let skip = skip + if skip > 0 { t.skip(at + skip, JOINS) } else { 0 };
    if said.is_some() || t.any(at, &["正午", "半夜"]).is_some() {
        let has_hour = plain(t, at + skip).is_some() || early(t, at + skip).is_some();
        if !has_hour {
            return None;
        }
    }
    let (mut clock, len) = early(t, at + skip).or_else(|| plain(t, at + skip))?;
    if let Some((part, _)) = said
        && clock.half == Half::Unsaid
    {
        // 中午十一点 is before noon, 凌晨十二点 midnight.
        let is_noon = t.word(at) == "中" || t.word(at) == "正";
        let is_before = is_noon && (10..12).contains(&clock.hour);
        clock.half = if is_before { Half::Morning } else { part.half };
    }
    Some((clock, skip + len))
}

/// 差一刻六点, 差五分六点.
fn early(t: &Tokens, at: usize) -> Option<(Clock, usize)> {
    let lead = t.any(at, &["差"])?;
    let (minutes, len) = minutes_short(t, at + lead)?;
    let (hour, more) = below_100(t, at + lead + len).filter(|(hour, _)| (1..=24).contains(hour))?;
    let sign = t.any(at + lead + len + more, &["点钟", "点"])?;
    let found = before(hour, minutes, half_of(hour), 0.95)?;
    Some((found, lead + len + more + sign))
}

fn minutes_short(t: &Tokens, at: usize) -> Option<(u32, usize)> {
    if let Some(found) = t.lookup(at, &[("一刻", 15), ("三刻", 45), ("1刻", 15)]) {
        return Some(found);
    }
    let (minutes, len) = below_100(t, at).filter(|(minutes, _)| (1..60).contains(minutes))?;
    Some((minutes, len + t.any(at + len, &["分钟", "分"])?))
}

fn half_of(hour: u32) -> Half {
    if hour > 12 || hour == 0 { Half::Exact } else { Half::Unsaid }
}

/// 三点, 三点半, 三点一刻, 三点二十, 十五时三十分, 15:30, 六点差五分.
fn plain(t: &Tokens, at: usize) -> Option<(Clock, usize)> {
    let (hour, len) = hour(t, at)?;
    let half = half_of(hour);
    if matches!(t.before(at + len), ":" | "：") && t.word(at + len).len() == 2 {
        let minute = digits(t.word(at + len))?;
        let half = if t.word(at).starts_with('0') { Half::Exact } else { half };
        return clock(hour, minute, half, 0.95).map(|clock| (clock, len + 1));
    }
    let sign = t.any(at + len, &["点钟", "点整", "点", "时整", "时"])?;
    // 两点建议 are two points, and 小时 an hour: only what follows can tell.
    let end = len + sign;
    let is_other = matches!(t.word(at + end), "建" | "意" | "要" | "理" | "钱" | "儿" | "候");
    if is_other || hour > 24 {
        return None;
    }
    let fixed = [("半", 30), ("一刻", 15), ("三刻", 45), ("1刻", 15), ("过一刻", 15), ("过半", 30)];
    if let Some((minute, more)) = t.lookup(at + end, &fixed) {
        return clock(hour, minute, half, 0.96).map(|clock| (clock, end + more));
    }
    if t.word(at + end) == "差"
        && let Some((minutes, more)) = minutes_short(t, at + end + 1)
    {
        return before(hour, minutes, half, 0.9).map(|clock| (clock, end + 1 + more));
    }
    let past = t.any(at + end, &["过", "零", "〇"]).unwrap_or(0);
    if let Some((minute, more)) = below_100(t, at + end + past).filter(|(minute, _)| *minute < 60)
        && !t.begins_clause(at + end)
    {
        let sign = t.any(at + end + past + more, &["分钟", "分"]).unwrap_or(0);
        let follows = t.word(at + end + past + more + sign);
        let is_minute =
            sign > 0 || !matches!(follows, "个" | "点" | "块" | "元" | "人" | "位" | "天" | "号");
        if is_minute {
            let more = past + more + sign;
            return clock(hour, minute, half, 0.93).map(|clock| (clock, end + more));
        }
    }
    let more = t.any(at + end, &["多", "左右", "整", "钟"]).unwrap_or(0);
    clock(hour, 0, half, 0.93).map(|clock| (clock, end + more))
}

/// The hour of a time. 三点五 is a number too: the hour ends at the sign.
fn hour(t: &Tokens, at: usize) -> Option<(u32, usize)> {
    let word = t.word(at);
    if let Some(hour) = digits(word) {
        return (word.len() <= 2 && hour <= 24).then_some((hour, 1));
    }
    let is_unit = |at: usize| crate::slots::number::zh::digit(t.word(at));
    let (hour, len) = match (is_unit(at), t.word(at + 1)) {
        (None, _) if word == "十" => match is_unit(at + 1) {
            Some(unit) => (10 + unit, 2),
            None => (10, 1),
        },
        (Some(tens), "十") => match is_unit(at + 2) {
            Some(unit) => (tens * 10 + unit, 3),
            None => (tens * 10, 2),
        },
        (Some(unit), _) => (unit, 1),
        _ => return None,
    };
    (hour <= 24).then_some((hour, len))
}
