//! Recognition as the work of a pool.

use std::sync::Arc;

use outcall_inference::pool::Worker;

use super::{Mode, Recogniser, Terms, Transcript};

/// A stretch of sound to be recognised.
#[derive(Clone, Debug)]
pub struct RecognitionRequest {
    /// 8 kHz, linear 16 bits.
    pub samples: Arc<[i16]>,
    /// What is expected.
    pub mode: Mode,
    /// Terms that may be said.
    pub terms: Option<Arc<Terms>>,
}

/// A thread that recognises.
#[derive(Debug)]
pub struct RecognitionWorker {
    recogniser: Recogniser,
}

impl RecognitionWorker {
    /// A worker with a recogniser of its own.
    pub fn new(recogniser: Recogniser) -> Self {
        Self { recogniser }
    }
}

impl Worker for RecognitionWorker {
    type Request = RecognitionRequest;
    type Reply = Transcript;

    fn length(request: &Self::Request) -> u32 {
        request.samples.len() as u32
    }

    fn run(&mut self, batch: Vec<Self::Request>) -> Vec<Result<Self::Reply, String>> {
        let recognise = |request: RecognitionRequest| {
            let RecognitionRequest { samples, mode, terms } = &request;
            let result = self.recogniser.recognise_with(samples, mode, terms.as_ref());
            result.map_err(|error| error.to_string())
        };
        batch.into_iter().map(recognise).collect()
    }
}
