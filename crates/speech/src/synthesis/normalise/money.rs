//! Money that the original reads wrongly: one digit of cents, codes of currencies, ranges, prices
//! by the month.

use super::dates::final_stop;
use crate::synthesis::pattern::{Found, Pattern};

const AMOUNT: &str = r"\d+(?:,\d{3})*(?:\.\d+)?";
const BIG: &str = r"\s?(?:hundred|thousand|million|billion|trillion|mn|bn|[kKmMbB]\b)";

const CODE: &str = r"(USD|EUR|GBP)\b";
/// What a price is for.
const PERIODS: &str = "mo|month|yr|year|wk|week|day|hr|hour|min|minute|person|night|unit";

/// The rules.
#[derive(Debug)]
pub(super) struct Money {
    dollars: Pattern,
    negative: Pattern,
    range: Pattern,
    code_before: Pattern,
    code_after: Pattern,
    one_digit: Pattern,
    many_digits: Pattern,
    big: Pattern,
    per: Pattern,
    thousands: Pattern,
    percent_range: Pattern,
}

impl Money {
    pub(super) fn new() -> Self {
        let new = |pattern: String| Pattern::fixed(&pattern);
        Self {
            dollars: new(r"\b(?:US|USD)\s?\$\s?(?=\d)".into()),
            negative: new(r"(?<![\w$£€)])[-−]\s?(?=[$£€]\d)".into()),
            range: new(format!(r"([$£€])({AMOUNT})\s?[-–]\s?[$£€]?({AMOUNT})({BIG})?(?![\w%-])")),
            code_before: new(format!(r"\b(USD|EUR|GBP)\s?({AMOUNT})(?!{BIG}|[\d,])")),
            code_after: new(format!(
                r"(?<![\w.,$£€])({AMOUNT})\s?(?:{CODE}|(?<=\.\d\d )(dollars|euros|pounds)\b)"
            )),
            one_digit: new(format!(r"([$£€]\s?\d+(?:,\d{{3}})*\.\d)(?!\d|{BIG})")),
            many_digits: new(format!(r"([$£€])(\d+(?:,\d{{3}})*\.\d{{3,}})(?!{BIG})")),
            big: new(r"(?<=\d)\s?(mn|bn)\b".into()),
            per: new(format!(r"(?<=[\d.])\s?/\s?({PERIODS})\b\.?")),
            percent_range: new(r"(?<![\w.,-])(\d+(?:\.\d+)?%?)\s?[-–]\s?(?=\d+(?:\.\d+)?%)".into()),
            thousands: new(r"(?<![\w.,$£€¥])(\d+(?:\.\d+)?)[kK]\b".into()),
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let text = self.percent_range.rewrite(text, |found| format!("{} to ", found.group(1)));
        let text = self.big.rewrite(&text, |found| match found.group(1) {
            "mn" => " million".to_owned(),
            _ => " billion".to_owned(),
        });
        let text = self.dollars.rewrite(&text, |_| "$".to_owned());
        let text = self.negative.rewrite(&text, |_| "minus ".to_owned());
        let text = self.range.rewrite(&text, range);
        let text = self
            .code_before
            .rewrite(&text, |found| format!("{}{}", sign(found.group(1)), found.group(2)));
        let text = self.code_after.rewrite(&text, |found| {
            format!("{}{}", sign(&format!("{}{}", found.group(2), found.group(3))), found.group(1))
        });
        let text = self.one_digit.rewrite(&text, |found| format!("{}0", found.group(1)));
        let text = self
            .many_digits
            .rewrite(&text, |found| format!("{} {}", found.group(2), plural(found.group(1))));
        let text = self
            .per
            .rewrite(&text, |found| format!(" per {}{}", unit(found.group(1)), final_stop(found)));
        self.thousands.rewrite(&text, |found| format!("{} thousand", found.group(1)))
    }
}

fn range(found: &Found<'_>) -> String {
    let (sign, big) = (found.group(1), found.group(4));
    format!("{sign}{}{big} to {sign}{}{big}", found.group(2), found.group(3))
}

fn sign(code: &str) -> &'static str {
    match code {
        "EUR" | "euros" => "€",
        "GBP" | "pounds" => "£",
        _ => "$",
    }
}

fn plural(sign: &str) -> &'static str {
    match sign {
        "€" => "euros",
        "£" => "pounds",
        _ => "dollars",
    }
}

fn unit(short: &str) -> &str {
    match short {
        "mo" => "month",
        "yr" => "year",
        "wk" => "week",
        "hr" => "hour",
        "min" => "minute",
        whole => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_put_so_that_its_cents_are_read_as_cents() {
        let money = Money::new();
        let cases = [
            ("$1,250.50", "$1,250.50"),
            ("$1.5 and $20", "$1.50 and $20"),
            ("$1.5 million", "$1.5 million"),
            ("$1.5M or $2.5bn", "$1.5M or $2.5 billion"),
            ("-$20", "minus $20"),
            ("$20-$30", "$20 to $30"),
            ("$20-30k", "$20k to $30k"),
            ("USD 1,250.50", "$1,250.50"),
            ("1,250.50 USD", "$1,250.50"),
            ("19.99 EUR", "€19.99"),
            ("19.99 dollars", "$19.99"),
            ("20 dollars", "20 dollars"),
            ("US$ 20", "$20"),
            ("$20/mo. now, $9/yr.", "$20 per month now, $9 per year."),
            ("$3.459", "3.459 dollars"),
            ("10-15% more", "10 to 15% more"),
            ("10k people", "10 thousand people"),
        ];
        for (text, wanted) in cases {
            assert_eq!(money.apply(text), wanted, "{text}");
        }
    }
}
