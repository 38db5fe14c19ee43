//! What a robot says: scenarios that campaign managers write, and the flow engine that holds them.
//!
//! # Layout
//! - `document`: what an author writes. `text`: from YAML to it, with places. [`load`]: from files.
//! - `scenario`: a scenario ready to run: libraries merged, sub-flows unfolded, names resolved.
//! - `expression`, `template`, `values`: conditions, prompts, and what they speak of.
//! - `engine`: `(scenario, state, event) -> (state, actions)`. `record`: calls written down and
//!   replayed.
//! - [`policy`]: which of several strategies is taken.
//! - `check`: what is wrong with a scenario before anyone hears it.
//! - `rehearsal`: the tests inside a file. `understander`: who says what a text means:
//!   [`Trained`] intents, or the nearest example where there is no model.
//! - `mutation`: whether checks and tests notice what is deleted. `wander`: random callees.
//! - [`import`]: scenarios out of files of Rasa and tables of intents.
//! - `graph`: a drawing. `layout`: where an editor put the nodes, beside the scenario.
//!
//! # Invariants
//! - The engine is pure and bounded: the same events give the same actions, and every call ends.
//! - No text makes the parser panic, and none unfolds into more than it is.
//! - A problem says its file, its line, its column, and what to do.

pub mod check;
pub mod document;
pub mod engine;
mod expression;
pub mod graph;
pub mod import;
pub mod layout;
mod load;
pub mod mutation;
mod nearest_example;
pub mod outcome;
mod own_name;
pub mod policy;
mod problem;
pub mod record;
pub mod rehearsal;
pub mod scenario;
mod similarity;
mod template;
mod text;
mod trained;
mod understander;
mod values;
pub mod wander;

pub use load::{Files, FilesError, INCLUDES_MAX, Loaded, load};
pub use nearest_example::NearestExample;
pub use problem::{Position, Problem, Problems, Severity};
pub use scenario::Scenario;
pub use text::SIZE_MAX;
pub use trained::{Trained, intent_set};
pub use understander::{Asked, Before, Heard, Understander};
