//! An hour under load: memory, files and threads must stay where they are. `soak --minutes N`.
//!
//! 50 calls per second; nine of ten are busy, one talks for some seconds. What is read each 10 s is
//! judged by [`crate::flatness`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde_json::Value;

use crate::flatness::growth;
use crate::interop::audio;
use crate::peers::farm::Farm;
use crate::peers::outcall::{
    Conversation, OTHER_PREFIX, Outcall, Route, Setup, Trunk, number, other_number,
};
use crate::peers::ports::Transport;
use crate::peers::process::Peer;
use crate::peers::procfs::{self, now};
use crate::peers::sipp::{Sipp, SippOptions};
use crate::results::{self, Figures};

const CALLS_PER_S: u64 = 50;

/// One of so many calls is answered.
const ANSWERED_OF: u64 = 10;

/// How long robots talk, in s.
const TALK_S: usize = 6;

/// How often figures are read.
const EVERY: Duration = Duration::from_secs(10);

/// Growth up to these is none: the ledger's caches, the odd thread of a pool.
const RSS_GROWTH_MAX_MIB: f64 = 10.0;
const FILES_GROWTH_MAX: f64 = 10.0;
const THREADS_GROWTH_MAX: f64 = 2.0;

/// What `soak` is told.
#[derive(Args, Debug)]
pub(crate) struct SoakArgs {
    /// The program under test; by default the one beside this.
    #[arg(long)]
    program: Option<PathBuf>,
    /// For how long.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(2..=180))]
    minutes: u64,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench/soak.json")]
    out: PathBuf,
}

/// Readings of the process, each 10 s.
#[derive(Default)]
struct Readings {
    rss_mib: Vec<f64>,
    files: Vec<f64>,
    threads: Vec<f64>,
}

/// Runs it, prints a table, writes the figures.
///
/// # Errors
/// When anybody was lost, or anything grew.
pub(crate) fn run(args: &SoakArgs) -> Result<()> {
    let program = match &args.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().context("where this program is")?.with_file_name("outcall"),
    };
    let calls = args.minutes * 60 * CALLS_PER_S;
    let mut folder = tempfile::Builder::new().prefix("outcall-soak-").tempdir()?;
    // An error on the way leaves the folder behind, which is the place to look for its cause.
    folder.disable_cleanup(true);
    let figures = soak(&program, folder.path(), args.minutes, calls)?;
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(["soak", "figure"]);
    for (name, value) in &figures {
        table.add_row([name.clone(), value.to_string()]);
    }
    println!("{table}");
    results::write(&args.out, "soak", &figures)?;
    let at = |name: &str| figures[name].as_f64().unwrap_or(f64::INFINITY);
    ensure!(at("lost") == 0.0, "{} contacts were lost", at("lost"));
    for (name, max) in [
        ("rss_growth_mib", RSS_GROWTH_MAX_MIB),
        ("fds_growth", FILES_GROWTH_MAX),
        ("threads_growth", THREADS_GROWTH_MAX),
    ] {
        ensure!(
            at(name) <= max,
            "{name} is {}, above {max}: {}",
            at(name),
            folder.path().display()
        );
    }
    folder.disable_cleanup(false);
    Ok(())
}

fn soak(program: &Path, folder: &Path, minutes: u64, calls: u64) -> Result<Figures> {
    let farm = Farm::start(program, &folder.join("farm"))?;
    let busy = SippOptions {
        limit_s: minutes * 60 + 600,
        keep_messages: false,
        ..SippOptions::taking("uas/refuse_486", u64::from(u32::MAX))?
    };
    let mut refuses = Sipp::start(&busy, &folder.join("sipp"))?;
    let mut setup = Setup::handful(Trunk::new("busy", busy.port, Transport::Udp))?;
    setup.trunks.push(Trunk::new("farm", farm.port(), Transport::Udp));
    setup.routes = [("12", "busy"), ("13", "busy"), (OTHER_PREFIX, "farm")]
        .map(|(prefix, trunk)| Route { prefix, trunk, cost: 1.0 })
        .to_vec();
    let file = folder.join("talk.wav");
    audio::write(&file, &audio::noise(1, TALK_S))?;
    setup.conversation = Conversation { file: Some(file), hold_ms: 0, record: None };
    setup.channels = 2_000;
    setup.calls_per_s = u32::try_from(CALLS_PER_S)?;
    setup.media = (20_000, 29_999);
    let number = |nth: u64| {
        if nth.is_multiple_of(ANSWERED_OF) { other_number(nth / ANSWERED_OF) } else { number(nth) }
    };
    let numbers: Vec<String> = (0..calls).map(number).collect();
    let outcall = Outcall::prepare(program, folder, &setup, &numbers)?;
    let mut peer = outcall.start()?;
    let limit = Duration::from_secs(minutes * 60 + 300);
    let readings = watch(&mut peer, limit)?;
    let ended = peer.wait(EVERY)?;
    ensure!(ended.status.success(), "outcall ended with {}: {}", ended.status, peer.last_words());
    ensure!(!refuses.peer().has_ended()?, "sipp ended early: {}", refuses.peer().last_words());
    let expected = |number: &str| {
        if number.starts_with(&format!("+{OTHER_PREFIX}")) { "completed" } else { "busy" }
    };
    let right = outcall
        .export()?
        .iter()
        .filter(|one| one.disposition.as_deref() == Some(expected(&one.number)))
        .count() as u64;
    let heard = farm.stop()?;
    let grown = |readings: &[f64]| -> Value {
        growth(readings).map_or(Value::Null, |by| ((by * 10.0).round() / 10.0).into())
    };
    Ok(Figures::from_iter([
        ("minutes".to_owned(), minutes.into()),
        ("calls".to_owned(), calls.into()),
        ("answered".to_owned(), heard.calls.into()),
        ("loss_pct".to_owned(), heard.loss_pct.into()),
        ("rss_peak_mib".to_owned(), ended.rss_peak_mib.round().into()),
        ("rss_growth_mib".to_owned(), grown(&readings.rss_mib)),
        ("fds_growth".to_owned(), grown(&readings.files)),
        ("threads_growth".to_owned(), grown(&readings.threads)),
        ("lost".to_owned(), calls.saturating_sub(right).into()),
    ]))
}

/// Reads the process's figures until it ends.
fn watch(peer: &mut Peer, limit: Duration) -> Result<Readings> {
    let deadline = now() + limit;
    let mut readings = Readings::default();
    let mut next = now();
    while !peer.has_ended()? {
        ensure!(now() < deadline, "calls have not ended in {limit:?}: {}", peer.last_words());
        if now() >= next {
            next += EVERY;
            let pid = peer.id();
            let read =
                || Some((procfs::rss_mib(pid)?, procfs::open_files(pid)?, procfs::stat(pid)?));
            // It may end at any time.
            let Some((rss_mib, files, stat)) = read() else { continue };
            readings.rss_mib.push(rss_mib);
            readings.files.push(files as f64);
            readings.threads.push(stat.threads as f64);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(readings)
}
