//! Texts made into sound: kept ones at once, others while they are already heard.
//!
//! # Layout
//! - [`Prompts`]: finds what is kept, and has the rest rendered by a pool.
//! - [`Live`]: says what differs from call to call.
//! - [`Speech`]: a text's sound, whole or as far as it is rendered. [`Phrases`]: the latter.

mod speech;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outcall_inference::pool::{Pool, PoolError, PoolSettings};
use outcall_inference::runtime::{Runtime, RuntimeError};
use outcall_inference::store::{ModelStore, StoreError};
use outcall_media::clip::Clip;
use outcall_speech::synthesis::cache::Cache;
use outcall_speech::synthesis::prompt::{Part, Prompt};
use outcall_speech::synthesis::saying::Saying;
use outcall_speech::synthesis::worker::Worker;
use outcall_speech::synthesis::{SynthesisError, Voice};
use serde::{Deserialize, Serialize};

pub use speech::{Phrases, Sound, Speech};

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

/// How prompts are rendered and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromptSettings {
    /// The most that the folder of rendered prompts holds, in MiB: what was not used for longest
    /// goes first, and never what the scripts of this process say. Default 512: some nine hours.
    pub folder_max_mib: u32,
    /// Threads that speak, 28 MiB each. Default 1.
    pub workers: usize,
    /// Phrases that may wait for them; the calls that want more of them stay silent. Default 64.
    pub waiting_max: usize,
    /// How long a call waits for a phrase, in ms: one that takes longer ends what is said, since
    /// somebody waits in silence. Default 5,000.
    pub phrase_within_ms: u32,
}

impl Default for PromptSettings {
    fn default() -> Self {
        Self { folder_max_mib: 512, workers: 1, waiting_max: 64, phrase_within_ms: 5_000 }
    }
}

/// Renders texts. The voice is loaded with the first of them.
#[derive(Debug)]
pub struct Prompts {
    models: PathBuf,
    folder: PathBuf,
    settings: PromptSettings,
    loaded: Option<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    runtime: Runtime,
    store: ModelStore,
    voice: Voice,
    cache: Arc<Mutex<Cache>>,
    /// Started for the first text that is not kept.
    pool: Option<Pool<Worker>>,
}

impl Prompts {
    /// With the models of one folder; what is rendered is kept in another.
    pub fn new(models: &Path, folder: &Path, settings: PromptSettings) -> Self {
        Self { models: models.to_owned(), folder: folder.to_owned(), settings, loaded: None }
    }

    /// The sound of a text. Waits until it is rendered.
    ///
    /// # Errors
    /// When the models are missing, or the text has nothing that can be said.
    pub fn clip(&mut self, text: &str) -> Result<Clip, PromptError> {
        self.load()?.clip(text)
    }

    /// The sound of a text without waiting for it: whole when it is kept, otherwise rendered from
    /// now on, behind what somebody on the phone waits for.
    ///
    /// # Errors
    /// As [`Prompts::clip`].
    pub fn speech(&mut self, text: &str) -> Result<Speech, PromptError> {
        let settings = self.settings;
        let loaded = self.load()?;
        let prompt = fixed(text);
        if prompt.is_kept(&loaded.voice, &mut loaded.cache()) {
            return Ok(Speech::whole(loaded.clip(text)?));
        }
        if loaded.voice.phrases(text)?.is_empty() {
            return Err(PromptError::Empty(text.to_owned()));
        }
        prompt.pin(&loaded.voice, &mut loaded.cache());
        Ok(Speech::rendered(text, loaded.live(&settings)?))
    }

    /// Says texts that differ from call to call.
    ///
    /// # Errors
    /// When the models are missing.
    pub fn live(&mut self) -> Result<Live, PromptError> {
        let settings = self.settings;
        self.load()?.live(&settings)
    }

    fn load(&mut self) -> Result<&mut Loaded, PromptError> {
        let loaded = match self.loaded.take() {
            Some(loaded) => loaded,
            None => Loaded::load(&self.models, &self.folder, &self.settings)?,
        };
        Ok(self.loaded.insert(loaded))
    }
}

impl Loaded {
    fn load(models: &Path, folder: &Path, settings: &PromptSettings) -> Result<Self, PromptError> {
        let store = ModelStore::open(models)?;
        let runtime = Runtime::load(&store)?;
        let voice = Voice::load(&runtime, &store)?;
        let folder_max = u64::from(settings.folder_max_mib) << 20;
        let cache = Cache::in_folder(MEMORY_MAX, folder, folder_max)?;
        Ok(Self { runtime, store, voice, cache: Arc::new(Mutex::new(cache)), pool: None })
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clip(&mut self, text: &str) -> Result<Clip, PromptError> {
        let prompt = fixed(text);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        prompt.pin(&self.voice, &mut cache);
        let samples = prompt.render(&mut self.voice, &mut cache)?;
        if samples.is_empty() {
            return Err(PromptError::Empty(text.to_owned()));
        }
        Ok(Clip::from_samples(samples))
    }

    fn live(&mut self, settings: &PromptSettings) -> Result<Live, PromptError> {
        let phrase_within = Duration::from_millis(u64::from(settings.phrase_within_ms));
        Ok(Live { pool: self.pool(settings)?, phrase_within })
    }

    fn pool(&mut self, settings: &PromptSettings) -> Result<Pool<Worker>, PromptError> {
        if let Some(pool) = &self.pool {
            return Ok(pool.clone());
        }
        let workers = settings.workers.max(1);
        // Loaded here: a model that is missing is an error of the start and not of a call.
        let voices = (0..workers).map(|_| self.voice.sharing(&self.runtime, &self.store));
        let voices = Mutex::new(voices.collect::<Result<Vec<_>, _>>()?);
        let cache = Arc::clone(&self.cache);
        let make = move || {
            let voice = voices.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let voice = voice.ok_or_else(|| io::Error::other("a voice for each thread"))?;
            Ok::<_, io::Error>(Worker::keeping(voice, Arc::clone(&cache)))
        };
        let waiting_max = settings.waiting_max;
        let settings = PoolSettings { workers, waiting_max, ..PoolSettings::default() };
        let (pool, _) = Pool::start("synthesis", settings, make)?;
        Ok(self.pool.insert(pool).clone())
    }
}

/// Says texts that differ from call to call, phrase by phrase and before all others. They are not
/// kept: they are personal.
#[derive(Clone, Debug)]
pub struct Live {
    pool: Pool<Worker>,
    phrase_within: Duration,
}

impl Live {
    /// The sound of a text, as far as it is rendered. Does not wait.
    ///
    /// # Errors
    /// When too much waits to be said already.
    pub fn say(&self, text: &str) -> Result<Sound, PoolError> {
        self.phrases(text).map(Sound::Phrases)
    }

    fn phrases(&self, text: &str) -> Result<Arc<Phrases>, PoolError> {
        let saying = Saying::begin(&self.pool, text.to_owned(), self.phrase_within)?;
        Ok(Arc::new(Phrases::new(saying)))
    }
}

fn fixed(text: &str) -> Prompt {
    Prompt::new(vec![Part::Fixed(text.to_owned())])
}
