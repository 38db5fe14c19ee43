//! The decoder: a token at a time, the likeliest first.

use std::borrow::Cow;

use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor};

use super::RecognitionError;
use super::encoder::Heard;
use super::guard;
use super::settings::WhisperSettings;

/// A text as tokens.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoding {
    pub(super) tokens: Vec<u32>,
    /// Natural logarithm of each token's probability.
    pub(super) log_probabilities: Vec<f32>,
    /// Of the end, when the text ended by itself.
    pub(super) end_log_probability: Option<f32>,
    /// The guard cut it.
    pub(super) looped: bool,
}

impl Decoding {
    pub(super) fn mean_log_probability(&self) -> f32 {
        let all = self.log_probabilities.iter().chain(&self.end_log_probability);
        let (count, sum) = all.fold((0, 0.0), |(count, sum), one| (count + 1, sum + one));
        if count == 0 { f32::NEG_INFINITY } else { sum / count as f32 }
    }
}

/// The decoder, for one thread.
#[derive(Debug)]
pub(super) struct Decoder {
    session: Session,
    /// Names of what is kept from one step to the next: as input, as output, and the empty shape.
    kept: Vec<(String, String, [usize; 4])>,
    /// Tokens that the model knows.
    vocabulary: usize,
}

/// What is kept of the tokens so far.
#[derive(Debug)]
pub(super) struct Memory {
    values: Vec<DynValue>,
}

impl Memory {
    /// The memory of some of the texts, in a new order; a text may go on more than once.
    pub(super) fn select(self, parents: &[usize], texts: usize) -> Result<Self, RecognitionError> {
        let select = |value: DynValue| {
            let (shape, all) = value.try_extract_tensor::<f32>()?;
            let each = all.len() / texts.max(1);
            let mut chosen = Vec::with_capacity(each * parents.len());
            for &parent in parents {
                chosen.extend_from_slice(&all[parent * each..(parent + 1) * each]);
            }
            let mut shape: Vec<i64> = shape.to_vec();
            shape[0] = parents.len() as i64;
            Ok(Tensor::from_array((shape, chosen))?.into_dyn())
        };
        let values =
            self.values.into_iter().map(select).collect::<Result<_, RecognitionError>>()?;
        Ok(Self { values })
    }
}

impl Decoder {
    pub(super) fn new(session: Session, settings: &WhisperSettings) -> Self {
        let (heads, size) = (settings.heads, settings.head_size);
        let of_layer = |layer| {
            let names = |kind| (format!("past_{kind}_{layer}"), format!("new_{kind}_{layer}"));
            let ((past_k, new_k), (past_v, new_v)) = (names("k"), names("v"));
            [(past_k, new_k, [1, heads, size, 0]), (past_v, new_v, [1, heads, 0, size])]
        };
        let kept = (0..settings.decoder_layers).flat_map(of_layer).collect();
        Self { session, kept, vocabulary: settings.vocabulary }
    }

    /// Nothing said so far.
    pub(super) fn memory(&self) -> Result<Memory, RecognitionError> {
        let empty = |(_, _, shape): &(String, String, [usize; 4])| {
            let zeros = ndarray::Array4::<f32>::zeros(*shape);
            Ok(Tensor::from_array(zeros)?.into_dyn())
        };
        let values = self.kept.iter().map(empty).collect::<Result<_, RecognitionError>>()?;
        Ok(Memory { values })
    }

    /// Takes tokens in, as many for each of `texts` texts, and gives the scores of the next one of
    /// each, one text after the other.
    pub(super) fn step(
        &mut self,
        heard: &Heard,
        memory: Memory,
        tokens: &[u32],
        texts: usize,
    ) -> Result<(Vec<f32>, Memory), RecognitionError> {
        let ids: Vec<i64> = tokens.iter().map(|&token| i64::from(token)).collect();
        let tokens = Tensor::from_array(([texts, ids.len() / texts.max(1)], ids))?;
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> =
            Vec::with_capacity(1 + 2 * self.kept.len());
        inputs.push(("tokens".into(), tokens.into()));
        for ((past, _, _), value) in self.kept.iter().zip(memory.values) {
            inputs.push((past.as_str().into(), value.into()));
        }
        for (name, value) in &heard.cross {
            inputs.push((name.as_str().into(), value.into()));
        }
        let mut outputs = self.session.run(inputs)?;
        let wrong = |problem: String| RecognitionError::Model { file: "decoder.onnx", problem };
        let mut take =
            |name: &str| outputs.remove(name).ok_or_else(|| wrong(format!("no output {name}")));
        let logits = take("logits")?;
        let logits = logits.try_extract_tensor::<f32>()?.1.to_vec();
        if logits.len() != texts * self.vocabulary {
            return Err(wrong(format!("{} scores, not {}", logits.len(), self.vocabulary)));
        }
        let values = self.kept.iter().map(|(_, new, _)| take(new)).collect::<Result<_, _>>()?;
        Ok((logits, Memory { values }))
    }

