//! What a call has brought, for whoever writes it down.

use std::collections::BTreeMap;

use jiff::civil;
use outcall_understanding::slots::Value;

use crate::engine::State;
use crate::scenario::Scenario;
use crate::values::written;

/// The slots that are known, as they are written down: `2026-03-10T10:00`, `yes`, `4471`.
pub fn slots(scenario: &Scenario, state: &State) -> BTreeMap<String, String> {
    let known = |name: &String| Some((name.clone(), written(state.values.get(name)?)));
    scenario.slots.keys().filter_map(known).collect()
}

/// A date with a time that is known under a name, on the callee's clock.
pub fn date_time(state: &State, name: &str) -> Option<civil::DateTime> {
    match state.values.get(name)? {
        Value::DateTime(at) => Some(*at),
        Value::YesNo(_)
        | Value::Number(_)
        | Value::Digits(_)
        | Value::Money { .. }
        | Value::Date(_)
        | Value::Time(_)
        | Value::Between { .. }
        | Value::OneOf(_)
        | Value::Text(_) => None,
    }
}
