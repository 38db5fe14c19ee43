//! What tests with models share.

#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;

use super::Voice;

/// Loaded once: a process has one runtime, and the dictionaries are large.
struct Shared {
    runtime: Runtime,
    store: ModelStore,
    voice: Mutex<Voice>,
}

/// A voice; none, with a line that says so, where the models are absent.
pub(super) fn voice() -> Option<Voice> {
    static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
    let shared = SHARED.get_or_init(load).as_ref();
    if shared.is_none() {
        println!("not tested: the models are absent (`cargo xtask models` fetches them)");
    }
    let Shared { runtime, store, voice } = shared?;
    let voice = voice.lock().unwrap_or_else(PoisonError::into_inner);
    Some(voice.sharing(runtime, store).unwrap())
}

fn load() -> Option<Shared> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let folder = std::env::var_os("OUTCALL_MODELS_DIR").map_or_else(beside, PathBuf::from);
    let store = ModelStore::open(&folder).ok()?;
    let runtime = Runtime::load(&store).unwrap();
    let voice = Mutex::new(Voice::load(&runtime, &store).unwrap());
    Some(Shared { runtime, store, voice })
}
