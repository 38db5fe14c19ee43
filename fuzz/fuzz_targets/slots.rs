//! Any text as an answer to any question: what is found stands in it, can be said and corrected.
#![no_main]

use jiff::civil::date;
use libfuzzer_sys::fuzz_target;
use outcall_understanding::slots::{Choice, Context, Kind, Language, complete, read, repair, say};

fuzz_target!(|text: &str| {
    let choice = |name: &str, say: &str| {
        let says = vec![say.to_owned()];
        Choice { name: name.to_owned(), says }
    };
    let kinds = [
        Kind::YesNo,
        Kind::Number,
        Kind::Digits { at_least: 4, at_most: 8 },
        Kind::Money,
        Kind::Date,
        Kind::PastDate,
        Kind::Time,
        Kind::DateTime,
        Kind::OneOf(vec![choice("Basic", "the small one"), choice("高级版", "贵的")]),
        Kind::Address,
        Kind::Text,
    ];
    for language in [Language::En, Language::Zh] {
        let now = date(2027, 3, 2).at(10, 0, 0, 0);
        let context = Context { language, now, currency: "USD".to_owned() };
        for kind in &kinds {
            for found in read(kind, text, &context) {
                assert!(text.get(found.span.clone()).is_some(), "{kind:?} {found:?}");
                assert!((0.0..=1.0).contains(&found.confidence), "{kind:?} {found:?}");
                drop(say(&found.value, language));
                drop(repair(&found.value, kind, text, &context));
                drop(complete(Some(&found.value), kind, text, &context));
            }
        }
    }
});
