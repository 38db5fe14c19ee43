//! Abbreviations beyond the original's: of addresses, of offices, and Latin ones.

use std::collections::HashMap;

use super::dates::final_stop;
use crate::synthesis::pattern::{Found, Pattern, any_of};

/// With or without a full stop.
const WORDS: [(&str, &str); 23] = [
    ("appt", "appointment"),
    ("appts", "appointments"),
    ("acct", "account"),
    ("accts", "accounts"),
    ("dept", "department"),
    ("mgr", "manager"),
    ("asst", "assistant"),
    ("attn", "attention"),
    ("pls", "please"),
    ("thx", "thanks"),
    ("qty", "quantity"),
    ("incl", "including"),
    ("avg", "average"),
    ("temp", "temporary"),
    ("tel", "telephone"),
    ("Appt", "Appointment"),
    ("Acct", "Account"),
    ("Dept", "Department"),
    ("Mgr", "Manager"),
    ("Attn", "Attention"),
    ("Pls", "Please"),
    ("Qty", "Quantity"),
    ("Tel", "Telephone"),
];
/// Only with a full stop.
const DOTTED: [(&str, &str); 9] = [
    ("e.g.", "for example"),
    ("i.e.", "that is"),
    ("etc.", "etc"),
    ("min.", "minimum"),
    ("max.", "maximum"),
    ("mo.", "month"),
    ("yr.", "year"),
    ("yrs.", "years"),
    ("Esq.", "Esquire"),
];
/// After the name of a street.
const STREETS: [(&str, &str); 13] = [
    ("St", "Street"),
    ("Dr", "Drive"),
    ("Ave", "Avenue"),
    ("Blvd", "Boulevard"),
    ("Rd", "Road"),
    ("Ln", "Lane"),
    ("Ct", "Court"),
    ("Pl", "Place"),
    ("Sq", "Square"),
    ("Ter", "Terrace"),
    ("Cir", "Circle"),
    ("Hwy", "Highway"),
    ("Pkwy", "Parkway"),
];
/// Words that begin a sentence, not a city.
const STARTS: [&str; 22] = [
    "Are", "Is", "Do", "Does", "Can", "Could", "Would", "Will", "Please", "We", "You", "I", "It",
    "The", "This", "That", "Your", "My", "If", "What", "When", "Thank",
];
const PARTS: [(&str, &str); 6] = [
    ("Apt", "Apartment"),
    ("Ste", "Suite"),
    ("Bldg", "Building"),
    ("Fl", "Floor"),
    ("Rm", "Room"),
    ("Unit", "Unit"),
];
const STATES: [(&str, &str); 51] = [
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("DC", "D.C"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("HI", "Hawaii"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("IA", "Iowa"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("ME", "Maine"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VT", "Vermont"),
    ("VA", "Virginia"),
    ("WA", "Washington"),
    ("WV", "West Virginia"),
    ("WI", "Wisconsin"),
    ("WY", "Wyoming"),
];

/// One to three words, maybe with a point of the compass.
const STREET_NAME: &str =
    "(?:(?:North|South|East|West) )?(?:[A-Z][a-z]+ |[0-9]+(?:st|nd|rd|th) ){1,3}";

/// The rules.
#[derive(Debug)]
pub(super) struct Abbreviations {
    words: Pattern,
    dotted: Pattern,
    unit: Pattern,
    initials: Pattern,
    compass: Pattern,
    numbered_street: Pattern,
    street: Pattern,
    part: Pattern,
    state: Pattern,
    generation: Pattern,
    table: HashMap<&'static str, &'static str>,
}

impl Abbreviations {
    pub(super) fn new() -> Self {
        let keys = |table: &[(&'static str, _)]| any_of(table.iter().map(|entry| entry.0));
        let streets = keys(&STREETS);
        let new = |pattern: String| Pattern::fixed(&pattern);
        let tables = [&WORDS[..], &DOTTED, &STREETS, &PARTS, &STATES];
        Self {
            words: new(format!(r"(?<![\w.@])({})(?:\.|(?![\w@]))", keys(&WORDS))),
            dotted: new(format!(r"(?<![\w.])({})", keys(&DOTTED))),
            unit: new(r"(?<=\d )(mins?|secs?|hrs?|lbs?|oz|ft|mi)\.(?=,? [a-z])".into()),
            // Of names: their last full stop would end a sentence.
            initials: new(
                r"\b(?!U\.[SK]\.|D\.C\.|[AP]\.M\.)([A-Z])\.([A-Z])\. (?=[A-Z][a-z])".into()
            ),
            compass: new(r"(?<=\d )([NSEW])\.? (?=[A-Z])".into()),
            numbered_street: new(format!(
                r"(?<![\w.])(\d+[A-Z]? {STREET_NAME})({streets})\b\.?(?!\w)"
            )),
            street: new(r"(?<=[a-z] )(Ave|Blvd|Rd|Ln|Hwy|Pkwy)\b\.?(?!\w)".into()),
            part: new(format!(r"\b({})\.? ?#?(?=\d)", keys(&PARTS))),
            state: new(format!(r"(?<=[a-z], )({})(?=[\s,.?!]|$)", keys(&STATES))),
            generation: new(r"(?<=[a-z] )(Jr|Sr)\b\.?".into()),
            table: tables.into_iter().flatten().copied().collect(),
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let word = |short: &str| self.table.get(short).copied().unwrap_or_default();
        let stopped = |found: &Found<'_>| format!("{}{}", word(found.group(1)), final_stop(found));
        let text = self.words.rewrite(text, stopped);
        let text = self.dotted.rewrite(&text, |found| match found.group(1) {
            "e.g." | "i.e." => word(found.group(1)).to_owned(),
            // "5 min." is a time: the original reads units.
            "min." | "max." if is_after_number(found) => found.whole().to_owned(),
            _ => stopped(found),
        });
        let text = self.unit.rewrite(&text, |found| found.group(1).to_owned());
        let text =
            self.initials.rewrite(&text, |found| format!("{}.{} ", found.group(1), found.group(2)));
        let text = self.compass.rewrite(&text, |found| {
            let name = match found.group(1) {
                "N" => "North",
                "S" => "South",
                "E" => "East",
                _ => "West",
            };
            format!("{name} ")
        });
        let text = self.numbered_street.rewrite(&text, |found| {
            format!("{}{}{}", found.group(1), word(found.group(2)), street_stop(found))
        });
        let text = self
            .street
            .rewrite(&text, |found| format!("{}{}", word(found.group(1)), street_stop(found)));
        let text = self.part.rewrite(&text, |found| format!("{} ", word(found.group(1))));
        let text = self.state.rewrite(&text, |found| word(found.group(1)).to_owned());
        self.generation.rewrite(&text, |found| {
            let name = if found.group(1) == "Jr" { "Junior" } else { "Senior" };
            format!("{name}{}", final_stop(found))
        })
    }
}

fn is_after_number(found: &Found<'_>) -> bool {
    found.before().trim_end().ends_with(|c: char| c.is_ascii_digit())
}

/// After a street comes the rest of the address, or a new sentence.
fn street_stop(found: &Found<'_>) -> &'static str {
    let next = found.after().split_whitespace().next().unwrap_or_default();
    if next.is_empty() || STARTS.contains(&next) { final_stop(found) } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_words() {
        let abbreviations = Abbreviations::new();
        let cases = [
            ("your appt. is at 3", "your appointment is at 3"),
            ("Confirm the appt.", "Confirm the appointment."),
            ("J.P. Morgan in the U.S. Yes", "J.P Morgan in the U.S. Yes"),
            ("in 5 min. or max. 6", "in 5 min or maximum 6"),
            ("e.g. Monday", "for example Monday"),
            ("pens, paper, etc.", "pens, paper, etc."),
            ("123 N. Main St. Apt 4", "123 North Main Street Apartment 4"),
            ("at 9 Oak Dr. Is it?", "at 9 Oak Drive. Is it?"),
            ("44 5th Ave, Austin, TX 78701", "44 5th Avenue, Austin, Texas 78701"),
            ("in Portland, OR.", "in Portland, Oregon."),
            ("IN or OR", "IN or OR"),
            ("Sunset Blvd", "Sunset Boulevard"),
            ("John Smith Jr.", "John Smith Junior."),
            ("Dr. Smith on Main St", "Dr. Smith on Main St"),
        ];
        for (text, wanted) in cases {
            assert_eq!(abbreviations.apply(text), wanted, "{text}");
        }
    }
}
