//! Answers which strategy a call takes, through a pool of policies.
//!
//! A call never waits longer than it may for a policy, and never does without an answer: what is
//! late, refused or failed is answered by the scenario's own order, and counted.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use outcall_dialogue::policy::{Choice, PolicyWorker, Question, ScenarioOrder};
use outcall_inference::pool::Pool;

use crate::awaiting::{self, AskCounts};

/// Which strategy is to be taken? `None` when none is allowed.
#[derive(Message)]
#[rtype(result = "Option<Chosen>")]
pub struct Choose {
    /// What is asked.
    pub question: Question,
    /// For how long the call can wait.
    pub within: Duration,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// What was chosen.
    pub choice: Choice,
    /// Why the policy did not choose it, when it did not.
    pub fallback: Option<String>,
}

/// The actor.
pub struct Policies {
    pool: Pool<PolicyWorker>,
    counts: Arc<AskCounts>,
    mailbox: usize,
}

impl Policies {
    /// An actor in front of a pool, for so many calls at once: each has one question at a time.
    pub fn new(pool: Pool<PolicyWorker>, channels: usize) -> Self {
        Self { pool, counts: Arc::default(), mailbox: channels.saturating_add(16) }
    }

    /// What it counts.
    pub fn counts(&self) -> Arc<AskCounts> {
        Arc::clone(&self.counts)
    }
}

impl Actor for Policies {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.mailbox);
    }
}

impl Handler<Choose> for Policies {
    type Result = ResponseFuture<Option<Chosen>>;

    fn handle(
        &mut self,
        Choose { question, within }: Choose,
        _: &mut Self::Context,
    ) -> Self::Result {
        let first = ScenarioOrder::choice(&question.allowed);
        let answer = awaiting::ask(&self.pool, question, within, Arc::clone(&self.counts));
        Box::pin(async move {
            match answer.await {
                Ok(choice) => Some(Chosen { choice, fallback: None }),
                Err(reason) => {
                    tracing::debug!(reason, "the scenario's own order chooses");
                    first.map(|choice| Chosen { choice, fallback: Some(reason) })
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use outcall_dialogue::engine::Features;
    use outcall_dialogue::policy::Policy;
    use outcall_inference::pool::PoolSettings;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn question(allowed: &[bool]) -> Question {
        let options = allowed.iter().map(|allowed| allowed.to_string()).collect();
        Question { features: Features::default(), options, allowed: allowed.to_vec() }
    }

    /// Takes the last strategy, allowed or not; waits for a word before it answers.
    struct Last(Option<crossbeam_channel::Receiver<()>>);

    impl Policy for Last {
        fn name(&self) -> &str {
            "last"
        }

        fn choose(&mut self, questions: &[Question]) -> Vec<Result<Choice, String>> {
            if let Some(word) = &self.0 {
                let _told_or_gone = word.recv();
            }
            let last = |question: &Question| {
                Ok(Choice { index: question.allowed.len() - 1, probability: 0.5 })
            };
            questions.iter().map(last).collect()
        }
    }

    fn ask(
        word: Option<crossbeam_channel::Receiver<()>>,
        allowed: &[bool],
        within: Duration,
    ) -> (Option<Chosen>, u64) {
        let question = question(allowed);
        let system = System::new();
        system.block_on(async move {
            let make = move || Ok::<_, io::Error>(PolicyWorker::new(Last(word.clone())));
            let (pool, _) =
                Pool::start("policies", PoolSettings::default(), make).expect("it starts");
            let policies = Policies::new(pool, 4);
            let counts = policies.counts();
            let policies = policies.start();
            let chosen = policies.send(Choose { question, within }).await.expect("it lives");
            (chosen, counts.unanswered())
        })
    }

    #[test]
    fn the_policy_answers_with_its_probability() {
        let (chosen, fell_back) = ask(None, &[true, true], LONG);
        let choice = Choice { index: 1, probability: 0.5 };
        assert_eq!(chosen, Some(Chosen { choice, fallback: None }));
        assert_eq!(fell_back, 0);
    }

    #[test]
    fn a_policy_that_wants_what_is_forbidden_is_overruled_and_counted() {
        let (chosen, fell_back) = ask(None, &[true, false], LONG);
        let chosen = chosen.expect("one is allowed");
        assert_eq!(chosen.choice, Choice { index: 0, probability: 1.0 });
        assert!(chosen.fallback.is_some_and(|why| why.contains("not allowed")));
        assert_eq!(fell_back, 1);
    }

    #[test]
    fn a_call_does_not_wait_for_a_policy_that_does_not_answer() {
        let (hold, word) = crossbeam_channel::bounded(0);
        let (chosen, fell_back) = ask(Some(word), &[false, true], Duration::from_millis(20));
        drop(hold);
        let chosen = chosen.expect("one is allowed");
        assert_eq!(chosen.choice.index, 1);
        assert!(chosen.fallback.is_some_and(|why| why.contains("within 20 ms")));
        assert_eq!(fell_back, 1);
    }

    #[test]
    fn where_nothing_is_allowed_nothing_is_chosen() {
        assert_eq!(ask(None, &[false, false], LONG).0, None);
    }
}
