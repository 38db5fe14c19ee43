//! What is wrong with a campaign's settings: every problem at once, each with its field.

use std::collections::BTreeSet;
use std::fmt;

use super::CampaignSettings;
use crate::{Jurisdiction, Regulations};

/// The longest name, in characters.
const MAX_NAME: usize = 100;
/// The longest time that an unanswered call may ring, in s: networks give up by then.
const MAX_RING_S: u32 = 180;
/// The longest conversation, in s: four hours.
const MAX_TALK_S: u32 = 4 * 3_600;

/// One thing that is wrong with a campaign's settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct SettingsProblem {
    /// The setting, for example `attempt_caps[0].max`.
    pub field: String,
    /// What is wrong with it, and what to write.
    pub reason: String,
}

#[derive(Default)]
struct Problems(Vec<SettingsProblem>);

impl Problems {
    fn add(&mut self, field: impl Into<String>, reason: impl fmt::Display) {
        self.0.push(SettingsProblem { field: field.into(), reason: reason.to_string() });
    }

    fn require(&mut self, holds: bool, field: &str, reason: &str) {
        if !holds {
            self.add(field, reason);
        }
    }
}

impl CampaignSettings {
    /// Every problem, in the order of the settings; none when the campaign can be run.
    ///
    /// Where no jurisdiction is named and none follows from `default_region`, contacts may be
    /// anywhere, and every jurisdiction counts.
    pub fn validate(&self, regulations: &Regulations) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        self.check_name(&mut problems);
        let jurisdictions = self.check_jurisdiction(regulations, &mut problems);
        self.check_law(&jurisdictions, &mut problems);
        self.check_capacity(&mut problems);
        self.check_rules(&mut problems);
        self.check_caller_ids(&mut problems);
        problems.0
    }

    fn check_name(&self, problems: &mut Problems) {
        let is_printable = !self.name.chars().any(char::is_control);
        problems.require(!self.name.trim().is_empty(), "name", "it is empty, write one");
        problems.require(is_printable, "name", "it has control characters, remove them");
        if self.name.chars().count() > MAX_NAME {
            problems.add("name", format!("it is longer than {MAX_NAME} characters"));
        }
    }

    /// The jurisdictions under whose rules contacts may be.
    fn check_jurisdiction<'a>(
        &self,
        regulations: &'a Regulations,
        problems: &mut Problems,
    ) -> Vec<&'a Jurisdiction> {
        let mut found = None;
        if let Some(region) = &self.default_region {
            let is_region = region.len() == 2 && region.bytes().all(|b| b.is_ascii_uppercase());
            problems.require(
                is_region,
                "default_region",
                "write an ISO 3166-1 alpha-2 code in upper case, for example GB",
            );
            found = regulations.for_region(region);
        }
        if let Some(code) = &self.jurisdiction {
            found = regulations.by_code(code);
            if found.is_none() {
                let known: Vec<_> = regulations.iter().map(|known| known.code.as_str()).collect();
                let known = known.join(", ");
                problems.add("jurisdiction", format!("'{code}' is unknown, write one of {known}"));
            }
        }
        found.map_or_else(|| regulations.iter().collect(), |found| vec![found])
    }

    fn check_law(&self, jurisdictions: &[&Jurisdiction], problems: &mut Problems) {
        if let Some(own) = self.consent {
            let required = jurisdictions.iter().map(|law| law.required_consent(self.purpose));
            if let Some(least) = required.min().filter(|&least| own < least) {
                problems.add(
                    "consent",
                    format!("{own} is less than the {least} that {} calls need", self.purpose),
                );
            }
        }
        let ring_ms = u64::from(self.ring_timeout_s) * 1_000;
        let too_long = jurisdictions.iter().max_by_key(|law| law.min_ring_ms.rule);
        if let Some(law) = too_long.filter(|law| ring_ms < law.min_ring_ms.rule.into()) {
            let least_s = law.min_ring_ms.rule.div_ceil(1_000);
            problems.add(
                "ring_timeout_s",
                format!("a call must ring for {least_s} s at least in {}", law.name),
            );
        }
        if !(1..=MAX_RING_S).contains(&self.ring_timeout_s) {
            problems.add("ring_timeout_s", format!("write 1 to {MAX_RING_S} seconds"));
        }
    }

    fn check_capacity(&self, problems: &mut Problems) {
        if !(1..=MAX_TALK_S).contains(&self.max_talk_s) {
            problems.add("max_talk_s", format!("write 1 to {MAX_TALK_S} seconds"));
        }
        if self.min_concurrency > self.max_concurrency {
            let (min, max) = (self.min_concurrency, self.max_concurrency);
            problems.add("min_concurrency", format!("{min} is more than max_concurrency = {max}"));
        }
        problems.require(
            self.max_concurrency > 0,
            "max_concurrency",
            "0 would stop every call, write 1 or more",
        );
        problems.require(self.robots > 0, "robots", "0 would stop every call, write 1 or more");
    }

    fn check_rules(&self, problems: &mut Problems) {
        let is_never = self.hours.as_ref().is_some_and(|hours| hours.is_never());
        problems.require(!is_never, "hours", "no hour is open: write some, or leave hours out");
        if let Err(problem) = self.pacing.validate() {
            problems.add("pacing", problem);
        }
        if let Err(problem) = self.breaker.validate() {
            problems.add("breaker", problem);
        }
        for (index, cap) in self.attempt_caps.iter().enumerate() {
            if cap.max == 0 {
                problems.add(
                    format!("attempt_caps[{index}].max"),
                    "0 would forbid every call, write 1 or more",
                );
            }
        }
    }

    fn check_caller_ids(&self, problems: &mut Problems) {
        let mut seen = BTreeSet::new();
        for (index, own) in self.caller_ids.0.iter().enumerate() {
            if !seen.insert(own.number) {
                let number = own.number.e164();
                problems.add(
                    format!("caller_ids[{index}].number"),
                    format!("{number} is there twice, remove one"),
                );
            }
            for (limit, value) in
                [("max_concurrent", own.max_concurrent), ("max_per_day", own.max_per_day)]
            {
                if value == Some(0) {
                    problems.add(
                        format!("caller_ids[{index}].{limit}"),
                        "0 would never show the number, remove it instead",
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let settings: CampaignSettings = toml::from_str(text).unwrap();
        let problems = settings.validate(&Regulations::builtin());
        problems.iter().map(SettingsProblem::to_string).collect()
    }

    #[test]
    fn the_defaults_have_no_problem() {
        assert_eq!(problems("name = 'x'"), Vec::<String>::new());
    }

    #[test]
    fn every_problem_is_reported_with_its_field() {
        let found = problems(
            r#"
            name = " "
            jurisdiction = "atlantis"
            default_region = "gb"
            ring_timeout_s = 0
            max_talk_s = 0
            min_concurrency = 5
            max_concurrency = 0
            robots = 0
            hours = { mon = [] }
            pacing = { mode = "fixed_ratio", ratio = 0.5, max_unanswered = 1 }
            breaker = { probes = 0 }
            attempt_caps = [{ max = 1, window = "1h" }, { max = 0, window = "1h" }]
            caller_ids = [
                { number = "+442079460123" },
                { number = "+442079460123", max_per_day = 0 },
            ]
            "#,
        );
        let fields: Vec<_> = found.iter().map(|text| text.split(": ").next().unwrap()).collect();
        assert_eq!(
            fields,
            [
                "name",
                "default_region",
                "jurisdiction",
                "ring_timeout_s",
                "ring_timeout_s",
                "max_talk_s",
                "min_concurrency",
                "max_concurrency",
                "robots",
                "hours",
                "pacing",
                "breaker",
                "attempt_caps[1].max",
                "caller_ids[1].number",
                "caller_ids[1].max_per_day",
            ]
        );
    }

    #[test]
    fn the_law_bounds_ringing_and_consent_from_below() {
        let base = "name = 'x'\njurisdiction = 'us'\n";
        assert_eq!(problems(&format!("{base}ring_timeout_s = 15")), Vec::<String>::new());
        assert_eq!(
            problems(&format!("{base}ring_timeout_s = 14")),
            ["ring_timeout_s: a call must ring for 15 s at least in United States of America"]
        );
        assert_eq!(problems(&format!("{base}consent = 'express_written'")), Vec::<String>::new());
        assert_eq!(
            problems(&format!("{base}consent = 'express'")),
            ["consent: express is less than the express_written that marketing calls need"]
        );
    }
}
