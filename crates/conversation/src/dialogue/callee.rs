//! Whom a call is with.

use std::collections::BTreeMap;

use jiff::civil;
use jiff::tz::TimeZone;
use outcall_campaign::{AttemptId, UnixMillis};
use outcall_telephony::Waker;
use outcall_understanding::slots::Language;

/// Whom a call is with, as far as the contact list tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Callee {
    /// The language to be spoken, when the list names one.
    pub language: Option<Language>,
    /// Whose law holds, for example `us`.
    pub jurisdiction: String,
    /// The clock that "tomorrow at five" is said by.
    pub zone: TimeZone,
    /// The row of the contact list.
    pub variables: BTreeMap<String, String>,
}

impl Callee {
    /// Somebody of whom nothing is known.
    pub fn unknown() -> Self {
        Self {
            language: None,
            jurisdiction: String::new(),
            zone: TimeZone::UTC,
            variables: BTreeMap::new(),
        }
    }

    /// The wall-clock time where the callee is.
    pub(super) fn clock(&self, now: UnixMillis) -> civil::DateTime {
        now.to_jiff().to_zoned(self.zone.clone()).datetime()
    }

    /// The instant of a wall-clock time there. A time that is skipped when clocks go forward is
    /// the one after the gap.
    pub(super) fn instant(&self, at: civil::DateTime) -> Option<UnixMillis> {
        at.to_zoned(self.zone.clone()).ok().map(|at| UnixMillis::from_jiff(at.timestamp()))
    }

    /// The currency meant when only a number is said, as ISO 4217.
    pub(super) fn currency(&self) -> &'static str {
        match self.jurisdiction.split('-').next().unwrap_or_default() {
            "uk" | "gb" => "GBP",
            "cn" => "CNY",
            "eu" | "de" | "fr" | "es" | "it" | "nl" | "ie" | "at" | "be" => "EUR",
            _ => "USD",
        }
    }
}

/// An answer of [`Callees`].
pub type Lookup = (AttemptId, Result<Callee, String>);

/// Looks callees up, without anybody waiting for it.
pub trait Callees: Send {
    /// Who is it? [`Callees::next`] tells.
    fn ask(&self, attempt: AttemptId);

    /// The next answer.
    fn next(&self) -> Option<Lookup>;

    /// Calls this when there is one.
    fn wake_by(&self, waker: Waker);
}
