//! Calls that are placed.

use std::collections::BTreeMap;

use outcall_campaign::attempt::EndCause;
use outcall_sip::{CallEvent, Command, EndedBy};
use outcall_telephony::{Carrier, Signal};

use crate::support::{Dialler, FarEnd, attempt, now, sdp};

fn dialler(far_ends: &[&FarEnd]) -> Dialler {
    Dialler::start(far_ends, |_| {}, &BTreeMap::new())
}

#[test]
fn a_call_has_early_media_an_answer_and_a_report() {
    let far_end = FarEnd::start();
    let mut dialler = dialler(&[&far_end]);
    dialler.place(1);
    let incoming = far_end.incoming();
    assert_eq!(incoming.called, "+12025550100");
    assert!(incoming.call_id.starts_with("1-1-1.1@"), "{}", incoming.call_id);
    assert!(incoming.sdp.expect("an offer").contains("m=audio"));
    far_end.respond(incoming.call, 183, Some(sdp(40_000)));
    dialler.until_signal(1, Signal::EarlyMedia);
    far_end.respond(incoming.call, 200, Some(sdp(40_000)));
    dialler.until_signal(1, Signal::Answered);
    dialler.carrier.hang_up(attempt(1), now());
    assert_eq!(dialler.released(1), EndCause::LocalHangUp);
    let report = dialler.report(1);
    assert_eq!(report["tries"][0]["trunk"], "trunk-0");
    assert_eq!(report["tries"][0]["ended_by"], "local");
    assert!(report["early_media_ms"].as_i64().is_some_and(|ms| ms >= 0), "{report}");
}

#[test]
fn a_trunk_without_room_is_replaced_as_long_as_nothing_rang() {
    let (full, free) = (FarEnd::start(), FarEnd::start());
    let mut dialler = dialler(&[&full, &free]);
    dialler.place(1);
    far_end_refuses(&full, 503);
    dialler.drive(200);
    let incoming = free.incoming();
    assert!(incoming.call_id.starts_with("1-1-1.2@"), "{}", incoming.call_id);
    free.respond(incoming.call, 486, None);
    assert_eq!(dialler.released(1), EndCause::Busy);
    let report = dialler.report(1);
    assert_eq!(report["tries"][0]["sip_status"], 503);
    assert_eq!(report["tries"][1]["trunk"], "trunk-1");
}

fn far_end_refuses(far_end: &FarEnd, status: u16) {
    let call = far_end.incoming().call;
    far_end.respond(call, status, None);
}

#[test]
fn a_phone_that_rang_once_rings_on_no_other_trunk() {
    let (first, second) = (FarEnd::start(), FarEnd::start());
    let mut dialler = dialler(&[&first, &second]);
    dialler.place(1);
    let call = first.incoming().call;
    first.respond(call, 180, None);
    dialler.until_signal(1, Signal::Ringing);
    first.respond(call, 503, None);
    assert_eq!(dialler.released(1), EndCause::Failed);
    assert!(second.is_idle());
}

#[test]
fn a_gateway_that_timed_out_may_have_rung() {
    let (first, second) = (FarEnd::start(), FarEnd::start());
    let mut dialler = dialler(&[&first, &second]);
    dialler.place(1);
    far_end_refuses(&first, 504);
    assert_eq!(dialler.released(1), EndCause::Failed);
    assert!(second.is_idle());
}

#[test]
fn every_trunk_without_room_is_congestion() {
    let far_end = FarEnd::start();
    let mut dialler = dialler(&[&far_end]);
    dialler.place(1);
    far_end_refuses(&far_end, 503);
    assert!(matches!(dialler.released(1), EndCause::Congestion { .. }));
    // The trunk is left alone for a while, and says so beforehand.
    let room = dialler.carrier.room().expect("it knows its room");
    assert_eq!(room.room(now()), 0);
}

#[test]
fn an_answer_without_audio_is_a_failure_and_is_released() {
    let far_end = FarEnd::start();
    let mut dialler = dialler(&[&far_end]);
    dialler.place(1);
    let call = far_end.incoming().call;
    let video = sdp(40_000).replace("m=audio", "m=video");
    far_end.respond(call, 200, Some(video));
    assert_eq!(dialler.released(1), EndCause::Failed);
    let ended = far_end.until("the BYE", |event| matches!(event, CallEvent::Ended(_)));
    let CallEvent::Ended(end) = ended else { panic!("{ended:?}") };
    assert_eq!(end.by, EndedBy::Remote);
}

#[test]
fn hold_and_moved_media_are_answered() {
    let far_end = FarEnd::start();
    let mut dialler = dialler(&[&far_end]);
    dialler.place(1);
    let call = far_end.incoming().call;
    far_end.respond(call, 200, Some(sdp(40_000)));
    dialler.until_signal(1, Signal::Answered);
    let hold = sdp(40_000).replace("t=0 0", "t=0 0\r\na=sendonly");
    for offer in [hold, sdp(40_002)] {
        let held = offer.contains("sendonly");
        far_end.agent.send(Command::Offer { call, sdp: offer }).expect("room");
        dialler.drive(200);
        let answered =
            far_end.until("an answer", |event| matches!(event, CallEvent::OfferAnswered { .. }));
        let CallEvent::OfferAnswered { sdp: Some(answer) } = answered else {
            panic!("{answered:?}")
        };
        assert_eq!(answer.contains("a=recvonly"), held, "{answer}");
    }
    far_end.agent.send(Command::HangUp { call }).expect("room");
    assert_eq!(dialler.released(1), EndCause::RemoteHangUp);
}

#[test]
fn a_number_of_no_route_is_never_sent() {
    let far_end = FarEnd::start();
    let route = |settings: &mut outcall_telephony::sip::SipSettings| {
        settings.routes.push(outcall_telephony::sip::settings::RouteSettings {
            prefix: "44".to_owned(),
            trunk: "trunk-0".to_owned(),
            cost: 1.0,
            strip: 0,
            prepend: String::new(),
        });
    };
    let mut dialler = Dialler::start(&[&far_end], route, &BTreeMap::new());
    dialler.place(1);
    assert_eq!(dialler.released(1), EndCause::NotSent);
    assert!(far_end.is_idle());
}

#[test]
fn a_call_refused_on_the_only_trunk_leaves_a_trace() {
    let folder = std::env::temp_dir().join(format!("outcall-refused-{}", std::process::id()));
    let far_end = FarEnd::start();
    let into = folder.clone();
    let traced = |settings: &mut outcall_telephony::sip::SipSettings| {
        settings.trace.folder = Some(into);
    };
    let mut dialler = Dialler::start(&[&far_end], traced, &BTreeMap::new());
    dialler.place(1);
    far_end_refuses(&far_end, 503);
    assert!(matches!(dialler.released(1), EndCause::Congestion { .. }));
    // Dropped, so that the writer has written.
    drop(dialler);
    let files: Vec<_> = fs_err::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let bytes = fs_err::read(file).expect("it can be read");
    fs_err::remove_dir_all(&folder).expect("it is there");
    assert!(bytes.windows(11).any(|part| part == b"SIP/2.0 503"));
}
