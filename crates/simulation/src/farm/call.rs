//! One callee.

use super::audio::Audio;
use super::personas::Role;
use super::script::Script;

/// One callee.
pub(super) struct Callee {
    pub(super) call_id: String,
    /// How many calls came before it.
    pub(super) number: u64,
    pub(super) script: Script,
    /// It only talks: a probe can do that as well.
    pub(super) only_talks: bool,
    /// Who it is, when it is a person.
    pub(super) role: Option<Role>,
    /// The caller's offer, if there was one.
    pub(super) offer: Option<String>,
    /// Opened at the first description of it, so that calls that are never answered cost no ports.
    pub(super) audio: Option<Box<Audio>>,
    /// A 2xx was sent.
    pub(super) answering: bool,
    /// It was acknowledged.
    pub(super) answered: bool,
    /// With what it was refused.
    pub(super) refused_with: Option<u16>,
}
