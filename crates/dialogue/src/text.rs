//! From the text of a file to typed values, with the place of everything.
//!
//! - `tree`: YAML (and JSON, which is YAML) as a tree with positions, within limits.
//! - `decode`: a tree into any type of serde; errors name the place and the nearest known field.

mod decode;
mod tree;

pub(crate) use decode::{Fault, decode};
pub use tree::SIZE_MAX;
pub(crate) use tree::{Tree, parse};
