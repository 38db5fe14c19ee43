//! Dates beyond the original's: other orders and separators, short names in any case, ranges.

use super::tables::{MONTHS, month, month_names};
use crate::synthesis::numbers::ordinal;
use crate::synthesis::pattern::{Found, Pattern, any_of};

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SHORT_WEEKDAYS: &str = "Mon|Tues|Tue|Wed|Thurs|Thur|Thu|Fri|Sat|Sun";

const DAY: &str = r"(\d{1,2})(?:st|nd|rd|th)?";

/// The rules.
#[derive(Debug)]
pub(super) struct Dates {
    with_time: Pattern,
    dotted: Pattern,
    dashed: Pattern,
    weekdays: Pattern,
    weekday: Pattern,
    range: Pattern,
    month_day: Pattern,
    day_month: Pattern,
    ordinal_month: Pattern,
    month_year: Pattern,
}

impl Dates {
    pub(super) fn new() -> Self {
        let months = any_of(month_names());
        let days = SHORT_WEEKDAYS;
        let new = |pattern: String| Pattern::fixed(&pattern);
        Self {
            with_time: new(
                r"\b(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2})(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?\b"
                    .into(),
            ),
            dotted: new(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d]|\.\d)".into()),
            dashed: new(r"(?<![\d-])(\d{1,2})-(\d{1,2})-(\d{4})(?![\d-])".into()),
            weekdays: new(format!(r"\b({days})\.?\s?[-–]\s?({days})\b\.?")),
            weekday: new(format!(r"\b({days})\b\.?(?=,? (?:the )?(?:(?:{months})\b|\d))")),
            range: new(format!(
                r"(?i)\b({months})\.? {DAY}\s?(?:-|–|to|through)\s?{DAY}\b(?![\d:/%-])"
            )),
            month_day: new(format!(
                r"(?i)\b({months})\.? (\d{{1,2}})(st|nd|rd|th)?\b(?![\d:/%.]\d|-\d)"
            )),
            day_month: new(format!(
                r"(?i)(?<![\d:/.,$-])\b(\d{{1,2}}) ({months})\b(?! \d{{1,2}}\b)\.?"
            )),
            ordinal_month: new(format!(
                r"(?i)\b(the )?(\d{{1,2}})(?:st|nd|rd|th) (?:of )?({months})\b\.?"
            )),
            month_year: new(format!(r"\b({months})\.? (\d{{4}})\b")),
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let text = self
            .with_time
            .rewrite(text, |found| format!("{} at {}", found.group(1), found.group(2)));
        let text = self.dotted.rewrite(&text, |found| numeric(found, 2, 1));
        let text = self.dashed.rewrite(&text, |found| numeric(found, 1, 2));
        let text = self.weekdays.rewrite(&text, |found| {
            format!("{} to {}", weekday(found.group(1)), weekday(found.group(2)))
        });
        let text = self.weekday.rewrite(&text, |found| weekday(found.group(1)).to_owned());
        let text = self.range.rewrite(&text, range);
        let text = self.month_day.rewrite(&text, month_day);
        let text = self.ordinal_month.rewrite(&text, ordinal_month);
        let text = self.day_month.rewrite(&text, day_month);
        self.month_year.rewrite(&text, |found| match month(found.group(1)) {
            Some(month) => format!("{} {}", MONTHS[month], found.group(2)),
            None => found.whole().to_owned(),
        })
    }
}

/// "may" in small letters is a verb more often than a month.
fn is_verb(name: &str) -> bool {
    ["may", "mar"].contains(&name)
}

fn weekday(short: &str) -> &str {
    WEEKDAYS.iter().find(|day| day.starts_with(&short[..3])).copied().unwrap_or(short)
}

fn is_day(day: &str) -> bool {
    day.parse().is_ok_and(|day: u32| (1..=31).contains(&day))
}

/// A date of three numbers, as "November 24, 2026": the original reads that.
fn numeric(found: &Found<'_>, month: usize, day: usize) -> String {
    let number = |group| found.group(group).parse::<usize>().unwrap_or_default();
    let (mut month, mut day) = (number(month), number(day));
    if month > 12 {
        (month, day) = (day, month);
    }
    match (MONTHS.get(month.wrapping_sub(1)), day) {
        (Some(name), 1..=31) => format!("{name} {day}, {}", found.group(3)),
        _ => found.whole().to_owned(),
    }
}

fn range(found: &Found<'_>) -> String {
    let (name, from, to) = (found.group(1), found.group(2), found.group(3));
    let parse = |day: &str| day.parse().unwrap_or_default();
    match month(name).filter(|_| is_day(from) && is_day(to) && !is_verb(name)) {
        Some(month) => {
            format!("{} {} to {}", MONTHS[month], ordinal(parse(from)), ordinal(parse(to)))
        }
        None => found.whole().to_owned(),
    }
}

fn month_day(found: &Found<'_>) -> String {
    let (name, day, ending) = (found.group(1), found.group(2), found.group(3));
    let is_date = is_day(day) && (!ending.is_empty() || !is_verb(name));
    match month(name).filter(|_| is_date) {
        Some(month) => format!("{} {day}", MONTHS[month]),
        None => found.whole().to_owned(),
    }
}

fn day_month(found: &Found<'_>) -> String {
    let (day, name) = (found.group(1), found.group(2));
    match month(name).filter(|_| is_day(day) && !is_verb(name)) {
        Some(month) => format!("{day} {}{}", MONTHS[month], final_stop(found)),
        None => found.whole().to_owned(),
    }
}

fn ordinal_month(found: &Found<'_>) -> String {
    let (day, name) = (found.group(2), found.group(3));
    let day_number = day.parse().unwrap_or_default();
    match month(name).filter(|_| is_day(day)) {
        Some(month) => {
            format!("the {} of {}{}", ordinal(day_number), MONTHS[month], final_stop(found))
        }
        None => found.whole().to_owned(),
    }
}

/// A full stop at the end of the text, or before a capital, ends a sentence as well.
pub(super) fn final_stop(found: &Found<'_>) -> &'static str {
    let after = found.after().trim_start();
    let is_end = after.is_empty() || after.starts_with(char::is_uppercase);
    if found.whole().ends_with('.') && is_end { "." } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_put_so_that_the_original_reads_them() {
        let dates = Dates::new();
        let cases = [
            ("at 2026-11-24T14:30:00Z", "at 2026-11-24 at 14:30"),
            ("24.11.2026", "November 24, 2026"),
            ("11-24-2026", "November 24, 2026"),
            ("24-11-2026", "November 24, 2026"),
            ("Tue, Nov 24", "Tuesday, November 24"),
            ("on Sat 5", "on Saturday 5"),
            ("Mon-Fri", "Monday to Friday"),
            ("nov 24, 2026", "November 24, 2026"),
            ("NOV 24", "November 24"),
            ("24 nov", "24 November"),
            ("24 November 2026", "24 November 2026"),
            ("24th Nov.", "the twenty-fourth of November."),
            ("the 3rd of dec", "the third of December"),
            ("Nov 24-26", "November twenty-fourth to twenty-sixth"),
            ("Sept 2027", "September 2027"),
            ("you may 5", "you may 5"),
            ("Nov 24th", "November 24"),
            ("99.99.2026", "99.99.2026"),
            ("at 10.5 and 1.2.3", "at 10.5 and 1.2.3"),
        ];
        for (text, wanted) in cases {
            assert_eq!(dates.apply(text), wanted, "{text}");
        }
    }
}
