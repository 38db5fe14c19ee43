//! The tests inside a scenario: scripted exchanges, held through the same engine as calls.

mod stage;

use serde::Serialize;

use crate::document::exchange::Exchange;
use crate::record::Record;
use crate::scenario::Scenario;
use crate::understander::Understander;
use stage::Stage;

/// What came of one exchange.
#[derive(Clone, Debug, Serialize)]
pub struct Rehearsed {
    /// The name of the test.
    pub name: String,
    /// Why it failed: which turn, what was expected, and what came.
    pub failure: Option<String>,
    /// Every step.
    #[serde(skip)]
    pub records: Vec<Record>,
}

/// Holds every exchange of a scenario.
pub fn rehearse(scenario: &Scenario, understander: &impl Understander) -> Vec<Rehearsed> {
    scenario.tests.iter().map(|test| one(scenario, understander, test)).collect()
}

/// Holds one exchange.
pub fn one(scenario: &Scenario, understander: &impl Understander, test: &Exchange) -> Rehearsed {
    let mut stage = Stage::new(scenario, understander, test);
    let failure = stage.play().err();
    Rehearsed { name: test.name.clone(), failure, records: stage.into_records() }
}
