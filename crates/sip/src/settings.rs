//! Where an agent listens, and how it speaks.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::message::AllowedSources;

/// A listener for TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsListen {
    /// Where.
    pub bind: SocketAddr,
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM, PKCS#8 or PKCS#1.
    pub key: PathBuf,
}

/// The settings of an agent.
#[derive(Clone, Debug)]
pub struct AgentSettings {
    /// Where to listen for UDP. The default is a free port of the loopback address.
    pub udp: Option<SocketAddr>,
    /// Where to listen for TCP. Without it TCP is used for calls that we place only.
    pub tcp: Option<SocketAddr>,
    /// Where to listen for TLS.
    pub tls: Option<TlsListen>,
    /// Certificates of authorities that TLS peers are checked against besides those that the
    /// machine trusts, PEM.
    pub authorities: Option<PathBuf>,
    /// The address to present in Via and Contact, when it is not the one that we listen on (NAT).
    pub public_address: Option<IpAddr>,
    /// User-Agent.
    pub user_agent: String,
    /// The estimate of the round-trip time, in ms (RFC 3261, 17.1.1.1). Default 500.
    pub t1_ms: u64,
    /// The type of service of signalling packets; 24 (CS3) is customary. 0 leaves it alone.
    pub dscp: u8,
    /// Whether calls that come in are offered to the user; else they get 603.
    pub takes_calls: bool,
    /// Whether a REFER of the peer is accepted and told to the user; else it gets 603.
    pub takes_transfers: bool,
    /// Addresses that are no strangers, besides those that we talk to of our own accord.
    pub known: AllowedSources,
    /// How many calls there may be at once before further ones that come in get 503.
    pub calls_max: usize,
    /// How many requests per second from addresses without a call are looked at, all together.
    /// What comes above that is dropped without an answer.
    pub strangers_per_s: u32,
    /// How many messages may wait for the agent.
    pub queue: usize,
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self {
            udp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            tcp: None,
            tls: None,
            authorities: None,
            public_address: None,
            user_agent: concat!("Outcall/", env!("CARGO_PKG_VERSION")).to_owned(),
            t1_ms: 500,
            dscp: 24,
            takes_calls: false,
            takes_transfers: false,
            known: AllowedSources::default(),
            calls_max: 50_000,
            strangers_per_s: 200,
            queue: 65_536,
        }
    }
}
