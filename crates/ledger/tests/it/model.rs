//! Any sequence of requests, deaths included, against a plain model of what must hold.
//!
//! The model does not predict whom a claim chooses. It knows what was promised: nobody twice, at
//! most one open intent a contact, caps and windows kept, nobody lost, and nobody forgotten who
//! could have been dialled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use outcall_campaign::gate::{DialRules, LocaleRules};
use outcall_campaign::lifecycle::{self, CampaignCommand, CampaignState};
use outcall_campaign::regulation::Consent;
use outcall_campaign::{
    AttemptCap, AttemptId, Calendar, CallingCalendar, CampaignId, ContactId, Disposition, Holidays,
    LocalRange, PhoneNumber, RetryRules, UnixMillis, WeeklyHours, ZoneSet,
};
use outcall_ledger::conformance::{Fixture, Sample, sample_number};
use outcall_ledger::sqlite::Reader;
use outcall_ledger::{
    AttemptEnd, ClaimRequest, Claimed, Epoch, Intent, Ledger, LedgerError, Reply,
};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::support::{NOON, Sqlite, database, import, new_contact};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const CAP: AttemptCap =
    AttemptCap { max: 2, window: outcall_campaign::CapWindow::Rolling { ms: 24 * HOUR_MS } };

/// A step. Indices are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Import { campaign: usize, first: u16, count: u16 },
    ImportThatDies { campaign: usize, first: u16 },
    Claim { campaign: usize, want: u32 },
    End { which: usize, disposition: usize },
    EndAgain { which: usize },
    Die,
    Command { campaign: usize, command: usize },
    Suppress { campaign: Option<usize>, number: u16 },
    Wait { ms: i64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    let campaign = 0..2_usize;
    prop_oneof![
        3 => (campaign.clone(), 0..30_u16, 1..6_u16)
            .prop_map(|(campaign, first, count)| Step::Import { campaign, first, count }),
        1 => (campaign.clone(), 0..30_u16)
            .prop_map(|(campaign, first)| Step::ImportThatDies { campaign, first }),
        12 => (campaign.clone(), 0..5_u32)
            .prop_map(|(campaign, want)| Step::Claim { campaign, want }),
        10 => (any::<usize>(), 0..Disposition::ALL.len())
            .prop_map(|(which, disposition)| Step::End { which, disposition }),
        1 => any::<usize>().prop_map(|which| Step::EndAgain { which }),
        1 => Just(Step::Die),
        1 => (campaign.clone(), 0..4_usize)
            .prop_map(|(campaign, command)| Step::Command { campaign, command }),
        1 => (prop::option::of(campaign), 0..30_u16)
            .prop_map(|(campaign, number)| Step::Suppress { campaign, number }),
        6 => prop::sample::select(vec![1_000, 60_000, HOUR_MS, 4 * HOUR_MS, 20 * HOUR_MS])
            .prop_map(|ms| Step::Wait { ms }),
    ]
}

/// What may have rung: the keys that it counts by, and when.
struct Rang {
    attempt: AttemptId,
    keys: [PhoneNumber; 2],
    at: UnixMillis,
}

#[derive(Default)]
struct Contact {
    attempts: u16,
    open: Option<AttemptId>,
    /// When the next window opens after an attempt was found without an end.
    not_before: Option<UnixMillis>,
}

#[derive(Default)]
struct Model {
    contacts: BTreeMap<ContactId, Contact>,
    ended: BTreeMap<AttemptId, Disposition>,
    numbers: BTreeMap<AttemptId, PhoneNumber>,
    rang: Vec<Rang>,
    suppressed: BTreeSet<(Option<CampaignId>, PhoneNumber)>,
}

/// A ledger and a look into it.
struct Opened {
    // Dropped before the ledger, which closes the database.
    connection: Connection,
    reader: Reader,
    sqlite: Sqlite,
}

impl Opened {
    fn new(sqlite: Sqlite) -> Self {
        let connection = Connection::open(database(sqlite.folder())).unwrap();
        Self { connection, reader: sqlite.ledger.reader().unwrap(), sqlite }
    }

    fn reopened(self) -> Self {
        drop((self.connection, self.reader));
        Self::new(self.sqlite.reopened())
    }
}

