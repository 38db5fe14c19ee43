//! The program under test with a folder of its own.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// Fifteen o'clock UTC on a Monday: every state of the contiguous United States may be called.
pub(crate) const START: &str = "2026-03-02T17:00:00Z";

pub(crate) struct Program {
    pub(crate) folder: TempDir,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs_err::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outcall"));
        // The machine's own settings must not reach a test.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OUTCALL_")) {
            command.env_remove(name);
        }
        command.arg("--data-dir").arg(self.path("data")).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed and reads its JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--json"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs a command that must fail; its exit code and what it says.
    pub(crate) fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), said)
    }

    /// A campaign with `count` contacts whose outcomes their last digits force.
    pub(crate) fn campaign(&self, count: u32, extra: &str) -> String {
        let settings = format!("name = \"test\"\ndefault_region = \"US\"\n{extra}");
        let file = self.write("campaign.toml", settings);
        self.json(&["campaign", "create", "--file", &file]);
        let list = self.write("list.csv", list(count));
        self.json(&["contacts", "import", "--campaign", "1", &list]);
        list
    }

    /// A world in which calls are short and the last digits decide.
    pub(crate) fn world(&self) -> String {
        self.write(
            "world.toml",
            "forced_by_digits = true\n\
             post_dial_delay_ms = { median_ms = 20, sigma = 0 }\n\
             ring_ms = { median_ms = 50, sigma = 0 }\n\
             talk_ms = { median_ms = 200, sigma = 0 }\n",
        )
    }
}

/// Contacts with consent, in Washington; every tenth is busy.
pub(crate) fn list(count: u32) -> String {
    let mut text = String::from("phone,name,consent,plan\n");
    for index in 0..count {
        let ending = if index % 10 == 0 { 1 } else { 20 + index % 60 };
        let number = 12_024_560_000_u64 + u64::from(index) * 100 + u64::from(ending);
        text.push_str(&format!("+{number},Person {index},express_written,gold\n"));
    }
    text
}
