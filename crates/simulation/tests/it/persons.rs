//! A person who hears a robot and answers: real RTP, the recogniser and flite's voices. Without
//! the models or flite nothing is tested, and each test says so.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, bounded};
use jiff::civil::DateTime;
use outcall_campaign::UnixMillis;
use outcall_media::clip::Clip;
use outcall_media::plane::Frame;
use outcall_media::wav;
use outcall_simulation::farm::personas::cast::{Person, Row, cast};
use outcall_simulation::farm::personas::ear::{Ear, Sensed};
use outcall_simulation::farm::personas::file;
use outcall_simulation::farm::personas::voices::Voices;
use outcall_simulation::farm::{Personas, personas};
use outcall_simulation::{Farm, FarmSettings};
use outcall_sip::EndedBy;
use serde_json::Value;

use super::callees::Line;

const PEOPLE: &str = r#"
contacts: list.csv
voices: [slt]
topics:
  who: [speaking to]
  coming: [you have an appointment]
  bye: [goodbye]
replies:
  hello: ["Hello?"]
  sorry: ["Sorry?"]
  me: ["Yes, this is {first_name}."]
  coming: ["Yes yes, I will come along to that one."]
  bye: ["Bye."]
everyone:
  opening: hello
  unmatched: sorry
  nudge: hello
  answers: { who: me, bye: { say: bye, hang_up: true } }
personas:
  comes:
    weight: 1
    willing: true
    outcomes: [confirmed]
    answers: { coming: { say: coming, interrupt: true } }
"#;

/// What a test needs besides the program; none, with a line that says so, where it is absent.
fn models() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let folder = std::env::var_os("OUTCALL_MODELS_DIR").map_or_else(beside, PathBuf::from);
    if !folder.join("manifest.json").exists() {
        println!("not tested: the models are absent (`cargo xtask models` fetches them)");
        return None;
    }
    if Command::new("flite").arg("-lv").output().is_err() {
        println!("not tested: flite is absent (`apt-get install flite`)");
        return None;
    }
    Some(folder)
}

#[expect(clippy::disallowed_methods, reason = "these tests run on real sockets in real time")]
fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    UnixMillis(i64::try_from(since.as_millis()).expect("before the end of time"))
}

/// What a robot says, in a voice that no person has here.
fn robot_says(folder: &Path, text: &str) -> Arc<Clip> {
    let file = folder.join("robot.wav");
    let made = Command::new("flite").args(["-voice", "rms", "-t", text, "-o"]).arg(&file).status();
    assert!(made.expect("flite").success());
    Arc::new(Clip::from_wav(&file).expect("a sound"))
}

/// The loudness of a part of a channel.
fn loudness(samples: &[i16], from_ms: u64, to_ms: u64) -> f64 {
    let part = &samples[from_ms as usize * 8..to_ms as usize * 8];
    let sum: f64 = part.iter().map(|&it| f64::from(it).powi(2)).sum();
    (sum / part.len() as f64).sqrt()
}

/// A farm with these persons.
fn farm_of(
    cast: HashMap<String, Person>,
    folder: &Path,
    models: &Path,
    truth: &Path,
    port: u16,
) -> Farm {
    let voices = Voices::prepare(&folder.join("voices"), cast.values(), &|_, _| {});
    let voices = voices.expect("voices");
    let people = Personas::new(cast, voices, models, Some(truth.to_owned())).expect("people");
    let settings = FarmSettings {
        ports: port..=port + 999,
        people: Some(Arc::new(people)),
        record: Some(folder.join("recordings")),
        t1_ms: 50,
        ..FarmSettings::default()
    };
    Farm::start(settings).expect("it opens")
}

fn read_truth(file: &Path) -> Value {
    let text = fs_err::read_to_string(file).expect("the truth");
    serde_json::from_str(&text).expect("a line of JSON")
}