struct Run {
    opened: Option<Opened>,
    epoch: Epoch,
    now: UnixMillis,
    campaigns: Vec<(CampaignId, CampaignState)>,
    model: Model,
}

fn ask<T: Send + 'static>(ask: impl FnOnce(Reply<T>)) -> Result<T, LedgerError> {
    let (answer, answered) = crossbeam_channel::bounded(1);
    ask(Box::new(move |result| assert!(answer.send(result).is_ok())));
    answered.recv().unwrap()
}

/// 09:00-17:00 UTC, every day.
fn is_open(at: UnixMillis) -> bool {
    (9 * HOUR_MS..17 * HOUR_MS).contains(&at.0.rem_euclid(DAY_MS))
}

/// The next opening: not of the window that is open at `at`.
fn next_window(at: UnixMillis) -> UnixMillis {
    let today = UnixMillis(at.0.div_euclid(DAY_MS) * DAY_MS + 9 * HOUR_MS);
    if at < today { today } else { today + DAY_MS }
}

impl Run {
    fn new() -> Self {
        let mut sqlite = Sqlite::new();
        let mut campaigns = Vec::new();
        for name in ["one", "two"] {
            let campaign = sqlite.campaign(name);
            for command in [CampaignCommand::Prepare, CampaignCommand::Start] {
                sqlite.ledger.command(campaign, command, NOON).unwrap();
            }
            campaigns.push((campaign, CampaignState::Running));
        }
        let epoch = ask(|reply| sqlite.ledger.take_over(NOON, reply)).unwrap();
        let opened = Some(Opened::new(sqlite));
        Self { opened, epoch, now: NOON, campaigns, model: Model::default() }
    }

    fn opened(&self) -> &Opened {
        self.opened.as_ref().unwrap()
    }

    fn sqlite(&self) -> &Sqlite {
        &self.opened().sqlite
    }

    fn read(&self) -> &Connection {
        &self.opened().connection
    }

