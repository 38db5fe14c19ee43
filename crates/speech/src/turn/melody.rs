//! Does it sound finished? Judged by melody and rhythm, for words that may be complete.
//!
//! The model is smart-turn 3.2 (BSD-2-Clause): the last 8 s in, the probability out that the
//! speaker has finished. It runs once for each pause that the words do not settle.

use ort::session::Session;
use ort::value::TensorRef;
use outcall_inference::pool::Worker;
use outcall_inference::runtime::{Runtime, RuntimeError};
use outcall_inference::store::ModelStore;

use crate::recognition::to_16_khz;

/// The model's name in the store.
pub const MODEL: &str = "smart-turn";
const FILE: &str = "turn.onnx";
/// Samples that the model takes: 8 s at 16 kHz.
const WINDOW: usize = 128_000;

/// Why it could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum MelodyError {
    /// The model cannot be loaded.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The model did not run.
    #[error("end of turn: {0}")]
    Run(#[from] ort::Error),
    /// The system refused a thread.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The model, for one thread.
#[derive(Debug)]
pub struct Melody {
    session: Session,
}

impl Melody {
    /// Loads the model.
    ///
    /// # Errors
    /// When it is missing or cannot be run.
    pub fn load(runtime: &Runtime, store: &ModelStore) -> Result<Self, MelodyError> {
        Ok(Self { session: runtime.session(store, MODEL, FILE)? })
    }

    /// The probability, 0 to 1, that the speaker has finished at the end of these samples: 8 kHz,
    /// linear 16 bits, some 100 ms of silence at the end.
    ///
    /// # Errors
    /// When the model does not run.
    pub fn finished(&mut self, samples: &[i16]) -> Result<f32, MelodyError> {
        let last = &samples[samples.len().saturating_sub(WINDOW / 2)..];
        let sound = to_16_khz(last);
        let mut window = vec![0.0; WINDOW - sound.len()];
        window.extend_from_slice(&sound);
        let audio = TensorRef::from_array_view(([1, WINDOW], &window[..]))?;
        let outputs = self.session.run(ort::inputs!["audio" => audio])?;
        let probability = outputs["probability"].try_extract_tensor::<f32>()?.1;
        Ok(probability.first().copied().unwrap_or(0.0))
    }
}

impl Worker for Melody {
    type Request = std::sync::Arc<[i16]>;
    type Reply = f32;

    fn length(_: &Self::Request) -> u32 {
        1
    }

    fn run(&mut self, batch: Vec<Self::Request>) -> Vec<Result<Self::Reply, String>> {
        let judge =
            |samples: Self::Request| self.finished(&samples).map_err(|error| error.to_string());
        batch.into_iter().map(judge).collect()
    }
}
