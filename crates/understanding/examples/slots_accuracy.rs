//! How many values of public data sets are read right: `slots_accuracy DIR [wrong]`.
//!
//! `DIR` holds NLU++, SGD (banks), SNIPS and CrossWOZ. Of every set, values with an even number are
//! for choosing rules; the odd ones are held out, without those whose sentence was seen for another
//! value, and only their figures are quoted. "Words": the annotated words alone are read.
//! "Sentence": all that was said is read, and the value is the best of those found. "Found": it is
//! among them. Times without their half of the day count in either, and so does each end of a range
//! of days or times.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::civil::{Date, DateTime, date};
use outcall_understanding::slots::{Choice, Context, Kind, Language, Value, read};
use serde_json::Value as Json;

/// One annotated value.
struct Case {
    set: String,
    sentence: String,
    words: String,
    kind: Kind,
    expected: Value,
    language: Language,
}

#[derive(Default)]
struct Count {
    all: usize,
    words: usize,
    best: usize,
    found: usize,
}

/// The day and time at which NLU++ was annotated: "8 weeks ago" is the 18th of January 2022 in it.
fn now() -> DateTime {
    date(2022, 3, 15).at(9, 0, 0, 0)
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("say where the data lies: slots_accuracy DIR")?;
    let shows_wrong = arguments.next().is_some();
    let folder = Path::new(&folder);
    let mut out = std::io::stdout().lock();
    let mut cases = Vec::new();
    nlupp(folder, &mut cases)?;
    banks(folder, &mut cases)?;
    snips(folder, &mut cases)?;
    crosswoz(folder, &mut cases)?;
    let mut counts: BTreeMap<(String, usize), Count> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut halves = Vec::new();
    for case in &cases {
        let number = numbers.entry(&case.set).or_default();
        halves.push(*number % 2);
        *number += 1;
    }
    let chosen = cases.iter().zip(&halves).filter(|(_, half)| **half == 0);
    let seen: BTreeSet<&str> = chosen.map(|(case, _)| case.sentence.as_str()).collect();
    for (case, half) in cases.iter().zip(halves) {
        if half == 1 && seen.contains(case.sentence.as_str()) {
            continue;
        }
        let count = counts.entry((case.set.clone(), half)).or_default();
        let context = Context { language: case.language, now: now(), currency: currency(case) };
        let words = read(&case.kind, &case.words, &context);
        let sentence = read(&case.kind, &case.sentence, &context);
        let is_right = |value: &Value| is_same(value, &case.expected);
        count.all += 1;
        count.words += usize::from(words.first().is_some_and(|one| is_right(&one.value)));
        let best = sentence.first().is_some_and(|one| is_right(&one.value));
        count.best += usize::from(best);
        count.found += usize::from(sentence.iter().any(|one| is_right(&one.value)));
        if shows_wrong && half == 0 && !best {
            writeln!(out, "{}: '{}' in '{}'", case.set, case.words, case.sentence)?;
            writeln!(
                out,
                "    {:?}, not {:?}",
                case.expected,
                sentence.first().map(|one| &one.value)
            )?;
        }
    }
    writeln!(out, "set                       half    values   words  sentence  found")?;
    for ((set, half), count) in &counts {
        let percent = |part: usize| 100.0 * part as f64 / count.all as f64;
        let name = if *half == 0 { "choose" } else { "quote" };
        writeln!(
            out,
            "{set:<25} {name:<7} {:>6}  {:>5.1} %  {:>5.1} %  {:>5.1} %",
            count.all,
            percent(count.words),
            percent(count.best),
            percent(count.found)
        )?;
    }
    Ok(())
}

fn currency(case: &Case) -> String {
    let is_british = case.set.starts_with("nlupp");
    let code = match case.language {
        Language::Zh => "CNY",
        Language::En if is_british => "GBP",
        Language::En => "USD",
    };
    code.to_owned()
}

fn is_same(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Time(value), Value::Time(expected)) => {
            value.minute() == expected.minute() && value.hour() % 12 == expected.hour() % 12
        }
        // The data has the ends of a range of days or times apart: each of them is right.
        (Value::Between { from, to }, Value::Date(_) | Value::Time(_)) => {
            is_same(from, expected) || is_same(to, expected)
        }
        _ => value == expected,
    }
}

