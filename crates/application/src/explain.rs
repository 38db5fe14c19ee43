//! Why is nothing dialling? For every rule: how many contacts it holds back, and until when.

use outcall_campaign::calendar::WindowStatus;
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::{CampaignId, UnixMillis};
use outcall_ledger::sqlite::report::{PendingGroup, Waiting};
use serde::Serialize;

use crate::{App, AppError};

/// A status older than this is no longer what the engine does, in ms.
const STATUS_FRESH_MS: i64 = 10_000;

/// The state of the whole campaign, when that alone keeps it from dialling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// What stands in the way.
    pub what: String,
    /// What to do.
    pub advice: String,
}

/// Contacts that one rule holds back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// The rule.
    pub rule: String,
    /// What it means here, in words.
    pub detail: String,
    /// How many contacts.
    pub contacts: u64,
    /// When the first of them can be dialled; `None` when time alone will not do.
    pub next_due: Option<UnixMillis>,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Which campaign.
    pub campaign: CampaignId,
    /// Where it stands.
    pub state: String,
    /// As of when.
    pub now: UnixMillis,
    /// How many contacts could be dialled at this instant.
    pub dialable_now: u64,
    /// When the next one can be.
    pub next_due: Option<UnixMillis>,
    /// What keeps the campaign as a whole from dialling.
    pub obstacles: Vec<Obstacle>,
    /// What keeps contacts from being dialled, the most first.
    pub holdings: Vec<Holding>,
}

fn obstacle(what: impl Into<String>, advice: impl Into<String>) -> Obstacle {
    Obstacle { what: what.into(), advice: advice.into() }
}

impl App {
    /// Why a campaign dials nobody, or not everybody.
    ///
    /// # Errors
    /// When there is no such campaign.
    pub fn explain(&self, campaign: CampaignId, now: UnixMillis) -> Result<Explanation, AppError> {
        let (record, _) = self.campaign(campaign)?;
        let rules = self.rules_of(campaign)?;
        let reader = self.reader()?;
        let mut tally = Tally::default();
        for group in reader.pending(campaign, now)? {
            let window = rules.locales.get(&group.locale).map(|locale| locale.window(now));
            tally.add(&group, window);
        }
        for (rule, contacts) in reader.held(campaign)? {
            let detail = held_detail(&rule).to_owned();
            tally.hold(Holding { rule, detail, contacts, next_due: None });
        }
        let mut obstacles = Vec::new();
        obstacles.extend(state_obstacle(campaign, record.state, self.ledger.is_dialling()));
        let status = self.last_status(campaign)?;
        if let Some((status, at)) = status.filter(|(_, at)| now.since(*at) < STATUS_FRESH_MS) {
            obstacles.extend(engine_obstacles(&status, at));
        }
        tally.holdings.sort_by(|a, b| b.contacts.cmp(&a.contacts).then(a.rule.cmp(&b.rule)));
        let next_due = tally.holdings.iter().filter_map(|holding| holding.next_due).min();
        Ok(Explanation {
            campaign,
            state: record.state.code().to_owned(),
            now,
            dialable_now: tally.dialable_now,
            next_due: if tally.dialable_now > 0 { Some(now) } else { next_due },
            obstacles,
            holdings: tally.holdings,
        })
    }
}

fn held_detail(rule: &str) -> &'static str {
    match rule {
        "consent" => {
            "the consent on record is less than what is asked for; once it is given, import the \
             contact into another campaign"
        }
        "no_window" => "the calling window does not open within 400 days; check hours and holidays",
        _ => "held until somebody acts",
    }
}

fn state_obstacle(campaign: CampaignId, state: CampaignState, dialling: bool) -> Option<Obstacle> {
    let run = format!("start it with `outcall campaign run {campaign}`");
    match state {
        CampaignState::Running if dialling => None,
        CampaignState::Running => Some(obstacle("no process is dialling", run)),
        CampaignState::Draft | CampaignState::Ready => {
            Some(obstacle("the campaign has not been started", run))
        }
        CampaignState::Pausing | CampaignState::Paused => {
            Some(obstacle("the campaign is paused", run))
        }
        CampaignState::Completed => {
            Some(obstacle("the campaign is completed", "every contact is finished or held"))
        }
        CampaignState::Stopped => {
            Some(obstacle("the campaign was stopped", "that is for good; create a new one"))
        }
    }
}

