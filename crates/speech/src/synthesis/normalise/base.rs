//! The original's rules: readings that the lexicon cannot give by itself.

use super::tables::{MONTHS, Tables, month, month_names};
use crate::synthesis::SynthesisError;
use crate::synthesis::numbers;
use crate::synthesis::pattern::{Found, Pattern, any_of};

const NUMBER: &str = r"\d+(?:,\d{3})*(?:\.\d+)?";
const ROMAN: &str = "((?=[IVXLC])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))";
const BIG: &str = r"(hundred|thousand|million|billion|trillion|[kKmMbB]\b)";

/// The rules, in the order in which they are applied.
#[derive(Debug)]
pub(super) struct Base {
    tables: Tables,
    white: Pattern,
    time: Pattern,
    date_iso: Pattern,
    date_us: Pattern,
    big_money: Pattern,
    cents: Pattern,
    currency: Pattern,
    degrees: Pattern,
    unit: Pattern,
    month_day: Pattern,
    day_month: Pattern,
    title: Pattern,
    abbreviation: Pattern,
    number_sign: Pattern,
    hash: Pattern,
    roman_cardinal: Pattern,
    roman_ordinal: Pattern,
    phone: Pattern,
    fraction: Pattern,
    range: Pattern,
    plus: Pattern,
    symbols: Vec<(String, Pattern, String)>,
    space_before_mark: Pattern,
}

