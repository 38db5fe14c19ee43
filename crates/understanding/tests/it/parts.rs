//! Days and times that are said in parts, one answer after the other.

use jiff::civil::{date, time};
use outcall_understanding::slots::{Context, Kind, Language, Value, complete};

/// What is understood after some answers, each after what the ones before left open. It is Tuesday.
fn after(kind: &Kind, language: Language, answers: &[&str]) -> Option<Value> {
    let now = date(2027, 3, 2).at(10, 0, 0, 0);
    let context = Context { language, now, currency: "USD".to_owned() };
    let mut known = None;
    for answer in answers {
        let found = complete(known.as_ref(), kind, answer, &context);
        known = Some(found.into_iter().next()?.value);
    }
    known
}

fn en(answers: &[&str]) -> Option<Value> {
    after(&Kind::DateTime, Language::En, answers)
}

fn at(day: i8, hour: i8) -> Value {
    Value::DateTime(date(2027, 3, day).at(hour, 0, 0, 0))
}

fn between(from: Value, to: Value) -> Value {
    Value::Between { from: Box::new(from), to: Box::new(to) }
}

#[test]
fn a_day_and_then_a_time_are_the_time_on_that_day() {
    assert_eq!(en(&["Friday"]), Some(Value::Date(date(2027, 3, 5))));
    assert_eq!(en(&["Friday", "at five"]), Some(at(5, 17)));
    assert_eq!(en(&["Friday", "no, Thursday at five"]), Some(at(4, 17)));
    assert_eq!(after(&Kind::DateTime, Language::Zh, &["周五", "五点"]), Some(at(5, 17)));
    // Nine in the morning is over today.
    assert_eq!(en(&["today", "at nine"]), Some(at(2, 21)));
}

#[test]
fn a_time_and_then_a_day_are_the_time_on_that_day() {
    assert_eq!(en(&["at five"]), Some(Value::Time(time(17, 0, 0, 0))));
    assert_eq!(en(&["at five", "on Friday"]), Some(at(5, 17)));
    assert_eq!(en(&["at five", "today"]), Some(at(2, 17)));
    assert_eq!(after(&Kind::DateTime, Language::Zh, &["下午三点", "周五"]), Some(at(5, 15)));
    // These are on a day.
    assert_eq!(en(&["in two hours"]), Some(at(2, 12)));
    assert_eq!(en(&["tonight at eight"]), Some(at(2, 20)));
}

#[test]
fn a_part_of_the_day_says_which_half_a_later_time_is_in() {
    assert_eq!(en(&["Friday morning"]), Some(between(at(5, 8), at(5, 12))));
    assert_eq!(en(&["Friday", "in the morning"]), Some(between(at(5, 8), at(5, 12))));
    assert_eq!(en(&["Friday", "in the morning", "at seven"]), Some(at(5, 7)));
    assert_eq!(en(&["Friday evening", "at seven"]), Some(at(5, 19)));
    assert_eq!(en(&["in the evening", "Friday", "at eight"]), Some(at(5, 20)));
    let time_of = |answers: &[&str]| after(&Kind::Time, Language::En, answers);
    assert_eq!(time_of(&["in the morning", "seven"]), Some(Value::Time(time(7, 0, 0, 0))));
}

#[test]
fn a_week_says_which_day_of_that_name_is_meant() {
    let day = |answers: &[&str]| after(&Kind::Date, Language::En, answers);
    assert_eq!(day(&["next week", "Thursday"]), Some(Value::Date(date(2027, 3, 11))));
    assert_eq!(day(&["Thursday"]), Some(Value::Date(date(2027, 3, 4))));
    assert_eq!(en(&["next week", "Thursday", "at five"]), Some(at(11, 17)));
}

#[test]
fn an_answer_that_says_neither_day_nor_time_completes_nothing() {
    assert_eq!(en(&["Friday", "I do not know"]), None);
}
