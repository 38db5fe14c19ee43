//! Times of day: with "am" and "pm" however they are written, ranges, and the 24 hours of a day,
//! which are said as twelve and twelve.

use super::dates::final_stop;
use crate::synthesis::pattern::{Found, Pattern};

const AM: &str = "[AM](/ˌAˈɛm/)";
const PM: &str = "[PM](/pˌiˈɛm/)";
const DAYS_AND_MONTHS: [&str; 19] = [
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The rules.
#[derive(Debug)]
pub(super) struct Times {
    range: Pattern,
    clock_range: Pattern,
    half: Pattern,
    clock: Pattern,
    zone: Pattern,
    always: Pattern,
}

impl Times {
    pub(super) fn new() -> Self {
        Self {
            range: Pattern::fixed(concat!(
                r"(?i)(?<![\d:$])(\d{1,2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?)\s?[-–]\s?",
                r"(?=\d{1,2}(?::\d{2})?\s?[ap]\.?m\b)",
            )),
            clock_range: Pattern::fixed(r"(?<![\d:])(\d{1,2}:\d{2})\s?[-–]\s?(?=\d{1,2}:\d{2})"),
            half: Pattern::fixed(
                r"(?i)(?<![\d:.,$])(\d{1,2})(:\d{2})?\s?([ap])(?:\.\s?m\.?|m\b\.?)(?!\w)",
            ),
            clock: Pattern::fixed(
                r"(?<![\d:.,$])(0?0|1[3-9]|2[0-3]):([0-5]\d)(?![:\d]|\s?[AaPp]\.?[Mm]\b)",
            ),
            zone: Pattern::fixed(r"(?<=m/\) )([ECMP])[SD]?T\b(?!\.\w)"),
            always: Pattern::fixed(r"(?<![\d/])24/7(?![\d/])"),
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let text = self.range.rewrite(text, |found| format!("{} to ", found.group(1)));
        let text = self.clock_range.rewrite(&text, |found| format!("{} to ", found.group(1)));
        let text = self.half.rewrite(&text, half);
        let text = self.clock.rewrite(&text, clock);
        let text = self.zone.rewrite(&text, |found| zone(found.group(1)).to_owned());
        self.always.rewrite(&text, |_| "twenty four seven".to_owned())
    }
}

/// The hour and how "AM" or "PM" is read: their full stops would end a sentence, and the one that
/// ends the sentence would be lost.
fn half(found: &Found<'_>) -> String {
    let hour: u32 = found.group(1).parse().unwrap_or_default();
    if !(1..=12).contains(&hour) {
        return found.whole().to_owned();
    }
    let minutes = if found.group(2) == ":00" { "" } else { found.group(2) };
    let after = found.after().trim_start();
    let goes_on = DAYS_AND_MONTHS.iter().any(|name| after.starts_with(name)) || is_zone(after);
    let stop = if goes_on { "" } else { final_stop(found) };
    let letters = if found.group(3).eq_ignore_ascii_case("a") { AM } else { PM };
    format!("{hour}{minutes} {letters}{stop}")
}

fn is_zone(text: &str) -> bool {
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).collect();
    word.ends_with('T') && word.len() <= 3 && word.starts_with(['E', 'C', 'M', 'P'])
}

fn clock(found: &Found<'_>) -> String {
    let hour: u32 = found.group(1).parse().unwrap_or_default();
    let minutes =
        if found.group(2) == "00" { String::new() } else { format!(":{}", found.group(2)) };
    match hour {
        0 => format!("12{minutes} {AM}"),
        _ => format!("{}{minutes} {PM}", hour - 12),
    }
}

fn zone(letter: &str) -> &'static str {
    match letter {
        "E" => "Eastern time",
        "C" => "Central time",
        "M" => "Mountain time",
        _ => "Pacific time",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_put_on_the_clock_of_twelve_hours() {
        let times = Times::new();
        let cases = [
            ("at 14:30", "at 2:30 P.M"),
            ("at 14:00, sharp", "at 2 P.M, sharp"),
            ("00:15", "12:15 A.M"),
            ("3 pm", "3 P.M"),
            ("3pm", "3 P.M"),
            ("3:30 p.m. Tuesday", "3:30 P.M Tuesday"),
            ("at 3:30 p.m. Call me.", "at 3:30 P.M. Call me."),
            ("at 10 a.m.", "at 10 A.M."),
            ("at 10 a.m. on Monday", "at 10 A.M on Monday"),
            ("10am-2pm", "10 A.M to 2 P.M"),
            ("3–5 pm", "3 to 5 P.M"),
            ("9:00-10:30", "9:00 to 10:30"),
            ("3 PM EST", "3 P.M Eastern time"),
            ("2:01:09", "2:01:09"),
            ("open 24/7", "open twenty four seven"),
            ("I am 14 amps", "I am 14 amps"),
            ("10:05", "10:05"),
        ];
        for (text, wanted) in cases {
            let found = times.apply(text).replace(AM, "A.M").replace(PM, "P.M");
            assert_eq!(found, wanted, "{text}");
        }
    }
}
