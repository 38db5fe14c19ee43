//! Conditions: comparisons, `and`, `or`, `not`, `has`, and brackets. No loops, no functions, no
//! arithmetic: what a condition costs is bounded by its length.

mod parse;

use std::cmp::Ordering;

use outcall_understanding::slots::Value;
use serde::Serialize;

pub(crate) use parse::{parse, parse_operand};

use crate::values::{Values, compare};

/// A condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Expression {
    /// Both hold.
    And(Box<Expression>, Box<Expression>),
    /// One of them holds.
    Or(Box<Expression>, Box<Expression>),
    /// It does not hold.
    Not(Box<Expression>),
    /// The name has a value.
    Has(String),
    /// The value is there, and not "no".
    Truth(Operand),
    /// The values compare so. Never, when one of them is not there.
    Compare(Operand, Comparison, Operand),
}

/// A name or a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operand {
    Name(String),
    Literal(Value),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Expression {
    /// Whether it holds.
    pub(crate) fn holds(&self, values: &Values) -> bool {
        match self {
            Self::And(a, b) => a.holds(values) && b.holds(values),
            Self::Or(a, b) => a.holds(values) || b.holds(values),
            Self::Not(inner) => !inner.holds(values),
            Self::Has(name) => values.contains_key(name),
            Self::Truth(operand) => {
                operand.value(values).is_some_and(|value| *value != Value::YesNo(false))
            }
            Self::Compare(a, comparison, b) => match (a.value(values), b.value(values)) {
                (Some(a), Some(b)) => comparison.holds(compare(a, b)),
                _ => false,
            },
        }
    }

    /// Renames every name.
    pub(crate) fn rename(&mut self, new: &impl Fn(&str) -> String) {
        match self {
            Self::And(a, b) | Self::Or(a, b) => {
                a.rename(new);
                b.rename(new);
            }
            Self::Not(inner) => inner.rename(new),
            Self::Has(name) => *name = new(name),
            Self::Truth(operand) => operand.rename(new),
            Self::Compare(a, _, b) => {
                a.rename(new);
                b.rename(new);
            }
        }
    }

    /// Adds the names that it speaks of.
    pub(crate) fn names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::And(a, b) | Self::Or(a, b) => {
                a.names(names);
                b.names(names);
            }
            Self::Not(inner) => inner.names(names),
            Self::Has(name) => names.push(name),
            Self::Truth(operand) => names.extend(operand.name()),
            Self::Compare(a, _, b) => {
                names.extend(a.name());
                names.extend(b.name());
            }
        }
    }
}

impl Operand {
    /// Its value, when it has one.
    pub(crate) fn value<'a>(&'a self, values: &'a Values) -> Option<&'a Value> {
        match self {
            Self::Name(name) => values.get(name),
            Self::Literal(value) => Some(value),
        }
    }

    /// The name, when it is one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Literal(_) => None,
        }
    }

    /// Renames it.
    pub(crate) fn rename(&mut self, new: &impl Fn(&str) -> String) {
        if let Self::Name(name) = self {
            *name = new(name);
        }
    }
}

impl Comparison {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        let Some(ordering) = ordering else { return false };
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Unequal => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::More => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }
}
