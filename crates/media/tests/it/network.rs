//! Calls over a network that loses and reorders.

use std::sync::Arc;

use outcall_media::clip::Clip;
use outcall_media::plane::{MediaEvent, StreamReport};
use outcall_media::telephone_event::DigitEvent;

use crate::relay::{Done, Faults, Relay};
use crate::support::{Side, agreed, contains, noise, settings};

/// What came of a call in which the caller plays two seconds and sends digits.
struct Outcome {
    report: Box<StreamReport>,
    done: Done,
    digits: String,
    heard: Vec<i16>,
}

fn call(faults: Faults) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("far.wav");
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    let relay = Relay::start(caller.local_rtp(), callee.local_rtp(), faults);
    callee.record(path.clone());
    callee.connect(&agreed(relay.for_callee));
    caller.connect(&agreed(relay.for_caller));
    caller.play(noise(2_000).0);
    caller.play(Arc::new(Clip::silence(600)));
    near.wait_finished();
    caller.send_digits("42#").unwrap();
    near.wait_finished();
    near.close(&caller);
    let (report, events) = far.close(&callee);
    let heard = far.wait_recorded(&path).channel(0);
    let digit = |event: &MediaEvent| match event {
        MediaEvent::Digit(DigitEvent::Started(digit)) => Some(digit.as_char()),
        _ => None,
    };
    let digits = events.iter().filter_map(digit).collect();
    Outcome { report, done: relay.stop(), digits, heard }
}

#[test]
fn five_of_a_hundred_packets_lost_are_counted_and_concealed() {
    let outcome = call(Faults { seed: 1, lost: 5, ..Faults::default() });
    let report = &outcome.report;
    assert!(outcome.done.lost > 0);
    assert!(report.lost.abs_diff(outcome.done.lost) <= 3, "{report:?}, {:?}", outcome.done);
    // The silence of a digit is concealed too when the packet at its edge was lost.
    let most_ms = outcome.done.lost * 20 + 3 * 120;
    assert!((20..=most_ms).contains(&report.concealed_ms), "{report:?}");
    assert_eq!(outcome.digits, "42#");
}

#[test]
fn a_fifth_of_the_packets_lost_and_others_swapped_still_leaves_a_call() {
    let outcome = call(Faults { seed: 7, lost: 20, swapped: 10, ..Faults::default() });
    let report = &outcome.report;
    assert!(outcome.done.swapped > 0);
    assert!(report.lost.abs_diff(outcome.done.lost) <= 6, "{report:?}, {:?}", outcome.done);
    assert_eq!(outcome.digits, "42#", "each digit is sent in many packets");
    assert!(report.heard_ms > 1_200, "{report:?}");
}

#[test]
fn packets_that_are_only_swapped_lose_nothing() {
    let outcome = call(Faults { seed: 3, swapped: 30, ..Faults::default() });
    let report = &outcome.report;
    assert!(outcome.done.swapped > 10);
    assert_eq!((report.lost, report.late), (0, 0), "{report:?}");
}

#[test]
fn a_change_of_the_source_is_survived_and_counted() {
    let outcome = call(Faults { changes_after: Some(60), ..Faults::default() });
    let report = &outcome.report;
    assert_eq!(report.ssrc_changes, 1, "{report:?}");
    assert!(report.heard_ms >= 1_500, "{report:?}");
    let last = &noise(2_000).1[14_000..];
    assert!(contains(&outcome.heard, last), "the last quarter of a second is heard as it was");
    assert_eq!(outcome.digits, "42#");
}
