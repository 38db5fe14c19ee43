//! `doctor`: what it says of a machine as it is, of a trunk that answers, and of one that does not.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::program::Program;

/// A callee farm in another process, which ends with this.
struct Farm {
    process: Child,
    at: SocketAddr,
}

impl Farm {
    fn start(program: &Program) -> Self {
        let mut command = program.command(&["farm", "--sip", "127.0.0.1:0"]);
        let mut process =
            command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a farm");
        let mut line = String::new();
        let said = process.stderr.as_mut().expect("its words");
        BufReader::new(said).read_line(&mut line).expect("a line");
        let at = line.trim().strip_prefix("ready ").and_then(|at| at.parse().ok());
        Self { process, at: at.unwrap_or_else(|| panic!("not ready: {line}")) }
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What the doctor says, and its exit code.
fn ask(program: &Program, arguments: &[&str]) -> (Option<i32>, Value) {
    // Whatever models this machine has are not a matter of this test.
    let models = program.path("no-models");
    let mut command = program.command(&[&["--json", "doctor"], arguments].concat());
    let output = command.env("OUTCALL_MODELS_DIR", models).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    let answer = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said} {error}"));
    (output.status.code(), answer)
}

fn finding<'a>(answer: &'a Value, check: &str) -> &'a Value {
    let all = answer["findings"].as_array().expect("findings");
    let found = all.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("no {check} in {answer:#}"))
}

/// The configuration of one trunk. The audio has ports that few use.
fn configuration(own: SocketAddr, trunk: &str, more: &str) -> String {
    format!(
        "[sip]\nudp = \"{own}\"\n[[sip.trunks]]\nname = \"main\"\nuri = \"sip:{trunk}\"\n\
         channels = 5\n{more}\n[media]\nports = {{ start = 61000, end = 61099 }}\n"
    )
}

fn write(program: &Program, text: String) {
    fs_err::create_dir_all(program.path("data")).expect("a folder");
    program.write("data/outcall.toml", text);
}

/// A port that was free a moment ago.
fn free() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.local_addr().expect("an address")
}

#[test]
fn without_a_configuration_nothing_fails_and_the_trunks_are_skipped() {
    let program = Program::new();
    let (code, answer) = ask(&program, &[]);
    assert_eq!((code, &answer["failed"]), (Some(0), &0.into()), "{answer:#}");
    let configuration = finding(&answer, "configuration");
    let found = configuration["found"].as_str().unwrap();
    assert!(found.contains("built-in defaults") && found.contains("OUTCALL_MODELS_DIR"), "{found}");
    assert_eq!(finding(&answer, "data_folder")["state"], "ok");
    assert!(!program.path("data").exists(), "it makes nothing");
    let models = finding(&answer, "models");
    assert_eq!(models["state"], "warning");
    assert!(models["advice"].as_str().unwrap().contains("cargo xtask models"));
    let trunks = finding(&answer, "trunks");
    assert_eq!((&trunks["state"], &trunks["found"]), (&"skipped".into(), &NO_TRUNK.into()));
    assert!(trunks["advice"].as_str().unwrap().contains("docs/guide/trunks.md"));
}

const NO_TRUNK: &str = "no trunk is configured";

#[test]
fn a_configuration_that_cannot_be_read_is_the_first_thing_to_mend() {
    let program = Program::new();
    write(&program, "[sip]\nupd = \"127.0.0.1:5060\"\n".to_owned());
    let (code, answer) = ask(&program, &[]);
    let configuration = finding(&answer, "configuration");
    assert_eq!((code, &configuration["state"]), (Some(1), &"failed".into()));
    assert!(configuration["found"].as_str().unwrap().contains("upd"), "{answer:#}");
    assert_eq!(finding(&answer, "everything_else")["state"], "skipped");
}

#[test]
fn a_trunk_that_answers_is_well_and_sees_us_as_we_are() {
    let program = Program::new();
    let farm = Farm::start(&program);
    write(&program, configuration(free(), &farm.at.to_string(), ""));
    let (code, answer) = ask(&program, &[]);
    assert_eq!(code, Some(0), "{answer:#}");
    for check in ["sip_port", "media_ports", "trunk_name", "trunk_answer", "trunk_sees_us"] {
        assert_eq!(finding(&answer, check)["state"], "ok", "{check}: {answer:#}");
    }
    let trunk = finding(&answer, "trunk_answer");
    assert!(trunk["of"] == "main" && trunk["found"].as_str().unwrap().starts_with("200 in "));
    let (code, answer) = ask(&program, &["--no-network"]);
    assert_eq!((code, &finding(&answer, "trunks")["found"]), (Some(0), &"--no-network".into()));
}

#[test]
fn a_public_address_that_the_trunk_does_not_see_is_told_with_what_to_write() {
    let program = Program::new();
    let farm = Farm::start(&program);
    let text = configuration(free(), &farm.at.to_string(), "");
    write(&program, text.replacen("[sip]\n", "[sip]\npublic_address = \"203.0.113.7\"\n", 1));
    let (code, answer) = ask(&program, &[]);
    let seen = finding(&answer, "trunk_sees_us");
    assert_eq!((code, &seen["state"]), (Some(0), &"warning".into()), "{answer:#}");
    let advice = seen["advice"].as_str().unwrap();
    assert!(advice.contains("sip.public_address = \"127.0.0.1\""), "{advice}");
}

#[test]
fn a_dead_trunk_and_a_port_in_use_fail_and_no_password_is_shown() {
    let program = Program::new();
    let taken = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let (own, trunk) = (taken.local_addr().unwrap(), silent.local_addr().unwrap());
    let credentials = "register = true\nusername = \"us\"\npassword = \"geheim\"";
    write(&program, configuration(own, &trunk.to_string(), credentials));
    let (code, answer) = ask(&program, &[]);
    assert_eq!(code, Some(1), "{answer:#}");
    let port = finding(&answer, "sip_port");
    assert_eq!((&port["state"], &port["of"]), (&"failed".into(), &"udp".into()));
    for check in ["trunk_answer", "trunk_registration"] {
        let trunk = finding(&answer, check);
        assert_eq!(trunk["state"], "failed", "{answer:#}");
        assert_eq!(trunk["found"], "no answer within 4 s");
    }
    assert!(!answer.to_string().contains("geheim"));
    let table = program.command(&["doctor", "--no-network"]).output().expect("it runs");
    assert_eq!(table.status.code(), Some(1), "the port is in use still");
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("sip port: udp") && !table.contains("geheim"), "{table}");
}
