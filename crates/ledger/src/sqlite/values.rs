//! How values are written in the database, and read back.

use outcall_campaign::PhoneNumber;
use outcall_campaign::regulation::Consent;

use crate::LedgerError;

/// Where a contact stands in its campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactState {
    /// Waits for its next attempt.
    Pending,
    /// Has an intent without an end.
    InCall,
    /// Will not be dialled again.
    Finished,
    /// Held back until somebody acts.
    Held,
}

impl ContactState {
    /// The stored code.
    pub fn code(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::InCall => 1,
            Self::Finished => 2,
            Self::Held => 3,
        }
    }

    /// The state with a stored code.
    pub fn from_code(code: i64) -> Option<Self> {
        match code {
            0 => Some(Self::Pending),
            1 => Some(Self::InCall),
            2 => Some(Self::Finished),
            3 => Some(Self::Held),
            _ => None,
        }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InCall => "in a call",
            Self::Finished => "finished",
            Self::Held => "held",
        }
    }
}

/// A lane: who comes first among contacts that are due.
pub(crate) mod lane {
    /// Agreed call-backs.
    pub(crate) const CALL_BACK: i64 = 0;
    /// Contacts of high priority.
    pub(crate) const HIGH: i64 = 1;
    /// Everybody else.
    pub(crate) const ORDINARY: i64 = 2;
    /// Contacts of low priority.
    pub(crate) const LOW: i64 = 3;

    /// The lane of a contact's priority: positive is high, negative low.
    pub(crate) fn of_priority(priority: i32) -> i64 {
        match priority.signum() {
            1 => HIGH,
            -1 => LOW,
            _ => ORDINARY,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "callers pass errors as they come")]
pub(crate) fn unreadable(what: &'static str, problem: impl ToString) -> LedgerError {
    LedgerError::Unreadable { what, problem: problem.to_string() }
}

/// A number from its stored digits.
pub(crate) fn number(digits: i64) -> Result<PhoneNumber, LedgerError> {
    PhoneNumber::from_digits(digits.cast_unsigned()).map_err(|error| unreadable("a number", error))
}

/// The numbers of a contact, from their stored form.
pub(crate) fn numbers(text: &str) -> Result<Vec<PhoneNumber>, LedgerError> {
    text.split(',')
        .map(|digits| {
            let digits = digits.parse().map_err(|error| unreadable("a number", error))?;
            number(digits)
        })
        .collect()
}

/// The stored form of a contact's numbers.
pub(crate) fn numbers_text(numbers: &[PhoneNumber]) -> String {
    let mut text = String::with_capacity(numbers.len() * 13);
    for number in numbers {
        let separator = if text.is_empty() { "" } else { "," };
        text.push_str(separator);
        text.push_str(&number.digits().to_string());
    }
    text
}

pub(crate) fn consent(code: i64) -> Result<Consent, LedgerError> {
    match code {
        0 => Ok(Consent::None),
        1 => Ok(Consent::ExistingRelationship),
        2 => Ok(Consent::Express),
        3 => Ok(Consent::ExpressWritten),
        _ => Err(unreadable("a consent", format!("code {code}"))),
    }
}

pub(crate) fn consent_code(consent: Consent) -> i64 {
    match consent {
        Consent::None => 0,
        Consent::ExistingRelationship => 1,
        Consent::Express => 2,
        Consent::ExpressWritten => 3,
    }
}

/// Reads a word with a known set of values.
pub(crate) fn word<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, LedgerError>
where
    T::Err: ToString,
{
    text.parse().map_err(|error: T::Err| unreadable(what, error.to_string()))
}

/// The key that attempt caps count a person by: the person's identity in the user's own system when
/// the list gives one, else the first number.
pub(crate) fn person_key(external_id: Option<&str>, first: PhoneNumber) -> i64 {
    match external_id {
        // Negative, so that it can never be taken for a number.
        Some(id) => -1 - (fnv1a_64(id.as_bytes()) >> 1).cast_signed(),
        None => first.digits().cast_signed(),
    }
}

/// Fowler-Noll-Vo hash 1a, 64 bits: stored, so that it must never change.
fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_in_their_order() {
        let list: Vec<PhoneNumber> =
            ["+442079460123", "+12025550101"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(numbers_text(&list), "442079460123,12025550101");
        assert_eq!(numbers(&numbers_text(&list)).unwrap(), list);
        assert!(numbers("").is_err());
        assert!(numbers("12,").is_err());
    }

    #[test]
    fn a_persons_key_is_stable_and_never_a_number() {
        let first: PhoneNumber = "+12025550101".parse().unwrap();
        assert_eq!(person_key(None, first), 12_025_550_101);
        // FNV-1a of "a" is 0xaf63dc4c8601ec8c.
        assert_eq!(person_key(Some("a"), first), -1 - (0xAF63_DC4C_8601_EC8C_u64 >> 1) as i64);
        assert!(person_key(Some(""), first) < 0);
    }

    #[test]
    fn every_state_and_consent_reads_back() {
        for code in 0..4 {
            assert_eq!(ContactState::from_code(code).unwrap().code(), code);
            assert_eq!(consent_code(consent(code).unwrap()), code);
        }
        assert!(consent(4).is_err());
    }
}
