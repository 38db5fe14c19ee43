//! `cargo xtask bench NAME`: builds the harness in `load-tests/` and runs one of its benchmarks.

use anyhow::{Result, bail};

use crate::workspace::Profile;
use crate::{models, process, tools, workspace};

struct Benchmark {
    name: &'static str,
    about: &'static str,
}

/// Later benchmarks are added here and in the harness, nowhere else.
const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "import",
        about: "imports a list of a million rows: rows per second and peak memory",
    },
    Benchmark {
        name: "intents",
        about: "writes durable intents (synchronous=FULL): rate and wait for the commit",
    },
    Benchmark {
        name: "virtual",
        about: "a million attempts through the real actors and ledger in virtual time",
    },
    Benchmark {
        name: "engine",
        about: "real time, simulated carrier: attempts per second and bytes per live call",
    },
    Benchmark {
        name: "sip",
        about: "calls over SIP per second against sipp, beside sipp and bare rsipstack",
    },
    Benchmark {
        name: "rtp",
        about: "concurrent calls with audio both ways: CPU per packet, jitter, loss, the knee",
    },
    Benchmark {
        name: "asr",
        about: "recognition: word and digit errors, CPU per reply, replies per second on two cores",
    },
    Benchmark {
        name: "tts",
        about: "synthesis: real-time factor, time to first audio, words understood",
    },
    Benchmark {
        name: "turn",
        about: "end of turn, interruption, who answered: delays and mistakes",
    },
    Benchmark { name: "vad", about: "voice activity: streams per core" },
    Benchmark {
        name: "hours",
        about: "24 hours of calls through hearing and synthesis: memory, files, threads stay",
    },
    Benchmark {
        name: "intents-accuracy",
        about: "understanding: few-shot accuracy, out of scope, misheard words, CPU per utterance",
    },
    Benchmark { name: "flow-step", about: "a step of the dialogue: CPU without understanding" },
    Benchmark { name: "spoken", about: "spoken calls at once: the knee, and what binds there" },
];

/// Prints the benchmarks with a sentence each.
pub(crate) fn list() {
    println!("cargo xtask bench NAME [ARGUMENTS OF THE BENCHMARK]\n");
    for benchmark in BENCHMARKS {
        println!("  {:<16} {}", benchmark.name, benchmark.about);
    }
}

/// Runs one benchmark with the rest of the arguments; it prints a table and writes
/// `target/bench/NAME.json`.
pub(crate) fn run(name: &str, rest: &[String]) -> Result<()> {
    let Some(benchmark) = BENCHMARKS.iter().find(|benchmark| benchmark.name == name) else {
        let names: Vec<_> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
        bail!("no benchmark is called '{name}': choose one of {}", names.join(", "));
    };
    let mut other = None;
    match benchmark.name {
        "sip" => tools::ensure_peers()?,
        "asr" | "tts" | "turn" | "vad" | "hours" => {
            tools::ensure_prompts()?;
            models::run(&models::Source::default())?;
            if benchmark.name == "asr" {
                tools::ensure_flite();
                // Without it the rest is measured, and the table says that it is missing.
                other = models::other::ensure()
                    .inspect_err(|error| println!("no other runtime to compare with: {error:#}"))
                    .ok();
            }
        }
        "spoken" => {
            tools::ensure_people()?;
            models::run(&models::Source::default())?;
        }
        "intents-accuracy" => models::run(&models::Source::default())?,
        _ => {}
    }
    let programs = workspace::build(&["outcall", "outcall-load-tests"], Profile::Release)?;
    let results = workspace::results("bench")?;
    let mut harness = process::command(programs.join("outcall-load-tests"));
    harness
        .args(["bench", benchmark.name])
        .arg("--out")
        .arg(results.join(format!("{}.json", benchmark.name)))
        .args(rest);
    if let Some(folder) = other {
        harness.arg("--other").arg(folder);
    }
    process::run(&mut harness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_benchmark_is_answered_with_the_known_ones() {
        let error = run("imports", &[]).unwrap_err().to_string();
        assert!(error.contains("choose one of import, intents, virtual"), "{error}");
        assert!(error.contains("sip, rtp"), "{error}");
    }
}
