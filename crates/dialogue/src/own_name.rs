//! The callee's own name as an answer: whoever is asked "is this Ann Lee?" and says "Ann speaking"
//! says yes.

use outcall_understanding::slots::{Choice, Context, Found, Kind, Language, Value, read};

/// How sure a yes it is: less than a yes, since recognition may only have heard what it expected.
const SURE: f32 = 0.8;
/// How alike name and word must be.
const ALIKE: f32 = 0.7;
/// Letters of a part of a name at least: shorter ones sound like anything.
const LETTERS_MIN: usize = 2;
/// Who says more speaks of the name rather than by it.
const WORDS_MAX: usize = 10;
/// With one of these it is somebody else who speaks.
const DENIALS: &[&str] = &[
    "no", "not", "nope", "never", "nobody", "none", "wrong", "who", "gone", "out", "get", "fetch",
];

/// The yes in a text that says the name, when it holds no word of denial.
pub(crate) fn yes(name: &str, text: &str, context: &Context) -> Option<Found> {
    let plain = text.to_lowercase().replace(['\'', '’'], "");
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let denies = |word: &&str| DENIALS.contains(word) || word.ends_with("nt") && word.len() > 3;
    // Words of denial are known in English only.
    if context.language != Language::En {
        return None;
    }
    if words.is_empty() || words.len() > WORDS_MAX || words.iter().any(denies) {
        return None;
    }
    let parts = name.split_whitespace().filter(|part| part.chars().count() >= LETTERS_MIN);
    let says: Vec<String> = parts.map(str::to_owned).collect();
    let kind = Kind::OneOf(vec![Choice { name: name.to_owned(), says }]);
    let found = read(&kind, text, context).into_iter().next()?;
    let found = Found { value: Value::YesNo(true), ..found };
    (found.confidence >= ALIKE).then_some(Found { confidence: SURE, ..found })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn who_says_the_name_says_yes() {
        let now = date(2027, 3, 2).at(10, 0, 0, 0);
        let context = Context { language: Language::En, now, currency: "USD".to_owned() };
        let says = |text: &str| yes("Samir Patel", text, &context).is_some();
        for text in ["Samir speaking.", "This is Samir, what's up?", "Mr. Patel, in person."] {
            assert!(says(text), "{text}");
        }
        for text in [
            "",
            "Speaking.",
            "No, Samir is out.",
            "This isn't Samir.",
            "Who is Samir?",
            "I'll get Samir for you.",
            "There is no Samir Patel here, you have the wrong number.",
        ] {
            assert!(!says(text), "{text}");
        }
    }
}
