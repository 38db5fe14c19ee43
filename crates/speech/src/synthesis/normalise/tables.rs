//! The tables of words that the rules replace, as the model's folder holds them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Names of the months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Words by what stands for them.
pub(super) type Words = BTreeMap<String, String>;
/// The word for one and the word for more, by what stands for them.
pub(super) type Units = BTreeMap<String, [String; 2]>;

/// `normalize.json`.
#[derive(Debug, Deserialize)]
pub(in crate::synthesis) struct Tables {
    /// Replaced only before a word with a capital: "St Paul".
    pub(in crate::synthesis) titles: Words,
    pub(super) abbreviations: Words,
    pub(super) units: Units,
    pub(super) symbols: Words,
    pub(super) currency: Units,
    pub(super) roman_cardinal: Vec<String>,
    pub(super) roman_ordinal: Vec<String>,
}

/// A month by the first three letters of its name.
pub(super) fn month(name: &str) -> Option<usize> {
    let short: String = name.to_lowercase().chars().take(3).collect();
    MONTHS.iter().position(|month| month.to_lowercase().starts_with(&short))
}

/// The names of the months and their short forms.
pub(super) fn month_names() -> Vec<&'static str> {
    let short = MONTHS.iter().map(|month| &month[..3]);
    MONTHS.iter().copied().chain(short).chain(["Sept"]).collect()
}
