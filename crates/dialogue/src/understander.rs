//! Who says what a text means. The engine is only told; so a call can be replayed without models.

use jiff::civil;
use outcall_understanding::reading::Reading;
use outcall_understanding::slots::{Context, Found, Kind, Language, Value};
use outcall_understanding::slots::{complete, read, repair};
use serde::{Deserialize, Serialize};

use crate::own_name;
use crate::values::fits;

/// What an utterance may mean at the node that the call is at.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<'a> {
    /// The language spoken.
    pub language: Language,
    /// The wall-clock time where the callee is.
    pub now: civil::DateTime,
    /// The intents understood here, those of the node first.
    pub intents: Vec<&'a str>,
    /// The kinds of values asked for: that of the slot, those of other questions that the node
    /// takes too, and yes or no while one is read back.
    pub kinds: Vec<&'a Kind>,
    /// What was said before of the value that is asked for.
    pub before: Option<Before<'a>>,
    /// The callee's name, where the question is whether it is theirs: who says it says yes.
    pub name: Option<&'a str>,
}

/// What was said before of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Before<'a> {
    /// A part of it: a day, and the time is asked for now.
    Part(&'a Value),
    /// All of it: it was read back, and the answer may correct it.
    ReadBack(&'a Value),
}

/// The confidence from which on a value is taken for an answer.
pub(crate) const SURE: f32 = 0.6;

impl Asked<'_> {
    /// The values in a text of the kinds that are asked for, together with what was said before:
    /// "at five" on the day that is known, "no, Friday" at the time that was read back. `currency`
    /// (ISO 4217) is meant when only a number is said.
    pub fn values(&self, text: &str, currency: &str) -> Vec<Found> {
        let currency = currency.to_owned();
        let context = Context { language: self.language, now: self.now, currency };
        let found = self.kinds.iter().flat_map(|kind| match (kind, self.before) {
            // Words that are kept as they are said have no parts, and yes or no answers the
            // read-back.
            (Kind::YesNo, _) => {
                let found = read(kind, text, &context);
                let name = self.name.filter(|_| found.is_empty());
                match name.and_then(|name| own_name::yes(name, text, &context)) {
                    Some(yes) => vec![yes],
                    None => found,
                }
            }
            (Kind::Address | Kind::Text, _) => read(kind, text, &context),
            (_, None) => complete(None, kind, text, &context),
            (_, Some(Before::Part(part))) => complete(Some(part), kind, text, &context),
            (_, Some(Before::ReadBack(value))) => corrected(value, kind, text, &context),
        });
        found.collect()
    }

    /// Whether a text holds by itself all that is asked for: nobody has to wait for more of it.
    pub fn is_answered_by(&self, text: &str, currency: &str) -> bool {
        let is_whole = |found: &Found| {
            let fits = self.kinds.iter().any(|kind| match kind {
                // These may go on: their length is known to whoever counts it.
                Kind::Digits { .. } | Kind::Address | Kind::Text => false,
                Kind::YesNo
                | Kind::Number
                | Kind::Money
                | Kind::Date
                | Kind::Time
                | Kind::DateTime
                | Kind::PastDate
                | Kind::OneOf(_) => fits(&found.value, kind),
            });
            fits && found.confidence >= SURE
        };
        self.values(text, currency).iter().any(is_whole)
    }
}

/// What corrects a value, or the value itself when a part of it is said again.
fn corrected(value: &Value, kind: &Kind, text: &str, context: &Context) -> Vec<Found> {
    if let Some(found) = repair(value, kind, text, context) {
        return vec![found];
    }
    let again = complete(Some(value), kind, text, context);
    again.into_iter().filter(|found| found.value == *value).collect()
}

/// What was understood of an utterance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The words and the intents that they may hold.
    pub reading: Reading,
    /// The values said in them.
    pub found: Vec<Found>,
}

/// Understands texts.
pub trait Understander {
    /// What a text means where the call is.
    fn understand(&self, text: &str, asked: &Asked<'_>) -> Heard;
}
