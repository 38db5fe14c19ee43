//! What a benchmark leaves behind: `{"name", "revision", "machine", "figures": {...}}`.

use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Map, Value};

/// The figures of a benchmark by their names.
pub(crate) type Figures = Map<String, Value>;

#[derive(Serialize)]
struct Results<'a> {
    name: &'a str,
    /// Of the tree that this ran in, see [`revision`], not of the program under test: that one
    /// tells no revision of its own (`--version` has a number only), and may be of another when it
    /// was built earlier or `--program` names it.
    revision: String,
    machine: String,
    figures: &'a Figures,
}

/// Writes the figures, with what they were measured on.
pub(crate) fn write(out: &Path, name: &str, figures: &Figures) -> Result<()> {
    let results = Results { name, revision: revision(), machine: machine(), figures };
    if let Some(folder) = out.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let text = serde_json::to_string_pretty(&results).context("figures as JSON")?;
    fs_err::write(out, text + "\n")?;
    Ok(())
}

/// The commit of the working folder's tree, with `-dirty` when files differ from it; `unknown`
/// outside of a repository.
fn revision() -> String {
    let described = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    described
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// Cores, processor and memory, as far as the system tells.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let of = |file: &str, field: &str| {
        let text = fs_err::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(field))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory_kib = of("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0);
    format!("{cores} cores, {processor}, {} GiB", memory_kib / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_documented_form() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("bench/crash.json");
        let figures = Figures::from_iter([("lost".to_owned(), 0.into())]);
        write(&out, "crash", &figures).unwrap();
        let written: Value = serde_json::from_str(&fs_err::read_to_string(&out).unwrap()).unwrap();
        assert_eq!((&written["name"], &written["figures"]["lost"]), (&"crash".into(), &0.into()));
        assert!(written["revision"].is_string() && written["machine"].is_string());
    }
}
