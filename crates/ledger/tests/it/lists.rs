//! Imports: visible whole or not at all, whatever happens meanwhile.

use std::collections::BTreeSet;

use outcall_campaign::ContactId;
use outcall_ledger::conformance::{Fixture, Sample, sample_number};
use outcall_ledger::sqlite::lists::{AddVerdict, NewContact};
use outcall_ledger::sqlite::preview::ImportPreview;
use outcall_ledger::{LedgerError, SqliteLedger};
use proptest::prelude::*;

use crate::support::{
    NOON, OtherProcess, Sqlite, as_other_process, campaign, import, new_contact, new_contacts,
    tell, wait_to_be_released,
};

fn visible(ledger: &SqliteLedger) -> usize {
    let reader = ledger.reader().unwrap();
    let campaign = reader.campaigns("t").unwrap()[0].id;
    reader.contacts(campaign, ContactId(0), 10_000).unwrap().len()
}

#[test]
fn a_list_appears_whole_when_it_is_finished() {
    let ledger = &Sqlite::new().ledger;
    let campaign = campaign(ledger, "c");
    let list = ledger.begin_list(campaign, "a.csv", "00", NOON).unwrap();
    for part in [0..700, 700..1_500] {
        ledger.add_contacts(list, new_contacts(part)).unwrap();
        assert_eq!(visible(ledger), 0);
        assert_eq!(ledger.reader().unwrap().figures(campaign).unwrap().contacts, []);
    }
    ledger.finish_list(list, 1_500, "{}").unwrap();
    assert_eq!(visible(ledger), 1_500);
    let again = ledger.finish_list(list, 1_500, "{}");
    assert!(matches!(again, Err(LedgerError::NotFound { .. })), "{again:?}");
}

#[test]
fn the_same_list_again_adds_nothing() {
    let ledger = &Sqlite::new().ledger;
    let campaign = campaign(ledger, "c");
    let (_, first) = import(ledger, campaign, new_contacts(0..5), NOON);
    assert_eq!(first, [AddVerdict::Added; 5]);
    let (_, second) = import(ledger, campaign, new_contacts(0..5), NOON);
    assert_eq!(second, [AddVerdict::DuplicateInCampaign; 5]);
    assert_eq!(visible(ledger), 5);
}

#[test]
fn an_import_that_died_is_invisible_and_blocks_nothing() {
    let test = "lists::an_import_that_died_is_invisible_and_blocks_nothing";
    if let Some(folder) = as_other_process() {
        let ledger = SqliteLedger::open(&folder, outcall_ledger::sqlite::Sync::Full).unwrap();
        let campaign = ledger.reader().unwrap().campaigns("t").unwrap()[0].id;
        let list = ledger.begin_list(campaign, "a.csv", "00", NOON).unwrap();
        ledger.add_contacts(list, new_contacts(0..2_500)).unwrap();
        tell("added");
        return wait_to_be_released();
    }
    let sqlite = Sqlite::new();
    let campaign = campaign(&sqlite.ledger, "c");
    let mut other = OtherProcess::start(test, sqlite.folder());
    assert_eq!(other.hear().as_deref(), Some("added"));
    other.kill();
    let sqlite = sqlite.reopened();
    assert_eq!(visible(&sqlite.ledger), 0);
    let (list, verdicts) = import(&sqlite.ledger, campaign, new_contacts(0..2_500), NOON);
    assert!(verdicts.iter().all(|&verdict| verdict == AddVerdict::Added));
    assert_eq!(visible(&sqlite.ledger), 2_500);
    let lists = sqlite.ledger.reader().unwrap().lists(campaign).unwrap();
    let states: Vec<_> = lists.iter().map(|list| list.state.as_str()).collect();
    assert_eq!(states, ["aborted", "ready"]);
    assert_eq!(lists[1].id, list);
}

