//! Intents from a handful of examples: training, and what a trained set makes of an utterance.
//!
//! - [`data`]: the set. [`import`]: sets out of YAML, CSV and Rasa's files.
//! - [`encoder`]: sentences to vectors, in rectangles made by [`batch`].
//! - [`training`]: examples, names, negatives, noised copies and logs become a [`model`]. `heads`
//!   are its three views, [`linear`], [`lbfgs`] and `sparse` how they learn, [`grams`] and
//!   [`sound`] what the letters and sounds of a text are; `neighbours` remembers the examples,
//!   in the space of `whitening`;
//!   [`calibration`] makes scores probabilities; `exact` knows what authors wrote themselves;
//!   `spreading` labels logs.
//! - [`channel`]: mistakes as recognition makes them. [`corrector`]: a second opinion on what was
//!   said. [`lexicon`]: the words for both. [`parts`]: several things in one utterance.
//! - [`mod@file`]: a model as bytes. [`worker`]: understanding as the work of a pool.
//!
//! Chance comes in as a seed: the same set, logs and seed give the same model.

pub mod batch;
pub mod calibration;
pub mod chance;
pub mod channel;
pub mod corrector;
pub mod data;
pub mod encoder;
mod exact;
pub mod file;
mod fragment;
pub mod grams;
mod heads;
pub mod import;
pub mod lbfgs;
pub mod lexicon;
pub mod linear;
pub mod model;
mod neighbours;
pub mod parts;
pub mod sound;
mod sparse;
mod spreading;
pub mod training;
mod whitening;
pub mod worker;

pub use data::{IntentData, IntentSet};
pub use model::{IntentModel, Plan};
pub use training::{Options, train};

#[cfg(test)]
mod tests;
