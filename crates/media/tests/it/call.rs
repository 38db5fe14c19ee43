//! A call without any fault of the network.

use std::sync::Arc;

use outcall_media::clip::Clip;
use outcall_media::plane::{MediaError, MediaEvent, MediaSettings};
use outcall_media::playback::PlaybackEnd;
use outcall_media::sdp::Direction;
use outcall_media::srtp::{MasterKey, Profile};
use outcall_media::telephone_event::DigitEvent;

use crate::support::{Side, agreed, connect, contains, noise, settings};

/// A thread that was held up for longer than a sweep, in microseconds, makes the other side's
/// buffer grow or shrink, which is heard; after three of them it leaves a gap on purpose.
const HELD_UP_US: u64 = 20_000;
const RUNS_MAX: usize = 10;

/// Plays on one side, records on the other; `key` encrypts. Whether the machine kept up.
fn plays_and_records(key: Option<(MasterKey, MasterKey)>) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let (near_path, far_path) = (folder.path().join("near.wav"), folder.path().join("far.wav"));
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    let (mut to_callee, mut to_caller) = (agreed(callee.local_rtp()), agreed(caller.local_rtp()));
    if let Some((one, other)) = key {
        let [one, other] = [one, other].map(|key| Some((Profile::AesCm128HmacSha1_80, key)));
        (to_callee.local_key, to_callee.remote_key) = (one.clone(), other.clone());
        (to_caller.local_key, to_caller.remote_key) = (other, one);
    }
    callee.record(far_path.clone());
    caller.record(near_path.clone());
    callee.connect(&to_caller);
    caller.connect(&to_callee);
    let (clip, heard) = noise(1_000);
    caller.play(Arc::clone(&clip));
    caller.play(clip);
    caller.play(Arc::new(Clip::silence(600)));
    assert_eq!(
        [near.wait_finished(), near.wait_finished(), near.wait_finished()],
        [1_000, 1_000, 600]
    );
    let (report, _) = near.close(&caller);
    let sent = near.wait_recorded(&near_path);
    let (far_report, _) = far.close(&callee);
    let received = far.wait_recorded(&far_path);
    let twice = [heard.clone(), heard].concat();
    let kept_up = [&near.plane, &far.plane].into_iter().all(|plane| {
        // The last figures are published when a plane stops.
        plane.clone().stop();
        plane.figures().lateness_max_us < HELD_UP_US
    });
    // One packet that came a moment late at first is enough to be heard faster later.
    if !kept_up || far_report.shortened_ms > 0 {
        return false;
    }
    assert!(contains(&sent.channel(1), &twice), "what was sent is on the right");
    assert!(contains(&received.channel(0), &twice), "what was heard is on the left");
    assert_eq!(report.audio_sent_ms, 2_600);
    assert!((2_000..=2_100).contains(&far_report.heard_ms), "{far_report:?}");
    assert_eq!((far_report.lost, far_report.strangers, far_report.concealed_ms), (0, 0, 0));
    assert_eq!(far_report.recording, Some(far_path));
    true
}

#[test]
fn a_clip_played_on_one_side_is_recorded_on_the_other_sample_for_sample() {
    assert!((0..RUNS_MAX).any(|_| plays_and_records(None)), "threads were held up");
}

#[test]
fn an_encrypted_call_sounds_the_same() {
    let keys = || (MasterKey::from_bytes(&[1; 30]), MasterKey::from_bytes(&[2; 30]));
    assert!((0..RUNS_MAX).any(|_| plays_and_records(Some(keys()))), "threads were held up");
}

#[test]
fn digits_arrive_once_and_in_order_while_a_clip_plays() {
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    assert!(caller.send_digits("1").is_err(), "nothing was agreed on yet");
    connect(&caller, &callee);
    caller.play(noise(500).0);
    caller.send_digits("15#55*").unwrap();
    assert!(caller.send_digits("7x").is_err());
    assert_eq!(near.wait_finished(), 500, "the clip is held during the digits, not cut");
    let (mut down, mut up) = (String::new(), String::new());
    while up.len() < 6 {
        match far
            .wait(|event| if let MediaEvent::Digit(event) = event { Some(event) } else { None })
        {
            DigitEvent::Started(digit) => down.push(digit.as_char()),
            DigitEvent::Ended { digit, duration_ms } => {
                assert!((80..=140).contains(&duration_ms), "{duration_ms} ms");
                up.push(digit.as_char());
            }
        }
    }
    assert_eq!((down.as_str(), up.as_str()), ("15#55*", "15#55*"));
    let (_, after) = far.close(&callee);
    assert!(!after.iter().any(|event| matches!(event, MediaEvent::Digit(_))), "{after:?}");
}

