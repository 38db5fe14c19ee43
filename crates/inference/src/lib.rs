//! Models: where they lie, how they are run, and who may run them when.
//!
//! # Layout
//! - [`store`]: the folder of models, its manifest, and the check of each file's hash.
//! - [`runtime`]: ONNX Runtime, loaded when it is first needed, and sessions of one thread.
//! - [`pool`]: worker threads behind bounded queues: batches, deadlines, priorities, and how long
//!   each request waited and was computed.
//!
//! # Invariants
//! - Nothing here is needed to start: a model or a runtime that is absent is an error that says
//!   what is missing and how to get it.
//! - A file whose hash is not the manifest's is never loaded.
//! - Work whose deadline has passed, or whose caller is gone, costs nothing.
//! - Nobody who asks is blocked: a reply is awaited, and a full queue refuses at once.

pub mod pool;
pub mod runtime;
pub mod store;