#[test]
fn a_person_answers_what_the_robot_asks_interrupts_it_and_hangs_up_after_goodbye() {
    let Some(models) = models() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs_err::write(at("people.yaml"), PEOPLE).expect("a file");
    fs_err::write(at("list.csv"), "phone,name\n+1 202 555 0160,Ann Lee\n").expect("a file");
    let cast = personas::read_cast(&at("people.yaml"), 1, now()).expect("a cast");
    let truth = at("truth.jsonl");
    let farm = farm_of(cast, folder.path(), &models, &truth, 24_000);

    let mut line = Line::call(farm.sip_addr().expect("it listens"), 60);
    assert!(line.until(Line::is_answered).is_none(), "the call ended too early");
    assert!(line.wait_for(Duration::from_millis(2_500)).is_none(), "the call ended too early");
    line.say(robot_says(folder.path(), "Good morning. Am I speaking to Ann Lee?"));
    assert!(line.wait_for(Duration::from_secs(7)).is_none(), "the call ended too early");
    let reminder = "You have an appointment at twelve Hill Road, which is behind the big station, \
                    on the third of December at half past two in the afternoon.";
    line.say(robot_says(folder.path(), reminder));
    assert!(line.wait_for(Duration::from_secs(10)).is_none(), "the call ended too early");
    line.say(robot_says(folder.path(), "Thank you very much. Goodbye."));
    let end = line.until(|_| false);
    let outcome = line.finish(end);
    assert_eq!(outcome.end.by, EndedBy::Remote, "the person hangs up");
    farm.stop();

    let truth = read_truth(&truth);
    let said: Vec<&str> = truth["utterances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect();
    let wanted = ["Hello?", "Yes, this is Ann.", "Yes yes, I will come along to that one.", "Bye."];
    assert_eq!(said, wanted, "{truth:#}");
    assert_eq!(truth["end"]["why"], "said goodbye", "{truth:#}");
    assert_eq!(truth["number"], "+1 202 555 0160");

    // It spoke behind the question and into the reminder.
    let ms = |value: &Value| value.as_u64().unwrap();
    let question = &truth["robot"][0];
    let answer = &truth["utterances"][1];
    assert!(ms(&answer["start_ms"]) > ms(&question["end_ms"]) + 300, "{truth:#}");
    let [interruption] = &truth["interruptions"].as_array().unwrap()[..] else {
        panic!("one interruption: {truth:#}")
    };
    assert_eq!(interruption["meant"], true);
    assert_eq!(interruption["start_ms"], truth["utterances"][2]["start_ms"]);
    assert!(ms(&interruption["robot_last_ms"]) > ms(&interruption["start_ms"]), "{truth:#}");

    // The recording has the person on the right where the truth says, to a packet or two.
    let file = truth["recording"].as_str().unwrap();
    let sound = wav::decode(&fs_err::read(file).expect("a recording")).expect("a sound");
    let (robot, person) = (sound.channel(0), sound.channel(1));
    let (start_ms, end_ms) = (ms(&answer["start_ms"]), ms(&answer["end_ms"]));
    let voice = loudness(&person, start_ms, end_ms);
    assert!(voice > 500.0, "{voice}");
    for silence in [start_ms - 140..start_ms - 40, end_ms + 40..end_ms + 140] {
        let silence = loudness(&person, silence.start, silence.end);
        assert!(silence < voice / 5.0, "{silence} beside {voice}");
    }
    assert!(loudness(&robot, ms(&question["start_ms"]), ms(&question["end_ms"])) > 500.0);
}

/// A robot that waits for each answer.
struct Robot<'a> {
    line: Line,
    folder: &'a Path,
    frames: Receiver<Frame>,
    ear: Ear,
}

impl Robot<'_> {
    /// Says something, and waits until the callee has answered and is quiet for a second.
    fn ask(&mut self, text: &str) {
        self.line.say(robot_says(self.folder, text));
        let mut quiet_since_ms = None;
        // What was said before is no answer.
        for frame in self.frames.try_iter() {
            self.ear.frame(frame.time_ms, &frame.samples);
        }
        loop {
            let frame = self.frames.recv_timeout(Duration::from_secs(10)).expect("in time");
            for sensed in self.ear.frame(frame.time_ms, &frame.samples) {
                quiet_since_ms = match sensed {
                    Sensed::Began(_) => None,
                    Sensed::Ended(stretch) => Some(stretch.end_ms),
                };
            }
            if quiet_since_ms.is_some_and(|since_ms| frame.time_ms > since_ms + 1_000) {
                return;
            }
        }
    }
}

/// The person of the scenario's own file who wants another day, and nothing else.
fn somebody_who_moves() -> HashMap<String, Person> {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let text = fs_err::read_to_string(scenario.join("appointment-reminder/people.yaml"));
    let mut people = file::parse(&text.expect("a file")).expect("it is right");
    people.personas.retain(|name, _| name == "moves");
    let row = [("phone", "+12025550160"), ("name", "Ann Lee"), ("time_zone", "America/New_York")];
    let row: Row = row.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    cast(&people, &[row], 1, now().to_jiff()).expect("a cast")
}

#[test]
fn a_person_moves_an_appointment_and_puts_a_wrong_read_back_right() {
    let Some(models) = models() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let truth = folder.path().join("truth.jsonl");
    let persons = somebody_who_moves();
    let wish: DateTime = persons["12025550160"].slots["new_time"].parse().expect("a time");
    let farm = farm_of(persons, folder.path(), &models, &truth, 25_000);

    let mut line = Line::call(farm.sip_addr().expect("it listens"), 60);
    assert!(line.until(Line::is_answered).is_none(), "the call ended too early");
    let (tap, frames) = bounded(4_096);
    line.listen(tap);
    let mut robot = Robot { line, folder: folder.path(), frames, ear: Ear::default() };
    assert!(robot.line.wait_for(Duration::from_secs(3)).is_none(), "the call ended too early");
    robot.ask("This is Park Dental. Am I speaking to Ann Lee?");
    robot.ask("You have an appointment on Monday. Will you come?");
    robot.ask("Which day and time would suit you?");
    let day = wish.strftime("%A");
    robot.ask(&format!("So the new appointment is {day} at 6 PM. Is that right?"));
    robot.ask(&format!("So it is {day} at {}. Is that right?", wish.strftime("%-I:%M %p")));
    robot.line.say(robot_says(folder.path(), "Done. Goodbye."));
    let end = robot.line.until(|_| false);
    robot.line.finish(end);
    farm.stop();

    let truth = read_truth(&truth);
    let said = |index: usize| truth["utterances"][index]["text"].as_str().unwrap_or_default();
    let topics: Vec<&str> = truth["utterances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["topic"].as_str().unwrap_or("-"))
        .collect();
    let wanted = ["-", "who", "coming", "when", "right", "right", "bye"];
    assert_eq!(topics, wanted, "{truth:#}");
    let half = if wish.hour() < 12 { "in the morning" } else { "in the afternoon" };
    assert!(said(3).contains(&day.to_string()), "{truth:#}");
    assert!(said(4).contains(half) && !said(5).contains(half), "{truth:#}");
    assert_eq!(truth["slots"]["new_time"], wish.strftime("%Y-%m-%dT%H:%M").to_string());
}
