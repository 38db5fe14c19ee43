//! Why a row is not imported.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $advice:literal;)*) => {
        /// Why a row was rejected, or a part of it left out.
        ///
        /// The codes appear in reports and rejects files: never reuse or rename one.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum RejectReason { $($(#[$doc])* $name,)* }

        impl RejectReason {
            /// Every reason, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code, for example `no_time_zone`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What to do about it.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

reasons! {
    /// Bytes that are no text in the file's encoding.
    Encoding = "encoding", "save the file in UTF-8, or name its encoding with --encoding";
    /// More or fewer cells than the header.
    WrongCellCount = "wrong_cell_count", "quote cells that contain the delimiter";
    /// A quoted cell of several lines that goes on after its closing quote.
    Quoting = "quoting", "close the quote at the end of the cell; write \" inside of it twice";
    /// A cell beyond the size limit.
    CellTooLarge = "cell_too_large", "shorten the cell to at most 64 KiB";
    /// A line of JSON that is no object.
    Json = "json", "write one JSON object on each line";
    /// A line of JSON beyond the size limit.
    LineTooLarge = "line_too_large", "shorten the line to at most 1 MiB";
    /// A NUL character in a cell.
    NulCharacter = "nul_character", "remove the NUL character; is another encoding meant?";
    /// No telephone number at all.
    NoPhone = "no_phone", "give at least one telephone number";
    /// Digits lost by a spreadsheet: 4.47911E+11.
    ScientificNotation = "scientific_notation",
        "the digits are lost: format the column as text in the spreadsheet and export it again";
    /// A national number, and no region to read it in.
    NoCountryCode = "no_country_code",
        "write numbers as + and country code, or set the list's default region";
    /// Not a number that can exist.
    InvalidPhone = "invalid_phone", "correct the number";
    /// A number of an emergency service.
    EmergencyNumber = "emergency_number", "remove the number";
    /// A number with only a few digits, which works within one country only.
    ShortCode = "short_code", "give the full number";
    /// A number that costs extra to call.
    PremiumRate = "premium_rate", "give another number";
    /// More numbers than a contact can have.
    TooManyNumbers = "too_many_numbers", "keep at most 8 numbers";
    /// A region that is no ISO 3166 code.
    BadRegion = "bad_region", "write the two-letter ISO 3166 code, for example GB";
    /// A time zone that is none.
    BadTimeZone = "bad_time_zone", "write an IANA name, for example Europe/London";
    /// Neither the row nor the number nor the list has a time zone.
    NoTimeZone = "no_time_zone", "add a time zone column, or set the list's default zone";
    /// A language that is no language tag.
    BadLanguage = "bad_language", "write a language tag, for example en-GB";
    /// A consent that is not understood.
    BadConsent = "bad_consent", "write express_written, express, existing_relationship or none";
    /// A priority that is no whole number.
    BadPriority = "bad_priority", "write a whole number from -1000 to 1000";
    /// The same contact stands further up in the file.
    DuplicateInList = "duplicate_in_list", "nothing to do";
    /// The same contact is already in the campaign.
    DuplicateInCampaign = "duplicate_in_campaign", "nothing to do";
    /// Every number of the contact is on the suppression list.
    Suppressed = "suppressed", "nothing to do: the person must not be called";
}

/// A row that is not imported, or a part of a row that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The column at fault, as an index into the file's columns.
    pub column: Option<usize>,
    /// Why.
    pub reason: RejectReason,
    /// The particulars, with telephone numbers masked.
    pub detail: String,
}

impl Rejection {
    pub(crate) fn new(reason: RejectReason, detail: impl Into<String>) -> Self {
        Self { column: None, reason, detail: detail.into() }
    }

    pub(crate) fn in_column(mut self, column: usize) -> Self {
        self.column = Some(column);
        self
    }
}

/// A cell's text fit for reports: short, and with all digits but the last three hidden when there
/// are so many that they may be a telephone number.
pub(crate) fn masked(text: &str) -> String {
    const LENGTH: usize = 40;
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let mut hidden = if digits > 4 { digits - 3 } else { 0 };
    let mut masked = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == LENGTH {
            masked.push('…');
            break;
        }
        if c.is_numeric() && hidden > 0 {
            hidden -= 1;
            masked.push('*');
        } else {
            masked.push(if c.is_control() { ' ' } else { c });
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_the_name_that_serde_writes() {
        let mut codes: Vec<_> = RejectReason::ALL.iter().map(|reason| reason.code()).collect();
        for &reason in RejectReason::ALL {
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(json, format!("\"{}\"", reason.code()));
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RejectReason::ALL.len());
    }

    #[test]
    fn a_masked_text_shows_no_more_than_three_digits_of_a_number() {
        assert_eq!(masked("+44 7911 123456"), "+** **** ***456");
        assert_eq!(masked("room 12"), "room 12");
        assert_eq!(masked(&"x".repeat(99)).chars().count(), 41);
    }
}
