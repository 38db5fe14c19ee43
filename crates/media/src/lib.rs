//! The media plane: RTP streams, playback, digits, recording.
//!
//! # Layout
//! Pure, bytes and time in, bytes out:
//! - [`g711`]: mu-law and A-law. [`rtp`], [`rtcp`]: packets.
//! - [`telephone_event`]: digits (RFC 4733).
//! - [`srtp`]: encryption with keys from SDP (RFC 3711, RFC 4568). [`sdp`]: offers and answers.
//! - [`clip`]: audio that can be played. [`wav`]: files.
//! - [`jitter`]: the adaptive buffer. [`concealment`]: what is heard in place of a lost packet.
//! - [`playback`]: what is played next, gapless, with pause and fade-out.
//!
//! With sockets, threads and files:
//! - [`plane`]: the streams of a process, the handle to each, and the events that come of them.
//! - [`recording`]: stereo files, written off the hot path.
//!
//! # Invariants
//! - One 20 ms sweep per shard serves every stream: no task, thread or timer per call.
//! - The hot path never blocks and never allocates per packet.
//! - Every queue is bounded; what is dropped is counted.
//! - No packet from outside can cause a panic or grow memory without bound.

pub mod clip;
pub mod concealment;
pub mod g711;
pub mod jitter;
pub mod plane;
pub mod playback;
mod priority;
pub mod recording;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod srtp;
pub mod telephone_event;
pub mod wav;
