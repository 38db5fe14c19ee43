//! What a user writes for a campaign.

mod validation;

use serde::{Deserialize, Serialize};

pub use validation::SettingsProblem;

use crate::{
    AttemptCap, BreakerSettings, Calendar, CallerIdPool, CallingCalendar, Consent, Holidays,
    Jurisdiction, PacingSettings, Purpose, RetryRules, WeeklyHours, ZoneSet,
};

/// The settings of a campaign, as TOML. [`CampaignSettings::EXAMPLE`] explains each.
///
/// Only the name must be written. Reading checks the form; [`CampaignSettings::validate`] checks
/// what the figures say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignSettings {
    /// Its name in reports and commands.
    pub name: String,
    /// What it calls for. Default: marketing, for which the rules are stricter.
    #[serde(default = "default_purpose")]
    pub purpose: Purpose,
    /// The code of the jurisdiction whose rules hold for every contact. Default: that of the
    /// region of each number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// The least consent, where it is stricter than the jurisdiction's. Default: the latter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// For contacts whose row and number do not tell their time zone. Default: none, and such rows
    /// are rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<ZoneSet>,
    /// The region (ISO 3166-1 alpha-2) of numbers without a country code. Default: none, and such
    /// rows are rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_region: Option<String>,
    /// How long an unanswered call rings, in s. At least the minimum of the jurisdiction: 15 s
    /// where that is 15,000 ms. Default 30.
    #[serde(default = "default_ring_timeout_s")]
    pub ring_timeout_s: u32,
    /// How long a conversation may last, in s. Default 600.
    #[serde(default = "default_max_talk_s")]
    pub max_talk_s: u32,
    /// Among campaigns that share trunks, higher goes first. Default 50.
    #[serde(default = "default_priority")]
    pub priority: u8,
    /// Calls in progress that are guaranteed. Default 0.
    #[serde(default)]
    pub min_concurrency: u32,
    /// The most calls in progress, answered or not. Default 20.
    #[serde(default = "default_max_concurrency")]
    pub max_concurrency: u32,
    /// Robots that may talk at the same time. Default 10.
    #[serde(default = "default_robots")]
    pub robots: u32,
    /// Days without calls, besides the jurisdiction's. Default: none.
    #[serde(default, skip_serializing_if = "Holidays::is_empty")]
    pub holidays: Holidays,
    /// Calling hours in the contact's zone, which can only narrow the jurisdiction's. Default: the
    /// latter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<WeeklyHours>,
    /// How many calls are placed. Default: progressive.
    #[serde(default)]
    pub pacing: PacingSettings,
    /// What follows an attempt.
    #[serde(default)]
    pub retry: RetryRules,
    /// When to stop because calls fail.
    #[serde(default)]
    pub breaker: BreakerSettings,
    /// Bounds on the calls to one person, besides the jurisdiction's. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempt_caps: Vec<AttemptCap>,
    /// The numbers to show. Default: none, and the trunk's own number is shown.
    #[serde(default)]
    pub caller_ids: CallerIdPool,
}

fn default_purpose() -> Purpose {
    Purpose::Marketing
}

fn default_ring_timeout_s() -> u32 {
    30
}

fn default_max_talk_s() -> u32 {
    600
}

fn default_priority() -> u8 {
    50
}

fn default_max_concurrency() -> u32 {
    20
}

fn default_robots() -> u32 {
    10
}

impl CampaignSettings {
    /// A file with every setting, each explained.
    pub const EXAMPLE: &str = include_str!("settings/example.toml");

