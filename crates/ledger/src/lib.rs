//! Durable truth: contacts, intents, outcomes.
//!
//! # Layout
//! - [`seam`]: the [`Ledger`] trait, all that the engine needs to dial.
//! - [`conformance`]: what every ledger has to do, as checks that any implementation can run.
//! - [`sqlite`]: the embedded ledger: [`SqliteLedger`].
//! - `writer`: its one writer thread, with group commit.
//! - [`error`]: what can go wrong.
//!
//! # Invariants
//! - An intent is on disk before its claim is answered; an end before its close is answered.
//! - One attempt has one intent and at most one end. The database's keys say so, not only the code.
//! - The check of a dialling rule and the intent are one transaction.
//! - A list is visible whole or not at all.
//! - Only the writer thread writes, and a deposed owner's intents are refused.

pub mod conformance;
pub mod error;
pub mod seam;
pub mod sqlite;
mod writer;

pub use error::LedgerError;
pub use seam::{
    AttemptEnd, CampaignRecord, ClaimRequest, Claimed, Closed, Epoch, Intent, Ledger, LocaleRecord,
    ProgressMark, Reply, UncertainAttempt,
};
pub use sqlite::SqliteLedger;
