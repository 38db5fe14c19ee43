//! Far ends that are not where SDP says, that say nothing, or that are someone else.

use std::net::UdpSocket;
use std::ops::Range;
use std::time::Duration;

use outcall_media::plane::{MediaEvent, MediaSettings, Stream, Symmetric};
use outcall_media::rtp::{HEADER_LEN, RtpHeader};

use crate::support::{Side, agreed, connect, noise, settings};

fn audio(sequence: u16) -> Vec<u8> {
    let header = RtpHeader {
        marker: false,
        payload_type: 8,
        sequence,
        timestamp: u32::from(sequence) * 160,
        ssrc: 99,
    };
    let mut packet = vec![0x55; HEADER_LEN + 160];
    header.write(packet.first_chunk_mut().unwrap());
    packet
}

#[test]
fn packets_of_strangers_are_refused_and_counted() {
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    connect(&caller, &callee);
    far.wait(|event| matches!(event, MediaEvent::FirstPacket { .. }).then_some(()));
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    for sequence in 0..100 {
        stranger.send_to(&audio(sequence), callee.local_rtp()).unwrap();
        stranger.send_to(b"not even RTP", callee.local_rtp()).unwrap();
    }
    caller.play(noise(500).0);
    near.wait_finished();
    let (report, _) = far.close(&callee);
    assert_eq!((report.strangers, report.ssrc_changes), (200, 0), "{report:?}");
    let (sent, _) = near.close(&caller);
    assert!(report.packets_received <= sent.packets_sent);
    assert!(report.packets_received + 10 >= sent.packets_sent.min(25), "{report:?}");
}

#[test]
fn a_far_end_behind_a_translator_is_followed_to_where_it_is() {
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    // Of the caller SDP tells an address at which nobody is.
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    callee.connect(&agreed(nobody.local_addr().unwrap()));
    caller.connect(&agreed(callee.local_rtp()));
    let from = far.wait(|event| match event {
        MediaEvent::FirstPacket { from, .. } => Some(from),
        _ => None,
    });
    assert_eq!(from, caller.local_rtp());
    near.wait(|event| matches!(event, MediaEvent::FirstPacket { .. }).then_some(()));
}

#[test]
fn without_latching_only_the_address_of_sdp_is_believed() {
    let strict = MediaSettings { symmetric: Symmetric::Off, one_way_after_ms: 300, ..settings() };
    let (near, far) = (Side::start(settings()), Side::start(strict));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    callee.connect(&agreed(nobody.local_addr().unwrap()));
    caller.connect(&agreed(callee.local_rtp()));
    let sent_ms = far.wait(|event| match event {
        MediaEvent::OneWay { sent_ms } => Some(sent_ms),
        _ => None,
    });
    assert!(sent_ms >= 300);
    let (report, _) = far.close(&callee);
    assert!(
        report.one_way && report.first_packet_ms.is_none() && report.strangers > 0,
        "{report:?}"
    );
}

#[test]
fn a_far_end_that_is_silent_is_told_and_so_is_its_voice() {
    let far = Side::start(MediaSettings { silence_after_ms: 200, ..settings() });
    let near = Side::start(settings());
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    connect(&caller, &callee);
    far.wait(|event| matches!(event, MediaEvent::Quiet { .. }).then_some(()));
    caller.play(noise(100).0);
    far.wait(|event| matches!(event, MediaEvent::Sound).then_some(()));
}

