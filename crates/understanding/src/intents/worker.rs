//! Understanding as the work of a pool.

use std::sync::Arc;

use ndarray::{Axis, Slice};
use outcall_inference::pool::Worker;

use super::encoder::Encode;
use super::model::{IntentModel, Plan};
use crate::reading::Reading;

/// An utterance to be understood.
#[derive(Debug, Clone)]
pub struct ReadingRequest {
    /// The intents of its scenario.
    pub model: Arc<IntentModel>,
    /// What was recognised, the likeliest first, with the weight of each.
    pub heard: Vec<(String, f32)>,
    /// The intents that the dialogue expects here.
    pub expected: Vec<String>,
}

/// A thread that understands. Its encoder computes all utterances of a batch at once, whatever
/// their scenario.
#[derive(Debug)]
pub struct ReadingWorker<E> {
    encoder: Option<E>,
}

impl<E: Encode + 'static> ReadingWorker<E> {
    /// A worker with an encoder of its own; without one it goes by letters and sounds alone.
    pub fn new(encoder: Option<E>) -> Self {
        Self { encoder }
    }
}

impl<E: Encode + 'static> Worker for ReadingWorker<E> {
    type Request = ReadingRequest;
    type Reply = Reading;

    fn length(request: &Self::Request) -> u32 {
        request.heard.first().map_or(0, |(text, _)| text.len()).min(u32::MAX as usize) as u32
    }

    fn run(&mut self, batch: Vec<Self::Request>) -> Vec<Result<Self::Reply, String>> {
        let plans: Vec<Plan> = batch
            .iter()
            .map(|request| {
                let heard: Vec<(&str, f32)> =
                    request.heard.iter().map(|(text, weight)| (text.as_str(), *weight)).collect();
                request.model.plan(&heard)
            })
            .collect();
        let vectors = match &mut self.encoder {
            Some(encoder) => {
                let texts: Vec<&str> = plans.iter().flat_map(Plan::texts).collect();
                match encoder.encode(&texts) {
                    Ok(vectors) => Some(vectors),
                    Err(error) => return batch.iter().map(|_| Err(error.to_string())).collect(),
                }
            }
            None => None,
        };
        let identity = self.encoder.as_ref().map(|encoder| encoder.identity().to_owned());
        let mut start = 0;
        let read = |(request, plan): (&ReadingRequest, &Plan)| {
            let rows = start..start + plan.len();
            start = rows.end;
            let own = vectors.as_ref().map(|v| v.slice_axis(Axis(0), Slice::from(rows)).to_owned());
            match (request.model.encoder(), identity.as_deref()) {
                (Some(trained), Some(own)) if trained != own => {
                    Err(format!("the model was trained with {trained}, not {own}: train it anew"))
                }
                (Some(_), Some(_)) => Ok(request.model.read(plan, own.as_ref(), &request.expected)),
                (Some(_), None) | (None, _) => {
                    Ok(request.model.read(plan, None, &request.expected))
                }
            }
        };
        batch.iter().zip(&plans).map(read).collect()
    }
}
