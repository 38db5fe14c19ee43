use outcall_campaign::Regulations;
use outcall_campaign::lifecycle::CampaignState;
use outcall_campaign::rate::CallRateSettings;
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
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(folder.path(), Sync::Off, Regulations::builtin(), "test").unwrap();
    let campaign = app.create_campaign("campaign.toml", settings, START).unwrap().id;
    let list = app.ledger.begin_list(campaign, "people", "", START).unwrap();
    let contacts: Vec<_> = People::new(world.seed, people).collect();
    app.ledger.add_contacts(list, contacts, START).unwrap();
    app.ledger.finish_list(list, people, "{}").unwrap();
    let options = EngineOptions {
        channels: 200,
        robots: 200,
        rate: CallRateSettings { per_second: 100.0, burst: 10, ..CallRateSettings::default() },
    };
    let stats = Arc::new(EngineStats::default());
    let virtual_run = VirtualRun { world, options, start: START, at_most_ms: 30 * DAY_MS };
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
