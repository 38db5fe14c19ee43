//! A telephone number in its international form, ITU-T E.164.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An E.164 number: country code and national number, 4 to 15 digits.
///
/// Whether the number can exist is for the import to decide, which knows the numbering plans; this
/// type guarantees the form only. `Debug` and [`PhoneNumber::masked`] hide all but the last three
/// digits, since nothing personal goes into logs; [`PhoneNumber::e164`] is for the carrier and for
/// the people whose list it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(u64);

/// A text or a figure that is not an E.164 number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an E.164 number: write + and 4 to 15 digits, for example +442079460123")]
pub struct InvalidPhoneNumber;

impl PhoneNumber {
    /// The number with these digits, country code first.
    ///
    /// # Errors
    /// When there are fewer than 4 or more than 15 digits.
    pub fn from_digits(digits: u64) -> Result<Self, InvalidPhoneNumber> {
        let in_range = (1_000..=999_999_999_999_999).contains(&digits);
        if in_range { Ok(Self(digits)) } else { Err(InvalidPhoneNumber) }
    }

    /// The digits, country code first: 442079460123.
    pub fn digits(self) -> u64 {
        self.0
    }

    /// The written form: `+442079460123`.
    pub fn e164(self) -> String {
        format!("+{}", self.0)
    }

    /// The form for logs: `+*********123`.
    pub fn masked(self) -> String {
        let digits = self.0.to_string();
        let hidden = digits.len().saturating_sub(3);
        format!("+{}{}", "*".repeat(hidden), &digits[hidden..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').ok_or(InvalidPhoneNumber)?;
        if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidPhoneNumber);
        }
        Self::from_digits(digits.parse().map_err(|_| InvalidPhoneNumber)?)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = InvalidPhoneNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.e164()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_masked_wherever_it_could_reach_a_log() {
        let number: PhoneNumber = "+442079460123".parse().unwrap();
        assert_eq!(format!("{number:?}"), "+*********123");
        assert_eq!(number.e164(), "+442079460123");
    }

    #[test]
    fn only_plus_and_digits_are_a_number() {
        for text in ["", "+", "442079460123", "+44 20", "+1", "+1234567890123456", "+44２０79"] {
            assert!(text.parse::<PhoneNumber>().is_err(), "{text}");
        }
    }
}
