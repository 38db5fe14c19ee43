//! The second part of the demo: real calls over SIP, with sound, to the callee farm.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{process, workspace};

/// The campaign manager's commands, in the folder of the demo's calls.
const COMMANDS: &[(&str, &str)] = &[
    ("create a campaign for the callee farm", "campaign create --file campaign.toml"),
    ("import its callees", "contacts import --campaign 1 list.csv"),
    ("call them over SIP, which takes half a minute", "campaign run 1 --carrier sip"),
    ("see what came of it", "campaign report 1"),
    ("write down every attempt", "campaign export 1 --out attempts.jsonl"),
];

/// A callee farm; it ends with this value.
struct Farm(Child);

impl Farm {
    /// Starts it and waits until it takes calls.
    fn start(program: &Path, at: &str) -> Result<Self> {
        println!("\n# start the callee farm: callees over real SIP and RTP, no phone rings");
        let mut command = process::command(program);
        command.args(["farm", "--sip", at]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut farm = process::spawn(&mut command)?;
        let says = farm.stderr.take().context("the farm has no voice")?;
        let farm = Self(farm);
        let mut lines = BufReader::new(says).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("ready"));
        ensure!(ready, "the callee farm ended before it took a call at {at}");
        // What it says later has to go somewhere.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| eprintln!("{line}"));
        });
        Ok(farm)
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Calls the farm from `folder`, which must be empty.
pub(super) fn run(program: &Path, folder: &Path) -> Result<()> {
    let practice = workspace::root().join("scenarios/practice");
    for name in ["practice.toml", "campaign.toml", "list.csv"] {
        fs_err::copy(practice.join(name), folder.join(name))?;
    }
    let (ours, farms) = (free_port()?, free_port()?);
    let settings = fs_err::read_to_string(practice.join("outcall.toml"))?;
    let settings = at_ports(&settings, ours, farms);
    fs_err::write(folder.join("outcall.toml"), settings)?;

    let _farm = Farm::start(program, &format!("127.0.0.1:{farms}"))?;
    for (purpose, text) in COMMANDS {
        println!("\n# {purpose}");
        let mut outcall = process::command(program);
        outcall.current_dir(folder).args(["--config", "outcall.toml"]).args(text.split(' '));
        process::run(&mut outcall).with_context(|| format!("the demo could not {purpose}"))?;
    }
    let count = |name: &str| fs_err::read_dir(folder.join(name)).map_or(0, Iterator::count);
    let (recordings, traces) = (count("recordings"), count("traces"));
    println!("\n{recordings} calls were recorded, {traces} that failed are there for Wireshark.");
    ensure!(recordings > 0, "no call was recorded, though callees answer");
    Ok(())
}

/// The settings with other ports than the usual ones, which may be taken.
fn at_ports(settings: &str, ours: u16, farms: u16) -> String {
    settings
        .replace("127.0.0.1:5060", &format!("127.0.0.1:{ours}"))
        .replace("127.0.0.1:5070", &format!("127.0.0.1:{farms}"))
}

fn free_port() -> Result<u16> {
    let socket = UdpSocket::bind("127.0.0.1:0").context("no free port on the loopback address")?;
    Ok(socket.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_practice_settings_have_the_ports_that_are_replaced() {
        let file = workspace::root().join("scenarios/practice/outcall.toml");
        let settings = at_ports(&fs_err::read_to_string(file).unwrap(), 1_111, 2_222);
        assert!(settings.contains("udp = \"127.0.0.1:1111\""), "{settings}");
        assert!(settings.contains("uri = \"sip:127.0.0.1:2222\""), "{settings}");
    }
}
