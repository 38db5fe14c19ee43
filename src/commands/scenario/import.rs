//! Scenarios out of the files of others.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use outcall_dialogue::check::check;
use outcall_dialogue::import::{Imported, Source, Wishes, import};
use outcall_dialogue::{Files, FilesError, Problem, Severity, load};
use outcall_understanding::slots::Language;
use serde_json::json;

use super::files::Disk;
use crate::commands::Style;
use crate::output::answer;

/// Imports files as one scenario, checks it, and writes or prints it.
pub(super) fn run(
    files: &[PathBuf],
    out: Option<&Path>,
    (language, jurisdictions): (&str, &[String]),
    style: Style,
) -> anyhow::Result<ExitCode> {
    let language = match language {
        "en" => Language::En,
        "zh" => Language::Zh,
        other => bail!("the language '{other}' is not known: write en or zh"),
    };
    if let Some(out) = out {
        ensure!(!out.exists(), "{} is there already: remove it or name another", out.display());
    }
    let read = |path: &PathBuf| -> anyhow::Result<(String, String)> {
        let name = path.to_string_lossy().into_owned();
        let text = Disk.read(&name)?;
        Ok((name, text))
    };
    let read = files.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    let sources: Vec<Source<'_>> = read.iter().map(|(name, text)| Source { name, text }).collect();
    let name = name(out.or(files.first().map(PathBuf::as_path)));
    let wishes = Wishes { name, language, jurisdictions: jurisdictions.to_vec() };
    let imported = import(&sources, &wishes)?;
    let target =
        out.map_or_else(|| "scenario.yaml".into(), |out| out.to_string_lossy().into_owned());
    let problems = checked(&target, &imported);
    let errors = problems.iter().filter(|it| it.severity == Severity::Error).count();
    match out {
        Some(out) => {
            if let Some(folder) = out.parent().filter(|it| !it.as_os_str().is_empty()) {
                fs_err::create_dir_all(folder).context("nothing was imported")?;
            }
            fs_err::write(out, &imported.text).context("nothing was imported")?;
        }
        None if style.json => {}
        None => print!("{}", imported.text),
    }
    let summary = json!({
        "file": out,
        "scenario": out.is_none().then_some(&imported.text),
        "left_out": imported.left_out,
        "errors": errors,
        "problems": problems,
    });
    answer(style.json, &summary, || {
        // What is printed may be written to a file: what is said of it goes beside it.
        imported.left_out.iter().for_each(|told| eprintln!("left out: {told}"));
        problems.iter().for_each(|told| eprintln!("to do: {told}"));
        eprintln!("{} left out, {errors} errors to mend", imported.left_out.len());
    })?;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `outcall scenario check` says of it.
fn checked(name: &str, imported: &Imported) -> Vec<Problem> {
    match load(&Own(&imported.text), name) {
        Ok(loaded) => check(&loaded),
        Err(problems) => problems.0,
    }
}

/// The one file that an imported scenario consists of.
struct Own<'a>(&'a str);

impl Files for Own<'_> {
    fn read(&self, _: &str) -> Result<String, FilesError> {
        Ok(self.0.to_owned())
    }

    fn beside(&self, _: &str, include: &str) -> String {
        include.to_owned()
    }
}

/// The scenario's name: that of its folder when its file is called as all are, else of its file.
fn name(path: Option<&Path>) -> String {
    let stem = |path: &Path| path.file_stem().map(|it| it.to_string_lossy().into_owned());
    let folder = || path.and_then(Path::parent).and_then(stem);
    let own = path.and_then(stem).filter(|stem| stem != "scenario");
    let letter = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = own.or_else(folder).unwrap_or_default().chars().map(letter).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "imported".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_named_by_its_file_or_its_folder() {
        let of = |path: &str| name(Some(Path::new(path)));
        assert_eq!(of("calls/scenario.yaml"), "calls");
        assert_eq!(of("calls/My_set.csv"), "my-set");
        assert_eq!(of("scenario.yaml"), "imported");
    }
}
