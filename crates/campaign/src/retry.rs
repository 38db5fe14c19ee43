//! What follows an attempt: another one, when and to which number, or nothing.

mod daypart;
mod rules;

pub use daypart::Daypart;
pub use rules::{InvalidRetryRules, RetryRule, RetryRules};

use crate::{CallingCalendar, Disposition, UnixMillis, ZoneSet};

/// A carrier's `Retry-After` is believed up to this long, in ms: one day.
const LONGEST_RETRY_AFTER_MS: i64 = 24 * 3_600_000;

/// The longest pause after an attempt for which the trunk had no room, in ms: one hour, unless the
/// rule itself says longer.
const LONGEST_PATIENCE_MS: i64 = 3_600_000;

coded_enum! {
    /// Why no further attempt is made to a contact.
    pub enum FinishReason, UnknownFinishReason = "reason to finish" {
        /// The conversation came to its end.
        Completed = "completed",
        /// The person asked not to be called again.
        OptedOut = "opted_out",
        /// As many attempts as the campaign allows have been made.
        AttemptsUsedUp = "attempts_used_up",
        /// As many attempts as are allowed for this disposition have ended with it.
        DispositionUsedUp = "disposition_used_up",
        /// No number of the contact is left that exists.
        NumbersUsedUp = "numbers_used_up",
        /// No legal window follows within 400 days.
        NoWindow = "no_window",
    }
}

/// What is known when an attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryFacts {
    /// How it ended.
    pub disposition: Disposition,
    /// How many attempts of the contact have used up an attempt, this one included: see
    /// [`uses_up_attempt`].
    pub attempts: u16,
    /// How many attempts of the contact ended like this one, this one included.
    pub attempts_with_disposition: u16,
    /// How many numbers the contact has.
    pub numbers: u8,
    /// Which of them was dialled, from 0.
    pub number_index: u8,
    /// When it ended; for [`Disposition::Uncertain`], when that was found.
    pub ended_at: UnixMillis,
    /// How long the carrier asked to wait, in ms.
    pub retry_after_ms: Option<u64>,
    /// The instant for which the person asked.
    pub call_back_at: Option<UnixMillis>,
}

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Another attempt.
    Retry {
        /// Not before this instant, which lies in an open window.
        due: UnixMillis,
        /// Which of the contact's numbers to dial, from 0.
        number_index: u8,
    },
    /// No further attempt.
    Finished {
        /// Why.
        reason: FinishReason,
    },
}

/// Whether an attempt that ended so is one of the campaign's `max_attempts` to a contact.
///
/// What certainly did not ring is not, and what we cancelled ourselves is not: the callee had no
/// chance to answer. Such attempts are bounded by the rule of their own disposition, so that
/// nothing is dialled for ever.
pub fn uses_up_attempt(disposition: Disposition) -> bool {
    !disposition.certainly_did_not_ring() && disposition != Disposition::Cancelled
}

/// A retry's instant is rounded up to this part of its delay: nobody minds a minute on an hour, and
/// retries that come due together are claimed and written together.
const DELAY_STEPS: i64 = 60;

/// Decides what follows an attempt.
///
/// The instant of a retry always lies in an open window of `calendar` in all `zones`. Caps on how
/// often a person may be called are not looked at: the gate does that at dial time.
pub fn next_step(
    rules: &RetryRules,
    facts: &RetryFacts,
    calendar: &CallingCalendar,
    zones: &ZoneSet,
) -> NextStep {
    let finished = |reason| NextStep::Finished { reason };
    let retry = |due: Option<UnixMillis>, number_index| match due {
        Some(due) => NextStep::Retry { due, number_index },
        None => finished(FinishReason::NoWindow),
    };
    let numbers = facts.numbers.max(1);
    let following = facts.number_index.saturating_add(1);
    if facts.disposition == Disposition::Completed {
        return finished(FinishReason::Completed);
    }
    if facts.disposition == Disposition::OptedOut {
        return finished(FinishReason::OptedOut);
    }
    if facts.disposition.ends_number() {
        // The count also ends a round trip over numbers that fail in turn.
        let left = following < numbers && facts.attempts_with_disposition < numbers.into();
        if !left {
            return finished(FinishReason::NumbersUsedUp);
        }
        return retry(calendar.next_open(zones, facts.ended_at), following);
    }
    let rule = rules.rule(facts.disposition);
    if facts.attempts_with_disposition >= rule.max_attempts {
        return finished(FinishReason::DispositionUsedUp);
    }
    // A call that the person asked for is owed even when the attempts are used up.
    let agreed = facts.call_back_at.filter(|_| facts.disposition == Disposition::CallBack);
    if agreed.is_none() && facts.attempts >= rules.max_attempts {
        return finished(FinishReason::AttemptsUsedUp);
    }
    let number_index = match rule.next_number {
        true if following < numbers => following,
        true => 0,
        false => facts.number_index.min(numbers - 1),
    };
    retry(due(rule, facts, agreed, calendar, zones), number_index)
}

/// A rule's delay, in ms. After an attempt for which the trunk had no room it doubles each time, up
/// to [`LONGEST_PATIENCE_MS`]: an outage of a night shall not use up a list that nobody was called
/// from.
fn delay_ms(rule: RetryRule, facts: &RetryFacts) -> i64 {
    let delay_ms = i64::from(rule.delay_s) * 1_000;
    if !matches!(facts.disposition, Disposition::NotSent | Disposition::Congestion) {
        return delay_ms;
    }
    let times = u32::from(facts.attempts_with_disposition.saturating_sub(1)).min(20);
    (delay_ms << times).min(LONGEST_PATIENCE_MS.max(delay_ms))
}

/// The next multiple of `step_ms` at or after `at`.
fn round_up(at: UnixMillis, step_ms: i64) -> UnixMillis {
    let step_ms = step_ms.max(1);
    at + (-at.0).rem_euclid(step_ms)
}

fn due(
    rule: RetryRule,
    facts: &RetryFacts,
    agreed: Option<UnixMillis>,
    calendar: &CallingCalendar,
    zones: &ZoneSet,
) -> Option<UnixMillis> {
    if let Some(agreed) = agreed {
        return calendar.next_open(zones, agreed.max(facts.ended_at));
    }
    let wished_ms = facts
        .retry_after_ms
        .filter(|_| facts.disposition == Disposition::Congestion)
        .map_or(0, |ms| i64::try_from(ms).unwrap_or(i64::MAX).min(LONGEST_RETRY_AFTER_MS));
    let delay_ms = wished_ms.max(delay_ms(rule, facts));
    let mut earliest = round_up(facts.ended_at + delay_ms, delay_ms / DELAY_STEPS);
    if facts.disposition == Disposition::Uncertain {
        // The phone may have rung: it must not ring again in the same window.
        earliest = earliest.max(calendar.next_window(zones, facts.ended_at)?);
    }
    if rule.other_daypart {
        let other = daypart::next_open_in_other(calendar, zones, facts.ended_at, earliest);
        if other.is_some() {
            return other;
        }
    }
    calendar.next_open(zones, earliest)
}

#[cfg(test)]
mod tests;
