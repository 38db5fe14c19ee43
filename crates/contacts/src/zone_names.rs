//! The time zone column: names as people write them.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZoneDatabase;

/// Names that are not IANA's and mean one zone only. Abbreviations such as `EST`, `CST` and `IST`
/// mean several, or leave daylight saving time open: they are not among them.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("utc", "UTC"),
    ("gmt", "UTC"),
    ("eastern time", "America/New_York"),
    ("us eastern", "America/New_York"),
    ("eastern standard time", "America/New_York"),
    ("eastern time (us & canada)", "America/New_York"),
    ("central time", "America/Chicago"),
    ("us central", "America/Chicago"),
    ("central standard time", "America/Chicago"),
    ("central time (us & canada)", "America/Chicago"),
    ("mountain time", "America/Denver"),
    ("us mountain", "America/Denver"),
    ("mountain standard time", "America/Denver"),
    ("mountain time (us & canada)", "America/Denver"),
    ("pacific time", "America/Los_Angeles"),
    ("us pacific", "America/Los_Angeles"),
    ("pacific standard time", "America/Los_Angeles"),
    ("pacific time (us & canada)", "America/Los_Angeles"),
    ("alaskan standard time", "America/Anchorage"),
    ("hawaiian standard time", "Pacific/Honolulu"),
    ("gmt standard time", "Europe/London"),
    ("uk time", "Europe/London"),
    ("w. europe standard time", "Europe/Berlin"),
    ("romance standard time", "Europe/Paris"),
    ("china standard time", "Asia/Shanghai"),
    ("beijing", "Asia/Shanghai"),
    ("beijing time", "Asia/Shanghai"),
    ("北京时间", "Asia/Shanghai"),
    ("tokyo standard time", "Asia/Tokyo"),
    ("singapore standard time", "Asia/Singapore"),
    ("aus eastern standard time", "Australia/Sydney"),
];

/// So many different spellings are remembered; a list has a handful.
const REMEMBERED: usize = 4096;

/// Resolves names, and remembers the answers.
pub(crate) struct ZoneNames {
    database: TimeZoneDatabase,
    known: HashMap<String, Option<Arc<str>>>,
}

impl ZoneNames {
    pub(crate) fn new() -> Self {
        Self { database: TimeZoneDatabase::bundled(), known: HashMap::new() }
    }

    /// The IANA name in its own capitals; `None` for what is no zone, or not surely one.
    pub(crate) fn resolve(&mut self, text: &str) -> Option<Arc<str>> {
        if let Some(answer) = self.known.get(text) {
            return answer.clone();
        }
        let answer = self.look_up(text.trim());
        if self.known.len() < REMEMBERED && text.len() < 64 {
            self.known.insert(text.to_owned(), answer.clone());
        }
        answer
    }

    fn look_up(&self, text: &str) -> Option<Arc<str>> {
        let lower = text.to_lowercase();
        if let Some((_, name)) = OTHER_NAMES.iter().find(|(other, _)| *other == lower) {
            return Some(Arc::from(*name));
        }
        // Without a slash it is an abbreviation, which is not surely a place's time.
        if !text.contains('/') || lower == "etc/unknown" {
            return None;
        }
        let zone = self.database.get(text).ok()?;
        Some(Arc::from(zone.iana_name()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_iana_name_and_by_unambiguous_others() {
        let mut names = ZoneNames::new();
        let mut resolve = |text: &str| names.resolve(text).map(|zone| zone.to_string());
        assert_eq!(resolve("europe/london").as_deref(), Some("Europe/London"));
        assert_eq!(resolve(" Eastern Time ").as_deref(), Some("America/New_York"));
        for text in ["EST", "CST", "+08:00", "Europe/Londn", "Etc/Unknown", ""] {
            assert_eq!(resolve(text), None, "{text}");
        }
    }

    #[test]
    fn every_other_name_leads_to_a_zone_of_the_calendar() {
        let database = TimeZoneDatabase::bundled();
        for (_, name) in OTHER_NAMES {
            assert!(database.get(name).is_ok(), "{name}");
        }
    }
}
