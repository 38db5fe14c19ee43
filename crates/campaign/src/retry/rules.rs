//! The retry rules of a campaign, and what holds when it states none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Disposition;

/// What follows an attempt that ended with one disposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryRule {
    /// After so many attempts that ended so, the contact is finished. 1 means no retry.
    pub max_attempts: u16,
    /// The least time between the end of the attempt and the next, in s.
    pub delay_s: u32,
    /// Whether to try in another part of the day (morning, afternoon from 12, evening from 17).
    pub other_daypart: bool,
    /// Whether to go on to the contact's next number, after the last to the first.
    pub next_number: bool,
}

/// The retry rules of a campaign.
///
/// In TOML, what is not written keeps its default:
///
/// ```toml
/// max_attempts = 5
/// on.no_answer = { delay_s = 7200 }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct RetryRules {
    /// After so many attempts that had a chance to be answered, the contact is finished.
    pub max_attempts: u16,
    on: BTreeMap<Disposition, RetryRule>,
}

/// Why retry rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRetryRules {
    /// A rule for a disposition that has none.
    #[error("on.{0}: what follows {0} cannot be configured, remove it")]
    NotConfigurable(Disposition),
    /// A maximum of 0.
    #[error("{0}: 0 would allow no attempt at all, write 1 or more")]
    NoAttempt(String),
}

const MINUTE_S: u32 = 60;
const HOUR_S: u32 = 60 * MINUTE_S;
const DAY_S: u32 = 24 * HOUR_S;

/// The default rule; none for what cannot be configured: after `completed` and `opted_out` nothing
/// follows, and `unallocated` leads to the next number.
fn default_rule(disposition: Disposition) -> Option<RetryRule> {
    let again = |max_attempts, delay_s| RetryRule {
        max_attempts,
        delay_s,
        other_daypart: false,
        next_number: false,
    };
    let elsewhere = |max_attempts, delay_s| RetryRule {
        other_daypart: true,
        next_number: true,
        ..again(max_attempts, delay_s)
    };
    Some(match disposition {
        Disposition::Completed
        | Disposition::OptedOut
        | Disposition::Unallocated
        | Disposition::OutOfService => return None,
        // The delay holds when no instant was agreed.
        Disposition::CallBack => again(3, 4 * HOUR_S),
        Disposition::HungUp => again(1, DAY_S),
        Disposition::Incomplete => RetryRule { other_daypart: true, ..again(2, DAY_S) },
        // Ofcom's policy before 2017: 72 hours unless a person is sure to be there.
        Disposition::Abandoned => again(2, 3 * DAY_S),
        Disposition::Machine => elsewhere(3, DAY_S),
        Disposition::Busy => again(4, 15 * MINUTE_S),
        Disposition::NoAnswer => elsewhere(3, 4 * HOUR_S),
        Disposition::Rejected => RetryRule { other_daypart: true, ..again(2, DAY_S) },
        // These two wait longer each time: together for half a day.
        Disposition::Congestion => again(20, MINUTE_S),
        Disposition::NotSent => again(20, 30),
        Disposition::Failed => again(4, 5 * MINUTE_S),
        Disposition::Cancelled => again(10, MINUTE_S),
        // What the callee heard is unknown: not again on the same day.
        Disposition::InternalError => again(2, DAY_S),
        // Besides the delay, never in the same window.
        Disposition::Uncertain => again(2, 0),
    })
}

impl Default for RetryRules {
    fn default() -> Self {
        let on = Disposition::ALL
            .iter()
            .filter_map(|&disposition| Some((disposition, default_rule(disposition)?)))
            .collect();
        Self { max_attempts: 6, on }
    }
}

impl RetryRules {
    /// The rule for a disposition. For those that cannot be configured: no retry.
    pub fn rule(&self, disposition: Disposition) -> RetryRule {
        let none =
            RetryRule { max_attempts: 1, delay_s: 0, other_daypart: false, next_number: false };
        self.on.get(&disposition).copied().unwrap_or(none)
    }

    /// The same rules with another one for `disposition`.
    ///
    /// # Errors
    /// When what follows that disposition cannot be configured, or the maximum is 0.
    pub fn with(
        mut self,
        disposition: Disposition,
        rule: RetryRule,
    ) -> Result<Self, InvalidRetryRules> {
        if rule.max_attempts == 0 {
            let field = format!("on.{disposition}.max_attempts");
            return Err(InvalidRetryRules::NoAttempt(field));
        }
        let own = self.on.get_mut(&disposition);
        *own.ok_or(InvalidRetryRules::NotConfigurable(disposition))? = rule;
        Ok(self)
    }
}

/// The form in TOML, in which everything may be left out.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<u16>,
    on: BTreeMap<Disposition, WrittenRule>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_s: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_daypart: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_number: Option<bool>,
}

impl TryFrom<Written> for RetryRules {
    type Error = InvalidRetryRules;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let mut rules = Self::default();
        if let Some(max_attempts) = written.max_attempts {
            if max_attempts == 0 {
                return Err(InvalidRetryRules::NoAttempt("max_attempts".to_owned()));
            }
            rules.max_attempts = max_attempts;
        }
        for (disposition, written) in written.on {
            let own = rules.rule(disposition);
            let rule = RetryRule {
                max_attempts: written.max_attempts.unwrap_or(own.max_attempts),
                delay_s: written.delay_s.unwrap_or(own.delay_s),
                other_daypart: written.other_daypart.unwrap_or(own.other_daypart),
                next_number: written.next_number.unwrap_or(own.next_number),
            };
            rules = rules.with(disposition, rule)?;
        }
        Ok(rules)
    }
}

impl From<RetryRules> for Written {
    fn from(rules: RetryRules) -> Self {
        let written = |rule: RetryRule| WrittenRule {
            max_attempts: Some(rule.max_attempts),
            delay_s: Some(rule.delay_s),
            other_daypart: Some(rule.other_daypart),
            next_number: Some(rule.next_number),
        };
        let on = rules.on.into_iter().map(|(disposition, rule)| (disposition, written(rule)));
        Self { max_attempts: Some(rules.max_attempts), on: on.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_keeps_its_default() {
        let rules: RetryRules =
            toml::from_str("max_attempts = 5\non.no_answer = { delay_s = 7200 }").unwrap();
        let default = RetryRules::default();
        let no_answer = default.rule(Disposition::NoAnswer);
        assert_eq!(rules.max_attempts, 5);
        assert_eq!(rules.rule(Disposition::NoAnswer), RetryRule { delay_s: 7200, ..no_answer });
        assert_eq!(rules.rule(Disposition::Busy), default.rule(Disposition::Busy));
    }

    #[test]
    fn rules_read_back_what_they_write() {
        let text = toml::to_string(&RetryRules::default()).unwrap();
        assert_eq!(toml::from_str::<RetryRules>(&text).unwrap(), RetryRules::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, wanted) in [
            ("on.completed = { max_attempts = 2 }", "cannot be configured"),
            ("on.opted_out = {}", "cannot be configured"),
            ("on.unallocated = { delay_s = 1 }", "cannot be configured"),
            ("on.busy = { max_attempts = 0 }", "on.busy.max_attempts: 0 would allow"),
            ("max_attempts = 0", "max_attempts: 0 would allow"),
            ("on.asleep = {}", "unknown variant"),
            ("on.busy = { delay = 1 }", "unknown field"),
        ] {
            let problem = toml::from_str::<RetryRules>(text).unwrap_err().to_string();
            assert!(problem.contains(wanted), "{wanted:?} not in {problem}");
        }
    }
}
