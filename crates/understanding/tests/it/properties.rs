//! What holds for any text and any value.

use jiff::civil::{DateTime, date, time};
use jiff::{Span, ToSpan};
use outcall_understanding::slots::{
    Choice, Context, Kind, Language, Value, complete, read, repair, say, say_with_year,
};
use proptest::prelude::*;

const LANGUAGES: [Language; 2] = [Language::En, Language::Zh];

fn now() -> DateTime {
    date(2027, 3, 2).at(10, 0, 0, 0)
}

fn context(language: Language) -> Context {
    Context { language, now: now(), currency: "EUR".to_owned() }
}

fn kinds() -> Vec<Kind> {
    let choice = |name: &str, say: &str| Choice {
        name: name.to_owned(),
        says: vec![say.to_owned(), String::new()],
    };
    vec![
        Kind::YesNo,
        Kind::Number,
        Kind::Digits { at_least: 4, at_most: 8 },
        Kind::Money,
        Kind::Date,
        Kind::PastDate,
        Kind::Time,
        Kind::DateTime,
        Kind::OneOf(vec![choice("Basic", "the small one"), choice("高级版", "贵的")]),
        Kind::OneOf(Vec::new()),
        Kind::Address,
        Kind::Text,
    ]
}

/// A text is read by every kind: nothing panics, and what is found holds what is promised of it.
fn check(text: &str) {
    for language in LANGUAGES {
        let context = context(language);
        for kind in kinds() {
            let found = read(&kind, text, &context);
            let sum: f32 = found.iter().map(|one| one.confidence).sum();
            assert!(sum <= 1.001, "{kind:?} {text:?}: {sum}");
            assert!(found.len() <= 8);
            for pair in found.windows(2) {
                assert!(pair[0].confidence >= pair[1].confidence, "{kind:?} {text:?}");
            }
            for one in &found {
                assert!(text.get(one.span.clone()).is_some(), "{kind:?} {text:?} {one:?}");
                assert!((0.0..=1.0).contains(&one.confidence), "{kind:?} {text:?} {one:?}");
                is_lawful(&one.value, &kind, &context);
                repair(&one.value, &kind, text, &context);
                for completed in complete(Some(&one.value), &kind, text, &context) {
                    is_lawful(&completed.value, &kind, &context);
                }
                say(&one.value, language);
            }
        }
    }
}

/// Nothing lies before now that must not.
fn is_lawful(value: &Value, kind: &Kind, context: &Context) {
    match (value, kind) {
        (Value::DateTime(at), _) => assert!(*at >= context.now, "{at}"),
        (Value::Date(day), Kind::PastDate) => assert!(*day <= context.now.date(), "{day}"),
        (Value::Date(day), _) => assert!(*day >= context.now.date(), "{day}"),
        (Value::Between { from, to }, _) => {
            is_lawful(from, kind, context);
            is_lawful(to, kind, context);
        }
        _ => {}
    }
}

/// Words that the rules know, put together at random.
fn babble() -> impl Strategy<Value = String> {
    let english = "a the one two twenty hundred thousand and point half past quarter to five \
        o'clock 5:30 17 pm am tomorrow next Tuesday week the 15th of March 1970 5/3/70 in hours \
        minutes from now end month not no sorry I mean yes maybe double triple oh $ 20.50 dollars \
        cents between until after morning night first last either , . ? - 4471 days ago weekend";
    let chinese = "一 二 两 三 十 百 千 万 亿 零 点 半 刻 分 块 毛 元 明天 后天 下周 周 三 号 月 \
        这个月 年 上午 下午 晚上 差 过 小时后 天后 到 不是 不对 是 好的 应该 吧 第 个 最后一个 1970 5 幺 底";
    let words: Vec<String> =
        english.split_whitespace().chain(chinese.split_whitespace()).map(str::to_owned).collect();
    let joined = |words: Vec<(String, bool)>| {
        words.into_iter().map(|(word, gap)| if gap { word + " " } else { word }).collect()
    };
    prop::collection::vec((prop::sample::select(words), any::<bool>()), 0..24).prop_map(joined)
}

