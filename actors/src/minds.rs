//! What calls ask the actors of understanding and of policies, behind the seam of dialogues.

use std::time::Duration;

use actix::prelude::*;
use outcall_conversation::dialogue::{Meaning, Minds};
use outcall_dialogue::policy::{Choice, Question, ScenarioOrder};
use outcall_understanding::intents::encoder::Encode;
use outcall_understanding::intents::worker::ReadingRequest;
use outcall_understanding::reading::Reading;

use crate::nlu::{Nlu, Understand};
use crate::policy::{Choose, Policies};

/// The two actors.
pub struct ActorMinds<E: Encode + 'static> {
    nlu: Addr<Nlu<E>>,
    policies: Addr<Policies>,
}

impl<E: Encode + 'static> ActorMinds<E> {
    /// Asks these.
    pub fn new(nlu: Addr<Nlu<E>>, policies: Addr<Policies>) -> Self {
        Self { nlu, policies }
    }
}

impl<E: Encode + Send + 'static> Minds for ActorMinds<E> {
    fn understand(&self, request: ReadingRequest, within: Duration) -> Meaning<Reading> {
        let text = request.heard.first().map(|(text, _)| text.clone()).unwrap_or_default();
        let asked = self.nlu.send(Understand { request, within });
        Box::pin(async move {
            match asked.await {
                Ok(understood) => understood.reading,
                // The process ends: its calls do too.
                Err(_) => Reading { text, intents: Vec::new(), out_of_scope: 1.0 },
            }
        })
    }

    fn choose(&self, question: Question, within: Duration) -> Meaning<Option<Choice>> {
        let first = ScenarioOrder::choice(&question.allowed);
        let asked = self.policies.send(Choose { question, within });
        Box::pin(async move {
            match asked.await {
                Ok(chosen) => chosen.map(|chosen| chosen.choice),
                Err(_) => first,
            }
        })
    }
}
