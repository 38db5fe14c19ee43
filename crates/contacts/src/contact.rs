//! A contact as it leaves the import.

use std::sync::Arc;

use outcall_campaign::{Consent, PhoneNumber};
use serde::{Deserialize, Serialize};

/// The most numbers a contact may have.
pub const NUMBERS_MAX: usize = 8;

/// One person to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// The physical line of the file (for a workbook, the row), counted from 1.
    pub line: u64,
    /// 1 to [`NUMBERS_MAX`] different numbers, in dial order.
    pub numbers: Vec<Number>,
    /// The person's name; may be empty.
    pub name: String,
    /// The zones the person may be in: IANA names, sorted, joined by `|`.
    pub zones: Arc<str>,
    /// Where the zones come from.
    pub zone_source: ZoneSource,
    /// A language tag (BCP 47), for example `en-GB`.
    pub language: Option<String>,
    /// The customer's own key for the person.
    pub external_id: Option<String>,
    /// What the person consented to, where the list says so.
    pub consent: Option<Consent>,
    /// Higher is dialled first; 0 when the list does not say.
    pub priority: i32,
    /// Everything else: one JSON object, identifier to text (or to JSON, from JSONL). Cells that
    /// are empty are left out.
    pub attributes: String,
}

/// A telephone number of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub phone: PhoneNumber,
    /// The region it belongs to: ISO 3166 code, `ZZ` for numbers of no country (+800).
    pub region: [u8; 2],
    /// What kind of line it is, as far as the numbering plan tells.
    pub kind: NumberKind,
}

/// What kind of line a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// A fixed line.
    Fixed,
    /// A mobile phone.
    Mobile,
    /// Either: the numbering plan does not tell, as in North America.
    FixedOrMobile,
    /// Free for the caller.
    TollFree,
    /// Internet telephony.
    Voip,
    /// Anything else that may be called.
    Other,
}

/// Where a contact's time zones come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSource {
    /// The list's time zone column.
    Column,
    /// The prefix of the number.
    Number,
    /// The list's default.
    Default,
}

/// What a cell says of consent, in the words that people use; `None` when it is not clear.
pub(crate) fn read_consent(text: &str) -> Option<Consent> {
    let word: String = text
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if c == ' ' || c == '-' { '_' } else { c })
        .collect();
    Some(match word.as_str() {
        "none" | "no" | "n" | "false" | "f" | "0" | "opt_out" | "opted_out" | "withdrawn"
        | "revoked" | "nein" | "non" | "否" | "不同意" | "拒绝" => Consent::None,
        "existing_relationship"
        | "implied"
        | "soft_opt_in"
        | "existing_customer"
        | "legitimate_interest" => Consent::ExistingRelationship,
        "express" | "explicit" | "yes" | "y" | "true" | "t" | "1" | "x" | "opt_in" | "opted_in"
        | "given" | "ja" | "oui" | "si" | "sí" | "是" | "同意" => Consent::Express,
        "express_written" | "written" | "in_writing" | "signed" | "schriftlich" | "书面"
        | "书面同意" => Consent::ExpressWritten,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_is_read_in_the_words_people_use_and_guessed_never() {
        assert_eq!(read_consent(" Express Written "), Some(Consent::ExpressWritten));
        assert_eq!(read_consent("同意"), Some(Consent::Express));
        assert_eq!(read_consent("0"), Some(Consent::None));
        assert_eq!(read_consent("maybe"), None);
        for &consent in Consent::ALL {
            assert_eq!(read_consent(consent.code()), Some(consent));
        }
    }
}
