//! What a user writes of a dialogue.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::services::ServiceSettings;

/// A scenario on calls, and how they are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DialogueSettings {
    /// The scenario's file.
    pub scenario: PathBuf,
    /// Where calls are recorded, a file each; nowhere when left out.
    pub record: Option<PathBuf>,
    /// For how long a call waits for what was meant, in ms. Default 400.
    pub understanding_ms: u32,
    /// For how long a call waits for a policy's choice, in ms. Default 200.
    pub policy_ms: u32,
    /// Threads that understand. Default 1: an utterance takes some 5 ms of one.
    pub understanding_workers: usize,
    /// The other systems that a scenario asks.
    pub services: ServiceSettings,
}

impl Default for DialogueSettings {
    fn default() -> Self {
        Self {
            scenario: PathBuf::new(),
            record: None,
            understanding_ms: 400,
            policy_ms: 200,
            understanding_workers: 1,
            services: ServiceSettings::default(),
        }
    }
}
