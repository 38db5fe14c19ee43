//! Why the plane refuses.

use std::io;
use std::net::SocketAddr;

/// Why a plane did not start or a stream did not open.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A setting contradicts itself or another.
    #[error("media settings: {0}")]
    Settings(String),
    /// Every pair of ports is used by a stream or by another process.
    #[error(
        "no pair of ports is free from {first} to {last}: widen media.ports or lower the calls at \
         once"
    )]
    PortsUsedUp {
        /// The first port of the range.
        first: u16,
        /// The last port of the range.
        last: u16,
    },
    /// A socket could not be bound for another reason than that its port is used.
    #[error("cannot bind {address} for media: {error}")]
    Bind {
        /// The address and port.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// As many streams are open as may be.
    #[error("{max} streams are open: raise media.streams_max or lower the calls at once")]
    Full {
        /// The setting.
        max: usize,
    },
    /// A thread could not be started.
    #[error("cannot start a media thread: {0}")]
    Thread(io::Error),
    /// The plane was stopped.
    #[error("the media plane has stopped: no stream can be opened")]
    Stopped,
}
