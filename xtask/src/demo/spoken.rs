//! The main job: a campaign of spoken calls to people who want something, judged by the far end.

use anyhow::Result;

use crate::workspace::Profile;
use crate::{models, process, tools, workspace};

/// Contacts within `cargo xtask test`.
pub(crate) const CONTACTS_SHORT: u32 = 20;

/// Holds ten of the calls with baresip at the far end; `rest` goes to the harness.
pub(crate) fn telephones(rest: &[String]) -> Result<()> {
    tools::ensure_peers()?;
    tools::ensure_people()?;
    models::run(&models::Source::default())?;
    let programs = workspace::build(&["outcall", "outcall-load-tests"], Profile::Proof)?;
    let mut harness = process::command(programs.join("outcall-load-tests"));
    harness.current_dir(workspace::root()).arg("telephones");
    harness.arg("--program").arg(programs.join("outcall"));
    harness.arg("--out").arg(workspace::results("bench")?.join("demo-baresip.json"));
    harness.arg("--folder").arg(workspace::results("demo/telephones")?);
    process::run(harness.args(rest))
}

/// Sets up what is missing, builds, and holds the campaign; `rest` goes to the harness.
pub(crate) fn run(contacts: Option<u32>, rest: &[String]) -> Result<()> {
    tools::ensure_people()?;
    models::run(&models::Source::default())?;
    println!("\n# build Outcall and its harness; a first build takes some minutes");
    let programs = workspace::build(&["outcall", "outcall-load-tests"], Profile::Proof)?;
    let mut harness = process::command(programs.join("outcall-load-tests"));
    harness.current_dir(workspace::root()).arg("demo");
    harness.arg("--program").arg(programs.join("outcall"));
    harness.arg("--out").arg(workspace::results("bench")?.join("demo.json"));
    harness.arg("--folder").arg(workspace::results("demo/spoken")?);
    if let Some(contacts) = contacts {
        harness.args(["--contacts", &contacts.to_string()]);
    }
    process::run(harness.args(rest))
}
