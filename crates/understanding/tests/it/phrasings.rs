//! What people say, read one by one: a line for each phrasing in `tests/data/slots_*.tsv`.
//!
//! Columns: kind, now, text, expected. A kind may have arguments (`digits:4-8`, `one_of:A=a/b,C`).
//! Expected is the best reading; `~` before it: less sure than 0.9. `-`: nothing, or nothing that
//! is surer than 0.35.

use outcall_understanding::slots::{Choice, Context, Kind, Language, Value, read};

fn kind(text: &str) -> Kind {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    match name {
        "yes_no" => Kind::YesNo,
        "number" => Kind::Number,
        "digits" => {
            let (low, high) = rest.split_once('-').expect("digits:4-8");
            let number = |text: &str| text.parse().expect("a number of digits");
            Kind::Digits { at_least: number(low), at_most: number(high) }
        }
        "money" => Kind::Money,
        "date" => Kind::Date,
        "past_date" => Kind::PastDate,
        "time" => Kind::Time,
        "date_time" => Kind::DateTime,
        "one_of" => {
            let choice = |text: &str| {
                let (name, says) = text.split_once('=').unwrap_or((text, ""));
                let says = says.split('/').filter(|say| !say.is_empty());
                Choice { name: name.to_owned(), says: says.map(str::to_owned).collect() }
            };
            Kind::OneOf(rest.split(',').map(choice).collect())
        }
        "address" => Kind::Address,
        "text" => Kind::Text,
        _ => panic!("unknown kind {name}"),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::YesNo(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Digits(text) | Value::OneOf(text) | Value::Text(text) => text.clone(),
        Value::Money { minor, currency } => {
            format!("{}.{:02} {currency}", minor / 100, minor.abs() % 100)
        }
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.strftime("%H:%M").to_string(),
        Value::DateTime(at) => at.strftime("%Y-%m-%dT%H:%M").to_string(),
        Value::Between { from, to } => format!("{}..{}", written(from), written(to)),
    }
}

fn check(language: Language, currency: &str, table: &str, at_least: usize) {
    let mut wrong = Vec::new();
    let lines: Vec<&str> =
        table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for line in &lines {
        let columns: Vec<&str> = line.split('\t').collect();
        let [kind_text, now, text, expected] = columns[..] else { panic!("columns of {line}") };
        let now = now.parse().expect("a date and a time");
        let context = Context { language, now, currency: currency.to_owned() };
        let found = read(&kind(kind_text), text, &context);
        let best = found.first().filter(|best| best.confidence > 0.35);
        let seen = best.map_or("-".to_owned(), |best| {
            let mark = if expected.starts_with('~') && best.confidence < 0.9 { "~" } else { "" };
            format!("{mark}{}", written(&best.value))
        });
        if seen != expected {
            wrong.push(format!("{kind_text} '{text}': {expected}, not {seen} of {found:?}"));
        }
    }
    assert!(lines.len() >= at_least, "only {} phrasings", lines.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn english_phrasings_are_understood() {
    check(Language::En, "USD", include_str!("../data/slots_en.tsv"), 300);
}

#[test]
fn mandarin_phrasings_are_understood() {
    check(Language::Zh, "CNY", include_str!("../data/slots_zh.tsv"), 300);
}
