//! Values in Mandarin.

use jiff::civil::{Date, Time, Weekday};

use super::super::money::minor_per_unit;
use super::parts;

const DIGITS: &[&str] = &["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

pub(super) fn digit(digit: u8) -> &'static str {
    DIGITS[usize::from(digit % 10)]
}

pub(super) fn number(number: f64) -> String {
    let Some((is_negative, value, decimals)) = parts(number) else { return number.to_string() };
    let mut text = whole(value);
    if !decimals.is_empty() {
        text.push('点');
        text.extend(decimals.bytes().map(|b| digit(b.wrapping_sub(b'0'))));
    }
    if is_negative { format!("负{text}") } else { text }
}

fn whole(value: u64) -> String {
    if value == 0 {
        return DIGITS[0].to_owned();
    }
    let (high, middle, low) = (value / 100_000_000, value / 10_000 % 10_000, value % 10_000);
    let mut text = String::new();
    for (section, name) in [(high, "亿"), (middle, "万"), (low, "")] {
        if section == 0 {
            continue;
        }
        // 一万零五: a section that does not fill its places is announced by a zero.
        if !text.is_empty() && section < 1_000 {
            text.push('零');
        }
        text.push_str(&below_10_000(section, text.is_empty()));
        text.push_str(name);
    }
    text
}

fn below_10_000(value: u64, is_first: bool) -> String {
    let mut text = String::new();
    let mut skipped = false;
    for (size, name) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = value / size % 10;
        if digit == 0 {
            skipped |= !text.is_empty();
            continue;
        }
        if skipped {
            text.push('零');
            skipped = false;
        }
        // 十五, and not 一十五, when nothing stands before it.
        if !(size == 10 && digit == 1 && text.is_empty() && is_first) {
            text.push_str(DIGITS[usize::try_from(digit).unwrap_or(0)]);
        }
        text.push_str(name);
    }
    text
}

pub(super) fn money(minor: i64, currency: &str) -> String {
    let per_unit = minor_per_unit(currency) as u64;
    let (units, rest) = (minor.unsigned_abs() / per_unit, minor.unsigned_abs() % per_unit);
    let sign = if minor < 0 { "负" } else { "" };
    let unit = match currency {
        "CNY" => "元",
        "USD" => "美元",
        "EUR" => "欧元",
        "GBP" => "英镑",
        "JPY" => "日元",
        "HKD" => "港币",
        _ => currency,
    };
    if currency != "CNY" || rest == 0 {
        let amount = number(minor.unsigned_abs() as f64 / per_unit as f64);
        return format!("{sign}{amount}{unit}");
    }
    let part = |count: u64, name: &str| match count {
        0 => String::new(),
        _ => format!("{}{name}", whole(count)),
    };
    format!("{sign}{}{}{}", part(units, unit), part(rest / 10, "角"), part(rest % 10, "分"))
}

fn small(value: i8) -> String {
    whole(u64::try_from(value).unwrap_or(0))
}

pub(super) fn date(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "一",
        Weekday::Tuesday => "二",
        Weekday::Wednesday => "三",
        Weekday::Thursday => "四",
        Weekday::Friday => "五",
        Weekday::Saturday => "六",
        Weekday::Sunday => "日",
    };
    format!("{}月{}号星期{weekday}", small(date.month()), small(date.day()))
}

pub(super) fn date_with_year(date: Date) -> String {
    let year: String =
        date.year().to_string().bytes().map(|b| digit(b.wrapping_sub(b'0'))).collect();
    format!("{year}年{}月{}号", small(date.month()), small(date.day()))
}

pub(super) fn time(time: Time) -> String {
    let part = match time.hour() {
        0..=5 => "凌晨",
        6..=8 => "早上",
        9..=11 => "上午",
        12 => "中午",
        13..=17 => "下午",
        _ => "晚上",
    };
    let hour = if time.hour() > 12 { time.hour() - 12 } else { time.hour() };
    let hour = if hour == 2 { "两".to_owned() } else { small(hour) };
    let minutes = match time.minute() {
        0 => String::new(),
        15 => "一刻".to_owned(),
        30 => "半".to_owned(),
        minute @ 1..=9 => format!("零{}分", small(minute)),
        minute => format!("{}分", small(minute)),
    };
    format!("{part}{hour}点{minutes}")
}
