//! Which of several strategies a call takes: a policy answers, and never leaves what is allowed.
//!
//! The first policy is the scenario's own order. A learned one stands behind the same trait. Both
//! run as workers of a pool; [`PolicyWorker`] holds the mask, so that no policy can break a rule of
//! the scenario, whatever it was trained to.

use std::fmt;

use outcall_inference::pool::Worker;
use serde::{Deserialize, Serialize};

use crate::engine::{Action, Event, Features};

/// Strategies of a node at most; one more is a fault of the scenario.
pub const OPTIONS_MAX: usize = 64;

/// What a policy is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What it may look at.
    pub features: Features,
    /// The names of the strategies.
    pub options: Vec<String>,
    /// Which of them are allowed.
    pub allowed: Vec<bool>,
}

impl Question {
    /// The question in an action of the engine, if it is one.
    pub fn of(action: &Action) -> Option<Self> {
        let Action::Choose { features, options, allowed } = action else { return None };
        let (features, options) = (features.clone(), options.clone());
        Some(Self { features, options, allowed: allowed.clone() })
    }
}

/// What a policy answers: the choice, and how probable it was. Learning from records needs both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The place among the strategies, from 0.
    pub index: usize,
    /// The probability with which the policy chose it, above 0 and up to 1.
    pub probability: f32,
}

impl From<Choice> for Event {
    fn from(choice: Choice) -> Self {
        Self::Chosen { index: choice.index, probability: choice.probability }
    }
}

/// Chooses strategies.
pub trait Policy: Send + 'static {
    /// What it is called in records.
    fn name(&self) -> &str;

    /// Chooses for each question, in their order. An error says what failed.
    fn choose(&mut self, questions: &[Question]) -> Vec<Result<Choice, String>>;
}

/// The scenario's own order: the first strategy that is allowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScenarioOrder;

impl ScenarioOrder {
    /// The choice for one question; `None` when nothing is allowed.
    pub fn choice(allowed: &[bool]) -> Option<Choice> {
        let index = allowed.iter().position(|&allowed| allowed)?;
        Some(Choice { index, probability: 1.0 })
    }
}

impl Policy for ScenarioOrder {
    fn name(&self) -> &str {
        "scenario order"
    }

    fn choose(&mut self, questions: &[Question]) -> Vec<Result<Choice, String>> {
        let choose = |question: &Question| {
            Self::choice(&question.allowed).ok_or_else(|| "no strategy is allowed".to_owned())
        };
        questions.iter().map(choose).collect()
    }
}

/// A policy as the worker of a pool. What the mask forbids is an error, and never taken.
pub struct PolicyWorker(Box<dyn Policy>);

impl fmt::Debug for PolicyWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PolicyWorker").field(&self.0.name()).finish()
    }
}

impl PolicyWorker {
    /// A worker that asks this policy.
    pub fn new(policy: impl Policy) -> Self {
        Self(Box::new(policy))
    }
}

impl Worker for PolicyWorker {
    type Request = Question;
    type Reply = Choice;

    fn length(question: &Question) -> u32 {
        u32::try_from(question.options.len()).unwrap_or(u32::MAX)
    }

    fn run(&mut self, batch: Vec<Question>) -> Vec<Result<Choice, String>> {
        let mut choices = self.0.choose(&batch).into_iter();
        let name = self.0.name();
        let within = |question: &Question| match choices.next() {
            Some(Ok(choice)) => masked(choice, question).map_err(|why| format!("{name}: {why}")),
            Some(Err(error)) => Err(format!("{name}: {error}")),
            None => Err(format!("{name}: fewer answers than questions")),
        };
        batch.iter().map(within).collect()
    }
}

/// A choice within what is allowed, and with a probability that is one.
fn masked(choice: Choice, question: &Question) -> Result<Choice, String> {
    let Choice { index, probability } = choice;
    if question.allowed.len() > OPTIONS_MAX {
        return Err(format!("{} strategies, more than {OPTIONS_MAX}", question.allowed.len()));
    }
    if question.allowed.get(index) != Some(&true) {
        return Err(format!("strategy {index} is not allowed here"));
    }
    if !(probability > 0.0 && probability <= 1.0) {
        return Err(format!("{probability} is no probability of a choice that was made"));
    }
    Ok(choice)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn question(allowed: &[bool]) -> Question {
        let options = (0..allowed.len()).map(|nth| format!("way {nth}")).collect();
        Question { features: Features::default(), options, allowed: allowed.to_vec() }
    }

    /// Answers what it is told to.
    struct Stubborn(Vec<Result<Choice, String>>);

    impl Policy for Stubborn {
        fn name(&self) -> &str {
            "stubborn"
        }

        fn choose(&mut self, _: &[Question]) -> Vec<Result<Choice, String>> {
            self.0.clone()
        }
    }

    #[test]
    fn the_scenarios_order_takes_the_first_that_is_allowed() {
        let mut worker = PolicyWorker::new(ScenarioOrder);
        let batch = vec![question(&[false, true, true]), question(&[false, false])];
        let answers = worker.run(batch);
        assert_eq!(answers[0], Ok(Choice { index: 1, probability: 1.0 }));
        assert_eq!(answers[1], Err("scenario order: no strategy is allowed".to_owned()));
    }

    #[test]
    fn what_is_forbidden_is_never_taken_whatever_a_policy_says() {
        let sure = |index| Ok(Choice { index, probability: 1.0 });
        let no_chance = Ok(Choice { index: 1, probability: 0.0 });
        let nan = Ok(Choice { index: 1, probability: f32::NAN });
        for answer in [sure(0), sure(2), sure(usize::MAX), no_chance, nan] {
            let mut worker = PolicyWorker::new(Stubborn(vec![answer.clone()]));
            let answers = worker.run(vec![question(&[false, true])]);
            assert!(answers[0].is_err(), "{answer:?} gave {answers:?}");
        }
        let mut worker = PolicyWorker::new(Stubborn(vec![sure(1)]));
        let answers = worker.run(vec![question(&[false, true]), question(&[true, true])]);
        assert_eq!(answers[0], sure(1));
        assert!(answers[1].as_ref().is_err_and(|why| why.contains("fewer answers")));
    }

    proptest! {
        #[test]
        fn every_answer_is_allowed(
            allowed in prop::collection::vec(any::<bool>(), 0..80),
            index in 0usize..100,
            probability in any::<f32>(),
        ) {
            let mut worker = PolicyWorker::new(Stubborn(vec![Ok(Choice { index, probability })]));
            if let Ok(choice) = &worker.run(vec![question(&allowed)])[0] {
                prop_assert!(allowed[choice.index]);
                prop_assert!(choice.probability > 0.0 && choice.probability <= 1.0);
            }
        }
    }
}
