//! The gate: whether a contact may be dialled at this instant. The last word before an intent.
//!
//! The ledger asks it inside the very transaction that writes the intent, with facts read in that
//! transaction, so that nothing can change between the check and the intent. Its refusals are
//! recorded with their rule: "why is nothing dialling?" is a query.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::UnixMillis;
use crate::calendar::{CallingCalendar, WindowStatus};
use crate::caps::{AttemptCap, check_caps, longest_window_ms};
use crate::regulation::Consent;
use crate::retry::RetryRules;
use crate::zones::ZoneSet;

/// A rule that can hold a contact back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The number is on a suppression list. For good.
    Suppressed,
    /// The contact's consent does not reach what the jurisdiction or the campaign asks for.
    Consent,
    /// The person has been called as often as allowed; until the oldest call leaves the window.
    AttemptCap,
    /// The calling window is closed where the contact is.
    Window,
    /// The window never opens within the next 400 days.
    NoWindow,
}

impl Rule {
    /// Every rule, in the order in which they are checked.
    pub const ALL: &[Self] =
        &[Self::Suppressed, Self::Consent, Self::NoWindow, Self::Window, Self::AttemptCap];

    /// The stable code, for example `attempt_cap`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Consent => "consent",
            Self::AttemptCap => "attempt_cap",
            Self::Window => "window",
            Self::NoWindow => "no_window",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// A text that is no rule's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a dialling rule")]
pub struct UnknownRule(pub String);

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|rule| rule.code() == text);
        found.ok_or_else(|| UnknownRule(text.to_owned()))
    }
}

/// Why a contact may not be dialled now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule that refuses.
    pub rule: Rule,
    /// When to ask again; `None` when time alone will not change it.
    pub retry_at: Option<UnixMillis>,
}

/// What the ledger knows of a contact at the moment of dialling.
#[derive(Clone, Copy, Debug)]
pub struct DialFacts<'a> {
    /// Whether the number to be dialled is suppressed for this campaign or for its tenant.
    pub suppressed: bool,
    /// The contact's consent.
    pub consent: Consent,
    /// When this person was called before, by any campaign of the tenant, ascending.
    pub history: &'a [UnixMillis],
}

/// The rules of one calling locale: a jurisdiction and the time zones that all count.
#[derive(Clone, Debug)]
pub struct LocaleRules {
    /// Where the contact may be.
    pub zones: ZoneSet,
    /// When it may be called there.
    pub calendar: Arc<CallingCalendar>,
    /// How often.
    pub caps: Arc<[AttemptCap]>,
    /// With which consent at least.
    pub consent: Consent,
}

impl LocaleRules {
    /// Whether the calling window is open.
    pub fn window(&self, now: UnixMillis) -> WindowStatus {
        self.calendar.status(&self.zones, now)
    }

    /// How far back the history of a person is needed, in ms. 0 when no cap applies.
    pub fn history_ms(&self) -> i64 {
        longest_window_ms(&self.caps)
    }

    /// Decides. `window` is [`LocaleRules::window`] at `now`, computed once for many contacts.
    ///
    /// # Errors
    /// The first rule that refuses.
    pub fn admit(
        &self,
        facts: &DialFacts<'_>,
        window: WindowStatus,
        now: UnixMillis,
    ) -> Result<(), Refusal> {
        if facts.suppressed {
            return Err(Refusal { rule: Rule::Suppressed, retry_at: None });
        }
        if facts.consent < self.consent {
            return Err(Refusal { rule: Rule::Consent, retry_at: None });
        }
        match window {
            WindowStatus::Open { .. } => {}
            WindowStatus::Closed { opens_at: None } => {
                return Err(Refusal { rule: Rule::NoWindow, retry_at: None });
            }
            WindowStatus::Closed { opens_at } => {
                return Err(Refusal { rule: Rule::Window, retry_at: opens_at });
            }
        }
        check_caps(&self.caps, facts.history, &self.zones, now)
            .map_err(|hit| Refusal { rule: Rule::AttemptCap, retry_at: Some(hit.frees_at) })
    }
}

/// The name of a calling locale in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocaleId(pub i64);

/// Everything the gate and the retry rules need to know of a campaign.
#[derive(Clone, Debug)]
pub struct DialRules {
    /// The rules of every locale that the campaign has contacts in.
    pub locales: HashMap<LocaleId, LocaleRules>,
    /// What follows a disposition.
    pub retry: RetryRules,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(hours: &str) -> LocaleRules {
        let calendar = serde_json::json!({
            "hours": { "mon": [hours], "tue": [hours], "wed": [hours], "thu": [hours],
                       "fri": [hours], "sat": [], "sun": [] }
        });
        let calendar = serde_json::from_value(calendar).unwrap();
        LocaleRules {
            zones: ZoneSet::parse("America/New_York").unwrap(),
            calendar: Arc::new(CallingCalendar::new(vec![calendar])),
            caps: Arc::new([]),
            consent: Consent::Express,
        }
    }

    /// Monday, 2026-03-02, 10:00 in New York.
    const MONDAY_TEN: UnixMillis = UnixMillis(1_772_463_600_000);

    fn admit(facts: DialFacts<'_>, hours: &str) -> Result<(), Refusal> {
        let locale = locale(hours);
        locale.admit(&facts, locale.window(MONDAY_TEN), MONDAY_TEN)
    }

    const GOOD: DialFacts<'_> =
        DialFacts { suppressed: false, consent: Consent::Express, history: &[] };

    #[test]
    fn a_contact_that_every_rule_lets_pass_is_admitted() {
        assert_eq!(admit(GOOD, "09:00-17:00"), Ok(()));
    }

    #[test]
    fn suppression_comes_before_everything_else_and_is_for_good() {
        let facts = DialFacts { suppressed: true, consent: Consent::None, ..GOOD };
        let refusal = admit(facts, "12:00-13:00").unwrap_err();
        assert_eq!(refusal, Refusal { rule: Rule::Suppressed, retry_at: None });
    }

    #[test]
    fn too_little_consent_is_refused() {
        let facts = DialFacts { consent: Consent::ExistingRelationship, ..GOOD };
        assert_eq!(admit(facts, "09:00-17:00").unwrap_err().rule, Rule::Consent);
    }

    #[test]
    fn a_closed_window_says_when_it_opens() {
        let refusal = admit(GOOD, "12:00-13:00").unwrap_err();
        assert_eq!(refusal.rule, Rule::Window);
        assert_eq!(refusal.retry_at, Some(MONDAY_TEN + 2 * 3_600_000));
    }

    #[test]
    fn every_rule_reads_back() {
        for &rule in Rule::ALL {
            assert_eq!(rule.code().parse(), Ok(rule));
        }
    }
}