fn json(path: &Path) -> Result<Json> {
    Ok(serde_json::from_str(&fs_err::read_to_string(path)?)?)
}

fn nlupp(folder: &Path, cases: &mut Vec<Case>) -> Result<()> {
    for domain in ["banking", "hotels"] {
        for fold in 0..20 {
            let path = folder.join(format!("nlupp/data/{domain}/fold{fold}.json"));
            for line in json(&path)?.as_array().context("a list of sentences")? {
                let sentence = line["text"].as_str().unwrap_or_default();
                let has = |intent: &str| {
                    line["intents"]
                        .as_array()
                        .is_some_and(|all| all.iter().any(|one| one == intent))
                };
                if has("affirm") != has("deny") {
                    cases.push(Case {
                        set: "nlupp yes_no".to_owned(),
                        sentence: sentence.to_owned(),
                        words: sentence.to_owned(),
                        kind: Kind::YesNo,
                        expected: Value::YesNo(has("affirm")),
                        language: Language::En,
                    });
                }
                let Some(slots) = line["slots"].as_object() else { continue };
                for (name, slot) in slots {
                    if let Some((kind, expected)) = of_nlupp(name, &slot["value"]) {
                        cases.push(Case {
                            set: format!("nlupp {}", set_of(name)),
                            sentence: sentence.to_owned(),
                            words: slot["text"].as_str().unwrap_or_default().to_owned(),
                            kind,
                            expected,
                            language: Language::En,
                        });
                    }
                }
            }
        }
    }
    Ok(())
}

fn set_of(slot: &str) -> &str {
    match slot {
        "date_from" | "date_to" => "date",
        "time_from" | "time_to" => "time",
        "adults" | "kids" | "people" | "rooms" => "count",
        _ => slot,
    }
}

fn of_nlupp(name: &str, value: &Json) -> Option<(Kind, Value)> {
    let small = |name: &str| value[name].as_i64().and_then(|value| i8::try_from(value).ok());
    Some(match set_of(name) {
        "number" | "count" => (Kind::Number, Value::Number(value.as_f64()?)),
        "amount_of_money" => {
            let currency = match value["currency"].as_str()? {
                "ambiguous" => "GBP",
                code => code,
            };
            let minor = (value["amount"].as_f64()? * 100.0).round() as i64;
            (Kind::Money, Value::Money { minor, currency: currency.to_owned() })
        }
        "time" => {
            let time = jiff::civil::Time::new(small("hour")?, small("minute")?, 0, 0).ok()?;
            (Kind::Time, Value::Time(time))
        }
        "date" => {
            let year = i16::try_from(value["year"].as_i64()?).ok()?;
            let date = Date::new(year, small("month")?, small("day")?).ok()?;
            let kind = if date < now().date() { Kind::PastDate } else { Kind::Date };
            (kind, Value::Date(date))
        }
        _ => return None,
    })
}

/// Amounts written in digits, and names from the list of all of them.
fn banks(folder: &Path, cases: &mut Vec<Case>) -> Result<()> {
    let dialogues = json(&folder.join("sgd_banks/banks_dialogues_min.json"))?;
    let mut said: Vec<(String, String, String)> = Vec::new();
    for turn in dialogues.as_array().into_iter().flatten().flat_map(|one| one["turns"].as_array()) {
        for turn in turn.iter().filter(|turn| turn["s"] == "U") {
            for act in turn["a"].as_array().into_iter().flatten() {
                let (slot, value) = (act[1].as_str(), act[2][0].as_str());
                if let (Some(slot), Some(value), Some(text)) = (slot, value, turn["u"].as_str()) {
                    said.push((slot.to_owned(), value.to_owned(), text.to_owned()));
                }
            }
        }
    }
    let mut names: Vec<&String> = said
        .iter()
        .filter(|one| one.0.starts_with("recipient") && one.0.ends_with("name"))
        .map(|one| &one.1)
        .collect();
    names.sort();
    names.dedup();
    let choices: Vec<Choice> =
        names.iter().map(|name| Choice { name: (*name).clone(), says: Vec::new() }).collect();
    for (slot, words, sentence) in &said {
        let digits: String = words.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        let (set, kind, expected) = match (slot.as_str(), digits.parse::<f64>()) {
            ("amount" | "transfer_amount", Ok(amount)) => {
                let minor = (amount * 100.0).round() as i64;
                let currency = "USD".to_owned();
                ("sgd amount", Kind::Money, Value::Money { minor, currency })
            }
            ("recipient_account_name" | "recipient_name", _) => {
                ("sgd name", Kind::OneOf(choices.clone()), Value::OneOf(words.clone()))
            }
            _ => continue,
        };
        cases.push(Case {
            set: set.to_owned(),
            sentence: sentence.clone(),
            words: words.clone(),
            kind,
            expected,
            language: Language::En,
        });
    }
    Ok(())
}