/// What is said for a value is read as that value.
fn said(value: &Value, kind: &Kind) {
    said_in(value, kind, "EUR");
}

/// The same where that is the currency.
fn said_in(value: &Value, kind: &Kind, currency: &str) {
    for language in LANGUAGES {
        let text = say(value, language);
        let context = Context { currency: currency.to_owned(), ..context(language) };
        let found = read(kind, &text, &context);
        let best = found.first().map(|best| &best.value);
        assert_eq!(best, Some(value), "{text:?}: {found:?}");
    }
}

fn minute() -> impl Strategy<Value = Span> {
    (0_i64..5 * 365 * 1_440).prop_map(|minutes| minutes.minutes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_text_breaks_a_rule(text in ".{0,60}") {
        check(&text);
    }

    #[test]
    fn no_order_of_known_words_breaks_a_rule(text in babble()) {
        check(&text);
    }

    #[test]
    fn a_number_reads_back(
        whole in -999_999_999_999_i64..1_000_000_000_000,
        small in 0_i64..2_000,
    ) {
        said(&Value::Number(whole as f64), &Kind::Number);
        said(&Value::Number(small as f64), &Kind::Number);
    }

    #[test]
    fn a_decimal_reads_back(thousandths in -9_999_999_i64..10_000_000) {
        said(&Value::Number(thousandths as f64 / 1_000.0), &Kind::Number);
    }

    #[test]
    fn digits_read_back(text in "[0-9]{2,16}") {
        let kind = Kind::Digits { at_least: text.len(), at_most: text.len() };
        said(&Value::Digits(text), &kind);
    }

    #[test]
    fn an_amount_reads_back(
        minor in -99_999_999_i64..100_000_000,
        small in 0_i64..3_000,
        currency in prop::sample::select(vec!["USD", "EUR", "GBP", "CNY", "JPY"]),
    ) {
        let money = |minor| Value::Money { minor, currency: currency.to_owned() };
        // Cents alone are those of the context.
        said_in(&money(minor), &Kind::Money, if minor.abs() < 100 { currency } else { "EUR" });
        said_in(&money(small), &Kind::Money, currency);
    }

    #[test]
    fn a_day_reads_back(days in 0_i64..5 * 365) {
        said(&Value::Date(now().date() + days.days()), &Kind::Date);
    }

    #[test]
    fn a_date_of_birth_reads_back(days in 0_i64..99 * 365) {
        let day = now().date() - days.days();
        for language in LANGUAGES {
            let text = say_with_year(day, language);
            let found = read(&Kind::PastDate, &text, &context(language));
            let best = found.first().map(|best| &best.value);
            prop_assert_eq!(best, Some(&Value::Date(day)), "{}", text);
        }
    }

    #[test]
    fn a_day_and_a_time_read_back(later in minute()) {
        said(&Value::DateTime(now() + later), &Kind::DateTime);
    }

    #[test]
    fn a_range_of_numbers_reads_back(low in 0_i64..500, more in 1_i64..500) {
        let number = |value: i64| Box::new(Value::Number(value as f64));
        said(&Value::Between { from: number(low), to: number(low + more) }, &Kind::Number);
    }
}

#[test]
fn every_time_of_the_day_reads_back() {
    for minute in 0..1_440_i64 {
        let at = time(0, 0, 0, 0) + minute.minutes();
        said(&Value::Time(at), &Kind::Time);
    }
}

#[test]
fn yes_and_no_and_names_read_back() {
    said(&Value::YesNo(true), &Kind::YesNo);
    said(&Value::YesNo(false), &Kind::YesNo);
    let kinds = kinds();
    said(&Value::OneOf("Basic".to_owned()), &kinds[8]);
    said(&Value::OneOf("高级版".to_owned()), &kinds[8]);
    said(&Value::Text("wherever it is".to_owned()), &Kind::Text);
}

#[test]
fn a_text_of_ten_thousand_characters_is_read() {
    let repeated =
        ["four ", "一", "not ", "between 2 and ", "to ", "double ", "the 3rd ", "半", "'"];
    for piece in repeated {
        let text: String = piece.chars().cycle().take(10_000).collect();
        check(&text);
    }
}
