//! What the crate promises, tested from outside.

mod corrections;
mod phrasings;
mod properties;
