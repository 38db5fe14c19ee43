//! `farm`: callees to practise on.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use indicatif::ProgressBar;
use outcall_simulation::farm::{FarmMix, Personas, Table, personas};
use outcall_simulation::{Farm, FarmFigures, FarmSettings};
use tokio::signal::unix::{SignalKind, signal};

use super::{Style, now};
use crate::cli::FarmArgs;
use crate::output::{answer, count, table};

/// Takes calls until it is told to stop.
pub(super) fn run(args: &FarmArgs, models: &Path, style: Style) -> anyhow::Result<ExitCode> {
    if args.table {
        print!("{Table}");
        return Ok(ExitCode::SUCCESS);
    }
    let (first, last) = args
        .ports
        .split_once('-')
        .and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)))
        .with_context(|| format!("--ports {}: write FIRST-LAST", args.ports))?;
    let people = match (&args.people, &args.voices) {
        (Some(file), Some(voices)) => people(args, file, voices, models, style)?,
        (Some(_), None) | (None, _) => None,
    };
    if args.prepare {
        return Ok(ExitCode::SUCCESS);
    }
    let settings = FarmSettings {
        sip: args.sip,
        tcp: args.tcp,
        ports: first..=last,
        shards: args.shards,
        // With people they are theirs.
        voices: args.voices.clone().filter(|_| people.is_none()),
        greeting: args.greeting.clone(),
        record: args.record.clone(),
        log: args.log.clone(),
        mix: FarmMix {
            answer_percent: args.answer_percent,
            ring_ms: args.ring_ms,
            talk_ms: args.talk_ms,
        },
        people,
        seed: args.seed,
        calls_max: args.calls_max,
        probes: args.probes,
        ..FarmSettings::default()
    };
    let farm = Farm::start(settings).context("the farm cannot open")?;
    if let Some(at) = farm.sip_addr() {
        eprintln!("ready {at}");
    }
    wait_for_signal()?;
    let figures = farm.stop();
    answer(style.json, &figures, || print_figures(&figures))?;
    Ok(ExitCode::SUCCESS)
}

/// The people of a file, ready to be called; none when they are only to be prepared.
fn people(
    args: &FarmArgs,
    file: &Path,
    voices: &Path,
    models: &Path,
    style: Style,
) -> anyhow::Result<Option<Arc<Personas>>> {
    let persons = personas::read_cast(file, args.seed, now())?;
    let hidden = style.quiet || style.json;
    let bar = if hidden { ProgressBar::hidden() } else { ProgressBar::new(0) };
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let voices = personas::voices::Voices::prepare(voices, persons.values(), &progress)
        .context("what people say cannot be rendered")?;
    bar.finish_and_clear();
    if args.prepare {
        return Ok(None);
    }
    let people =
        Personas::new(persons, voices, models, args.truth.clone()).context("people cannot hear")?;
    if !hidden {
        for (persona, count) in people.counts() {
            eprintln!("{count:5} {persona}");
        }
    }
    Ok(Some(Arc::new(people)))
}

fn wait_for_signal() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        Ok(())
    })
}

fn print_figures(figures: &FarmFigures) {
    let mut rows = table(&["the farm", ""]);
    let mut row = |name: &str, value: String| {
        rows.add_row([name, &value]);
    };
    row("calls", count(figures.calls));
    row("answered", count(figures.answered));
    row("ended by the caller", count(figures.ended_by_caller));
    row("ended by the callee", count(figures.ended_by_callee));
    row("cancelled", count(figures.cancelled));
    row("refused", count(figures.refused));
    for (status, calls) in &figures.refused_with {
        row(&format!("refused with {status}"), count(*calls));
    }
    row("ended otherwise", count(figures.lost));
    row("answered calls whose audio was counted", count(figures.streams));
    row("of these, nothing ever came", count(figures.streams_unheard));
    row("packets sent", count(figures.packets_sent));
    row("packets received", count(figures.packets_received));
    row("packets lost", format!("{:.3} %", figures.loss_pct));
    let jitter = |half: f64, most: f64| format!("{half:.2} ms, {most:.2} ms");
    let (half, most) = (figures.stream_jitter_p50_ms, figures.stream_jitter_p99_ms);
    row("jitter of the streams, p50 and p99", jitter(half, most));
    let probed = if figures.probed_packets == 0 {
        "not measured".to_owned()
    } else {
        jitter(figures.receive_jitter_p50_ms, figures.receive_jitter_p99_ms)
    };
    row("packets timed by the probes", count(figures.probed_packets));
    row("distance from 20 ms there, p50 and p99", probed);
    row("own lateness, p99", format!("{:.2} ms", figures.send_jitter_p99_ms));
    if figures.reports_dropped + figures.commands_dropped > 0 {
        row("reports dropped, the farm was too busy", count(figures.reports_dropped));
        row("commands dropped, the farm was too busy", count(figures.commands_dropped));
    }
    println!("{rows}");
}
