//! `cargo xtask fuzz`: the fuzz targets in `fuzz/`, built and run on the stable toolchain.
//!
//! The coverage that libFuzzer steers by is made by a pass of LLVM that stable compilers have too.

pub(crate) mod instrument;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Profile;
use crate::{process, tools, workspace};

/// How long each target runs within `cargo xtask test`, in s.
pub(crate) const SECONDS_SHORT: u32 = 5;

/// How long each target runs in `cargo xtask test --nightly`, in s.
pub(crate) const SECONDS_LONG: u32 = 300;

/// Inputs longer than this find nothing new for parsers of packets and headers, in bytes.
const LENGTH_MAX: u32 = 4_096;

/// Memory that a target may use before it counts as a finding, in MiB.
const MEMORY_MAX_MIB: u32 = 1_024;

/// How much of an input that broke a target is shown, in bytes. The rest is in its file.
const SHOWN: usize = 512;

/// Runs one target, or all of them, each for so many seconds. Fails with the input that broke it.
pub(crate) fn run(only: Option<&str>, seconds: u32) -> Result<()> {
    tools::ensure_cpp_compiler()?;
    let root = workspace::root();
    let targets = targets(&root.join("fuzz/fuzz_targets"))?;
    let chosen: Vec<_> =
        targets.iter().filter(|name| only.is_none_or(|only| only == name.as_str())).collect();
    if chosen.is_empty() {
        bail!("no such target: choose one of {}", targets.join(", "));
    }
    // What is fuzzed is what is shipped: cargo keeps these versions and adds the fuzzer's own.
    fs_err::copy(root.join("Cargo.lock"), root.join("fuzz/Cargo.lock"))?;
    let built = workspace::target()?;
    let mut build = process::cargo(&["build", "--manifest-path", "fuzz/Cargo.toml"]);
    build.args(["--profile", Profile::Proof.name(), "--target-dir"]).arg(&built);
    let ourselves = std::env::current_exe().context("cannot tell where this program is")?;
    build.env("RUSTC_WRAPPER", ourselves).env(instrument::VARIABLE, "1");
    process::run(&mut build)?;
    for name in chosen {
        fuzz(name, &built.join("fuzz"), &built.join(Profile::Proof.name()), seconds)?;
    }
    Ok(())
}

/// Runs one target. Its corpus is kept under `kept`, and so is what breaks it.
fn fuzz(name: &str, kept: &Path, programs: &Path, seconds: u32) -> Result<()> {
    let corpus = kept.join("corpus").join(name);
    fs_err::create_dir_all(&corpus)?;
    let findings = kept.join("findings").join(name);
    fs_err::create_dir_all(&findings)?;
    let known = files(&findings)?;
    let mut fuzzer = process::command(programs.join(name));
    fuzzer.arg(&corpus);
    let seeds = workspace::root().join("fuzz/seeds").join(name);
    if seeds.is_dir() {
        fuzzer.arg(&seeds);
    }
    fuzzer
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LENGTH_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MAX_MIB}"))
        .args(["-timeout=10", "-verbosity=0", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", findings.display()));
    let result = process::run(&mut fuzzer);
    let found: Vec<_> =
        files(&findings)?.into_iter().filter(|file| !known.contains(file)).collect();
    match (result, found.first()) {
        (Ok(()), _) => Ok(()),
        (Err(error), None) => Err(error.context(format!("{name} failed without an input"))),
        (Err(error), Some(input)) => {
            Err(error.context(finding(name, input, &fs_err::read(input)?)))
        }
    }
}

/// The input that broke a target: where it lies, and what is in it.
fn finding(name: &str, input: &Path, bytes: &[u8]) -> String {
    let shown = bytes[..bytes.len().min(SHOWN)].escape_ascii();
    let more = if bytes.len() > SHOWN { "..." } else { "" };
    format!(
        "{name} broke on {} ({} bytes): b\"{shown}{more}\"; what it says is above",
        input.display(),
        bytes.len()
    )
}

fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    fs_err::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// The names of the targets.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        names.push(name.to_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_built() {
        let root = workspace::root();
        let manifest = fs_err::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        let targets = targets(&root.join("fuzz/fuzz_targets")).unwrap();
        assert!(targets.len() >= 8, "{targets:?}");
        for name in targets {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }

    #[test]
    fn a_finding_is_named_with_its_bytes() {
        let input = Path::new("findings/crash-1");
        let text = finding("sip_message", input, b"SIP/2.0\r\n\xff\"");
        assert!(
            text.contains("findings/crash-1 (11 bytes): b\"SIP/2.0\\r\\n\\xff\\\"\";"),
            "{text}"
        );
        let text = finding("sip_message", input, &[b'a'; SHOWN + 1]);
        assert!(text.contains("aaa...\""), "{text}");
    }

    #[test]
    fn an_unknown_target_is_answered_with_the_known_ones() {
        let error = run(Some("no-such-target"), 1).unwrap_err().to_string();
        assert!(error.contains("choose one of contact_list"), "{error}");
    }
}