#[test]
fn an_aborted_import_leaves_the_contacts_of_other_lists_alone() {
    let mut sqlite = Sqlite::new();
    let one = sqlite.campaign("c");
    let two = sqlite.campaign("d");
    let ledger = &sqlite.ledger;
    let list = ledger.begin_list(one, "a.csv", "00", NOON).unwrap();
    // The ids of both lists alternate, and the aborted one's contacts are in two locales.
    let other = ledger.begin_list(two, "b.csv", "01", NOON).unwrap();
    for part in 0..30 {
        let mut mine = new_contacts(100 * part..100 * part + 100);
        for contact in mine.iter_mut().step_by(2) {
            contact.zones = "America/New_York".to_owned();
        }
        ledger.add_contacts(list, mine).unwrap();
        ledger.add_contacts(other, new_contacts(100 * part..100 * part + 100)).unwrap();
    }
    ledger.finish_list(other, 3_000, "{}").unwrap();
    ledger.abort_list(list).unwrap();
    let reader = ledger.reader().unwrap();
    assert_eq!(reader.contacts(two, ContactId(0), 10_000).unwrap().len(), 3_000);
    let (_, verdicts) = import(ledger, one, new_contacts(0..3_000), NOON);
    assert!(verdicts.iter().all(|&verdict| verdict == AddVerdict::Added), "no number is left");
}

#[test]
fn an_import_whose_list_another_one_clears_away_cannot_finish_half_of_it() {
    let sqlite = Sqlite::new();
    let campaign = campaign(&sqlite.ledger, "c");
    let list = sqlite.ledger.begin_list(campaign, "a.csv", "00", NOON).unwrap();
    sqlite.ledger.add_contacts(list, new_contacts(0..5)).unwrap();
    // Another process begins an import of the same campaign.
    let other = SqliteLedger::open(sqlite.folder(), outcall_ledger::sqlite::Sync::Off).unwrap();
    let second = other.begin_list(campaign, "b.csv", "01", NOON).unwrap();
    let added = sqlite.ledger.add_contacts(list, new_contacts(5..9));
    assert!(matches!(added, Err(LedgerError::NotFound { .. })), "{added:?}");
    let finished = sqlite.ledger.finish_list(list, 5, "{}");
    assert!(matches!(finished, Err(LedgerError::NotFound { .. })), "{finished:?}");
    other.add_contacts(second, new_contacts(0..2)).unwrap();
    other.finish_list(second, 2, "{}").unwrap();
    assert_eq!(visible(&sqlite.ledger), 2);
}

#[test]
fn a_list_that_is_visible_cannot_be_aborted() {
    let ledger = &Sqlite::new().ledger;
    let campaign = campaign(ledger, "c");
    let (list, _) = import(ledger, campaign, new_contacts(0..5), NOON);
    let refused = ledger.abort_list(list);
    assert!(matches!(refused, Err(LedgerError::NotFound { .. })), "{refused:?}");
    assert_eq!(visible(ledger), 5);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_preview_says_what_the_import_will_say(
        there in prop::collection::vec(prop::collection::vec(0..12_u16, 1..4), 0..4),
        suppressed in prop::collection::vec(0..12_u16, 0..3),
        file in prop::collection::vec(prop::collection::vec(0..12_u16, 1..4), 1..10),
    ) {
        let contacts = |rows: &[Vec<u16>]| -> Vec<NewContact> {
            let distinct = |row: &Vec<u16>| {
                let mut seen = BTreeSet::new();
                row.iter().copied().filter(|&number| seen.insert(number)).collect::<Vec<_>>()
            };
            let rows = rows.iter().map(|row| Sample::with(&distinct(row)));
            (1..).zip(rows).map(|(line, sample)| new_contact(line, &sample)).collect()
        };
        let mut sqlite = Sqlite::new();
        let campaign = sqlite.campaign("c");
        import(&sqlite.ledger, campaign, contacts(&there), NOON);
        for number in suppressed {
            sqlite.suppress(None, sample_number(number));
        }
        let reader = sqlite.ledger.reader().unwrap();
        let mut preview = ImportPreview::new(reader, campaign).unwrap();
        let file = contacts(&file);
        let foretold: Vec<AddVerdict> =
            file.iter().map(|row| preview.add(row.line, &row.numbers).unwrap()).collect();
        let (_, verdicts) = import(&sqlite.ledger, campaign, file, NOON);
        prop_assert_eq!(foretold, verdicts);
    }
}