    /// The defaults for a campaign of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            purpose: default_purpose(),
            jurisdiction: None,
            consent: None,
            time_zone: None,
            default_region: None,
            ring_timeout_s: default_ring_timeout_s(),
            max_talk_s: default_max_talk_s(),
            priority: default_priority(),
            min_concurrency: 0,
            max_concurrency: default_max_concurrency(),
            robots: default_robots(),
            holidays: Holidays::default(),
            hours: None,
            pacing: PacingSettings::default(),
            retry: RetryRules::default(),
            breaker: BreakerSettings::default(),
            attempt_caps: Vec::new(),
            caller_ids: CallerIdPool::default(),
        }
    }

    /// When contacts under `jurisdiction` may be called: its calendar, narrowed by this one.
    pub fn calling_calendar(&self, jurisdiction: &Jurisdiction) -> CallingCalendar {
        let own = Calendar {
            hours: self.hours.clone().unwrap_or_else(WeeklyHours::always),
            holidays: self.holidays.clone(),
        };
        let is_narrower = self.hours.is_some() || !self.holidays.is_empty();
        let law = jurisdiction.calendar.rule.clone();
        CallingCalendar::new([law].into_iter().chain(is_narrower.then_some(own)))
    }

    /// How often contacts under `jurisdiction` may be called: its caps and these.
    pub fn caps(&self, jurisdiction: &Jurisdiction) -> Vec<AttemptCap> {
        jurisdiction.caps().into_iter().chain(self.attempt_caps.iter().copied()).collect()
    }

    /// The consent that contacts under `jurisdiction` must have given: the stricter one.
    pub fn required_consent(&self, jurisdiction: &Jurisdiction) -> Consent {
        let by_law = jurisdiction.required_consent(self.purpose);
        self.consent.map_or(by_law, |own| own.max(by_law))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Disposition, Regulations, UnixMillis};

    #[test]
    fn the_example_reads_back_and_has_no_problem() {
        let example: CampaignSettings = toml::from_str(CampaignSettings::EXAMPLE).unwrap();
        assert_eq!(example.validate(&Regulations::builtin()), []);
        let text = toml::to_string(&example).unwrap();
        assert_eq!(toml::from_str::<CampaignSettings>(&text).unwrap(), example);
        assert_eq!(example.retry.rule(Disposition::Busy).delay_s, 600);
        assert_eq!(example.caller_ids.0.len(), 2);
    }

    #[test]
    fn the_example_shows_every_setting() {
        let example: CampaignSettings = toml::from_str(CampaignSettings::EXAMPLE).unwrap();
        let written = toml::Table::try_from(&example).unwrap();
        let shown: toml::Table = toml::from_str(CampaignSettings::EXAMPLE).unwrap();
        let names = |table: &toml::Table| table.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&written), names(&shown));
        assert_eq!(written.len(), 19, "a setting was added: explain it in the example");
    }

    #[test]
    fn only_the_name_must_be_written() {
        let settings: CampaignSettings = toml::from_str("name = 'x'").unwrap();
        assert_eq!(settings, CampaignSettings::new("x"));
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<CampaignSettings>(&text).unwrap(), settings);
        let problem = toml::from_str::<CampaignSettings>("").unwrap_err().to_string();
        assert!(problem.contains("missing field `name`"), "{problem}");
    }

    #[test]
    fn a_setting_that_does_not_exist_is_refused() {
        for text in ["name = 'x'\nrobot = 1", "name = 'x'\n[pacing]\nmode = 'predictive'"] {
            assert!(toml::from_str::<CampaignSettings>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn settings_narrow_what_the_jurisdiction_allows_and_never_widen_it() {
        let regulations = Regulations::builtin();
        let us = regulations.by_code("us").unwrap();
        let settings: CampaignSettings = toml::from_str(
            "name = 'x'\nconsent = 'none'\nattempt_caps = [{ max = 1, window = '1h' }]\n\
             hours.thu = ['00:00-12:00']",
        )
        .unwrap();
        assert_eq!(settings.required_consent(us), us.required_consent(Purpose::Marketing));
        assert_eq!(settings.caps(us).len(), us.caps().len() + 1);
        let zones = ZoneSet::parse("America/New_York").unwrap();
        let is_open = |text: &str| {
            let at = UnixMillis::from_jiff(text.parse().unwrap());
            settings.calling_calendar(us).is_open(&zones, at)
        };
        assert!(is_open("2026-01-15T15:00:00Z")); // Thursday, 10:00
        assert!(!is_open("2026-01-15T11:00:00Z")); // 06:00: against the law
        assert!(!is_open("2026-01-15T18:00:00Z")); // 13:00: not wished
        assert!(!is_open("2026-01-16T15:00:00Z")); // Friday: not wished
    }
}
