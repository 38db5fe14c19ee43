use outcall_campaign::attempt::{Event, Phase};
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::rate::CallRateSettings;
use outcall_campaign::{AttemptId, Disposition, Regulations};
use outcall_ledger::sqlite::Sync;

use super::*;
use crate::people::People;

/// Monday, 2026-03-02, 14:00 UTC: 09:00 in New York.
const START: UnixMillis = UnixMillis(1_772_460_000_000);

const DAY_MS: i64 = 86_400_000;

struct Run {
    outcome: VirtualOutcome,
    export: Vec<u8>,
    report: outcall_application::report::CampaignReport,
    stats: Arc<EngineStats>,
}

fn simulate(people: u64, world: World, settings: &str) -> Run {
    observe(people, world, settings, None)
}

fn observe(
    people: u64,
    world: World,
    settings: &str,
    observer: Option<Arc<dyn CallObserver>>,
) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(folder.path(), Sync::Off, Regulations::builtin(), "test").unwrap();
    let campaign = app.create_campaign("campaign.toml", settings, START).unwrap().id;
    let list = app.ledger.begin_list(campaign, "people", "", START).unwrap();
    let contacts: Vec<_> = People::new(world.seed, people).collect();
    app.ledger.add_contacts(list, contacts).unwrap();
    app.ledger.finish_list(list, people, "{}").unwrap();
    let options = EngineOptions {
        channels: 200,
        robots: 200,
        rate: CallRateSettings { per_second: 100.0, burst: 10, ..CallRateSettings::default() },
    };
    let stats = Arc::new(EngineStats::default());
    let virtual_run =
        VirtualRun { world, options, start: START, at_most_ms: 30 * DAY_MS, observer };
    let outcome = run(&app, &[campaign], &virtual_run, &stats).unwrap();
    let mut export = Vec::new();
    app.reader().unwrap().export(campaign, &mut export).unwrap();
    let report = app.report(campaign).unwrap();
    Run { outcome, export, report, stats }
}

const SETTINGS: &str = "name = \"test\"\nmax_concurrency = 200\nrobots = 200\n";

#[test]
fn the_same_seed_gives_the_same_ledger_byte_for_byte_and_another_seed_does_not() {
    let world = World { seed: 7, ..World::default() };
    let first = simulate(500, world.clone(), SETTINGS);
    let second = simulate(500, world.clone(), SETTINGS);
    assert!(!first.export.is_empty());
    assert!(first.export == second.export, "two runs of one seed differ");
    let third = simulate(500, World { seed: 8, ..world }, SETTINGS);
    assert!(first.export != third.export, "two seeds give the same run");
}

#[test]
fn a_campaign_runs_to_its_end_with_every_contact_accounted_for() {
    let run = simulate(500, World::default(), SETTINGS);
    assert_eq!(run.outcome.finished[0].state, CampaignState::Completed);
    assert_eq!(run.report.figures.contacts, [("finished".to_owned(), 500)]);
    assert_eq!(run.report.figures.open_attempts, 0);
    let attempts: u64 = run.report.figures.attempts.iter().map(|(_, count)| count).sum();
    assert_eq!(attempts, EngineStats::get(&run.stats.intents));
    assert_eq!(attempts, EngineStats::get(&run.stats.ends));
    assert_eq!(EngineStats::get(&run.stats.undelivered), 0);
    assert_eq!(EngineStats::get(&run.stats.live), 0);
}

/// Panics in every tenth contact's call when it is answered.
struct Saboteur;

impl CallObserver for Saboteur {
    fn event(&self, attempt: AttemptId, _: Phase, event: Event) {
        let planted = attempt.contact.0 % 10 == 0 && event == Event::Answered;
        assert!(!planted, "planted by the test");
    }
}

