//! What a user can do: the one layer that the command line and the HTTP API share.
//!
//! # Layout
//! - [`app`]: [`App`], a ledger and the regulations, and everything that can be asked of them.
//! - [`lists`]: importing contact lists. [`campaigns`]: creating, starting, pausing, stopping.
//! - [`rules`]: from a campaign's settings and the regulations to the rules that the gate applies.
//! - [`plan`]: from a campaign to what its actor needs.
//! - [`explain`]: why nothing is dialling. [`report`]: what has happened.
//! - [`doctor`]: what a call needs, judged.
//! - [`error`]: what can go wrong, with a stable code each.
//!
//! # Invariants
//! - Nothing here prints, reads arguments or knows HTTP.
//! - Every instant comes in by parameter.

pub mod app;
pub mod campaigns;
pub mod doctor;
pub mod error;
pub mod explain;
pub mod lists;
pub mod plan;
pub mod report;
pub mod rules;

pub use app::App;
pub use error::AppError;