#[test]
fn reports_of_both_sides_give_a_round_trip() {
    let quick = || MediaSettings { rtcp_interval_ms: 2_000, ..settings() };
    let (near, far) = (Side::start(quick()), Side::start(quick()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    connect(&caller, &callee);
    // Reports are written every one to three seconds and read once a second: the first of them,
    // its answer, and the way to us.
    caller.play(noise(9_500).0);
    near.wait_finished();
    let (report, _) = near.close(&caller);
    let round_trip_ms = report.round_trip_ms.expect("the far end has answered");
    assert!((0.0..100.0).contains(&round_trip_ms), "{round_trip_ms}");
    assert!(report.far_end_loss.is_some());
}

#[test]
fn media_that_moves_after_a_long_time_is_followed() {
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    let elsewhere = near.plane.open().unwrap();
    connect(&caller, &callee);
    // Longer than it takes for the callee to settle on the caller.
    caller.play(noise(5_500).0);
    near.wait_finished();
    callee.connect(&agreed(elsewhere.local_rtp()));
    elsewhere.connect(&agreed(callee.local_rtp()));
    near.wait(|event| matches!(event, MediaEvent::FirstPacket { .. }).then_some(()));
    elsewhere.play(noise(400).0);
    near.wait_finished();
    let (report, _) = far.close(&callee);
    assert_eq!(report.ssrc_changes, 1, "{report:?}");
    let (report, _) = near.close(&elsewhere);
    assert!(report.packets_received > 10, "{report:?}");
}

#[test]
fn what_came_before_the_connection_is_not_heard_after_it() {
    let near = Side::start(settings());
    let stream = near.plane.open().unwrap();
    let far = UdpSocket::bind("127.0.0.1:0").unwrap();
    // Ringback, while nobody listens yet.
    for sequence in 0..200 {
        far.send_to(&audio(sequence), stream.local_rtp()).unwrap();
    }
    stream.connect(&agreed(far.local_addr().unwrap()));
    near.wait(|event| matches!(event, MediaEvent::Sending { .. }).then_some(()));
    far.send_to(&audio(200), stream.local_rtp()).unwrap();
    near.wait(|event| matches!(event, MediaEvent::FirstPacket { .. }).then_some(()));
    let (report, _) = near.close(&stream);
    assert_eq!((report.packets_received, report.strangers), (1, 0), "{report:?}");
}

#[test]
fn nothing_is_told_to_an_address_that_is_none() {
    let near = Side::start(settings());
    let stream = near.plane.open().unwrap();
    let (far, control) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0"));
    stream.connect(&agreed(far.local_addr().unwrap()));
    near.wait(|event| matches!(event, MediaEvent::Sending { .. }).then_some(()));
    // On hold the old way. The system takes that address for this host, where somebody listens.
    let control = control.unwrap();
    let mut hold = agreed("0.0.0.0:9".parse().unwrap());
    hold.remote_rtcp.set_port(control.local_addr().unwrap().port());
    stream.connect(&hold);
    near.close(&stream);
    control.set_nonblocking(true).unwrap();
    assert!(control.recv_from(&mut [0; 500]).is_err(), "not even a good-bye");
}

#[test]
fn packets_that_the_system_refuses_were_not_sent() {
    let near = Side::start(settings());
    let stream = near.plane.open().unwrap();
    // Of another family than the socket's.
    stream.connect(&agreed("[::1]:9".parse().unwrap()));
    near.wait(|event| matches!(event, MediaEvent::Sending { .. }).then_some(()));
    let (report, _) = near.close(&stream);
    assert_eq!((report.packets_sent, report.octets_sent), (0, 0), "{report:?}");
    assert!(report.send_errors > 0, "{report:?}");
}

/// Sends packets from one number up to another, no faster than a sweep reads them.
fn send_slowly(far: &UdpSocket, stream: &Stream, sequences: Range<u16>) {
    for sequence in sequences {
        far.send_to(&audio(sequence), stream.local_rtp()).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(400));
}

#[test]
fn a_far_end_that_refuses_what_it_is_sent_is_heard_all_the_same() {
    let near = Side::start(settings());
    let stream = near.plane.open().unwrap();
    let far = UdpSocket::bind("127.0.0.1:0").unwrap();
    stream.connect(&agreed(far.local_addr().unwrap()));
    near.wait(|event| matches!(event, MediaEvent::Sending { .. }).then_some(()));
    // More than it takes to settle.
    send_slowly(&far, &stream, 0..300);
    // From now on it takes packets of nobody: the system answers that nobody listens there.
    far.connect("127.0.0.1:9").unwrap();
    send_slowly(&far, &stream, 300..400);
    let (report, _) = near.close(&stream);
    assert_eq!((report.packets_received, report.strangers), (400, 0), "{report:?}");
    assert_eq!(report.send_errors, 0, "{report:?}");
}

#[test]
fn a_far_end_that_was_latched_on_to_and_falls_silent_gives_way_to_the_address_of_sdp() {
    let near = Side::start(settings());
    let stream = near.plane.open().unwrap();
    let of_sdp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let latched = UdpSocket::bind("127.0.0.1:0").unwrap();
    stream.connect(&agreed(of_sdp.local_addr().unwrap()));
    near.wait(|event| matches!(event, MediaEvent::Sending { .. }).then_some(()));
    send_slowly(&latched, &stream, 0..300);
    send_slowly(&of_sdp, &stream, 300..340);
    let (report, _) = near.close(&stream);
    // Three prove an address, and are not its own yet.
    assert_eq!((report.packets_received, report.strangers), (336, 4), "{report:?}");
}
