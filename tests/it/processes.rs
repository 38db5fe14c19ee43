//! A dialling process and its neighbours: drain, pause, locks, kills.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::program::Program;

/// Dials slowly, at any hour: a campaign in a zone where it is day.
fn start(program: &Program) -> Child {
    let world = program.world();
    let mut run = program.command(&[
        "--json",
        "--quiet",
        "campaign",
        "run",
        "1",
        "--world",
        &world,
        "--calls-per-second",
        "20",
        "--ramp-s",
        "1",
    ]);
    run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A time zone in which it is between 9 and 19 o'clock now, and a jurisdiction that calls then.
fn place() -> (String, String) {
    let regulations = outcall_campaign::Regulations::builtin();
    let now = outcall_campaign::Clock::now(&outcall_actors::time::SystemClock::default());
    for code in ["us", "cn", "uk"] {
        let jurisdiction = regulations.by_code(code).unwrap();
        let calendar = outcall_campaign::CallingCalendar::new([jurisdiction.calendar.rule.clone()]);
        for offset in -11..=12_i32 {
            // POSIX: Etc/GMT-3 is three hours east.
            let zone = format!("Etc/GMT{offset:+}");
            let zones = outcall_campaign::ZoneSet::parse(&zone).unwrap();
            let around = [-1, 0, 1].map(|hours| now + hours * 3_600_000);
            if around.iter().all(|&at| calendar.is_open(&zones, at)) {
                return (code.to_owned(), zone);
            }
        }
    }
    panic!("it is a holiday everywhere")
}

fn campaign(program: &Program, contacts: u32) {
    let (code, zone) = place();
    let settings = format!(
        "name = \"test\"\njurisdiction = \"{code}\"\nmax_concurrency = 50\nrobots = 50\n\
         [retry]\nmax_attempts = 1\n"
    );
    let file = program.write("campaign.toml", settings);
    program.json(&["campaign", "create", "--file", &file]);
    let mut list = String::from("phone,time_zone,consent\n");
    for index in 0..contacts {
        let number = 12_024_560_020_u64 + u64::from(index) * 100;
        list.push_str(&format!("+{number},{zone},express_written\n"));
    }
    let list = program.write("list.csv", list);
    let imported = program.json(&["contacts", "import", "--campaign", "1", &list]);
    assert_eq!(imported["report"]["accepted"], contacts);
}

fn ended_attempts(program: &Program) -> u64 {
    let report = program.json(&["campaign", "report", "1"]);
    let attempts = report["attempts"].as_array().unwrap();
    attempts.iter().map(|pair| pair[1].as_u64().unwrap()).sum()
}

/// Waits until some calls have ended.
fn wait_for_calls(program: &Program) {
    for _ in 0..600 {
        if ended_attempts(program) > 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no call has ended within half a minute");
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
}

#[test]
fn sigterm_drains_and_the_next_run_goes_on() {
    let program = Program::new();
    campaign(&program, 60);
    let mut first = start(&program);
    wait_for_calls(&program);
    signal(&first, "-TERM");
    assert!(first.wait().unwrap().success());
    let report = program.json(&["campaign", "report", "1"]);
    assert_eq!(report["open_attempts"], 0, "every call came to its end");
    assert_eq!(report["state"], "running");
    let dialled = ended_attempts(&program);
    assert!(dialled < 60, "it was drained before the end");
    let mut second = start(&program);
    assert!(second.wait().unwrap().success());
    assert_eq!(ended_attempts(&program), 60);
    assert_eq!(program.json(&["campaign", "report", "1"])["state"], "completed");
}

#[test]
fn only_one_process_dials_from_a_ledger() {
    let program = Program::new();
    campaign(&program, 60);
    let mut first = start(&program);
    wait_for_calls(&program);
    let (code, said) = program.fails(&["campaign", "run", "1", "--quiet"]);
    assert_eq!(code, 4);
    assert!(said.contains(&format!("process {}", first.id())), "{said}");
    signal(&first, "-KILL");
    first.wait().unwrap();
    // The lock went with its holder.
    let mut second = start(&program);
    assert!(second.wait().unwrap().success());
}

#[test]
fn a_pause_from_another_process_lets_calls_end_and_a_run_goes_on() {
    let program = Program::new();
    campaign(&program, 60);
    let mut first = start(&program);
    wait_for_calls(&program);
    assert_eq!(program.json(&["campaign", "pause", "1"])["state"], "pausing");
    assert!(first.wait().unwrap().success());
    let report = program.json(&["campaign", "report", "1"]);
    assert_eq!(report["state"], "paused");
    assert_eq!(report["open_attempts"], 0);
    let mut second = start(&program);
    assert!(second.wait().unwrap().success());
    assert_eq!(program.json(&["campaign", "report", "1"])["state"], "completed");
}

#[test]
fn a_killed_process_leaves_uncertain_attempts_that_are_listed_and_not_dialled_again() {
    let program = Program::new();
    campaign(&program, 60);
    let mut first = start(&program);
    wait_for_calls(&program);
    signal(&first, "-KILL");
    first.wait().unwrap();
    let open = program.json(&["campaign", "report", "1"])["open_attempts"].as_u64().unwrap();
    let mut second = start(&program);
    // With calls uncertain the campaign waits for the next window: it must not end by itself.
    let mut said = String::new();
    for _ in 0..600 {
        let report = program.json(&["campaign", "report", "1"]);
        let done = ended_attempts(&program);
        if done >= 60 {
            assert_eq!(report["uncertain"].as_array().unwrap().len() as u64, open);
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(ended_attempts(&program), 60, "one attempt each, and no more");
    signal(&second, "-TERM");
    let output = second.stdout.take().unwrap();
    BufReader::new(output).read_to_string(&mut said).unwrap();
    second.wait().unwrap();
    let ended: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(ended["ended"]["uncertain_of_earlier_runs"], open);
}

#[test]
fn a_second_signal_hangs_up() {
    let program = Program::new();
    campaign(&program, 60);
    let long = program.write(
        "world.toml",
        "forced_by_digits = true\npost_dial_delay_ms = { median_ms = 20, sigma = 0 }\n\
         ring_ms = { median_ms = 20, sigma = 0 }\ntalk_ms = { median_ms = 300000, sigma = 0 }\n",
    );
    let mut run = program.command(&["--quiet", "campaign", "run", "1", "--world", &long]);
    let mut run = run.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    for _ in 0..600 {
        if program.json(&["campaign", "report", "1"])["open_attempts"].as_u64().unwrap() > 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    signal(&run, "-TERM");
    let mut said = String::new();
    let mut lines = BufReader::new(run.stderr.take().unwrap());
    lines.read_line(&mut said).unwrap();
    assert!(said.contains("draining"), "{said}");
    signal(&run, "-TERM");
    assert!(run.wait().unwrap().success());
    let report = program.json(&["campaign", "report", "1"]);
    assert_eq!(report["open_attempts"], 0, "what was hung up is written down");
}
