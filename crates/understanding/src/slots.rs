//! Values said in an utterance: what is asked for, in which context, and what was found.
//!
//! A text is cut into words (`token`). Rules of a kind find the places where a value is said, each
//! with all that it may mean (`mention`); then what is denied or corrected loses (`repair`).
//!
//! - `value`: the values themselves.
//! - `number`, `digits`, `money`, `range`: what is counted.
//! - `day`, `clock`, `moment`: days, times of day, and both together.
//! - `yes_no`, `choice` (with `sound`), `words`: consent, one of a list, words kept as they are.
//! - `amend`: a value that was read back and refused in part. `say`: a value in words.

mod amend;
mod choice;
mod clock;
mod day;
mod digits;
mod mention;
mod moment;
mod money;
mod number;
mod range;
mod repair;
mod say;
mod sound;
mod token;
mod value;
mod words;
mod yes_no;

use std::ops::Range;

use jiff::civil;
use serde::{Deserialize, Serialize};

pub use amend::repair;
pub use say::{say, say_with_year};
use token::Tokens;
pub use value::{Choice, Kind, Value};

/// The language an utterance is in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Mandarin, in simplified characters.
    Zh,
}

/// What a relative value is relative to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The language of the utterance.
    pub language: Language,
    /// The wall-clock time where the callee is: "tomorrow at five" is counted from here.
    pub now: civil::DateTime,
    /// ISO 4217 code of the currency meant when only a number is said.
    pub currency: String,
}

/// One value found in an utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The value.
    pub value: Value,
    /// Where in the text it stands, in bytes.
    pub span: Range<usize>,
    /// The probability that this value is what was meant, 0 to 1. Below 1 for what could be read in
    /// two ways ("at five": in the morning or in the afternoon).
    pub confidence: f32,
}

/// Reads a day, a time or both where a part of it may have been said before: "Tuesday", and then
/// "at five".
///
/// It is [`read`], with two differences. What the text leaves out is taken from `before`: a day, a
/// time, a range of either, or both. And a time without a day stays a [`Value::Time`] where a day
/// and a time are asked for, so that the day can be asked for.
pub fn complete(before: Option<&Value>, kind: &Kind, text: &str, context: &Context) -> Vec<Found> {
    if !matches!(kind, Kind::Date | Kind::Time | Kind::DateTime) {
        return read(kind, text, context);
    }
    let t = Tokens::of(text);
    let mentions = moment::completed(&t, kind, context, before);
    repair::settle(&t, &range::join(&t, mentions, context.language), context.language)
}

/// Reads the values of a kind out of a text: the best first, at most eight.
///
/// Nothing found is an empty answer. Confidences are probabilities: values that exclude each other
/// add up to one at most. A day alone is a [`Value::Date`] even where a day and a time were asked
/// for, and a part of the day a [`Value::Between`], so that the rest can be asked for. What lies
/// before `now` is not found, except for [`Kind::PastDate`]. "5/3" is the third of May where the
/// context's currency is the dollar of the United States or the Philippine peso, and the fifth of
/// March elsewhere. Of a long text the first 1,024 words are read.
pub fn read(kind: &Kind, text: &str, context: &Context) -> Vec<Found> {
    let t = Tokens::of(text);
    let language = context.language;
    let mentions = match kind {
        Kind::YesNo => yes_no::mentions(&t, language),
        Kind::Number => range::join(&t, number::mentions(&t, language), language),
        Kind::Digits { at_least, at_most } => digits::mentions(&t, language, *at_least, *at_most),
        Kind::Money => range::join(&t, money::mentions(&t, language, &context.currency), language),
        Kind::Date | Kind::Time | Kind::DateTime | Kind::PastDate => {
            range::join(&t, moment::mentions(&t, kind, context), language)
        }
        Kind::OneOf(choices) => choice::mentions(&t, language, choices),
        Kind::Address | Kind::Text => {
            let kept = words::kept(text, &t, kind, language);
            let found = |span: Range<usize>| Found {
                value: Value::Text(text[span.clone()].to_owned()),
                span,
                confidence: 0.9,
            };
            return kept.map(found).into_iter().collect();
        }
    };
    repair::settle(&t, &mentions, language)
}