#[test]
fn a_panic_in_a_call_ends_that_call_alone() {
    let settings = format!("{SETTINGS}[retry]\nmax_attempts = 1\n");
    let world = World { call_back_percent: 0.0, ..World::default() };
    let run = observe(400, world.clone(), &settings, Some(Arc::new(Saboteur)));
    let unharmed = simulate(400, world, &settings);
    let count = |run: &Run, disposition| {
        let found = run.report.figures.attempts.iter().find(|(other, _)| *other == disposition);
        found.map_or(0, |(_, count)| *count)
    };
    let crashed = EngineStats::get(&run.stats.crashed);
    assert!(crashed > 0);
    assert_eq!(count(&run, Disposition::InternalError), crashed);
    assert_eq!(run.outcome.finished[0].state, CampaignState::Completed);
    assert_eq!(EngineStats::get(&run.stats.live), 0);
    // Everybody else's call went as it would have gone.
    let answered = |run: &Run| {
        let answered = |(disposition, _): &&(Disposition, u64)| disposition.was_answered();
        let attempts = run.report.figures.attempts.iter().filter(answered);
        attempts.map(|(_, count)| count).sum::<u64>()
    };
    assert_eq!(answered(&run) + crashed, answered(&unharmed));
}

#[test]
fn nobody_is_dialled_outside_of_the_calling_window() {
    let run = simulate(300, World::default(), SETTINGS);
    for line in String::from_utf8(run.export).unwrap().lines() {
        let attempt: serde_json::Value = serde_json::from_str(line).unwrap();
        let at = UnixMillis(attempt["intent_ms"].as_i64().unwrap()).to_jiff();
        // The jurisdiction's hours are 8 to 21 everywhere in the United States.
        let number: outcall_campaign::PhoneNumber =
            serde_json::from_value(attempt["number"].clone()).unwrap();
        let zones = outcall_campaign::zones_of_number::zones_of_number(number).unwrap();
        for name in zones.split('|') {
            let hour = at.in_tz(name).unwrap().hour();
            assert!((8..21).contains(&hour), "{hour} h in {name}");
        }
    }
}

#[test]
fn campaigns_that_share_a_trunk_both_come_to_their_end_and_never_dial_above_their_limit() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(folder.path(), Sync::Off, Regulations::builtin(), "test").unwrap();
    let mut campaigns = Vec::new();
    for (name, priority) in [("urgent", 90), ("daily", 10)] {
        let settings = format!(
            "name = \"{name}\"\npriority = {priority}\nmin_concurrency = 2\n\
             max_concurrency = 20\nrobots = 20\n[retry]\nmax_attempts = 1\n"
        );
        let campaign = app.create_campaign("campaign.toml", &settings, START).unwrap().id;
        let list = app.ledger.begin_list(campaign, "people", "", START).unwrap();
        let people: Vec<_> = People::new(u64::from(priority as u8), 100).collect();
        app.ledger.add_contacts(list, people).unwrap();
        app.ledger.finish_list(list, 100, "{}").unwrap();
        campaigns.push(campaign);
    }
    let options = EngineOptions {
        channels: 10,
        robots: 10,
        rate: CallRateSettings { per_second: 5.0, burst: 1, ..CallRateSettings::default() },
    };
    let stats = Arc::new(EngineStats::default());
    let world = World { call_back_percent: 0.0, ..World::default() };
    let virtual_run =
        VirtualRun { world, options, start: START, at_most_ms: 30 * DAY_MS, observer: None };
    let outcome = run(&app, &campaigns, &virtual_run, &stats).unwrap();
    assert!(outcome.finished.iter().all(|one| one.state == CampaignState::Completed));
    let (mut changes, reader) = (Vec::new(), app.reader().unwrap());
    let mut last_of = Vec::new();
    for campaign in campaigns {
        let mut export = Vec::new();
        reader.export(campaign, &mut export).unwrap();
        let mut last = 0;
        for line in String::from_utf8(export).unwrap().lines() {
            let attempt: serde_json::Value = serde_json::from_str(line).unwrap();
            let at = |field: &str| attempt[field].as_i64().unwrap();
            changes.push((at("intent_ms"), 1));
            changes.push((at("ended_ms"), -1));
            last = last.max(at("intent_ms"));
        }
        last_of.push(last);
    }
    changes.sort_unstable();
    let in_use = changes.iter().scan(0, |in_use, &(_, change)| {
        *in_use += change;
        Some(*in_use)
    });
    assert_eq!(in_use.max(), Some(10), "the trunk is used to its last channel, and not beyond");
    assert!(last_of[0] < last_of[1], "the urgent campaign is through first");
}