/// What the dialling process has said of itself.
fn engine_obstacles(status: &serde_json::Value, at: UnixMillis) -> Vec<Obstacle> {
    let number = |field: &str| status.get(field).and_then(serde_json::Value::as_i64);
    let mut found = Vec::new();
    if let Some(until) = number("breaker_open_until_ms") {
        let until = UnixMillis(until);
        found.push(obstacle(
            format!("too many calls failed: the circuit breaker is open until {until}"),
            "look at the report's failures and at the trunk",
        ));
    }
    if number("free_robots_shared") == Some(0) {
        found.push(obstacle(
            "every robot is in a conversation",
            "wait, or give the process more robots",
        ));
    }
    if number("caller_ids_free") == Some(0) {
        found.push(obstacle("every caller ID has reached its limit", "add numbers to the pool"));
    }
    if number("undelivered_to_ledger").is_some_and(|count| count > 0) && number("wanted") == Some(0)
    {
        found.push(obstacle(
            format!("ends wait for the disk since {at}"),
            "check free space and the disk's health",
        ));
    }
    if status.get("draining").and_then(serde_json::Value::as_bool) == Some(true) {
        found.push(obstacle("the dialling process is ending", "start it again"));
    }
    found
}

#[derive(Default)]
struct Tally {
    dialable_now: u64,
    holdings: Vec<Holding>,
}

impl Tally {
    fn hold(&mut self, holding: Holding) {
        if holding.contacts == 0 {
            return;
        }
        let same = self
            .holdings
            .iter_mut()
            .find(|known| known.rule == holding.rule && known.detail == holding.detail);
        match same {
            Some(known) => {
                known.contacts += holding.contacts;
                known.next_due = match (known.next_due, holding.next_due) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (known, other) => known.or(other),
                };
            }
            None => self.holdings.push(holding),
        }
    }

    fn add(&mut self, group: &PendingGroup, window: Option<WindowStatus>) {
        let all = group.due + group.later;
        let Some(window) = window else {
            let place = if group.jurisdiction.is_empty() { "their country" } else { &group.zones };
            return self.hold(Holding {
                rule: "no_regulation".to_owned(),
                detail: format!(
                    "no calling rules are known for {place}; add a regulation file or set the \
                     campaign's jurisdiction"
                ),
                contacts: all,
                next_due: None,
            });
        };
        match window {
            WindowStatus::Open { .. } => self.dialable_now += group.due,
            WindowStatus::Closed { opens_at } => self.hold(Holding {
                rule: "window".to_owned(),
                detail: format!("the calling window is closed in {}", group.zones),
                contacts: group.due,
                next_due: opens_at,
            }),
        }
        let (rule, detail) = match &group.waits_for {
            Waiting::FirstAttempt => ("scheduled".to_owned(), "first attempt, not yet due".into()),
            Waiting::CallBack => {
                ("call_back".to_owned(), "an agreed call-back is not yet due".to_owned())
            }
            Waiting::Retry(disposition) => {
                ("retry".to_owned(), format!("the retry after {disposition} is not yet due"))
            }
            Waiting::Rule(rule) => (rule.clone(), rule_detail(rule).to_owned()),
        };
        // A contact that becomes due while its window is closed waits for the opening as well.
        let next_due = match (group.next_due, window) {
            (Some(due), WindowStatus::Closed { opens_at: Some(opens_at) }) => {
                Some(due.max(opens_at))
            }
            (due, _) => due,
        };
        self.hold(Holding { rule, detail, contacts: group.later, next_due });
    }
}

fn rule_detail(rule: &str) -> &'static str {
    match rule {
        "attempt_cap" => "the person has been called as often as allowed",
        "window" => "the calling window was closed when it was due",
        _ => "refused by a dialling rule",
    }
}
