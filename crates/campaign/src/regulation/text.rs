//! The text form of a regulation file.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::{
    AbandonmentLimit, Consent, Disclosure, Jurisdiction, RegulationError, RequiredConsent, Sourced,
    Standing,
};
use crate::{AttemptCap, Calendar, CapWindow, DayHours, Holidays, WeeklyHours};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: String,
    name: String,
    regions: Vec<String>,
    reviewed: Date,
    hours: Hours,
    holidays: Option<Closed>,
    #[serde(default)]
    attempt_caps: Vec<Cap>,
    abandonment: Abandonment,
    ring: Ring,
    consent: ConsentRule,
    disclosure: DisclosureRule,
    #[serde(default)]
    notes: Notes,
}

/// All seven days must be written: a day forgotten in a rule of law should not pass silently.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    mon: DayHours,
    tue: DayHours,
    wed: DayHours,
    thu: DayHours,
    fri: DayHours,
    sat: DayHours,
    sun: DayHours,
    standing: Standing,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    closed: Holidays,
    standing: Standing,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cap {
    max: u32,
    window: CapWindow,
    standing: Standing,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Abandonment {
    max_percent: f64,
    window: CapWindow,
    answer_within_ms: u32,
    standing: Standing,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    min_ms: u32,
    standing: Standing,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentRule {
    marketing: Consent,
    informational: Consent,
    standing: Standing,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureRule {
    identify_caller: bool,
    identify_robot: bool,
    opt_out: bool,
    within_ms: u32,
    text: BTreeMap<String, String>,
    standing: Standing,
    source: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    text: String,
}

pub(super) fn parse(file: &str, text: &str) -> Result<Jurisdiction, RegulationError> {
    let parsed: File = toml::from_str(text).map_err(|problem| RegulationError::Form {
        file: file.to_owned(),
        reason: problem.to_string().trim_end().to_owned(),
    })?;
    check(&parsed).map_err(|(field, reason)| RegulationError::Field {
        file: file.to_owned(),
        field,
        reason: reason.to_owned(),
    })?;
    Ok(parsed.into())
}

/// The first field that says what cannot be, and why.
fn check(file: &File) -> Result<(), (&'static str, &'static str)> {
    let require = |holds: bool, field, reason| if holds { Ok(()) } else { Err((field, reason)) };
    let lower = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_')
    };
    let region = |text: &String| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    require(lower(&file.code), "code", "write lower-case letters, for example us")?;
    require(!file.regions.is_empty(), "regions", "name at least one region, for example US")?;
    require(
        file.regions.iter().all(region),
        "regions",
        "write ISO 3166-1 alpha-2 codes in upper case, for example US",
    )?;
    require(
        file.attempt_caps.iter().all(|cap| cap.max > 0),
        "attempt_caps.max",
        "0 would forbid every call: write 1 or more, or leave the cap out",
    )?;
    require(
        (0.0..=100.0).contains(&file.abandonment.max_percent),
        "abandonment.max_percent",
        "write a percentage from 0 to 100",
    )?;
    require(file.ring.min_ms <= 120_000, "ring.min_ms", "write at most 120000 (two minutes)")?;
    require(
        file.consent.marketing >= file.consent.informational,
        "consent.marketing",
        "marketing cannot ask for less consent than information does",
    )?;
    let sources = [
        ("hours.source", &file.hours.source),
        ("abandonment.source", &file.abandonment.source),
        ("ring.source", &file.ring.source),
        ("consent.source", &file.consent.source),
        ("disclosure.source", &file.disclosure.source),
    ];
    let holidays = file.holidays.iter().map(|rule| ("holidays.source", &rule.source));
    let caps = file.attempt_caps.iter().map(|cap| ("attempt_caps.source", &cap.source));
    for (field, source) in sources.into_iter().chain(holidays).chain(caps) {
        require(!source.trim().is_empty(), field, "say where the rule is written")?;
    }
    Ok(())
}

impl From<File> for Jurisdiction {
    fn from(file: File) -> Self {
        let Hours { mon, tue, wed, thu, fri, sat, sun, standing, source } = file.hours;
        let hours = WeeklyHours { mon, tue, wed, thu, fri, sat, sun };
        let (closed, holidays) = file.holidays.map_or_else(Default::default, |rule| {
            (rule.closed, Some((rule.standing, rule.source)))
        });
        let sourced_cap = |cap: Cap| {
            let rule = AttemptCap { max: cap.max, window: cap.window };
            Sourced { rule, standing: cap.standing, source: cap.source }
        };
        let Abandonment { max_percent, window, answer_within_ms, .. } = file.abandonment;
        let ConsentRule { marketing, informational, .. } = file.consent;
        let DisclosureRule { identify_caller, identify_robot, opt_out, within_ms, .. } =
            file.disclosure;
        Self {
            code: file.code,
            name: file.name,
            regions: file.regions,
            reviewed: file.reviewed,
            calendar: Sourced { rule: Calendar { hours, holidays: closed }, standing, source },
            holidays,
            attempt_caps: file.attempt_caps.into_iter().map(sourced_cap).collect(),
            abandonment: Sourced {
                rule: AbandonmentLimit { max_percent, window, answer_within_ms },
                standing: file.abandonment.standing,
                source: file.abandonment.source,
            },
            min_ring_ms: Sourced {
                rule: file.ring.min_ms,
                standing: file.ring.standing,
                source: file.ring.source,
            },
            consent: Sourced {
                rule: RequiredConsent { marketing, informational },
                standing: file.consent.standing,
                source: file.consent.source,
            },
            disclosure: Sourced {
                rule: Disclosure {
                    identify_caller,
                    identify_robot,
                    opt_out,
                    within_ms,
                    text: file.disclosure.text,
                },
                standing: file.disclosure.standing,
                source: file.disclosure.source,
            },
            notes: file.notes.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Purpose, Regulations};
    use super::*;

    const EXAMPLE: &str = r#"
code = "zz"
name = "Nowhere"
regions = ["ZZ"]
reviewed = "2026-11-22"
[hours]
mon = ["08:00-21:00"]
tue = ["08:00-21:00"]
wed = ["08:00-21:00"]
thu = ["08:00-21:00"]
fri = ["08:00-21:00"]
sat = ["09:00-18:00"]
sun = []
standing = "law"
source = "an act"
[holidays]
closed = ["12-25", "easter+1", "4th thu nov"]
standing = "house"
source = "our choice"
[[attempt_caps]]
max = 3
window = "24h"
standing = "guidance"
source = "a letter"
[abandonment]
max_percent = 3.0
window = "30d"
answer_within_ms = 2000
standing = "law"
source = "an act"
[ring]
min_ms = 15000
standing = "law"
source = "an act"
[consent]
marketing = "express_written"
informational = "express"
standing = "law"
source = "an act"
[disclosure]
identify_caller = true
identify_robot = true
opt_out = true
within_ms = 2000
text = { en = "This is a robot." }
standing = "law"
source = "an act"
[notes]
text = "nothing"
"#;

    #[test]
    fn a_file_states_every_rule_with_its_source() {
        let jurisdiction = Jurisdiction::parse("zz.toml", EXAMPLE).unwrap();
        assert_eq!(jurisdiction.required_consent(Purpose::Marketing), Consent::ExpressWritten);
        assert_eq!(jurisdiction.caps()[0].max, 3);
        assert_eq!(jurisdiction.attempt_caps[0].standing, Standing::Guidance);
        assert_eq!(jurisdiction.calendar.rule.holidays.0.len(), 3);
        assert_eq!(jurisdiction.min_ring_ms.rule, 15_000);
    }

    #[test]
    fn problems_are_reported_with_file_and_place() {
        for (from, to, wanted) in [
            ("[ring]", "[rings]", "unknown field `rings`"),
            ("mon = [\"08:00-21:00\"]", "", "missing field `mon`"),
            ("\"08:00-21:00\"", "\"8-21\"", "line 7, column"),
            ("\"easter+1\"", "\"eastern\"", "'eastern' is not a holiday"),
            ("\"24h\"", "\"daily\"", "'daily' is not a window"),
            ("[\"ZZ\"]", "[\"Zz\"]", "regions: write ISO 3166-1"),
            ("max = 3", "max = 0", "attempt_caps.max: 0 would forbid"),
            ("max_percent = 3.0", "max_percent = nan", "abandonment.max_percent"),
            ("\"our choice\"", "\" \"", "holidays.source: say where"),
            ("informational = \"express\"", "informational = \"maybe\"", "unknown variant"),
            ("marketing = \"express_written\"", "marketing = \"none\"", "consent.marketing"),
        ] {
            assert!(EXAMPLE.contains(from), "{from}");
            let text = EXAMPLE.replacen(from, to, 1);
            let problem = Jurisdiction::parse("zz.toml", &text).unwrap_err().to_string();
            assert!(problem.starts_with("regulation file zz.toml: "), "{problem}");
            assert!(problem.contains(wanted), "{wanted:?} not in {problem}");
        }
    }

    #[test]
    fn a_later_file_replaces_an_earlier_one_and_a_region_belongs_to_one() {
        let renamed = EXAMPLE.replace("Nowhere", "Somewhere");
        let set = Regulations::from_toml_files([("a", EXAMPLE), ("b", &renamed)]).unwrap();
        assert_eq!(set.by_code("zz").unwrap().name, "Somewhere");
        let other = EXAMPLE.replace("code = \"zz\"", "code = \"yy\"");
        let problem = Regulations::from_toml_files([("a", EXAMPLE), ("b", &other)]).unwrap_err();
        assert!(matches!(problem, RegulationError::RegionTwice { .. }), "{problem}");
    }
}
