//! What can be asked for.

use outcall_understanding::slots::{Choice, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::Texts;

/// Most digits that a number has, when its kind does not say so.
const DIGITS_MAX: usize = 24;

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotKindName {
    /// Yes or no.
    YesNo,
    /// A number.
    Number,
    /// Digits of a customer number or code.
    Digits,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// A day that is past, such as a date of birth.
    PastDate,
    /// A time of day.
    Time,
    /// A day and a time.
    DateTime,
    /// One of `choices`.
    OneOf,
    /// An address, kept as it was said.
    Address,
    /// Anything, kept as it was said.
    Text,
}

/// A kind with what it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotKindFields {
    /// The kind.
    pub kind: SlotKindName,
    /// How many digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// What can be chosen from, for `one_of`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<ChoiceFields>")]
    pub choices: Vec<Choice>,
    /// Reads the value back and asks whether it is right, before it is taken.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub confirm: Texts,
    /// Reads back only what was understood with less than this probability. 1: always.
    #[serde(default = "always")]
    pub confirm_below: f32,
    /// Asks for the day when only a time was said, or for one of several days. Default: a short
    /// question.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub say_missing_day: Texts,
    /// Asks for the time when only a day was said, or a part of the day. Default: a short question.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub say_missing_time: Texts,
    /// For `yes_no`: a variable with a name; whoever says the name says yes. For "Is this Ann
    /// Lee?", to which people say "Ann speaking".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes_by_name: Option<String>,
}

fn always() -> f32 {
    1.0
}

/// A choice, for the schema.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it stands for a type of another crate in the schema")]
struct ChoiceFields {
    /// What is written down.
    name: String,
    /// What people say for it, besides its name.
    #[serde(default)]
    says: Vec<String>,
}

/// A kind of value, read and checked. Short form: only its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlotKind {
    /// The kind, as slots are read.
    pub kind: Kind,
    /// How it is read back.
    pub confirm: Texts,
    /// Below which probability it is read back.
    pub confirm_below: f32,
    /// How the day is asked for when a time was said.
    pub say_missing_day: Texts,
    /// How the time is asked for when a day was said.
    pub say_missing_time: Texts,
    /// The variable whose words say yes.
    pub yes_by_name: Option<String>,
}

/// A slot is a kind and how it is confirmed.
pub type Slot = SlotKind;

impl From<SlotKindName> for SlotKindFields {
    fn from(kind: SlotKindName) -> Self {
        Self {
            kind,
            length: None,
            choices: Vec::new(),
            confirm: Texts::default(),
            confirm_below: always(),
            say_missing_day: Texts::default(),
            say_missing_time: Texts::default(),
            yes_by_name: None,
        }
    }
}

impl TryFrom<SlotKindFields> for SlotKind {
    type Error = String;

    fn try_from(fields: SlotKindFields) -> Result<Self, String> {
        if fields.yes_by_name.is_some() && fields.kind != SlotKindName::YesNo {
            return Err("'yes_by_name' is for kind: yes_no: remove it".to_owned());
        }
        if fields.length.is_some() && fields.kind != SlotKindName::Digits {
            return Err("'length' is for kind: digits: remove it".to_owned());
        }
        if fields.choices.is_empty() != (fields.kind != SlotKindName::OneOf) {
            return Err("'choices' belong to kind: one_of, and it needs some".to_owned());
        }
        let day = matches!(fields.kind, SlotKindName::Date | SlotKindName::DateTime);
        let time = matches!(fields.kind, SlotKindName::Time | SlotKindName::DateTime);
        if !day && !fields.say_missing_day.is_empty() {
            return Err("'say_missing_day' is for kind: date or date_time: remove it".to_owned());
        }
        if !time && !fields.say_missing_time.is_empty() {
            return Err("'say_missing_time' is for kind: time or date_time: remove it".to_owned());
        }
        let kind = match fields.kind {
            SlotKindName::YesNo => Kind::YesNo,
            SlotKindName::Number => Kind::Number,
            SlotKindName::Digits => Kind::Digits {
                at_least: fields.length.unwrap_or(1).clamp(1, DIGITS_MAX),
                at_most: fields.length.unwrap_or(DIGITS_MAX).clamp(1, DIGITS_MAX),
            },
            SlotKindName::Money => Kind::Money,
            SlotKindName::Date => Kind::Date,
            SlotKindName::PastDate => Kind::PastDate,
            SlotKindName::Time => Kind::Time,
            SlotKindName::DateTime => Kind::DateTime,
            SlotKindName::OneOf => Kind::OneOf(fields.choices),
            SlotKindName::Address => Kind::Address,
            SlotKindName::Text => Kind::Text,
        };
        Ok(Self {
            kind,
            confirm: fields.confirm,
            confirm_below: fields.confirm_below,
            yes_by_name: fields.yes_by_name,
            say_missing_day: fields.say_missing_day,
            say_missing_time: fields.say_missing_time,
        })
    }
}
