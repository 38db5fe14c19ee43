//! Calls that came in.

use std::sync::mpsc::sync_channel;

use outcall_ledger::conformance::sample_number;
use outcall_ledger::sqlite::inbound::InboundRecord;
use outcall_ledger::sqlite::suppression::OPTED_OUT;
use outcall_ledger::{LedgerError, SqliteLedger};

use crate::support::{NOON, Sqlite};

fn note(ledger: &SqliteLedger, record: InboundRecord) -> Result<(), LedgerError> {
    let (answer, answered) = sync_channel(1);
    let reply = Box::new(move |result| answer.send(result).unwrap());
    ledger.note_inbound("t".to_owned(), record, reply);
    answered.recv().unwrap()
}

#[test]
fn a_caller_who_opted_out_is_suppressed_for_the_whole_tenant() {
    let ledger = Sqlite::new();
    let (answer, answered) = sync_channel(1);
    for _ in 0..2 {
        let answer = answer.clone();
        let reply = Box::new(move |result| answer.send(result).unwrap());
        ledger.ledger.note_opt_out("t".to_owned(), sample_number(7), NOON, reply);
        answered.recv().unwrap().unwrap();
    }
    let ledger = ledger.reopened();
    let found = ledger.ledger.reader().unwrap().suppressions("t", 10).unwrap();
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.number, one.campaign), (sample_number(7), None));
    assert_eq!(one.reason, OPTED_OUT);
}

#[test]
fn a_second_record_changes_the_report_of_its_own_call_only() {
    let ledger = &Sqlite::new().ledger;
    ledger.tenant("t", NOON).unwrap();
    let record = |began_at, report: &str| InboundRecord {
        call_id: "a@x".to_owned(),
        caller: Some(sample_number(7)),
        called: "+12025550177".to_owned(),
        scenario: "call-back".to_owned(),
        began_at,
        ended_at: NOON + 5_000,
        report: Some(report.to_owned()),
    };
    note(ledger, record(NOON, "first")).unwrap();
    note(ledger, record(NOON, "second")).unwrap();
    note(ledger, record(NOON + 1, "a stranger's")).unwrap();
    let found = ledger.reader().unwrap().inbound_calls("t", 10).unwrap();
    assert_eq!(found, [record(NOON, "second")]);
}
