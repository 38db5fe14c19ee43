//! `cargo xtask tidy`: the house rules that no compiler checks (`STYLE.md` gives their reasons).
//!
//! Every rule is a pure function from a file's path and text to offences, tested on small texts.

mod layers;
mod manifest;
mod markdown;
mod rust;
mod text;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, bail};

use crate::workspace;

/// A line that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Offence {
    path: String,
    /// From 1.
    line: usize,
    message: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// A file as the rules see it, and the offences found in it so far.
struct File<'a> {
    /// Relative to the repository, with `/`.
    path: &'a str,
    text: &'a str,
    offences: Vec<Offence>,
}

impl<'a> File<'a> {
    fn new(path: &'a str, text: &'a str) -> Self {
        Self { path, text, offences: Vec::new() }
    }

    fn offence(&mut self, line: usize, message: impl Into<String>) {
        self.offences.push(Offence { path: self.path.to_owned(), line, message: message.into() });
    }
}

/// Prints every offence of the repository and fails when there is one.
pub(crate) fn run() -> Result<()> {
    let paths: BTreeSet<String> = workspace::files()?.into_iter().collect();
    let mut offences = Vec::new();
    for path in &paths {
        let bytes = fs_err::read(workspace::root().join(path))?;
        // What is not UTF-8 or holds a NUL is data: no rule of ours reads it.
        if let Ok(text) = String::from_utf8(bytes)
            && !text.contains('\0')
        {
            offences.extend(check(path, &text, &paths));
        }
    }
    offences.sort();
    for offence in &offences {
        println!("{offence}");
    }
    if !offences.is_empty() {
        bail!("{} offences against the house rules", offences.len());
    }
    println!("tidy: {} files, no offence", paths.len());
    Ok(())
}

fn check(path: &str, text: &str, paths: &BTreeSet<String>) -> Vec<Offence> {
    let mut file = File::new(path, text);
    text::check(&mut file);
    if path.ends_with(".rs") {
        rust::check(&mut file);
    }
    if path.ends_with("Cargo.toml") {
        manifest::check(&mut file);
    }
    if path.ends_with(".md") {
        markdown::check(&mut file, paths);
    }
    file.offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offence_is_printed_so_that_an_editor_can_jump_to_it() {
        let offences = check("src/a.rs", "fn a() {}   \n", &BTreeSet::new());
        let printed: Vec<_> = offences.iter().map(Offence::to_string).collect();
        assert_eq!(printed, ["src/a.rs:1: white space at the end of the line"]);
    }
}