/// Sizes of parties and ratings.
fn snips(folder: &Path, cases: &mut Vec<Case>) -> Result<()> {
    let numbers = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    for part in ["valid", "test"] {
        let lines = |name: &str| fs_err::read_to_string(folder.join("snips").join(part).join(name));
        let (texts, labels) = (lines("seq.in")?, lines("seq.out")?);
        for (text, labels) in texts.lines().zip(labels.lines()) {
            for (word, label) in text.split_whitespace().zip(labels.split_whitespace()) {
                if !matches!(label, "B-party_size_number" | "B-rating_value") {
                    continue;
                }
                let in_words = numbers.iter().position(|known| *known == word);
                let Some(number) = word.parse().ok().or(in_words.map(|at| at as f64)) else {
                    continue;
                };
                cases.push(Case {
                    set: format!("snips {}", label.trim_start_matches("B-")),
                    sentence: text.to_owned(),
                    words: word.to_owned(),
                    kind: Kind::Number,
                    expected: Value::Number(number),
                    language: Language::En,
                });
            }
        }
    }
    Ok(())
}

/// Prices and ratings.
fn crosswoz(folder: &Path, cases: &mut Vec<Case>) -> Result<()> {
    let file = fs_err::File::open(folder.join("crosswoz_zh/val.json.zip"))?;
    let mut archive = zip::ZipArchive::new(file)?;
    let mut text = String::new();
    archive.by_index(0)?.read_to_string(&mut text)?;
    let dialogues: Json = serde_json::from_str(&text)?;
    for dialogue in dialogues.as_object().context("dialogues by their names")?.values() {
        for message in dialogue["messages"].as_array().into_iter().flatten() {
            if message["role"] != "usr" {
                continue;
            }
            for act in message["dialog_act"].as_array().into_iter().flatten() {
                let (slot, words) = (act[2].as_str(), act[3].as_str());
                let (Some(slot), Some(words)) = (slot, words) else { continue };
                if act[0] != "Inform" || words.is_empty() {
                    continue;
                }
                let Some((set, kind, expected)) = of_crosswoz(slot, words) else { continue };
                cases.push(Case {
                    set: set.to_owned(),
                    sentence: message["content"].as_str().unwrap_or_default().to_owned(),
                    words: words.to_owned(),
                    kind,
                    expected,
                    language: Language::Zh,
                });
            }
        }
    }
    Ok(())
}

fn of_crosswoz(slot: &str, words: &str) -> Option<(&'static str, Kind, Value)> {
    let yuan = |text: &str| {
        let minor = (text.parse::<f64>().ok()? * 100.0).round() as i64;
        Some(Value::Money { minor, currency: "CNY".to_owned() })
    };
    match slot {
        "人均消费" | "价格" | "门票" => {
            let amount = words.strip_suffix('元')?;
            let expected = match amount.split_once('-') {
                Some((from, to)) => {
                    Value::Between { from: Box::new(yuan(from)?), to: Box::new(yuan(to)?) }
                }
                None => yuan(amount)?,
            };
            Some(("crosswoz price", Kind::Money, expected))
        }
        "评分" => {
            let number = words.strip_suffix("分以上")?.parse().ok()?;
            Some(("crosswoz rating", Kind::Number, Value::Number(number)))
        }
        _ => None,
    }
}
