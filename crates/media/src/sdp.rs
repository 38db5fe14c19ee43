//! SDP for audio calls: descriptions (RFC 8866), offers and answers (RFC 3264), keys (RFC 4568).
//!
//! # Layout
//! - [`SessionDescription`]: what the other side wrote; `parse` reads it.
//! - [`offer`], [`answer`]: what this side writes. [`answer`] and [`accept`] say what was agreed.
//! - [`LocalMedia`] is what this side can do, [`Negotiated`] what both do.
//!
//! # Invariants
//! - Reading is lenient in what does not matter (line endings, unknown lines and attributes) and
//!   bounded in what grows: bytes, lines, streams.
//! - An answer has as many streams as its offer, in the same order; all but one are refused.
//! - An answer names one law, so that the other side cannot change it without a new offer.

mod description;
mod error;
mod local;
mod negotiate;
mod parse;
mod security;
mod write;

pub use description::{
    Connection, CryptoLine, Media, Origin, Protocol, RtpMap, SessionDescription,
};
pub use error::SdpError;
pub use local::{Direction, LocalCrypto, LocalMedia, Security};
pub use negotiate::{Negotiated, PayloadTypes, accept, answer};
pub use parse::{LINES_MAX, MEDIA_MAX, SIZE_MAX};
pub use write::offer;

#[cfg(test)]
mod tests;
