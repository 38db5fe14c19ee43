//! Calls written down step by step, and replayed.

use serde::{Deserialize, Serialize};

use crate::engine::{Action, Event, State, step};
use crate::scenario::Scenario;

/// One step of a call. The choice of a policy is an event with its probability; what it chose from
/// is the [`Action::Choose`] of the step before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What happened.
    pub event: Event,
    /// The node that it led to.
    pub node: String,
    /// What the robot did.
    pub actions: Vec<Action>,
    /// A hash of the whole state after it.
    pub fingerprint: u64,
}

/// Why a replay is not the same call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The records belong to another version.
    #[error(
        "the call was held by version {recorded} of the scenario, this is {given}: load that one"
    )]
    Version {
        /// The version of the records.
        recorded: String,
        /// The version of the scenario.
        given: String,
    },
    /// A step went another way.
    #[error("step {step}: {what} is {replayed}, and was {recorded} when the call was held")]
    Step {
        /// Which step, from 1.
        step: usize,
        /// What differs.
        what: &'static str,
        /// As it was recorded.
        recorded: String,
        /// As it came out now.
        replayed: String,
    },
}

/// One step, and its record.
pub fn recorded(scenario: &Scenario, state: &State, event: Event) -> (State, Record) {
    let (state, actions) = step(scenario, state, &event);
    let record =
        Record { event, node: state.node.clone(), actions, fingerprint: fingerprint(&state) };
    (state, record)
}

/// Holds a call again from its records.
///
/// # Errors
/// With the first step that went another way, and what was different.
pub fn replay(scenario: &Scenario, version: &str, records: &[Record]) -> Result<State, Mismatch> {
    if version != scenario.version {
        let (recorded, given) = (version.to_owned(), scenario.version.clone());
        return Err(Mismatch::Version { recorded, given });
    }
    let mut state = State::new(scenario);
    for (index, record) in records.iter().enumerate() {
        let (next, again) = recorded(scenario, &state, record.event.clone());
        compare(index + 1, record, &again)?;
        state = next;
    }
    Ok(state)
}

fn compare(step: usize, record: &Record, again: &Record) -> Result<(), Mismatch> {
    let differs = |what, recorded: String, replayed: String| {
        Err(Mismatch::Step { step, what, recorded, replayed })
    };
    if record.node != again.node {
        return differs("the node", record.node.clone(), again.node.clone());
    }
    if record.actions != again.actions {
        let (then, now) = (format!("{:?}", record.actions), format!("{:?}", again.actions));
        return differs("what the robot does", then, now);
    }
    if record.fingerprint != again.fingerprint {
        let (then, now) = (record.fingerprint.to_string(), again.fingerprint.to_string());
        return differs("the fingerprint of the state", then, now);
    }
    Ok(())
}

fn fingerprint(state: &State) -> u64 {
    let bytes = serde_json::to_vec(state)
        .expect("invariant: a state is texts and numbers, all of them JSON");
    crate::engine::mix(0, &bytes)
}
