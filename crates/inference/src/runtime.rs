//! ONNX Runtime, and sessions of one thread: parallel work is done by several of them.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::ep::CPU;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::store::{ModelStore, StoreError};

/// The name under which the store holds the runtime's library.
pub const MODEL: &str = "onnxruntime";
/// The library's file.
pub const LIBRARY: &str = "libonnxruntime.so";

/// A process has one environment, for as long as it lives.
static LOADED: Mutex<Option<Environment>> = Mutex::new(None);

/// Why a model cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The store has no such model, or not as its manifest says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The library of ONNX Runtime cannot be loaded.
    #[error("cannot load ONNX Runtime from {path}: {problem}; `cargo xtask models` installs it")]
    Library {
        /// The file.
        path: String,
        /// What the loader says.
        problem: String,
    },
    /// ONNX Runtime refuses the model.
    #[error("model {model}, file {file}: {problem}")]
    Model {
        /// The model's name.
        model: String,
        /// The file in it.
        file: String,
        /// What the runtime says.
        problem: String,
    },
}

/// The runtime of this process. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

/// The runtime's setting for products of 8 bits that do not overflow on x86-64.
const PRECISE: &str = "session.x64quantprecision";

/// Whether products of 8 bits may overflow on this processor.
#[cfg(target_arch = "x86_64")]
fn overflows() -> bool {
    !is_x86_feature_detected!("avx512vnni") && !is_x86_feature_detected!("avxvnni")
}

/// Other processors add them in 32 bits.
#[cfg(not(target_arch = "x86_64"))]
fn overflows() -> bool {
    false
}

impl Runtime {
    /// Loads the library that the store holds. A process loads one library; later calls get that.
    ///
    /// # Errors
    /// When the library is missing, changed, or cannot be loaded.
    pub fn load(store: &ModelStore) -> Result<Self, RuntimeError> {
        let path = store.model(MODEL)?.verified_path(LIBRARY)?;
        Self::load_library(&path)
    }

    fn load_library(path: &Path) -> Result<Self, RuntimeError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(environment) = &*loaded {
            return Ok(Self { environment: environment.clone() });
        }
        let failed =
            |problem: String| RuntimeError::Library { path: path.display().to_string(), problem };
        let builder =
            ort::environment::init_from(path).map_err(|error| failed(error.to_string()))?;
        let environment = builder
            .with_name("outcall")
            .with_telemetry(false)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        *loaded = Some(environment.clone());
        Ok(Self { environment })
    }

    /// A session of one thread for a model's file.
    ///
    /// # Errors
    /// When the file is missing or changed, or the runtime refuses it.
    pub fn session(
        &self,
        store: &ModelStore,
        model: &str,
        file: &str,
    ) -> Result<Session, RuntimeError> {
        let bytes = store.model(model)?.read(file)?;
        let failed = |error: ort::Error| RuntimeError::Model {
            model: model.to_owned(),
            file: file.to_owned(),
            problem: error.to_string(),
        };
        // Processors without VNNI add products of 8 bits in 16, which overflow: half a sentence
        // then sounds whole. With this they multiply so that none does. The runtime cannot do so
        // with a model whose weights share their zero points; that one stays as it is.
        if overflows() {
            let precise =
                self.builder().and_then(|builder| Ok(builder.with_config_entry(PRECISE, "1")?));
            let mut precise = precise.map_err(failed)?;
            if let Ok(session) = precise.commit_from_memory(&bytes) {
                return Ok(session);
            }
        }
        let mut builder = self.builder().map_err(failed)?;
        builder.commit_from_memory(&bytes).map_err(failed)
    }

    fn builder(&self) -> Result<SessionBuilder, ort::Error> {
        // One thread that does not spin while it waits: a pool has as many sessions as it may use
        // cores.
        Ok(Session::builder(&self.environment)?
            // The runtime's own arena never gives back what the longest reply has needed, and each
            // session has one. Without it a process of two workers holds some 180 MiB less, and
            // takes no more processor time.
            .with_execution_providers([CPU::default().with_arena_allocator(false).build()])?
            .with_optimization_level(GraphOptimizationLevel::All)?
            // A plan of the memory is kept for each shape of the inputs, and ours differ with each
            // reply: there would be no end of plans.
            .with_memory_pattern(false)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?)
    }
}