    fn rules(&self, campaign: CampaignId) -> Arc<DialRules> {
        let range: LocalRange = "09:00-17:00".parse().unwrap();
        let hours = WeeklyHours::every_day(&vec![range].into());
        let calendar = Calendar { hours, holidays: Holidays::default() };
        let calendar = Arc::new(CallingCalendar::new([calendar]));
        let locales = ask(|reply| self.sqlite().ledger.locales(campaign, reply)).unwrap();
        let of_locale = |zones: &str| LocaleRules {
            zones: ZoneSet::parse(zones).unwrap(),
            calendar: Arc::clone(&calendar),
            caps: Arc::new([CAP]),
            consent: Consent::Express,
        };
        let locales = locales.iter().map(|locale| (locale.id, of_locale(&locale.zones)));
        Arc::new(DialRules { locales: locales.collect(), retry: RetryRules::default() })
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Import { campaign, first, count } => self.import(campaign, first, count),
            Step::ImportThatDies { campaign, first } => {
                let ledger = &self.sqlite().ledger;
                let list =
                    ledger.begin_list(self.campaigns[campaign].0, "x", "", self.now).unwrap();
                let contact = new_contact(1, &Sample::with(&[first]));
                ledger.add_contacts(list, vec![contact]).unwrap();
                self.die();
            }
            Step::Claim { campaign, want } => self.claim(campaign, want),
            Step::End { which, disposition } => self.end(which, Disposition::ALL[disposition]),
            Step::EndAgain { which } => self.end_again(which),
            Step::Die => self.die(),
            Step::Command { campaign, command } => self.command(campaign, command),
            Step::Suppress { campaign, number } => {
                let campaign = campaign.map(|index| self.campaigns[index].0);
                self.opened.as_mut().unwrap().sqlite.suppress(campaign, sample_number(number));
                self.model.suppressed.insert((campaign, sample_number(number)));
            }
            Step::Wait { ms } => self.now = self.now + ms,
        }
        self.check();
    }

    fn import(&mut self, campaign: usize, first: u16, count: u16) {
        let sample = |number: u16| Sample::with(&[number, number + 1]);
        let contacts = (first..first + count).map(|number| new_contact(1, &sample(number)));
        let campaign = self.campaigns[campaign].0;
        let (list, _) = import(&self.sqlite().ledger, campaign, contacts.collect(), self.now);
        let opened = self.opened.as_ref().unwrap();
        let mut ids =
            opened.connection.prepare("SELECT id FROM contact WHERE list_id = ?1").unwrap();
        for id in ids.query_map([list.0], |row| row.get(0)).unwrap() {
            let before = self.model.contacts.insert(ContactId(id.unwrap()), Contact::default());
            assert!(before.is_none(), "an id is used once");
        }
    }

    fn claim(&mut self, index: usize, want: u32) {
        let (campaign, state) = self.campaigns[index];
        let rules = self.rules(campaign);
        let (epoch, now) = (self.epoch, self.now);
        let request = ClaimRequest { epoch, campaign, rules, now, want, send_within_ms: 5_000 };
        let claimed = ask(|reply| self.sqlite().ledger.claim(request, reply)).unwrap();
        assert_eq!(claimed.state, state);
        assert!(claimed.intents.len() <= want as usize);
        if state != CampaignState::Running || !is_open(now) {
            assert_eq!(claimed.intents, []);
            return;
        }
        for intent in &claimed.intents {
            self.admit(campaign, intent);
        }
        if claimed.intents.len() < want as usize {
            self.assert_nobody_is_forgotten(campaign, &claimed);
        }
    }

    /// One intent more: may it be?
    fn admit(&mut self, campaign: CampaignId, intent: &Intent) {
        let Intent { attempt, number, at, send_by } = *intent;
        assert!(at == self.now && send_by >= at && is_open(send_by));
        let contact = self.model.contacts.get_mut(&attempt.contact).expect("it was imported");
        assert_eq!(attempt.attempt_no, contact.attempts + 1, "{attempt}");
        assert_eq!(contact.open.replace(attempt), None, "two open intents");
        let in_time = contact.not_before.is_none_or(|opens| opens <= at);
        assert!(in_time, "{attempt}: it may have rung in this window");
        contact.attempts += 1;
        for scope in [None, Some(campaign)] {
            assert!(!self.model.suppressed.contains(&(scope, number)), "{attempt} is suppressed");
        }
        let numbers: String = self
            .read()
            .query_row("SELECT numbers FROM contact WHERE id = ?1", [attempt.contact.0], |row| {
                row.get(0)
            })
            .unwrap();
        let person = numbers.split(',').next().unwrap().parse().unwrap();
        let keys = [PhoneNumber::from_digits(person).unwrap(), number];
        let counts = |rang: &&Rang| {
            rang.at > at - 24 * HOUR_MS && rang.keys.iter().any(|key| keys.contains(key))
        };
        let before = self.model.rang.iter().filter(counts).count();
        assert!(before < CAP.max as usize, "{attempt}: {before} calls before");
        self.model.rang.push(Rang { attempt, keys, at });
        assert_eq!(self.model.numbers.insert(attempt, number), None, "{attempt} twice");
    }

    fn assert_nobody_is_forgotten(&self, campaign: CampaignId, claimed: &Claimed) {
        let sql = "SELECT count(*) FROM contact JOIN list ON list.id = list_id
                   WHERE list.state = 'ready' AND contact.campaign_id = ?1
                   AND contact.state = 0 AND due_ms <= ?2";
        let left: i64 =
            self.read().query_row(sql, [campaign.0, self.now.0], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "due, and neither claimed nor refused: {claimed:?}");
        assert!(claimed.next_due.is_none_or(|at| at > self.now), "{claimed:?}");
    }

    fn close(&self, attempt: AttemptId, disposition: Disposition) -> bool {
        let end = AttemptEnd {
            call_back_at: (disposition == Disposition::CallBack).then_some(self.now + HOUR_MS),
            ..AttemptEnd::new(attempt, disposition, self.now)
        };
        let (campaign, rules) = (attempt.campaign, self.rules(attempt.campaign));
        let closed =
            ask(|reply| self.sqlite().ledger.close(campaign, rules, vec![end], reply)).unwrap();
        closed[0].next.is_some()
    }

    fn end(&mut self, which: usize, disposition: Disposition) {
        let open: Vec<AttemptId> =
            self.model.contacts.values().filter_map(|contact| contact.open).collect();
        if open.is_empty() {
            return;
        }
        let attempt = open[which % open.len()];
        assert!(self.close(attempt, disposition), "{attempt} was open");
        self.ended(attempt, disposition);
    }

    fn ended(&mut self, attempt: AttemptId, disposition: Disposition) {
        let contact = self.model.contacts.get_mut(&attempt.contact).unwrap();
        assert_eq!(contact.open.take(), Some(attempt));
        if disposition == Disposition::Uncertain {
            contact.not_before = Some(next_window(self.now));
        }
        if disposition == Disposition::OptedOut {
            self.model.suppressed.insert((None, self.model.numbers[&attempt]));
        }
        if disposition.certainly_did_not_ring() {
            self.model.rang.retain(|rang| rang.attempt != attempt);
        }
        assert_eq!(self.model.ended.insert(attempt, disposition), None);
    }

    fn end_again(&mut self, which: usize) {
        let ended: Vec<AttemptId> = self.model.ended.keys().copied().collect();
        if !ended.is_empty() {
            let attempt = ended[which % ended.len()];
            assert!(!self.close(attempt, Disposition::Busy), "{attempt} had its end");
        }
    }

    fn die(&mut self) {
        self.opened = self.opened.take().map(Opened::reopened);
        self.epoch = ask(|reply| self.sqlite().ledger.take_over(self.now, reply)).unwrap();
        for index in 0..self.campaigns.len() {
            let campaign = self.campaigns[index].0;
            let rules = self.rules(campaign);
            let (epoch, now) = (self.epoch, self.now);
            let found =
                ask(|reply| self.sqlite().ledger.recover(epoch, campaign, rules, now, reply));
            for uncertain in found.unwrap() {
                self.ended(uncertain.attempt, Disposition::Uncertain);
            }
        }
        let open = self.model.contacts.values().filter(|contact| contact.open.is_some()).count();
        assert_eq!(open, 0, "recovery finds every open intent");
    }

    fn command(&mut self, index: usize, command: usize) {
        use CampaignCommand::{CallsEnded, Pause, Start, Stop};
        let command = [Pause, CallsEnded, Start, Stop][command];
        let (campaign, state) = &mut self.campaigns[index];
        // A stopped campaign would make the rest of the sequence dull.
        if command == Stop {
            return;
        }
        let wanted = lifecycle::apply(*state, command);
        let ledger = &self.opened.as_ref().unwrap().sqlite.ledger;
        let got = ledger.command(*campaign, command, self.now);
        assert_eq!(got.as_ref().ok(), wanted.as_ref().ok(), "{got:?}");
        *state = wanted.unwrap_or(*state);
    }

    /// Nobody is lost, nobody is there twice, and the ledger agrees on who is in a call.
    fn check(&self) {
        let reader = &self.opened().reader;
        let (mut imported, mut in_call, mut open) = (0, 0, 0);
        for &(campaign, _) in &self.campaigns {
            let figures = reader.figures(campaign).unwrap();
            imported += figures.contacts.iter().map(|&(_, count)| count).sum::<u64>();
            let word = outcall_ledger::sqlite::ContactState::InCall.word();
            in_call += figures
                .contacts
                .iter()
                .filter(|(state, _)| state == word)
                .map(|&(_, count)| count)
                .sum::<u64>();
            open += figures.open_attempts;
        }
        let wanted = self.model.contacts.values().filter(|contact| contact.open.is_some()).count();
        assert_eq!(imported, self.model.contacts.len() as u64, "contacts are conserved");
        assert_eq!((in_call, open), (wanted as u64, wanted as u64));
    }

    fn check_attempts(&self) {
        let mut held = BTreeMap::new();
        for &(campaign, _) in &self.campaigns {
            for facts in self.sqlite().attempts(campaign) {
                held.insert(facts.attempt, (facts.number, facts.disposition));
            }
        }
        let wanted = self.model.numbers.iter().map(|(&attempt, &number)| {
            (attempt, (number, self.model.ended.get(&attempt).copied()))
        });
        assert_eq!(held, wanted.collect());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_requests_and_deaths_breaks_a_promise(
        steps in prop::collection::vec(any_step(), 1..80)
    ) {
        let mut run = Run::new();
        run.import(0, 0, 8);
        run.import(1, 4, 8);
        for step in steps {
            run.step(step);
        }
        run.die();
        run.check_attempts();
    }
}
