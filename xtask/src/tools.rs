//! Tools that a chore needs: looked for, and installed when they are missing.

use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Whether `cargo NAME` exists.
pub(crate) fn has_cargo_tool(name: &str) -> bool {
    process::succeeds(&mut process::cargo(&[name, "--version"]))
}

/// Sees to it that `cargo NAME` exists, by building it from its source when it does not.
pub(crate) fn ensure_cargo_tool(name: &str) -> Result<()> {
    if has_cargo_tool(name) {
        return Ok(());
    }
    install(&format!("cargo-{name}"))
}

/// Builds and installs a program from cargo's registry.
pub(crate) fn install(package: &str) -> Result<()> {
    println!("{package} is missing: installing it (once)");
    process::run(&mut process::cargo(&["install", "--locked", package]))
        .with_context(|| format!("install {package} by hand and repeat"))
}

/// Sees to it that `cargo fmt` and `cargo clippy` exist.
pub(crate) fn ensure_components() -> Result<()> {
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !has_cargo_tool(tool) {
            println!("cargo {tool} is missing: installing it (once)");
            process::run(process::command("rustup").args(["component", "add", component]))
                .with_context(|| format!("install {component} by hand and repeat"))?;
        }
    }
    Ok(())
}

/// Sees to it that there is a C compiler: the bundled SQLite is built with it.
pub(crate) fn ensure_c_compiler() -> Result<()> {
    let present = || process::succeeds(process::command("cc").arg("--version"));
    if present() {
        return Ok(());
    }
    println!("no C compiler (`cc`), which the bundled SQLite needs: installing gcc (once)");
    install_debian(&["gcc", "libc6-dev"])
        .context("install a C compiler by hand, so that `cc --version` works, and repeat")?;
    anyhow::ensure!(present(), "gcc is installed, but `cc --version` still fails: mend PATH");
    Ok(())
}

/// Sees to it that there is a C++ compiler: libFuzzer is built with it.
pub(crate) fn ensure_cpp_compiler() -> Result<()> {
    if process::succeeds(process::command("c++").arg("--version")) {
        return Ok(());
    }
    println!("no C++ compiler (`c++`), which libFuzzer needs: installing g++ (once)");
    install_debian(&["g++"]).context("install a C++ compiler by hand and repeat")
}

/// The independent peers that judge SIP and RTP: the program, and Debian's package of it.
const PEERS: &[(&str, &str)] =
    &[("sipp", "sip-tester"), ("baresip", "baresip-core"), ("kamailio", "kamailio")];

/// Sees to it that the peers are there.
pub(crate) fn ensure_peers() -> Result<()> {
    let is_missing = |program: &str| {
        !process::succeeds(process::command("sh").args(["-c", &format!("command -v {program}")]))
    };
    let missing: Vec<&str> = PEERS
        .iter()
        .filter(|(program, _)| is_missing(program))
        .map(|&(_, package)| package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("{} missing, which judge SIP and RTP: installing them (once)", missing.join(", "));
    install_debian(&missing).with_context(|| {
        format!("install {} by hand (Debian's packages) and repeat", missing.join(", "))
    })
}

/// Where Debian's package of recorded prompts puts them.
const PROMPTS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// Sees to it that there are recordings of a person to measure recognition on.
pub(crate) fn ensure_prompts() -> Result<()> {
    if std::path::Path::new(PROMPTS).is_dir() {
        return Ok(());
    }
    println!("no recorded prompts, which speech is measured on: installing them (once)");
    install_debian(&["asterisk-core-sounds-en-wav"])
        .context("install asterisk-core-sounds-en-wav by hand and repeat")
}

/// Sees to it that there are voices to compose answers with. Their absence is no failure: the
/// figures say so.
pub(crate) fn ensure_flite() {
    if process::succeeds(process::command("flite").arg("-lv")) {
        return;
    }
    println!("no flite, whose voices say what recognition is measured on: installing it (once)");
    if let Err(error) = install_debian(&["flite"]) {
        println!("flite could not be installed: {error:#}");
    }
}

/// Sees to it that the people of the demo have voices: never the robot's own.
pub(crate) fn ensure_people() -> Result<()> {
    if process::succeeds(process::command("flite").arg("-lv")) {
        return Ok(());
    }
    println!("no flite, with whose voices the called people speak: installing it (once)");
    install_debian(&["flite"]).context("install flite by hand and repeat")
}

/// Installs packages of the distribution.
pub(crate) fn install_debian(packages: &[&str]) -> Result<()> {
    let arguments: Vec<&str> = ["install"].iter().chain(packages).copied().collect();
    if process::run(&mut apt_get(&arguments)).is_ok() {
        return Ok(());
    }
    // A fresh image has no package lists yet.
    process::run(&mut apt_get(&["update"])).and_then(|()| process::run(&mut apt_get(&arguments)))
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = process::command("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["--yes", "--no-install-recommends"]).args(arguments);
    command
}