#[test]
fn a_stopped_playback_says_how_much_was_played() {
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    connect(&caller, &callee);
    let playing = caller.play(noise(60_000).0);
    let waiting = caller.play(noise(1_000).0);
    near.wait(|event| matches!(event, MediaEvent::FirstPacket { .. }).then_some(()));
    caller.stop_playback(40);
    let ended = || {
        near.wait(|event| match event {
            MediaEvent::PlaybackFinished { playback, played_ms, how } => {
                Some((playback, played_ms, how))
            }
            _ => None,
        })
    };
    let (first, second) = (ended(), ended());
    assert_eq!((first.0, first.2), (playing, PlaybackEnd::Stopped));
    assert!((40..30_000).contains(&first.1), "{first:?}");
    assert_eq!(second, (waiting, 0, PlaybackEnd::Stopped));
    let (report, _) = near.close(&caller);
    assert_eq!(report.audio_sent_ms, first.1);
}

#[test]
fn closing_frees_the_ports_and_a_used_up_range_is_named() {
    let wide = settings();
    // Other programs, and the other tests among them, may hold some of the pairs.
    let pairs = wide.ports.clone().step_by(2).collect::<Vec<_>>().into_iter().rev();
    let narrow = |first| MediaSettings { ports: first..=first + 1, ..wide.clone() };
    let (first, side, stream) = pairs
        .map(|first| (first, Side::start(narrow(first))))
        .find_map(|(first, side)| side.plane.open().ok().map(|stream| (first, side, stream)))
        .unwrap();
    assert_eq!(stream.local_rtp().port(), first);
    let error = side.plane.open().unwrap_err();
    assert!(matches!(error, MediaError::PortsUsedUp { .. }));
    assert!(error.to_string().contains(&format!("from {first} to {}", first + 1)), "{error}");
    let clone = stream.clone();
    drop(stream);
    assert_eq!(side.plane.figures().streams_open, 1);
    drop(clone);
    side.wait(|event| matches!(event, MediaEvent::Closed(_)).then_some(()));
    assert_eq!(side.plane.open().unwrap().local_rtp().port(), first);
}

#[test]
fn a_call_on_hold_is_silent_and_comes_back() {
    let far = Side::start(MediaSettings { lost_after_ms: 300, ..settings() });
    let near = Side::start(settings());
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    connect(&caller, &callee);
    far.wait(|event| matches!(event, MediaEvent::FirstPacket { .. }).then_some(()));
    let talk = agreed(callee.local_rtp());
    let mut hold = talk.clone();
    hold.direction = Direction::ReceiveOnly;
    caller.connect(&hold);
    far.wait(|event| matches!(event, MediaEvent::Lost { .. }).then_some(()));
    caller.play(noise(100).0);
    caller.stop_playback(100);
    assert_eq!(near.wait_finished(), 0, "an end comes on hold too");
    caller.connect(&talk);
    far.wait(|event| matches!(event, MediaEvent::Resumed).then_some(()));
    // The old way to hold: an address that is none (RFC 3264, section 8.4).
    let mut unspecified = talk;
    unspecified.remote_rtp.set_ip("0.0.0.0".parse().unwrap());
    caller.connect(&unspecified);
    far.wait(|event| matches!(event, MediaEvent::Lost { .. }).then_some(()));
}

#[test]
fn stopping_a_plane_closes_its_streams_and_completes_its_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let (near, far) = (Side::start(settings()), Side::start(settings()));
    let (caller, callee) = (near.plane.open().unwrap(), far.plane.open().unwrap());
    caller.record(path.clone());
    connect(&caller, &callee);
    near.wait(|event| matches!(event, MediaEvent::FirstPacket { .. }).then_some(()));
    near.plane.clone().stop();
    near.wait(|event| matches!(event, MediaEvent::Closed(_)).then_some(()));
    assert!(!near.wait_recorded(&path).samples.is_empty());
    assert!(matches!(near.plane.open(), Err(MediaError::Stopped)));
    caller.play(noise(20).0);
    let how = near.wait(|event| match event {
        MediaEvent::PlaybackFinished { how, .. } => Some(how),
        _ => None,
    });
    assert_eq!(how, PlaybackEnd::Stopped, "every play has its end, even one that comes too late");
}
