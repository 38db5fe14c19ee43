//! What the benchmarks of speech share: models, recordings, processor time.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::time::{ClockId, clock_gettime};
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_speech::evaluation::{Prompt, read_prompts};

/// Where `cargo xtask models` puts them.
pub(super) const MODELS: &str = "models";
/// The test data, beside the project.
const DATA: &str = "../shared/data/speech";
/// Where Debian's package `asterisk-core-sounds-en-wav` puts its recordings.
pub(super) const SOUNDS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// The models and their runtime.
pub(super) struct Models {
    pub(super) store: ModelStore,
    pub(super) runtime: Runtime,
}

impl Models {
    pub(super) fn open() -> Result<Self> {
        let store = ModelStore::open(Path::new(MODELS))?;
        let runtime = Runtime::load(&store)?;
        Ok(Self { store, runtime })
    }
}

/// The folder with `prompts.tsv` and `digits/`.
pub(super) fn data(given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| PathBuf::from(DATA), Path::to_owned)
}

/// The prompts of a folder: recordings beside their list or, when they are not there, those of the
/// system's package.
pub(super) fn prompts(data: &Path) -> Result<Vec<Prompt>> {
    let list = data.join("prompts.tsv");
    let prompts = read_prompts(&list, &sounds(data, &list)?);
    prompts.context("install asterisk-core-sounds-en-wav, or put the recordings beside the list")
}

/// Where the recordings of a list lie: beside it, or where the system's package puts them.
pub(super) fn sounds(data: &Path, list: &Path) -> Result<PathBuf> {
    let text = fs_err::read_to_string(list)?;
    let first = text.lines().filter_map(|line| line.split_once('\t')).nth(1);
    let first = first.with_context(|| format!("{} lists nothing", list.display()))?.0;
    let beside = data.join(first).is_file();
    Ok(if beside { data.to_owned() } else { PathBuf::from(SOUNDS) })
}

/// The processor time of this thread so far, in seconds.
pub(super) fn thread_cpu_s() -> Result<f64> {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    Ok(time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
}

/// The processor time that something takes in this thread, in seconds, and what it gives.
pub(super) fn timed<T>(act: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let before = thread_cpu_s()?;
    let value = act()?;
    Ok((value, thread_cpu_s()? - before))
}

/// The given part of a list of numbers, from 0 to 1; 0 for an empty one.
pub(super) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part).round() as usize).copied().unwrap_or(0.0)
}
