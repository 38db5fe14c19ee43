//! The acoustic model: from phonemes to the parts of a spectrum.

use std::collections::HashMap;

use ndarray::{Array1, Array2};
use ort::session::{Session, SessionOutputs};
use ort::value::TensorRef;
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;

use super::vocoder::Spectrum;
use super::{MODEL, SynthesisError, json};

const FILE: &str = "hibari.onnx";
const VOCABULARY: &str = "vocab.json";
/// Durations are divided by this: 1 is the pace of the training.
const SPEED: f32 = 1.0;

/// The model and the numbers of its phonemes.
#[derive(Debug)]
pub(super) struct Acoustic {
    session: Session,
    vocabulary: HashMap<char, i64>,
}

impl Acoustic {
    pub(super) fn load(runtime: &Runtime, store: &ModelStore) -> Result<Self, SynthesisError> {
        let session = runtime.session(store, MODEL, FILE)?;
        Ok(Self { session, vocabulary: json(store, VOCABULARY)? })
    }

    /// The spectrum of a sentence; none when it holds no phoneme that the model knows.
    pub(super) fn spectrum(&mut self, phonemes: &str) -> Result<Option<Spectrum>, SynthesisError> {
        let known = phonemes.chars().filter_map(|sign| self.vocabulary.get(&sign).copied());
        // Zero is silence: one stands at both ends.
        let ids: Vec<i64> = std::iter::once(0).chain(known).chain(std::iter::once(0)).collect();
        if ids.len() < 3 {
            return Ok(None);
        }
        let ids = Array2::from_shape_fn((1, ids.len()), |(_, at)| ids[at]);
        let speed = Array1::from_elem(1, SPEED);
        let outputs = self.session.run(ort::inputs![
            "ids" => TensorRef::from_array_view(&ids)?,
            "speed" => TensorRef::from_array_view(&speed)?,
        ])?;
        Ok(Some(Spectrum {
            harmonic: part(&outputs, 0)?,
            harmonic_phase: part(&outputs, 1)?,
            noise: part(&outputs, 2)?,
            residual: part(&outputs, 3)?,
            residual_phase: part(&outputs, 4)?,
            pitch_hz: part(&outputs, 5)?,
        }))
    }
}

fn part(outputs: &SessionOutputs<'_>, index: usize) -> Result<Vec<f32>, SynthesisError> {
    let (_, values) = outputs[index].try_extract_tensor::<f32>()?;
    Ok(values.to_vec())
}
