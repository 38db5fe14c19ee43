//! The compiler of `cargo xtask fuzz`: instruments what is fuzzed, and leaves the rest alone.
//!
//! With `RUSTFLAGS` every dependency would be built once more, instrumented, and libFuzzer would
//! steer by branches of allocators and hash tables too. Cargo calls this program in place of
//! `rustc` instead (`RUSTC_WRAPPER`, which is no part of what cargo tells builds apart by), so that
//! the dependencies are those of the proof profile. What is fuzzed bears a mark in
//! `fuzz/Cargo.toml`: it is built with debug assertions.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// Set where this program stands in for the compiler.
pub(super) const VARIABLE: &str = "OUTCALL_INSTRUMENT";

/// What makes a program fit for libFuzzer. Cargo does not see these: after a change of them,
/// `cargo clean --profile proof`.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Clink-dead-code",
    "--cfg=fuzzing",
];

/// The mark, as cargo hands it to the compiler.
const MARK: &str = "debug-assertions=on";

/// Runs the compiler that cargo named, when cargo called this program as one.
pub(crate) fn as_compiler() -> Option<ExitCode> {
    std::env::var_os(VARIABLE)?;
    let mut arguments = std::env::args_os().skip(1);
    let compiler = arguments.next()?;
    let arguments = instrumented(arguments.collect());
    Some(match Command::new(&compiler).args(arguments).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot start {}: {error}", compiler.display());
            ExitCode::FAILURE
        }
    })
}

/// The compiler's arguments, with the instruments where the mark is.
fn instrumented(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.iter().any(|argument| argument == MARK) {
        arguments.extend(FLAGS.iter().map(OsString::from));
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn only_what_is_marked_is_instrumented() {
        let plain = words("--crate-name serde -C opt-level=3");
        assert_eq!(instrumented(plain.clone()), plain);
        let marked = instrumented(words("--crate-name outcall_sip -C debug-assertions=on"));
        assert!(marked.iter().any(|argument| argument == "-Cpasses=sancov-module"), "{marked:?}");
    }

    #[test]
    fn every_crate_of_ours_that_is_fuzzed_bears_the_mark() {
        let manifest = fs_err::read_to_string(workspace::root().join("fuzz/Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let marked = manifest["profile"]["proof"]["package"].as_table().unwrap();
        for name in manifest["dependencies"].as_table().unwrap().keys() {
            let mark = marked.get(name).and_then(|profile| profile.get("debug-assertions"));
            let is_marked = mark.and_then(toml::Value::as_bool) == Some(true);
            assert_eq!(is_marked, name.starts_with("outcall-"), "{name}");
        }
    }
}
