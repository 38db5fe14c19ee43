//! A simulated carrier with simulated callees.
//!
//! What happens to an attempt is drawn from the seed and the attempt's identity alone, never from
//! the order in which calls arrive, so that a run repeats whatever else changes around it.
//!
//! - [`world`]: the settings: who answers when, how long it rings, what goes wrong how often.
//! - [`script`]: what one attempt will meet: drawn once, from the seed or forced by the number.
//! - [`carrier`]: plays scripts behind the [`Carrier`](crate::Carrier) seam.
//! - [`conversation`]: plays the talk behind the [`Conversations`](crate::Conversations) seam.
//! - [`random`]: the generator.

pub mod carrier;
pub mod conversation;
pub mod random;
pub mod script;
pub mod world;

pub use carrier::SimulatedCarrier;
pub use conversation::SimulatedConversations;
pub use script::{Callee, Fate, Script};
pub use world::World;
