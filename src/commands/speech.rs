//! `speech`: recognition, synthesis and the classes of answers, on files.

mod classify;
mod eval;
mod say;
mod transcribe;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_media::wav;
use outcall_speech::recognition::{ENGLISH, MULTILINGUAL, Recogniser};

use super::Style;
use crate::cli::{Recognition, Speech};
use crate::config::Config;

pub(super) use transcribe::listen;

/// Does what was asked of speech.
pub(super) fn run(config: &Config, speech: &Speech, style: Style) -> anyhow::Result<ExitCode> {
    let models = Models::open(&config.settings.models_dir)?;
    match speech {
        Speech::Transcribe(args) => transcribe::run(&models, args, style),
        Speech::Say(args) => say::run(&models, args, style),
        Speech::Classify { files } => classify::run(&models, files, style),
        Speech::Eval(args) => eval::run(&models, args, style),
    }
}

/// The models and what runs them.
pub(super) struct Models {
    store: ModelStore,
    runtime: Runtime,
}

impl Models {
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let store = ModelStore::open(folder)?;
        let runtime = Runtime::load(&store)?;
        Ok(Self { store, runtime })
    }

    /// A recogniser for a language: English has a model of its own.
    fn recogniser(&self, recognition: &Recognition) -> anyhow::Result<Recogniser> {
        let language = recognition.language.as_str();
        let own = if language == "en" { ENGLISH } else { MULTILINGUAL };
        let model = recognition.model.as_deref().unwrap_or(own);
        Ok(Recogniser::load(&self.runtime, &self.store, model, language)?)
    }
}

/// The channels of a file at 8 kHz.
fn channels(file: &Path) -> anyhow::Result<Vec<Vec<i16>>> {
    let size = fs_err::metadata(file)?.len();
    anyhow::ensure!(
        size <= wav::FILE_SIZE_MAX,
        "{} has {size} bytes: cut it into parts of {}",
        file.display(),
        wav::FILE_SIZE_MAX
    );
    let sound = wav::decode(&fs_err::read(file)?).with_context(|| file.display().to_string())?;
    let channel = |index| wav::to_8_khz(&sound.channel(index), sound.rate_hz);
    Ok((0..usize::from(sound.channels)).map(channel).collect())
}
