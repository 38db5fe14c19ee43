//! A SIP user agent that places and takes calls (RFC 3261 and its companions).
//!
//! It knows calls, not campaigns: who is called when, over which trunk, and what an end means is
//! decided by its users.
//!
//! # Layout
//! - [`agent`]: [`UserAgent`], the handle; commands in, events out.
//! - [`message`]: the commands and the events. [`settings`]: where it listens.
//! - [`session_timer`]: when a session is refreshed (RFC 4028). [`reason`]: Q.850 causes.
//! - [`examination`]: a look at a trunk, once.
//! - [`digest`]: answers to challenges.
//! - [`passport`]: signed caller identity (STIR/SHAKEN).
//! - [`trace`], [`pcap`]: what was said on the wire, call by call.
//! - [`fuzz`]: any bytes as a message.
//! - `stack`: the only module that names rsipstack, whose transports and transactions are used.
//!   Dialogs and digest are ours, since races between CANCEL, answers and re-INVITE decide whether
//!   a phone rings for nobody.
//!
//! # Invariants
//! - For every call that was placed or taken, exactly one [`message::CallEvent::Ended`] comes,
//!   last.
//! - A call whose end was reported may still be on the wire; it is then brought to its end in the
//!   background: a late answer is acknowledged and released at once.
//! - Nothing of rsipstack is visible outside of `stack`.
//! - Every queue of ours is bounded. Requests from strangers are limited before they cost anything.

pub mod agent;
pub mod digest;
pub mod examination;
pub mod fuzz;
pub mod message;
pub mod passport;
pub mod pcap;
pub mod reason;
pub mod session_timer;
pub mod settings;
mod stack;
pub mod trace;

pub use agent::UserAgent;
pub use examination::{Answer, Examination, Examine, Reply, Seen};
pub use message::{
    AgentEvent, AllowedSources, CallEnd, CallEvent, CallKey, Command, Credentials, EndedBy,
    EventSink, IncomingCall, Invite, Registration, Watch,
};
pub use reason::is_of_the_network;
pub use settings::{AgentSettings, TlsListen};
