//! What the crate promises, tested from outside.

mod corrections;
mod parts;
mod phrasings;
mod properties;
