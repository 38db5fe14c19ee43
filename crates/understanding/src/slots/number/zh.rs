//! Numbers in Mandarin: 一百零五, 两万三, 二点五, 3万, 一个半, 第三.

use crate::slots::token::Tokens;

/// Characters that one number may have.
const LENGTH_MAX: usize = 24;

/// A digit by its character: 幺 is one, as digits are read out.
pub(crate) fn digit(word: &str) -> Option<u32> {
    Some(match word {
        "零" | "〇" => 0,
        "一" | "幺" | "壹" => 1,
        "二" | "两" | "贰" => 2,
        "三" | "叁" => 3,
        "四" | "肆" => 4,
        "五" | "伍" => 5,
        "六" | "陆" => 6,
        "七" | "柒" => 7,
        "八" | "捌" => 8,
        "九" | "玖" => 9,
        _ => return None,
    })
}

fn unit(word: &str) -> Option<f64> {
    Some(match word {
        "十" | "拾" => 10.0,
        "百" | "佰" => 100.0,
        "千" | "仟" => 1_000.0,
        _ => return None,
    })
}

fn scale(word: &str) -> Option<f64> {
    Some(match word {
        "万" | "萬" => 1e4,
        "亿" => 1e8,
        _ => return None,
    })
}

/// A whole number below 100, and its words.
pub(crate) fn below_100(t: &Tokens, at: usize) -> Option<(u32, usize)> {
    let (value, len) = whole(t, at)?;
    let is_small = value.fract() == 0.0 && (0.0..100.0).contains(&value);
    // The test above holds it within the range.
    is_small.then_some((value as u32, len))
}

/// A number of any size, with decimals and its sign, and its words.
pub(crate) fn cardinal(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    if matches!(t.word(at), "负") {
        return positive(t, at + 1).map(|(value, len)| (-value, len + 1));
    }
    let (value, len) = positive(t, at)?;
    let before = t.before(at);
    let is_negative = before == "-" && at == 0 || before.ends_with(" -");
    Some((if is_negative && value != 0.0 { -value } else { value }, len))
}

fn positive(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    if t.word(at) == "半" {
        return Some((0.5, 1));
    }
    let (mut value, mut len) = whole(t, at)?;
    if t.word(at + len) == "点" && value.fract() == 0.0 {
        let (part, more) = digits_of(t, at + len + 1);
        if more > 0
            && t.word(at + len + 1 + more) != "分"
            && let Ok(part) = format!("0.{part}").parse::<f64>()
        {
            (value, len) = (value + part, len + 1 + more);
            if let Some(scale) = scale(t.word(at + len)) {
                (value, len) = (value * scale, len + 1);
            }
        }
    }
    if let Some(more) = t.phrase(at + len, "个半") {
        return Some((value + 0.5, len + more));
    }
    Some((value, len))
}

/// A run of digits that stand one by one.
fn digits_of(t: &Tokens, at: usize) -> (String, usize) {
    let (mut text, mut len) = (String::new(), 0);
    while len < LENGTH_MAX
        && let Some(value) = digit(t.word(at + len))
    {
        text.push_str(&value.to_string());
        len += 1;
    }
    (text, len)
}

/// A number without decimals in characters, or a numeral with them.
fn whole(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    if t.word(at).starts_with(|c: char| c.is_ascii_digit()) {
        let (value, len) = super::en::numeral(t, at)?;
        return Some(match scale(t.word(at + len)).or_else(|| unit(t.word(at + len))) {
            Some(scale) => (value * scale, len + 1),
            None => (value, len),
        });
    }
    let (text, run) = digits_of(t, at);
    let has_unit = unit(t.word(at + run)).or_else(|| scale(t.word(at + run))).is_some();
    if run > 1 && !has_unit {
        return (run <= 15).then(|| text.parse().ok()).flatten().map(|value| (value, run));
    }
    composed(t, at)
}

/// 两千三百零五, 一百五 (150), 三万五 (35,000).
fn composed(t: &Tokens, at: usize) -> Option<(f64, usize)> {
    let (mut total, mut tens_of_thousands, mut section, mut len) = (0.0, 0.0, 0.0, 0);
    let (mut last, mut after_zero) = (f64::INFINITY, false);
    while len < LENGTH_MAX {
        let word = t.word(at + len);
        if let Some(value) = digit(word) {
            let value = f64::from(value);
            let next = t.word(at + len + 1);
            if value == 0.0 && len > 0 {
                after_zero = true;
                len += 1;
            } else if let Some(unit) = unit(next).filter(|unit| *unit < last) {
                section += value * unit;
                (last, after_zero, len) = (unit, false, len + 2);
            } else if scale(next).is_some() {
                section += value;
                (last, len) = (1.0, len + 1);
            } else if last > 1.0 && digit(next).is_none() {
                let is_short = last.is_finite() && last > 10.0 && !after_zero;
                section += if is_short { value * last / 10.0 } else { value };
                (last, len) = (1.0, len + 1);
            } else {
                break;
            }
        } else if unit(word) == Some(10.0) && last > 10.0 && (len == 0 || after_zero) {
            section += 10.0;
            (last, len) = (10.0, len + 1);
        } else if let Some(scale) = scale(word).filter(|_| section + tens_of_thousands > 0.0) {
            if scale > 1e4 {
                total += (section + tens_of_thousands) * scale;
                tens_of_thousands = 0.0;
            } else {
                tens_of_thousands = section * scale;
            }
            (section, last, after_zero, len) = (0.0, scale, false, len + 1);
        } else {
            break;
        }
    }
    // A zero at the end belongs to what follows.
    if len > 1 && digit(t.word(at + len - 1)) == Some(0) {
        len -= 1;
    }
    (len > 0).then_some((total + tens_of_thousands + section, len))
}

/// 第三, and its words.
pub(crate) fn ordinal(t: &Tokens, at: usize) -> Option<(u32, usize)> {
    if t.word(at) != "第" {
        return None;
    }
    below_100(t, at + 1).filter(|(value, _)| *value > 0).map(|(value, len)| (value, len + 1))
}