impl Base {
    pub(super) fn new(tables: Tables) -> Result<Self, SynthesisError> {
        let months = any_of(month_names());
        let units = any_of(tables.units.keys().map(String::as_str));
        let titles = any_of(tables.titles.keys().map(String::as_str));
        let abbreviations = any_of(tables.abbreviations.keys().map(String::as_str));
        let roman = |words: &[String]| {
            let words = any_of(words.iter().map(String::as_str));
            Pattern::new(&format!(r"\b({words}) {ROMAN}\b(?![.'’]\w)"))
        };
        let new = |pattern: &str| Pattern::new(pattern);
        Ok(Self {
            white: new(r"\s+")?,
            time: new(
                r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?!\d)",
            )?,
            date_iso: new(r"\b(\d{4})-(\d{2})-(\d{2})\b")?,
            date_us: new(r"\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b")?,
            big_money: new(&format!(r"([$£€])({NUMBER})\s?{BIG}"))?,
            cents: new(&format!(r"(?<![\w.])({NUMBER})\s?¢"))?,
            currency: new(&format!(
                r"(?<![\w])([¥₹₩]|Rs\.?|USD|EUR|GBP)\s?({NUMBER})(?:\s?{BIG})?"
            ))?,
            degrees: new(&format!(r"(?<![\w.])(-?{NUMBER})\s?°\s?([CF])?(?![\w])"))?,
            unit: new(&format!(r"(?<![\w.])(-?{NUMBER})\s?({units})(?![\w])"))?,
            month_day: new(&format!(
                r"\b({months})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?![\d:%])(,? \d{{4}}\b)?"
            ))?,
            day_month: new(&format!(r"\b(the )?(\d{{1,2}}) (?:of )?({months})\b\.?"))?,
            title: new(&format!(r"\b({titles})\.? (?=[A-Z])"))?,
            abbreviation: new(&format!(r"(?<![\w.])({abbreviations})(?![\w])"))?,
            number_sign: new(r"\b(No|Nos)\. ?(?=\d)")?,
            hash: new(r"(?<![\w&])#(?=\d)")?,
            roman_cardinal: roman(&tables.roman_cardinal)?,
            roman_ordinal: roman(&tables.roman_ordinal)?,
            phone: new(r"(?<![\w.\-])(?:\d{3}-)?\d{3}-\d{4}(?![\w.\-])")?,
            fraction: new(r"(?<![\w./])(\d{1,2})/(\d{1,2})(?![\w./])")?,
            range: new(r"(?<![\w.\-])(\d{1,4})\s?[-–]\s?(\d{1,4})(?![\w.\-%])")?,
            plus: new(r"(?<![\w+])\+(?=\d)")?,
            symbols: symbols(&tables)?,
            space_before_mark: new(" +([,.;:!?])")?,
            tables,
        })
    }

    /// Applies the rules to a sentence.
    pub(super) fn apply(&self, text: &str) -> String {
        let text = self.white.rewrite(text, |_| " ".to_owned());
        let text = text.trim().replace('’', "'").replace('‒', "-").replace('―', "—");
        let text = self.time.rewrite(&text, time);
        let text = self.date_iso.rewrite(&text, date_iso);
        let text = self.date_us.rewrite(&text, date_us);
        let text = self.big_money.rewrite(&text, |found| self.currency_words(found));
        let text = self.cents.rewrite(&text, |found| counted(found.group(1), &["cent", "cents"]));
        let text = self.currency.rewrite(&text, |found| self.currency_words(found));
        let text = self.degrees.rewrite(&text, degrees);
        let text = self.unit.rewrite(&text, |found| self.unit_words(found));
        let text = self.month_day.rewrite(&text, month_day);
        let text = self.day_month.rewrite(&text, day_month);
        let text = self.title.rewrite(&text, |found| {
            format!("{} ", self.tables.titles.get(found.group(1)).map_or("", |title| title))
        });
        let text = self.abbreviation.rewrite(&text, |found| self.abbreviation_words(found));
        let text = self.number_sign.rewrite(&text, |found| {
            if found.group(1) == "No" { "Number " } else { "Numbers " }.to_owned()
        });
        let text = self.hash.rewrite(&text, |_| "number ".to_owned());
        let text = self
            .roman_cardinal
            .rewrite(&text, |found| format!("{} {}", found.group(1), roman_value(found.group(2))));
        let text = self.roman_ordinal.rewrite(&text, |found| {
            format!("{} the {}", found.group(1), numbers::ordinal(roman_value(found.group(2))))
        });
        let text = self.phone.rewrite(&text, |found| {
            let signs = found.whole().replace('-', ", ");
            signs.chars().map(String::from).collect::<Vec<_>>().join(" ")
        });
        let text = self.fraction.rewrite(&text, fraction);
        let text =
            self.range.rewrite(&text, |found| format!("{} to {}", found.group(1), found.group(2)));
        let text = self.plus.rewrite(&text, |_| "plus ".to_owned());
        self.tidied(self.without_symbols(text))
    }

    fn without_symbols(&self, mut text: String) -> String {
        for (symbol, pattern, word) in &self.symbols {
            if text.contains(symbol) {
                text = pattern.rewrite(&text, |_| {
                    if word.is_empty() { " ".to_owned() } else { format!(" {word} ") }
                });
            }
        }
        text
    }

    #[expect(clippy::needless_pass_by_value, reason = "the last step of a chain")]
    fn tidied(&self, text: String) -> String {
        let text = self.white.rewrite(&text, |_| " ".to_owned());
        self.space_before_mark.rewrite(&text, |found| found.group(1).to_owned()).trim().to_owned()
    }

    fn currency_words(&self, found: &Found<'_>) -> String {
        let (sign, amount) = (found.group(1).trim_end_matches('.'), found.group(2));
        let Some(words) = self.tables.currency.get(sign) else { return found.whole().to_owned() };
        match big(found.group(3)) {
            "" => counted(amount, words),
            big => format!("{amount} {big} {}", words[1]),
        }
    }

    fn unit_words(&self, found: &Found<'_>) -> String {
        match self.tables.units.get(found.group(2)) {
            Some(words) => counted(found.group(1), words),
            None => found.whole().to_owned(),
        }
    }

    fn abbreviation_words(&self, found: &Found<'_>) -> String {
        let short = found.group(1);
        let word = self.tables.abbreviations.get(short).map_or(short, String::as_str);
        // The full stop of an abbreviation at the end ends the sentence as well.
        let stop = if found.after().is_empty() && short.ends_with('.') { "." } else { "" };
        format!("{word}{stop}")
    }
}

fn symbols(tables: &Tables) -> Result<Vec<(String, Pattern, String)>, SynthesisError> {
    let rule = |(symbol, word): (&String, &String)| {
        let escaped = fancy_regex::escape(symbol);
        let pattern = if "=<>~".contains(symbol.as_str()) {
            format!(r"(?<=\S) ?{escaped} ?(?=\S)")
        } else {
            escaped.into_owned()
        };
        Ok((symbol.clone(), Pattern::new(&pattern)?, word.clone()))
    };
    tables.symbols.iter().map(rule).collect()
}

fn big(word: &str) -> &str {
    match word {
        "k" | "K" => "thousand",
        "m" | "M" => "million",
        "b" | "B" => "billion",
        word => word,
    }
}

