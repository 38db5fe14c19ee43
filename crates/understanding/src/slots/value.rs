//! The kinds of values that a scenario can ask for, and the values.

use jiff::civil;
use serde::{Deserialize, Serialize};

/// One of the things that a callee can choose from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What is written down when it is chosen.
    pub name: String,
    /// What people say for it, besides its name.
    #[serde(default)]
    pub says: Vec<String>,
}

/// What a scenario asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Yes or no, with hedges.
    YesNo,
    /// A whole or decimal number.
    Number,
    /// Digits said one by one or in groups, such as a customer number.
    Digits {
        /// Fewest digits that make it complete.
        at_least: usize,
        /// Most digits that it has.
        at_most: usize,
    },
    /// An amount of money.
    Money,
    /// A day, today or later.
    Date,
    /// A day that is past: a date of birth, the day of a payment.
    PastDate,
    /// A time of day.
    Time,
    /// A day and a time.
    DateTime,
    /// One of a list: names, products, places.
    OneOf(Vec<Choice>),
    /// An address, kept as it was said.
    Address,
    /// Anything, kept as it was said.
    Text,
}

/// A value that was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Yes (true) or no.
    YesNo(bool),
    /// A number.
    Number(f64),
    /// Digits, as characters 0 to 9.
    Digits(String),
    /// An amount of money.
    Money {
        /// In the smallest unit of the currency (cents, fen).
        minor: i64,
        /// ISO 4217 code.
        currency: String,
    },
    /// A day.
    Date(civil::Date),
    /// A time of day.
    Time(civil::Time),
    /// A day and a time, where the callee is.
    DateTime(civil::DateTime),
    /// From one value to another, both of them in it: "between two and four", "in the morning".
    Between {
        /// The lowest value.
        from: Box<Value>,
        /// The highest value.
        to: Box<Value>,
    },
    /// The name of the choice.
    OneOf(String),
    /// Words as they were said.
    Text(String),
}

impl Value {
    /// The time of day, where it is one.
    pub(super) fn time(&self) -> Option<civil::Time> {
        match self {
            Self::Time(time) => Some(*time),
            Self::DateTime(at) => Some(at.time()),
            Self::YesNo(_)
            | Self::Number(_)
            | Self::Digits(_)
            | Self::Money { .. }
            | Self::Date(_)
            | Self::Between { .. }
            | Self::OneOf(_)
            | Self::Text(_) => None,
        }
    }

    /// The day that it is on, or begins on.
    pub(super) fn day(&self) -> Option<civil::Date> {
        match self {
            Self::Date(day) => Some(*day),
            Self::DateTime(at) => Some(at.date()),
            Self::Between { from, .. } => from.day(),
            Self::YesNo(_)
            | Self::Number(_)
            | Self::Digits(_)
            | Self::Money { .. }
            | Self::Time(_)
            | Self::OneOf(_)
            | Self::Text(_) => None,
        }
    }
}
