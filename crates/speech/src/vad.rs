//! Voice activity: how likely each 32 ms of a stream are speech, for many streams in one pass.
//!
//! The model is silero-vad 6 (MIT), a small recurrent network that takes 8 kHz as it is. Each
//! stream keeps its own [`VadState`]; a pass takes any number of streams, and a frame in a batch
//! costs about half of one alone.

use ort::session::Session;
use ort::value::{Tensor, TensorRef};
use outcall_inference::runtime::{Runtime, RuntimeError};
use outcall_inference::store::ModelStore;

/// The model's name in the store.
pub const MODEL: &str = "silero-vad";
const FILE: &str = "silero_vad.onnx";

/// Samples of a frame: 32 ms at 8 kHz.
pub const FRAME: usize = 256;
/// The length of a frame, in milliseconds.
pub const FRAME_MS: u64 = 32;
/// Samples of the frame before that the model wants to see again.
const CONTEXT: usize = 32;
/// Numbers that the network remembers of a stream: two layers of 128.
const MEMORY: usize = 256;
const LAYER: usize = MEMORY / 2;
const RATE_HZ: i64 = 8_000;

/// Why no probability could be computed.
#[derive(Debug, thiserror::Error)]
pub enum VadError {
    /// The model cannot be loaded.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The model did not run, or is not the one that is expected.
    #[error("voice activity: {0}")]
    Run(#[from] ort::Error),
    /// The model's answer has another shape than its documentation says.
    #[error("voice activity: the model answered {found} numbers for {streams} streams")]
    Shape {
        /// Numbers that came.
        found: usize,
        /// Streams that were asked for.
        streams: usize,
    },
}

/// What is remembered of a stream between two frames.
#[derive(Clone, Debug)]
pub struct VadState {
    memory: [f32; MEMORY],
    context: [f32; CONTEXT],
}

impl Default for VadState {
    fn default() -> Self {
        Self { memory: [0.0; MEMORY], context: [0.0; CONTEXT] }
    }
}

/// A frame of a stream, with its state.
#[derive(Debug)]
pub struct VadFrame<'a> {
    /// The stream's state: changed.
    pub state: &'a mut VadState,
    /// 32 ms at 8 kHz, linear 16 bits.
    pub samples: &'a [i16; FRAME],
}

/// The model, for one thread.
#[derive(Debug)]
pub struct Vad {
    session: Session,
    input: Vec<f32>,
    memory: Vec<f32>,
}

impl Vad {
    /// Loads the model.
    ///
    /// # Errors
    /// When it is missing or cannot be run.
    pub fn load(runtime: &Runtime, store: &ModelStore) -> Result<Self, VadError> {
        let session = runtime.session(store, MODEL, FILE)?;
        Ok(Self { session, input: Vec::new(), memory: Vec::new() })
    }

    /// The probability of speech, 0 to 1, for each of the frames, in their order. No stream may be
    /// there twice: its frames depend on each other.
    ///
    /// # Errors
    /// When the model does not run; no state is changed then.
    pub fn run(&mut self, frames: &mut [VadFrame<'_>]) -> Result<Vec<f32>, VadError> {
        let streams = frames.len();
        if streams == 0 {
            return Ok(Vec::new());
        }
        self.gather(frames);
        let input = TensorRef::from_array_view(([streams, CONTEXT + FRAME], &self.input[..]))?;
        let memory = TensorRef::from_array_view(([2, streams, LAYER], &self.memory[..]))?;
        let rate = Tensor::from_array(ndarray::arr0(RATE_HZ))?;
        let outputs = self.session.run(ort::inputs![
            "input" => input,
            "state" => memory,
            "sr" => rate,
        ])?;
        let probabilities = outputs["output"].try_extract_tensor::<f32>()?.1;
        let remembered = outputs["stateN"].try_extract_tensor::<f32>()?.1;
        if probabilities.len() != streams || remembered.len() != streams * MEMORY {
            return Err(VadError::Shape { found: probabilities.len(), streams });
        }
        for (place, frame) in frames.iter_mut().enumerate() {
            for (layer, memory) in frame.state.memory.chunks_exact_mut(LAYER).enumerate() {
                let start = (layer * streams + place) * LAYER;
                memory.copy_from_slice(&remembered[start..start + LAYER]);
            }
            let last = &frame.samples[FRAME - CONTEXT..];
            for (context, &sample) in frame.state.context.iter_mut().zip(last) {
                *context = scaled(sample);
            }
        }
        Ok(probabilities.to_vec())
    }

    /// Lays the streams side by side, as the model wants them.
    fn gather(&mut self, frames: &[VadFrame<'_>]) {
        self.input.clear();
        self.memory.clear();
        for frame in frames {
            self.input.extend_from_slice(&frame.state.context);
            self.input.extend(frame.samples.iter().copied().map(scaled));
        }
        for layer in 0..2 {
            for frame in frames {
                self.memory.extend_from_slice(&frame.state.memory[layer * LAYER..][..LAYER]);
            }
        }
    }

    /// The probabilities of a whole recording, frame by frame; what is left at its end is filled up
    /// with silence.
    ///
    /// # Errors
    /// As for [`Vad::run`].
    pub fn probabilities(&mut self, samples: &[i16]) -> Result<Vec<f32>, VadError> {
        let mut state = VadState::default();
        let mut all = Vec::with_capacity(samples.len() / FRAME + 1);
        for chunk in samples.chunks(FRAME) {
            let mut frame = [0; FRAME];
            frame[..chunk.len()].copy_from_slice(chunk);
            let frame = VadFrame { state: &mut state, samples: &frame };
            all.append(&mut self.run(&mut [frame])?);
        }
        Ok(all)
    }
}

fn scaled(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}
