//! Texts made into sound before the first call.

use std::io;
use std::path::{Path, PathBuf};

use outcall_inference::runtime::{Runtime, RuntimeError};
use outcall_inference::store::{ModelStore, StoreError};
use outcall_media::clip::Clip;
use outcall_speech::synthesis::cache::Cache;
use outcall_speech::synthesis::prompt::{Part, Prompt};
use outcall_speech::synthesis::{SynthesisError, Voice};
use serde::{Deserialize, Serialize};

/// Rendered prompts that are kept in memory, in bytes: some minutes.
const MEMORY_MAX: usize = 16 << 20;

/// Why a text cannot be said.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The folder of the models.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// ONNX Runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The voice.
    #[error(transparent)]
    Synthesis(#[from] SynthesisError),
    /// The folder of rendered prompts.
    #[error("the folder of rendered prompts: {0}")]
    Folder(#[from] io::Error),
    /// Nothing in it can be said.
    #[error("there is nothing to say in '{0}'")]
    Empty(String),
}

/// How rendered prompts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromptSettings {
    /// The most that the folder of rendered prompts holds, in MiB: what was not used for longest
    /// goes first, and never what the scripts of this process say. Default 512: some nine hours.
    pub folder_max_mib: u32,
}

impl Default for PromptSettings {
    fn default() -> Self {
        Self { folder_max_mib: 512 }
    }
}

/// Renders texts. The voice is loaded with the first of them.
#[derive(Debug)]
pub struct Prompts {
    models: PathBuf,
    folder: PathBuf,
    settings: PromptSettings,
    loaded: Option<(Voice, Cache)>,
}

impl Prompts {
    /// With the models of one folder; what is rendered is kept in another.
    pub fn new(models: &Path, folder: &Path, settings: PromptSettings) -> Self {
        Self { models: models.to_owned(), folder: folder.to_owned(), settings, loaded: None }
    }

    /// The sound of a text.
    ///
    /// # Errors
    /// When the models are missing, or the text has nothing that can be said.
    pub fn clip(&mut self, text: &str) -> Result<Clip, PromptError> {
        if self.loaded.is_none() {
            let store = ModelStore::open(&self.models)?;
            let runtime = Runtime::load(&store)?;
            let voice = Voice::load(&runtime, &store)?;
            let folder_max = u64::from(self.settings.folder_max_mib) << 20;
            self.loaded = Some((voice, Cache::in_folder(MEMORY_MAX, &self.folder, folder_max)?));
        }
        let Some((voice, cache)) = &mut self.loaded else {
            return Err(PromptError::Empty(text.to_owned()));
        };
        let prompt = Prompt::new(vec![Part::Fixed(text.to_owned())]);
        prompt.pin(voice, cache);
        let samples = prompt.render(voice, cache)?;
        if samples.is_empty() {
            return Err(PromptError::Empty(text.to_owned()));
        }
        Ok(Clip::from_samples(samples))
    }
}
