//! Running other programs: each command is printed before it runs.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// What `cargo run` tells this program about its own package. A child must not take it for news of
/// the package that it works on: cargo-machete, for one, does.
const OUR_PACKAGE: &[&str] = &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_NAME", "CARGO_CRATE_"];

/// A command that runs in the root of the repository.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    for (name, _) in std::env::vars_os() {
        if OUR_PACKAGE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// Cargo, the same one that started this chore.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = command(program);
    command.args(arguments);
    command
}

/// Prints the command, runs it and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let text = describe(command);
    println!("$ {text}");
    let status = command.status().with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` ended with {status}");
    }
    Ok(())
}

/// Prints the command and starts it.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    let text = describe(command);
    println!("$ {text} &");
    command.spawn().with_context(|| format!("cannot start `{text}`"))
}

/// Runs the command and returns what it prints; its complaints go to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let text = describe(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{text}`"))?;
    if !output.status.success() {
        bail!("`{text}` ended with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{text}` printed no UTF-8"))
}

/// Whether the command starts and succeeds; what it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// The command as a person would type it in the root of the repository.
fn describe(command: &Command) -> String {
    let root = workspace::root();
    let short = |text: &std::ffi::OsStr| {
        let path = std::path::Path::new(text);
        match path.strip_prefix(root) {
            Ok(inner) => inner.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    };
    let program = std::path::Path::new(command.get_program());
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.display(), quote(&value.to_string_lossy())));
        }
    }
    words.push(match program.file_name() {
        Some(name) if name == "cargo" => "cargo".to_owned(),
        _ => quote(&short(command.get_program())),
    });
    words.extend(command.get_args().map(|argument| quote(&short(argument))));
    words.join(" ")
}

fn quote(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_a_person_would_type_it() {
        let mut command = command(workspace::root().join("target/release/outcall"));
        command.arg("--file").arg(workspace::root().join("a list.csv")).env("CI", "true");
        assert_eq!(describe(&command), "CI=true target/release/outcall --file 'a list.csv'");
    }

    #[test]
    fn a_command_that_fails_is_named_with_its_status() {
        let error = run(&mut cargo(&["no-such-command-here"])).unwrap_err().to_string();
        assert!(error.contains("`cargo no-such-command-here` ended with exit status"), "{error}");
    }
}
