//! The time zones a contact may be in, all of which count.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// One or more IANA time zones, for example `America/Chicago|America/New_York`.
///
/// A telephone number does not always tell in which zone its owner lives. When several are
/// possible, a call is legal only while it is legal in each of them. The set has a canonical text,
/// its [`ZoneSet::key`]: sorted, without duplicates, each name spelled as in the IANA database;
/// equal keys mean equal sets. Cloning costs one reference count.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneSet(Arc<Inner>);

struct Inner {
    key: String,
    zones: Vec<TimeZone>,
}

/// Why a text is not a set of time zones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// No name at all.
    #[error("no time zone: write an IANA name, for example Europe/London")]
    Empty,
    /// A name that the bundled IANA database does not have.
    #[error("'{0}' is not a time zone: write an IANA name, for example Europe/London")]
    Unknown(String),
}

impl ZoneSet {
    /// The set of the names in `text`, separated by `|`; upper and lower case do not matter.
    ///
    /// # Errors
    /// When there is no name, or one that the bundled IANA database does not have.
    pub fn parse(text: &str) -> Result<Self, ZoneError> {
        if text.trim().is_empty() {
            return Err(ZoneError::Empty);
        }
        let mut named = Vec::new();
        for name in text.split('|').map(str::trim) {
            let unknown = || ZoneError::Unknown(name.to_owned());
            let zone = TimeZone::get(name).map_err(|_| unknown())?;
            // "Etc/Unknown" reads as a zone without a name; a legal hour cannot rest on it.
            let canonical = zone.iana_name().filter(|_| !zone.is_unknown()).ok_or_else(unknown)?;
            named.push((canonical.to_owned(), zone));
        }
        named.sort_by(|a, b| a.0.cmp(&b.0));
        named.dedup_by(|a, b| a.0 == b.0);
        let (names, zones): (Vec<_>, Vec<_>) = named.into_iter().unzip();
        Ok(Self(Arc::new(Inner { key: names.join("|"), zones })))
    }

    /// The canonical text: sorted names joined by `|`.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The zones, in the order of the key; never empty.
    pub fn zones(&self) -> &[TimeZone] {
        &self.0.zones
    }
}

impl PartialEq for ZoneSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.key() == other.key()
    }
}

impl Eq for ZoneSet {}

impl PartialOrd for ZoneSet {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ZoneSet {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(other.key())
    }
}

impl Hash for ZoneSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for ZoneSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ZoneSet").field(&self.key()).finish()
    }
}

impl fmt::Display for ZoneSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for ZoneSet {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ZoneSet {
    type Error = ZoneError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ZoneSet> for String {
    fn from(zones: ZoneSet) -> Self {
        zones.key().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_sorted_without_duplicates_and_reads_back() {
        let zones = ZoneSet::parse("America/New_York| america/chicago |America/New_York").unwrap();
        assert_eq!(zones.key(), "America/Chicago|America/New_York");
        assert_eq!(zones.zones().len(), 2);
        assert_eq!(ZoneSet::parse(zones.key()), Ok(zones.clone()));
        let json = serde_json::to_string(&zones).unwrap();
        assert_eq!(json, "\"America/Chicago|America/New_York\"");
        assert_eq!(serde_json::from_str::<ZoneSet>(&json).unwrap(), zones);
    }

    #[test]
    fn a_name_outside_of_the_database_is_refused_by_name() {
        assert_eq!(ZoneSet::parse(" "), Err(ZoneError::Empty));
        for (text, name) in [
            ("Mars/Olympus", "Mars/Olympus"),
            ("Europe/London|", ""),
            ("Europe/London|EST5EDT4", "EST5EDT4"),
            ("Etc/Unknown", "Etc/Unknown"),
            ("+01:00", "+01:00"),
        ] {
            assert_eq!(ZoneSet::parse(text), Err(ZoneError::Unknown(name.to_owned())), "{text}");
        }
    }

    #[test]
    fn utc_is_a_zone() {
        assert_eq!(ZoneSet::parse("UTC").unwrap().key(), "UTC");
    }
}
