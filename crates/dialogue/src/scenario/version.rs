//! The version of a scenario: what a call depends on, and nothing else. Comments, the order of
//! names, tests and the places of an editor do not change it.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Scenario;

/// The SHA-256 of the scenario's canonical JSON, in hexadecimal.
pub(super) fn of(scenario: &Scenario) -> String {
    let canonical = serde_json::to_vec(scenario)
        .expect("invariant: names and texts alone make a scenario, all of them JSON");
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(&canonical) {
        write!(text, "{byte:02x}").expect("invariant: writing to a String cannot fail");
    }
    text
}