fn counted<S: AsRef<str>>(amount: &str, words: &[S; 2]) -> String {
    let is_one = ["1", "1.0", "-1"].contains(&amount.replace(',', "").as_str());
    format!("{amount} {}", words[usize::from(!is_one)].as_ref())
}

fn parsed(text: &str) -> u128 {
    text.parse().unwrap_or_default()
}

fn time(found: &Found<'_>) -> String {
    let (hour, minute) = (parsed(found.group(1)), parsed(found.group(2)));
    let (second, half) = (found.group(3), found.group(4));
    if hour > 24 || minute > 59 || parsed(second) > 59 {
        return found.whole().to_owned();
    }
    let mut words = numbers::cardinal(hour);
    match minute {
        0 if half.is_empty() && second.is_empty() => words.push_str(" o'clock"),
        0 => {}
        1..10 => words += &format!(" oh {}", numbers::cardinal(minute)),
        _ => words += &format!(" {}", numbers::cardinal(minute)),
    }
    if !second.is_empty() {
        let unit = if parsed(second) == 1 { "second" } else { "seconds" };
        words += &format!(" and {} {unit}", numbers::cardinal(parsed(second)));
    }
    if !half.is_empty() {
        let stop = if found.after().starts_with('.') { "" } else { "." };
        words += &format!(" {}.M{stop}", half.to_uppercase());
    }
    words
}

/// "November twenty-fourth, 2026"; nothing when there is no such day.
fn date(year: &str, month: u128, day: u128) -> Option<String> {
    let name = MONTHS.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if !(1..=31).contains(&day) {
        return None;
    }
    let year = if year.is_empty() { String::new() } else { format!(", {year}") };
    Some(format!("{name} {}{year}", numbers::ordinal(day)))
}

fn date_iso(found: &Found<'_>) -> String {
    date(found.group(1), parsed(found.group(2)), parsed(found.group(3)))
        .unwrap_or_else(|| found.whole().to_owned())
}

fn date_us(found: &Found<'_>) -> String {
    let (a, b, year) = (parsed(found.group(1)), parsed(found.group(2)), found.group(3));
    let century = if parsed(year) > 30 { "19" } else { "20" };
    let year = if year.len() == 2 { format!("{century}{year}") } else { year.to_owned() };
    let (month, day) = if a <= 12 { (a, b) } else { (b, a) };
    date(&year, month, day).unwrap_or_else(|| found.whole().to_owned())
}

fn month_day(found: &Found<'_>) -> String {
    let day = parsed(found.group(2));
    match month(found.group(1)).filter(|_| (1..=31).contains(&day)) {
        Some(month) => format!("{} {}{}", MONTHS[month], numbers::ordinal(day), found.group(3)),
        None => found.whole().to_owned(),
    }
}

fn day_month(found: &Found<'_>) -> String {
    let day = parsed(found.group(2));
    match month(found.group(3)).filter(|_| (1..=31).contains(&day)) {
        Some(month) => format!("the {} of {}", numbers::ordinal(day), MONTHS[month]),
        None => found.whole().to_owned(),
    }
}

fn degrees(found: &Found<'_>) -> String {
    let scale = match found.group(2) {
        "C" => " Celsius",
        "F" => " Fahrenheit",
        _ => "",
    };
    counted(found.group(1), &["degree", "degrees"]) + scale
}

fn fraction(found: &Found<'_>) -> String {
    const PARTS: [&str; 9] =
        ["half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let (a, b) = (parsed(found.group(1)), parsed(found.group(2)));
    if 0 < a && a < b && b <= 10 {
        return match (a, PARTS[b as usize - 2]) {
            (1, "half") => "one half".to_owned(),
            (1, part) => format!("1 {part}"),
            (a, part) => format!("{a} {part}s"),
        };
    }
    let day = if (1..=12).contains(&a) { date("", a, b) } else { None };
    day.unwrap_or_else(|| format!("{a} slash {b}"))
}

fn roman_value(numeral: &str) -> u128 {
    let value = |sign| match sign {
        'I' => 1,
        'V' => 5,
        'X' => 10,
        'L' => 50,
        'C' => 100,
        'D' => 500,
        _ => 1000,
    };
    let mut total = 0_i64;
    let mut signs = numeral.chars().map(value).peekable();
    while let Some(sign) = signs.next() {
        total += if signs.peek().is_some_and(|&next| next > sign) { -sign } else { sign };
    }
    u128::try_from(total).unwrap_or_default()
}
