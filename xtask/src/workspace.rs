//! Where things are: the repository, cargo's target folder, the files under version control.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("invariant: xtask lives in a folder of the repository")
}

/// The folder for what chores write: always `target/` of the repository, wherever cargo builds.
pub(crate) fn results(folder: &str) -> Result<PathBuf> {
    let path = root().join("target").join(folder);
    fs_err::create_dir_all(&path)?;
    Ok(path)
}

/// How programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For figures.
    Release,
    /// For proofs and demos: optimised, in half the time to build.
    Proof,
}

impl Profile {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Proof => "proof",
        }
    }
}

/// Builds the packages and returns the folder that holds their programs.
pub(crate) fn build(packages: &[&str], profile: Profile) -> Result<PathBuf> {
    let mut command = process::cargo(&["build", "--profile", profile.name()]);
    for package in packages {
        command.args(["--package", package]);
    }
    process::run(&mut command)?;
    Ok(target()?.join(profile.name()))
}

/// Where cargo builds.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = metadata(&["--no-deps"])?;
    let target = metadata["target_directory"].as_str();
    Ok(target.context("cargo metadata names no target folder")?.into())
}

/// What cargo knows about the workspace, `cargo metadata` in JSON.
pub(crate) fn metadata(arguments: &[&str]) -> Result<Value> {
    let mut command = process::cargo(&["metadata", "--format-version", "1"]);
    let text = process::output(command.args(arguments))?;
    serde_json::from_str(&text).context("cargo metadata printed no JSON")
}

/// The files of the repository, relative to its root: committed ones and new ones that are not
/// ignored, so that an offence shows before it is committed. Sorted.
pub(crate) fn files() -> Result<Vec<String>> {
    let mut git = process::command("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listing = process::output(&mut git)?;
    let mut files: Vec<String> = listing
        .split('\0')
        .filter(|path| !path.is_empty() && root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}
