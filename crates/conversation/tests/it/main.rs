//! A robot on real calls: SIP, RTP and the models, against the callees of the farm. Without models
//! the tests say so and pass; the check that everything runs fetches them first.

mod callee;
mod prompts;
mod robot;

use std::time::Duration;

use outcall_campaign::attempt::EndCause;
use outcall_conversation::AnnouncementSettings;
use outcall_conversation::announcement::Source;
use outcall_media::wav;
use serde_json::Value;

use callee::Callees;
use robot::{Models, Robot};

/// Long enough to be interrupted.
const ANNOUNCEMENT: &str = "Good morning, this is Clara from the clinic of Doctor Brown. Your \
    appointment is on Monday at nine. Please bring the letter that we have sent you, and come a \
    quarter of an hour earlier, so that we can take your data.";
const MESSAGE: &str = "Hello, this is Clara. Please call us back.";

fn says(text: &str) -> Option<Source> {
    Some(Source { say: Some(text.to_owned()), file: None })
}

fn listening() -> AnnouncementSettings {
    AnnouncementSettings {
        say: Some(ANNOUNCEMENT.to_owned()),
        voicemail: says(MESSAGE),
        hear: true,
        hold_ms: 2_000,
        ..AnnouncementSettings::default()
    }
}

/// What was written down of what was heard.
fn heard(report: &Value) -> &Value {
    let heard = &report["heard"];
    assert!(heard.is_object(), "{report:#}");
    heard
}

#[test]
fn a_voicemail_is_told_from_its_greeting_and_left_the_whole_message_after_the_beep() {
    let Some(models) = Models::find() else { return };
    let greeting = "Hi, you have reached the voicemail of Ann Miller. I am not here right now. \
        Please leave a message after the tone, and I will call you back.";
    let callees = Callees::start(&models, greeting, "Hello?");
    let mut robot = Robot::start(&models, callees.at(), &listening());
    // 22: an answering machine that greets, beeps and records.
    let report = robot.call(22, Duration::from_secs(60));
    let heard = heard(&report);
    assert_eq!(heard["answered_by"], "voicemail", "{report:#}");
    let decisions = heard["decisions"].as_array().expect("some");
    assert!(!decisions[0]["evidence"].as_array().expect("some").is_empty(), "{report:#}");
    let message_ms = heard["message_ms"].as_u64().expect("it was left");
    // What the machine has kept is the whole of it.
    let kept = callees.recordings();
    let kept = wav::read(kept.first().expect("one")).expect("a recording");
    let kept_ms = kept.len() as u64 / 8;
    assert!(kept_ms >= message_ms, "{kept_ms} of {message_ms} ms");
    let text = models.transcript(&kept).to_lowercase();
    assert!(text.contains("hello") && text.contains("call us back"), "{text}");
}

#[test]
fn a_person_who_speaks_stops_the_announcement_and_is_understood() {
    let Some(models) = Models::find() else { return };
    let callees = Callees::start(&models, "Hello.", "Excuse me, can you call me again tomorrow?");
    let mut robot = Robot::start(&models, callees.at(), &listening());
    // 50: a callee who speaks and stays, and says it again and again.
    let report = robot.call(50, Duration::from_secs(20));
    let heard = heard(&report);
    assert_eq!(heard["answered_by"], "human", "{report:#}");
    assert!(heard["interruptions"].as_u64() >= Some(1), "{report:#}");
    let said = heard["said"].as_array().expect("something");
    let understood = |turn: &Value| {
        turn["text"].as_str().is_some_and(|text| text.to_lowercase().contains("call me again"))
    };
    assert!(said.iter().any(understood), "{report:#}");
}

#[test]
fn an_announcement_before_the_answer_says_what_the_response_does_not() {
    let Some(models) = Models::find() else { return };
    let announcement = "The number you have dialed is not in service.";
    let callees = Callees::start(&models, announcement, "Hello?");
    let mut robot = Robot::start(&models, callees.at(), &listening());
    // 34: sound before the answer, which is 480: "temporarily unavailable".
    let report = robot.call(34, Duration::from_secs(20));
    let before = &heard(&report)["before_answer"];
    assert_eq!(before["network_says"], "no_such_number", "{report:#}");
    assert_eq!(robot.ended_as, Some(EndCause::OutOfService), "{report:#}");
    assert!(report["early_media_ms"].is_number(), "{report:#}");
}

#[test]
fn ringing_before_the_answer_says_nothing_of_the_network() {
    let Some(models) = Models::find() else { return };
    let callees = Callees::start(&models, "Hello.", "Hello, who is there?");
    let mut robot = Robot::start(&models, callees.at(), &listening());
    // 20: a ringback tone before the answer, then a person.
    let report = robot.call(20, Duration::from_secs(12));
    let heard = heard(&report);
    assert_eq!(heard["answered_by"], "human", "{report:#}");
    assert!(heard["before_answer"].get("network_says").is_none(), "{report:#}");
}
