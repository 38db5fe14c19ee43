//! Sentence encoders: a text becomes a vector of length 1, near to those of like meaning.
//!
//! MiniLM (Wang and others, 2020; all-MiniLM-L6-v2) for English, multilingual E5 (Wang and others,
//! 2024; small) for Mandarin and the rest. E5 asks for a prefix, and its vectors lie close to each
//! other: their mean is taken off.

use ndarray::{Array1, Array2, Axis};
use ort::session::Session;
use ort::value::TensorRef;
use outcall_inference::runtime::{Runtime, RuntimeError};
use outcall_inference::store::{ModelStore, StoreError};
use tokenizers::Tokenizer;

use super::batch::{Batch, batches};

/// Numbers of a vector.
pub const WIDTH: usize = 384;
/// The model's file.
const FILE: &str = "encoder.onnx";
/// Its tokens.
const TOKENS: &str = "tokenizer.json";
/// What vectors of E5 are centred on: sentences of everyday calls, in two languages.
const CENTRE: &[&str] = &[
    "hello, who is this?",
    "yes, that is right",
    "no, I do not want that",
    "please call me back tomorrow",
    "how much does it cost?",
    "I want to talk to a person",
    "what is the weather like today?",
    "my appointment is on Tuesday at five",
    "the card has not arrived yet",
    "thank you, goodbye",
    "你好，请问你是哪位？",
    "是的，没错",
    "不，我不需要",
    "请明天再打给我",
    "这个多少钱？",
    "我想找人工客服",
    "今天天气怎么样？",
    "我的预约是星期二下午五点",
    "卡还没有收到",
    "谢谢，再见",
];

/// Which encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncoderKind {
    /// English.
    MiniLm,
    /// Many languages, Mandarin among them.
    E5,
}

impl EncoderKind {
    /// The model's name in the store.
    pub fn model(self) -> &'static str {
        match self {
            Self::MiniLm => "minilm",
            Self::E5 => "e5-small",
        }
    }

    /// The encoder for a language, by its code.
    pub fn of_language(language: &str) -> Self {
        if language.eq_ignore_ascii_case("en") { Self::MiniLm } else { Self::E5 }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::MiniLm => "",
            Self::E5 => "query: ",
        }
    }

    fn padding(self) -> u32 {
        match self {
            Self::MiniLm => 0,
            Self::E5 => 1,
        }
    }
}

/// Why there is no vector.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// The model is missing or changed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The model is missing or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The runtime broke off.
    #[error("the encoder broke off: {0}")]
    Run(#[from] ort::Error),
    /// The model is not as expected.
    #[error("model {model}, file {file}: {problem}; fetch it anew with `cargo xtask models`")]
    Model {
        /// The model's name.
        model: &'static str,
        /// The file in it.
        file: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// What turns texts into vectors of length 1, one a row.
pub trait Encode {
    /// What it is: models remember which encoder they were trained with.
    fn identity(&self) -> &str;

    /// The vectors of texts, in their order.
    ///
    /// # Errors
    /// When the computation breaks off.
    fn encode(&mut self, texts: &[&str]) -> Result<Array2<f32>, EncoderError>;
}

/// An encoder, for one thread.
#[derive(Debug)]
pub struct Encoder {
    kind: EncoderKind,
    identity: String,
    tokenizer: Tokenizer,
    session: Session,
    centre: Option<Array1<f32>>,
}

impl Encoder {
    /// Loads an encoder out of the store.
    ///
    /// # Errors
    /// When the model or the runtime is missing, changed, or not as expected.
    pub fn load(
        runtime: &Runtime,
        store: &ModelStore,
        kind: EncoderKind,
    ) -> Result<Self, EncoderError> {
        let model = store.model(kind.model())?;
        let tokenizer = Tokenizer::from_bytes(model.read(TOKENS)?);
        let tokenizer = tokenizer.map_err(|error| failed(kind, TOKENS, error.to_string()))?;
        let hash = model.entry().files.get(FILE).cloned().unwrap_or_default();
        let identity = format!("{}:{hash}", kind.model());
        let session = runtime.session(store, kind.model(), FILE)?;
        let mut encoder = Self { kind, identity, tokenizer, session, centre: None };
        if kind == EncoderKind::E5 {
            let vectors = encoder.encode(CENTRE)?;
            encoder.centre = vectors.mean_axis(Axis(0));
        }
        Ok(encoder)
    }

    fn tokens(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        let text = format!("{}{}", self.kind.prefix(), text);
        let tokens = self.tokenizer.encode(text, true);
        let tokens = tokens.map_err(|error| failed(self.kind, TOKENS, error.to_string()))?;
        Ok(tokens.get_ids().to_vec())
    }

    fn run(&mut self, batch: &Batch, all: &mut Array2<f32>) -> Result<(), EncoderError> {
        let shape = [batch.texts.len(), batch.length];
        let outputs = self.session.run(ort::inputs![
            "input_ids" => TensorRef::from_array_view((shape, &batch.ids[..]))?,
            "attention_mask" => TensorRef::from_array_view((shape, &batch.mask[..]))?,
        ])?;
        let (_, values) = outputs["sentence"].try_extract_tensor::<f32>()?;
        if values.len() != batch.texts.len() * WIDTH {
            let problem = format!("{} numbers for {} texts", values.len(), batch.texts.len());
            return Err(failed(self.kind, FILE, problem));
        }
        for (vector, &text) in values.chunks_exact(WIDTH).zip(&batch.texts) {
            all.row_mut(text).assign(&ndarray::aview1(vector));
        }
        Ok(())
    }
}

impl Encode for Encoder {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn encode(&mut self, texts: &[&str]) -> Result<Array2<f32>, EncoderError> {
        let tokens = texts.iter().map(|text| self.tokens(text)).collect::<Result<Vec<_>, _>>()?;
        let mut all = Array2::zeros((texts.len(), WIDTH));
        for batch in batches(&tokens, self.kind.padding()) {
            self.run(&batch, &mut all)?;
        }
        if let Some(centre) = &self.centre {
            all -= centre;
            normalise(&mut all);
        }
        Ok(all)
    }
}

/// Makes each row one of length 1; one of zeros stays.
pub(super) fn normalise(rows: &mut Array2<f32>) {
    for mut row in rows.rows_mut() {
        let length = row.dot(&row).sqrt();
        if length > 0.0 {
            row /= length;
        }
    }
}

fn failed(kind: EncoderKind, file: &'static str, problem: String) -> EncoderError {
    EncoderError::Model { model: kind.model(), file, problem }
}
