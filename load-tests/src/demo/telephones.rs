//! The same calls to telephones of another make: ten baresips, each of which plays a file that was
//! prepared for its call and records what it hears. Nobody at the far end hears the robot, so the
//! file's answers stand where the robot is expected to have asked ([`timeline`]).

mod scripts;
mod timeline;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_speech::synthesis::Voice;

use super::booking::Booking;
use super::judge::{self, Attempt};
use super::stage::{Stage, today};
use super::{AT_MOST, DemoArgs};
use crate::bench::read_scenario;
use crate::interop::audio;
use crate::peers::baresip::Baresip;
use crate::results::{self, Figures};
use scripts::{Call, SCRIPTS};
use timeline::Rehearsal;

/// What is run with telephones.
#[derive(Args, Debug)]
pub(crate) struct TelephonesArgs {
    /// The program under test; by default the one beside this.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Where to write the figures.
    #[arg(long)]
    out: PathBuf,
    /// Where lists, the database, and what both ends have recorded are kept.
    #[arg(long, default_value = "target/demo/telephones")]
    folder: PathBuf,
    /// The folder of the models.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// So many calls at once.
    #[arg(long, default_value_t = 3)]
    at_once: u32,
}

/// The scenario that is held.
const SCENARIO: &str = "scenarios/appointment-reminder";

/// What a telephone plays, in its folder.
const PLAYS: &str = "plays.wav";

fn folder_of(stage: &Stage, number: &str) -> PathBuf {
    stage.folder().join("telephones").join(number.trim_start_matches('+'))
}

/// A call to a telephone, when it is over.
struct Told {
    number: String,
    call: Call,
    outcome: Option<String>,
    right: bool,
    replies_ms: Vec<u64>,
}

/// Calls the telephones and judges what the robots made of it.
pub(crate) fn run(arguments: &TelephonesArgs) -> Result<()> {
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => super::beside()?,
    };
    let booking = Booking::start()?;
    let demo = DemoArgs {
        program: None,
        out: arguments.out.clone(),
        scenario: PathBuf::from(SCENARIO),
        folder: arguments.folder.clone(),
        people: None,
        models: arguments.models.clone(),
        contacts: Some(SCRIPTS.len()),
        at_once: Some(arguments.at_once),
        seed: 1,
        kill_after_s: None,
        strict: false,
    };
    let stage = Stage::set_anew(&demo, &program, booking.port())?;
    let calls = prepare(&stage, &arguments.models)?;
    let mut phones = Vec::new();
    let mut ports = Vec::new();
    for (number, _) in &calls {
        let folder = folder_of(&stage, number);
        let phone = Baresip::start(&folder, std::slice::from_ref(number), &folder.join(PLAYS))?;
        ports.push((number.clone(), phone.port()));
        phones.push(phone);
    }
    stage.route(&ports)?;
    let export = stage.call_others(AT_MOST)?;
    let attempts = judge::attempts(&export)?;
    let mut told = Vec::new();
    for ((number, call), phone) in calls.into_iter().zip(&phones) {
        told.push(tell(number, call, phone, &attempts)?);
    }
    let figures = figures(&told);
    show(&told, &figures);
    results::write(&arguments.out, "demo-baresip", &figures)?;
    let right = told.iter().filter(|it| it.right).count();
    ensure!(right * 10 >= told.len() * 8, "{right} of {} calls went right", told.len());
    Ok(())
}

/// Writes the file that each telephone plays.
fn prepare(stage: &Stage, models: &Path) -> Result<Vec<(String, Call)>> {
    let store = ModelStore::open(models)?;
    let runtime = Runtime::load(&store)?;
    let mut voice = Voice::load(&runtime, &store)?;
    let scenario = read_scenario(&Path::new(SCENARIO).join("scenario.yaml"))?;
    let rows = stage.rows()?;
    ensure!(rows.len() >= SCRIPTS.len(), "the list has {} numbers", rows.len());
    let today = today()?;
    let mut calls = Vec::new();
    println!("\n# the telephones: what each of them plays is put together");
    for (row, script) in rows.into_iter().zip(SCRIPTS) {
        let number = row.get("phone").context("a row without a number")?.clone();
        let call = Call::of(script, today)?;
        let mut speak = |text: &str| voice.speak(text).map_err(anyhow::Error::from);
        let rehearsal = Rehearsal { scenario: &scenario, row: &row, now: today };
        let prompts = rehearsal.prompts(&call)?;
        let folder = folder_of(stage, &number);
        fs_err::create_dir_all(&folder)?;
        let sound = timeline::sound(&prompts, &call, &folder, &mut speak)?;
        audio::write(&folder.join(PLAYS), &sound)?;
        calls.push((number, call));
    }
    Ok(calls)
}

fn tell(number: String, call: Call, phone: &Baresip, attempts: &[Attempt]) -> Result<Told> {
    let attempt = attempts.iter().find(|attempt| attempt.number == number);
    let outcome = attempt.and_then(Attempt::outcome).map(str::to_owned);
    let written = |name: &str| attempt.and_then(|it| it.heard["slots"][name].as_str());
    let slot_fits = call.new_time.as_deref().is_none_or(|it| written("new_time") == Some(it));
    let right = outcome.as_deref().is_some_and(|it| call.outcomes.contains(&it)) && slot_fits;
    let one = |file: PathBuf| -> Result<Vec<i16>> {
        audio::read(&file)?.into_iter().next().context("a recording without a channel")
    };
    let (said, heard) = (one(phone.said()?)?, one(phone.heard()?)?);
    let replies_ms = timeline::replies_ms(&said, &heard);
    Ok(Told { number, call, outcome, right, replies_ms })
}

fn figures(told: &[Told]) -> Figures {
    let mut replies: Vec<u64> = told.iter().flat_map(|it| it.replies_ms.clone()).collect();
    replies.sort_unstable();
    Figures::from_iter([
        ("calls".to_owned(), told.len().into()),
        ("right".to_owned(), told.iter().filter(|it| it.right).count().into()),
        ("replies".to_owned(), replies.len().into()),
        ("reply_p50_ms".to_owned(), judge::at(&replies, 50)),
        ("reply_p95_ms".to_owned(), judge::at(&replies, 95)),
    ])
}

fn show(told: &[Told], figures: &Figures) {
    let mut rows = Table::new();
    rows.load_style(UTF8_HORIZONTAL_ONLY);
    rows.set_header(["number", "voice", "wanted", "written down", "replies, ms", ""]);
    for it in told {
        let replies: Vec<String> = it.replies_ms.iter().map(u64::to_string).collect();
        rows.add_row([
            it.number.clone(),
            it.call.voice.to_owned(),
            it.call.outcomes.join(" or "),
            it.outcome.clone().unwrap_or_else(|| "-".to_owned()),
            replies.join(" "),
            if it.right { "right" } else { "WRONG" }.to_owned(),
        ]);
    }
    println!("{rows}");
    println!(
        "baresip as the callee: {} of {} calls right; reply p50 {} ms, p95 {} ms",
        figures["right"], figures["calls"], figures["reply_p50_ms"], figures["reply_p95_ms"]
    );
}
