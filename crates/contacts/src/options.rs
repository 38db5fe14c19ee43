//! What the user may say about an import.

use encoding_rs::Encoding;
use rlibphonenumber::Region;

use crate::columns::Mapping;
use crate::report::FileFormat;
use crate::zone_names::ZoneNames;

/// How to read a list. The default guesses everything and supposes nothing.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The format, against what the content says.
    pub format: Option<FileFormat>,
    /// The encoding, against what the bytes say.
    pub encoding: Option<EncodingName>,
    /// The delimiter of CSV, against what the content says. An ASCII character.
    pub delimiter: Option<u8>,
    /// The sheet of a workbook; else the first visible one.
    pub sheet: Option<String>,
    /// What columns are for, against what their names say.
    pub mappings: Vec<Mapping>,
    /// The region in which national numbers are read.
    pub default_region: Option<DefaultRegion>,
    /// The zone of contacts whose row and number tell none.
    pub default_zone: Option<DefaultZone>,
    /// Without a region, take numbers without + for international ones.
    pub plus_optional: bool,
}

/// An option that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOption {
    /// No encoding has this name.
    #[error("'{0}' is not an encoding: write its name, for example utf-8, gb18030, windows-1252")]
    Encoding(String),
    /// No country has this code.
    #[error("'{0}' is not a region: write its two-letter ISO 3166 code, for example GB")]
    Region(String),
    /// No zone has this name.
    #[error("'{0}' is not a time zone: write its IANA name, for example Europe/London")]
    Zone(String),
}

/// An encoding by name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncodingName(pub(crate) &'static Encoding);

impl std::str::FromStr for EncodingName {
    type Err = InvalidOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The label utf-16 means little-endian to the Encoding Standard, as Windows writes it.
        Encoding::for_label(text.trim().as_bytes())
            .map(Self)
            .ok_or_else(|| InvalidOption::Encoding(text.to_owned()))
    }
}

/// A country that has telephone numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultRegion(pub(crate) Region);

impl std::str::FromStr for DefaultRegion {
    type Err = InvalidOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        crate::phone_reader::region(text)
            .map(Self)
            .ok_or_else(|| InvalidOption::Region(text.to_owned()))
    }
}

/// A time zone of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultZone(pub(crate) std::sync::Arc<str>);

impl std::str::FromStr for DefaultZone {
    type Err = InvalidOption;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ZoneNames::new().resolve(text).map(Self).ok_or_else(|| InvalidOption::Zone(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_checked_where_it_is_given() {
        assert!("GB18030".parse::<EncodingName>().is_ok());
        assert!("utf8ish".parse::<EncodingName>().is_err());
        assert!("gb".parse::<DefaultRegion>().is_ok());
        assert!("England".parse::<DefaultRegion>().is_err());
        assert!("Europe/London".parse::<DefaultZone>().is_ok());
        assert!("EST".parse::<DefaultZone>().is_err());
    }
}
