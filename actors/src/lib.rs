//! The engine: one actor per concern, and the messages between them.
//!
//! # Layout
//! - [`campaign`]: paces one campaign, claims intents, supervises its calls.
//! - [`call`]: one call attempt, from its intent to its end.
//! - [`dispatcher`]: shares channels and calls per second among campaigns.
//! - [`carrier`], [`robots`]: the far ends, behind their seams.
//! - [`nlu`]: what an utterance means, asked of a pool of understanding.
//! - [`minds`]: the two, as dialogues ask them.
//! - [`awaiting`]: how the two wait for their pools.
//! - [`policy`]: which strategy a call takes, asked of a pool of policies.
//! - [`recorder`]: brings ends and progress to the ledger, again and again until they are there.
//! - [`engine`]: starts and drains all of them.
//! - [`storage`]: how actors wait for the ledger, in real and in virtual time.
//! - `alarm`: one timer for many things. [`time`]: the two clocks.
//! - [`stats`]: what a run has counted so far.
//!
//! # Invariants
//! - The same actors run in real and in virtual time; only the clock and [`storage`] know which.
//! - Every call holds a channel's permit from before its intent until its end is durable. Permits
//!   are values: whoever drops one, by whatever accident, gives it back.
//! - Mailboxes are bounded by permits: a call sends its campaign a fixed number of messages, and no
//!   actor uses `do_send`, which ignores a mailbox's limit.
//! - A panic in a call ends that call with a disposition. Nobody else notices.

mod alarm;
pub mod awaiting;
pub mod call;
pub mod campaign;
pub mod carrier;
pub mod dispatcher;
pub mod engine;
pub mod minds;
pub mod nlu;
pub mod policy;
pub mod recorder;
pub mod robots;
pub mod stats;
pub mod storage;
pub mod time;

pub use campaign::CampaignPlan;
pub use engine::{Engine, EngineOptions, FarEnds, Finished};
pub use storage::Shared;
