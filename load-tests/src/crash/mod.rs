//! The proof of the intent protocol: kill -9 at random instants, restart, until the list is done.
//!
//! The carrier runs in this process, outside of the one that is killed, and its log is the
//! evidence. What the program's ledger says in the end is compared with it.
//!
//! # Layout
//! - [`list`]: whom to call, where calls are allowed right now, and the campaign's settings.
//! - [`carrier`]: the carrier's server and its log.
//! - [`program`]: the program under test and its commands.
//! - [`killer`]: starts and kills.
//! - [`judge`]: lost, dialled twice, uncertain without a reason: pure, from evidence to a verdict.
//! - [`report`]: the table and the figures.

mod carrier;
mod judge;
mod killer;
pub(crate) mod list;
mod program;
mod report;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use self::carrier::CarrierServer;
use self::judge::Evidence;
use self::killer::Killer;
use self::program::Program;

/// The channels of the trunk: what can be in flight at most.
const CHANNELS: u32 = 200;

/// How many contacts a run is given unless said otherwise: more than are dialled between two kills,
/// so that the list is not done before the last kill.
const CONTACTS_PER_RUN: u32 = 400;

/// What `crash` is told.
#[derive(clap::Args)]
pub(crate) struct CrashArgs {
    /// How many times the program is killed.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Instants of the kills, numbers and outcomes follow from this.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program under test.
    #[arg(long)]
    program: PathBuf,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench/crash.json")]
    out: PathBuf,
    /// How many contacts the list has [default: 400 for each run].
    #[arg(long)]
    contacts: Option<u32>,
    /// Keeps the data folder. After a failure it is kept in any case.
    #[arg(long)]
    keep: bool,
}

/// Runs the test, prints a table, writes the figures.
///
/// Fails when anybody was lost or dialled twice, or when ledger and carrier contradict each other.
pub(crate) fn run(arguments: &CrashArgs) -> Result<()> {
    let contacts = arguments.contacts.unwrap_or(arguments.runs.saturating_mul(CONTACTS_PER_RUN));
    ensure!(contacts > 0, "--contacts 0 leaves nobody to call: write 1 or more");
    let mut folder = tempfile::Builder::new().prefix("outcall-crash-").tempdir()?;
    // An error on the way leaves the folder behind, which is the place to look for its cause.
    folder.disable_cleanup(true);
    let numbers = list::numbers(contacts, arguments.seed)?;
    let world = carrier::world(arguments.seed);
    fs_err::write(folder.path().join(program::WORLD), toml::to_string(&world)?)?;
    let carrier = CarrierServer::start(world)?;
    let place = list::open_place(carrier.now())?;
    let settings = folder.path().join("campaign.toml");
    fs_err::write(&settings, list::campaign(&place, CHANNELS))?;
    let csv = folder.path().join("contacts.csv");
    fs_err::write(&csv, list::csv(&numbers, &place))?;

    let program = Program::new(&arguments.program, folder.path(), carrier.address(), CHANNELS);
    eprintln!("data in {}", folder.path().display());
    program.create_campaign(&settings)?;
    program.import(&csv, contacts)?;
    let lives = Killer::new(&program, &carrier, arguments.seed).run(arguments.runs, contacts)?;
    let attempts = program.export()?;
    let evidence = Evidence {
        contacts: &numbers,
        attempts: &attempts,
        log: &carrier.stop()?,
        lives: &lives,
        channels: CHANNELS,
    };
    let verdict = judge::judge(&evidence);
    report::print(&verdict, arguments, contacts);
    report::write(&verdict, arguments, contacts)?;
    if !verdict.is_clean() {
        bail!("the program failed; evidence is in {}", folder.path().display());
    }
    folder.disable_cleanup(arguments.keep);
    Ok(())
}
