//! How a trunk writes a telephone number.

use outcall_campaign::PhoneNumber;
use serde::{Deserialize, Serialize};

/// How a trunk writes numbers, before a route takes digits away or puts some in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `+442079460123`, as RFC 3966 section 5.1.4 wants it.
    #[default]
    E164Plus,
    /// `442079460123`.
    E164,
    /// `00442079460123`: with the international prefix of most countries.
    International00,
    /// `011442079460123`: with that of the North American plan.
    International011,
}

impl NumberFormat {
    /// The number as the trunk writes it: in `From`, and in the request URI of a plain route.
    pub fn write(self, number: PhoneNumber) -> String {
        self.write_routed(number, 0, "")
    }

    /// The same with a route's changes: `strip` digits are taken from the front of the country
    /// code and number, then `prepend` stands in front of all. National numbers come about so:
    /// `strip = 2, prepend = "0"` makes `02079460123`, since no format's own prefix is written
    /// when digits are taken away.
    pub fn write_routed(self, number: PhoneNumber, strip: u8, prepend: &str) -> String {
        let digits = number.digits().to_string();
        let kept = digits.get(usize::from(strip)..).unwrap_or("");
        let own = match self {
            _ if strip > 0 => "",
            Self::E164Plus => "+",
            Self::E164 => "",
            Self::International00 => "00",
            Self::International011 => "011",
        };
        format!("{prepend}{own}{kept}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_as_the_trunk_wants_it() {
        let number: PhoneNumber = "+442079460123".parse().unwrap();
        assert_eq!(NumberFormat::E164Plus.write(number), "+442079460123");
        assert_eq!(NumberFormat::E164.write(number), "442079460123");
        assert_eq!(NumberFormat::International00.write(number), "00442079460123");
        assert_eq!(NumberFormat::International011.write(number), "011442079460123");
    }

    #[test]
    fn a_route_makes_national_numbers_and_service_prefixes() {
        let number: PhoneNumber = "+442079460123".parse().unwrap();
        assert_eq!(NumberFormat::E164Plus.write_routed(number, 2, "0"), "02079460123");
        assert_eq!(NumberFormat::E164.write_routed(number, 0, "99#"), "99#442079460123");
        assert_eq!(NumberFormat::E164.write_routed(number, 200, ""), "");
    }
}
