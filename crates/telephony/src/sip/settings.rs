//! What a user writes for calls over SIP, in the table `[sip]` of the configuration file.

mod check;
mod secret;
#[cfg(test)]
mod tests;
mod trunk;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use outcall_campaign::PhoneNumber;
use outcall_media::plane::MediaSettings;
use serde::{Deserialize, Serialize};

pub use check::InvalidSip;
pub use secret::{InvalidSecret, Secret};
pub use trunk::{Srtp, TrunkCodec, TrunkSettings};

/// The settings of the SIP side of the process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SipSettings {
    /// Where to listen for SIP over UDP, for example `0.0.0.0:5060`.
    pub udp: Option<SocketAddr>,
    /// Where to listen for SIP over TCP.
    pub tcp: Option<SocketAddr>,
    /// Where to listen for SIP over TLS, and as whom.
    pub tls: Option<TlsListen>,
    /// Certificates (PEM) that trunks' certificates are checked against besides the usual ones.
    pub tls_roots: Option<PathBuf>,
    /// What `User-Agent` says.
    pub user_agent: String,
    /// The address that the world reaches this machine at, for `Via` and `Contact`, when a network
    /// address translation stands between. Audio has its own, `media.advertise`; this one when that
    /// is left out.
    pub public_address: Option<IpAddr>,
    /// The estimate of the round trip on which all SIP timers rest, in ms (T1, RFC 3261 section
    /// 17.1.1.1). Default 500.
    pub t1_ms: u32,
    /// How long an order may wait for a trunk with room, in ms. Default 1000.
    pub order_wait_ms: u32,
    /// Which calls' messages are kept.
    pub trace: TraceSettings,
    /// The marks of packets for routers.
    pub dscp: DscpSettings,
    /// With what calls are signed; unsigned when left out.
    pub identity: Option<IdentitySettings>,
    /// The trunks.
    pub trunks: Vec<TrunkSettings>,
    /// Which numbers go over which trunks. With none, every trunk carries every number.
    pub routes: Vec<RouteSettings>,
    /// Responses that carriers use otherwise than the standards say.
    pub causes: Vec<CauseOverride>,
    /// What becomes of calls that come in. Calls to other numbers are refused.
    pub inbound: Vec<InboundSettings>,
    /// How many incoming calls are taken per second; the others are refused. Default 10.
    pub inbound_per_s: u32,
    /// How many incoming calls there may be at once. Default 100.
    pub inbound_max: u32,
}

impl SipSettings {
    /// The settings of the audio, with the address that the world reaches us at unless they name
    /// another one.
    pub fn advertised(&self, media: MediaSettings) -> MediaSettings {
        let reached_at = self.public_address.filter(|ip| ip.is_ipv4() == media.bind.is_ipv4());
        MediaSettings { advertise: media.advertise.or(reached_at), ..media }
    }
}

impl Default for SipSettings {
    fn default() -> Self {
        Self {
            udp: None,
            tcp: None,
            tls: None,
            tls_roots: None,
            user_agent: concat!("Outcall/", env!("CARGO_PKG_VERSION")).to_owned(),
            public_address: None,
            t1_ms: 500,
            order_wait_ms: 1_000,
            trace: TraceSettings::default(),
            dscp: DscpSettings::default(),
            identity: None,
            trunks: Vec::new(),
            routes: Vec::new(),
            causes: Vec::new(),
            inbound: Vec::new(),
            inbound_per_s: 10,
            inbound_max: 100,
        }
    }
}

/// Where to listen for SIP over TLS, and as whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsListen {
    /// The address, for example `0.0.0.0:5061`.
    pub bind: SocketAddr,
    /// The certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

/// Which calls' SIP messages are kept, to look at when something went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceSettings {
    /// How many calls' messages are kept in memory, the latest, until they are written; 0 keeps
    /// none. Default 200.
    pub calls: u32,
    /// Where calls are written as pcap files when they are over. When left out nothing is written,
    /// nor kept.
    pub folder: Option<PathBuf>,
    /// Which calls are written. Default those that failed.
    pub which: TraceWhich,
}

/// Which calls' messages are written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceWhich {
    /// Those that failed.
    #[default]
    Failed,
    /// Successful ones too.
    All,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self { calls: 200, folder: None, which: TraceWhich::Failed }
    }
}

/// The differentiated services code points of SIP packets, 0 to 63 (RFC 2474); those of audio are
/// `media.dscp`. Over UDP and IPv4 only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DscpSettings {
    /// Of SIP. Default 24, CS3, as is customary; RFC 4594 section 4.2 would have 40, CS5.
    pub signalling: u8,
}

impl Default for DscpSettings {
    fn default() -> Self {
        Self { signalling: 24 }
    }
}

/// With what calls are signed (STIR/SHAKEN, RFC 8224 and 8588).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// The private key: PEM, PKCS#8, on the curve P-256.
    pub key: PathBuf,
    /// Where the world finds the key's certificate, `https://...`.
    pub certificate_url: String,
    /// What we can say of the caller's right to the number.
    pub attestation: AttestationLevel,
}

/// What the signer says of the caller's right to the number shown (RFC 8588 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttestationLevel {
    /// Full: we know the customer and the right to the number.
    A,
    /// Partial: we know the customer.
    B,
    /// Gateway: we know where the call came in.
    C,
}

/// Which trunk may carry numbers with a prefix, and at which price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSettings {
    /// The first digits of the number, country code first, without `+`. Empty for all numbers that
    /// no other route names.
    pub prefix: String,
    /// The trunk's name.
    pub trunk: String,
    /// The price, in any unit that is the same in all routes. Default 0.
    #[serde(default)]
    pub cost: f64,
    /// How many digits to take away from the front of the number as the trunk writes it.
    #[serde(default)]
    pub strip: u8,
    /// What to put in front then, for example the carrier's service prefix.
    #[serde(default)]
    pub prepend: String,
}

/// How to read a response that a carrier uses otherwise than the standards say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseOverride {
    /// The SIP status, 300 to 699.
    pub status: u16,
    /// Only together with this cause of a `Reason: Q.850` header; any and none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q850: Option<u16>,
    /// What it means.
    #[serde(rename = "as")]
    pub read_as: CauseWord,
}

/// What a response can be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseWord {
    /// The line is busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// The callee refused.
    Rejected,
    /// There is no such number.
    Unallocated,
    /// The carrier has no room, nothing rang.
    Congestion,
    /// Anything else.
    Failed,
}

/// What becomes of incoming calls to a number of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundSettings {
    /// The number; all that no other entry names when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<PhoneNumber>,
    /// What is said to the caller.
    pub scenario: String,
}
