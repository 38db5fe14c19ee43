//! The models, where they are.

use std::path::{Path, PathBuf};

use outcall_inference::runtime::Runtime;
use outcall_inference::store::{ModelStore, StoreError};
use outcall_speech::recognition::{ENGLISH, Recogniser};
use outcall_speech::synthesis::Voice;
use outcall_speech::vad::Vad;

pub(crate) struct Models {
    pub(crate) store: ModelStore,
    pub(crate) runtime: Runtime,
}

impl Models {
    /// The models; none, with a line that says so, where they are absent. A folder that is there
    /// and cannot be used is a failure.
    pub(crate) fn find() -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let folder = std::env::var_os("OUTCALL_MODELS_DIR").map_or_else(beside, PathBuf::from);
        let store = match ModelStore::open(&folder) {
            Ok(store) => store,
            Err(StoreError::Absent { .. }) => {
                println!("not tested: the models are absent (`cargo xtask models` fetches them)");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let runtime = Runtime::load(&store).expect("the runtime");
        Some(Self { store, runtime })
    }

    pub(crate) fn vad(&self) -> Vad {
        Vad::load(&self.runtime, &self.store).expect("a model")
    }

    pub(crate) fn recogniser(&self) -> Recogniser {
        Recogniser::load(&self.runtime, &self.store, ENGLISH, "en").expect("a model")
    }

    pub(crate) fn voice(&self) -> Voice {
        Voice::load(&self.runtime, &self.store).expect("a model")
    }
}
