//! Values that were read back and are refused in part.

use jiff::civil::{date, time};
use outcall_understanding::slots::{Choice, Context, Kind, Language, Value, repair};

fn context(language: Language) -> Context {
    Context { language, now: date(2027, 3, 2).at(10, 0, 0, 0), currency: "USD".to_owned() }
}

fn amended(previous: &Value, kind: &Kind, text: &str, language: Language) -> Option<Value> {
    repair(previous, kind, text, &context(language)).map(|found| found.value)
}

fn digits(text: &str) -> Value {
    Value::Digits(text.to_owned())
}

const PIN: Kind = Kind::Digits { at_least: 4, at_most: 4 };

#[test]
fn a_part_of_a_number_is_corrected_and_the_rest_kept() {
    let en = |text| amended(&digits("4472"), &PIN, text, Language::En);
    assert_eq!(en("no, it ends in one"), Some(digits("4471")));
    assert_eq!(en("no it ends with seven one"), Some(digits("4471")));
    assert_eq!(en("no, the last digit is five"), Some(digits("4475")));
    assert_eq!(en("it starts with a three"), Some(digits("3472")));
    assert_eq!(en("the second digit is nine"), Some(digits("4972")));
    assert_eq!(en("no, 4 4 7 1"), Some(digits("4471")));
    let zh = |text| amended(&digits("4472"), &PIN, text, Language::Zh);
    assert_eq!(zh("不对，最后一位是七"), Some(digits("4477")));
    assert_eq!(zh("结尾是七一"), Some(digits("4471")));
    assert_eq!(zh("第二位是九"), Some(digits("4972")));
}

#[test]
fn a_new_day_keeps_the_time_and_a_new_time_the_day() {
    let at = |day, hour| Value::DateTime(date(2027, 3, day).at(hour, 0, 0, 0));
    let en = |text| amended(&at(3, 15), &Kind::DateTime, text, Language::En);
    assert_eq!(en("no, Friday"), Some(at(5, 15)));
    assert_eq!(en("no, at five pm"), Some(at(3, 17)));
    assert_eq!(en("not tomorrow, Thursday"), Some(at(4, 15)));
    assert_eq!(en("no, Friday at noon"), Some(at(5, 12)));
    let zh = |text| amended(&at(3, 15), &Kind::DateTime, text, Language::Zh);
    assert_eq!(zh("不对，是周五"), Some(at(5, 15)));
    assert_eq!(zh("不，下午五点"), Some(at(3, 17)));
}

#[test]
fn the_other_half_of_the_day_moves_a_time_by_twelve_hours() {
    let seven = |hour| Value::Time(time(hour, 0, 0, 0));
    let en = |text| amended(&seven(19), &Kind::Time, text, Language::En);
    assert_eq!(en("no, in the morning"), Some(seven(7)));
    let zh = |text| amended(&seven(19), &Kind::Time, text, Language::Zh);
    assert_eq!(zh("不是，是早上"), Some(seven(7)));
}

#[test]
fn a_part_of_the_day_that_a_time_is_not_in_leaves_the_time_to_be_asked_for() {
    let at = |hour| Value::DateTime(date(2027, 3, 3).at(hour, 0, 0, 0));
    let en = |text| amended(&at(15), &Kind::DateTime, text, Language::En);
    let morning = Value::Between { from: Box::new(at(8)), to: Box::new(at(12)) };
    assert_eq!(en("no, in the morning"), Some(morning));
    assert_eq!(en("no, in the afternoon"), None);
}

#[test]
fn what_is_said_again_corrects_nothing_unless_it_is_refused() {
    let at = |hour| Value::DateTime(date(2027, 3, 3).at(hour, 0, 0, 0));
    let en = |text| amended(&at(9), &Kind::DateTime, text, Language::En);
    assert_eq!(en("yes, at nine"), None);
    assert_eq!(en("Wednesday at nine, that's right"), None);
    assert_eq!(en("yes, Wednesday"), None);
    assert_eq!(en("no, at nine"), Some(at(21)));
    assert_eq!(en("yes, but at four"), Some(at(16)));
    let friday = Value::DateTime(date(2027, 3, 5).at(9, 0, 0, 0));
    assert_eq!(en("no, Friday at nine"), Some(friday));
    let time = Value::Time(time(9, 0, 0, 0));
    assert_eq!(amended(&time, &Kind::Time, "nine", Language::En), None);
}

#[test]
fn other_values_are_said_anew() {
    let number = |value| Value::Number(value);
    let en = |text| amended(&number(15.0), &Kind::Number, text, Language::En);
    assert_eq!(en("no, fifty, not fifteen"), Some(number(50.0)));
    assert_eq!(en("no"), None);
    let choices = ["Basic", "Premium"];
    let choices = choices.map(|name| Choice { name: name.to_owned(), says: Vec::new() });
    let kind = Kind::OneOf(choices.to_vec());
    let basic = Value::OneOf("Basic".to_owned());
    let premium = Some(Value::OneOf("Premium".to_owned()));
    assert_eq!(amended(&basic, &kind, "no, the other, premium", Language::En), premium);
    assert_eq!(amended(&basic, &kind, "not basic", Language::En), premium);
    let yes = Value::YesNo(true);
    assert_eq!(amended(&yes, &Kind::YesNo, "no", Language::En), Some(Value::YesNo(false)));
    assert_eq!(amended(&yes, &Kind::YesNo, "what time is it", Language::En), None);
}