    /// Decodes until the end, a loop, or `tokens_max` tokens.
    pub(super) fn run(
        &mut self,
        heard: &Heard,
        prefix: &[u32],
        tokens_max: usize,
        settings: &WhisperSettings,
    ) -> Result<Decoding, RecognitionError> {
        let mut decoding = Decoding::default();
        let mut memory = self.memory()?;
        let mut next = prefix.to_vec();
        let most = tokens_max.min(settings.max_tokens - prefix.len() - 1);
        while decoding.tokens.len() < most {
            let (mut logits, newer) = self.step(heard, memory, &next, 1)?;
            memory = newer;
            suppress(&mut logits, settings, decoding.tokens.is_empty());
            let (token, log_probability) = likeliest(&logits[..=settings.end as usize]);
            if token == settings.end {
                decoding.end_log_probability = Some(log_probability);
                break;
            }
            decoding.tokens.push(token);
            decoding.log_probabilities.push(log_probability);
            if let Some(start) = guard::loop_start(&decoding.tokens) {
                decoding.tokens.truncate(start);
                decoding.log_probabilities.truncate(start);
                decoding.looped = true;
                break;
            }
            next = vec![token];
        }
        Ok(decoding)
    }
}

/// Rules out the tokens that are never chosen, and those that do not come first.
pub(super) fn suppress(logits: &mut [f32], settings: &WhisperSettings, first: bool) {
    let at_first = settings.suppress_first.iter().filter(|_| first);
    for &token in settings.suppress.iter().chain(at_first) {
        logits[token as usize] = f32::NEG_INFINITY;
    }
}

/// The natural logarithms of the probabilities of some tokens, by the scores of all.
pub(super) fn log_probabilities(logits: &[f32], tokens: &[u32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|&score| (score - most).exp()).sum();
    let all = most + sum.ln();
    tokens.iter().map(|&token| logits[token as usize] - all).collect()
}

/// The likeliest token and the natural logarithm of its probability.
pub(super) fn likeliest(logits: &[f32]) -> (u32, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (token, &score) in logits.iter().enumerate() {
        if score > best.1 {
            best = (token, score);
        }
    }
    let sum: f32 = logits.iter().map(|&score| (score - best.1).exp()).sum();
    (best.0 as u32, -sum.ln())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use outcall_inference::runtime::Runtime;
    use outcall_inference::store::ModelStore;

    use super::*;

    #[test]
    fn a_text_goes_on_with_the_memory_of_the_one_that_it_comes_from() {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let folder = std::env::var_os("OUTCALL_MODELS_DIR").map_or_else(beside, Into::into);
        let Ok(store) = ModelStore::open(&folder) else {
            println!("not tested: the models are absent (`cargo xtask models` fetches them)");
            return;
        };
        // Values live in the runtime.
        Runtime::load(&store).unwrap();
        let numbers: Vec<f32> = (0_u8..6).map(f32::from).collect();
        let value = Tensor::from_array(([3, 1, 2, 1], numbers)).unwrap().into_dyn();
        let chosen = Memory { values: vec![value] }.select(&[2, 0, 2, 1], 3).unwrap();
        let (shape, numbers) = chosen.values[0].try_extract_tensor::<f32>().unwrap();
        assert_eq!(shape.to_vec(), [4, 1, 2, 1]);
        assert_eq!(numbers, [4.0, 5.0, 0.0, 1.0, 4.0, 5.0, 2.0, 3.0]);
    }
}
