//! What a user writes for one trunk.

use outcall_campaign::CallRateSettings;
use serde::{Deserialize, Serialize};

use super::Secret;
use crate::sip::address::Network;
use crate::sip::numbers::NumberFormat;

/// One trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkSettings {
    /// Its name, in routes, reports and metrics.
    pub name: String,
    /// Where it is: `sip:host:port;transport=tcp`, or a host alone, whose DNS SRV records then say
    /// the port (RFC 3263).
    pub uri: String,
    /// Where requests are sent instead, written like `uri`.
    #[serde(default)]
    pub proxy: Option<String>,
    /// The user part of our own address there; also the name for authentication.
    #[serde(default)]
    pub username: Option<String>,
    /// The password for digest authentication (RFC 8760).
    #[serde(default)]
    pub password: Secret,
    /// The name for authentication when it is not `username`.
    #[serde(default)]
    pub auth_user: Option<String>,
    /// The only realm whose challenges are answered; any when left out.
    #[serde(default)]
    pub realm: Option<String>,
    /// Whether to register (RFC 3261 section 10). The trunk then counts as down until it is.
    #[serde(default)]
    pub register: bool,
    /// For how long to register, in s. Default 3600.
    #[serde(default = "default_register_expires_s")]
    pub register_expires_s: u32,
    /// How often to ask by OPTIONS whether the trunk is there, in s; 0 for never. Default 30.
    #[serde(default = "default_options_every_s")]
    pub options_every_s: u32,
    /// How many calls there can be at once. Default 30.
    #[serde(default = "default_channels")]
    pub channels: u32,
    /// How many calls may be placed per second. Default 1.
    #[serde(default = "default_calls_per_second")]
    pub calls_per_second: f64,
    /// How many of them may come at one instant. A tenth of a second's worth when left out.
    #[serde(default)]
    pub burst: Option<u32>,
    /// How long the rate rises, after the start and after a 503, in s. Default 30.
    #[serde(default = "default_ramp_s")]
    pub ramp_s: u32,
    /// From which rate it rises, per second. A tenth of `calls_per_second` when left out.
    #[serde(default)]
    pub ramp_from: Option<f64>,
    /// The trunk's share among those of equal cost, 1 to 1000. Default 1.
    #[serde(default = "default_weight")]
    pub weight: u32,
    /// The host part of `From`, when the carrier wants its own.
    #[serde(default)]
    pub from_domain: Option<String>,
    /// How numbers are written.
    #[serde(default)]
    pub number_format: NumberFormat,
    /// Which codecs are offered, in this order. Default `pcmu`, `pcma`.
    #[serde(default = "default_codecs")]
    pub codecs: Vec<TrunkCodec>,
    /// Whether media is encrypted.
    #[serde(default)]
    pub srtp: Srtp,
    /// After how long without a refresh a call counts as dead (RFC 4028), in s; 0 for never.
    /// Default 0.
    #[serde(default)]
    pub session_timer_s: u32,
    /// Whether provisional responses are acknowledged when the trunk offers it (RFC 3262).
    #[serde(default)]
    pub prack: bool,
    /// Whether audio that comes before the answer is listened to. Default true.
    #[serde(default = "default_early_media")]
    pub early_media: bool,
    /// Whether to send `P-Asserted-Identity` with the number shown (RFC 3325): only towards a
    /// carrier that trusts us.
    #[serde(default)]
    pub p_asserted_identity: bool,
    /// From where the trunk's own requests may come, as addresses or networks (`192.0.2.0/24`).
    /// The addresses that `uri` leads to are always allowed.
    #[serde(default)]
    pub allowed_sources: Vec<Network>,
}

fn default_register_expires_s() -> u32 {
    3_600
}

fn default_options_every_s() -> u32 {
    30
}

fn default_channels() -> u32 {
    30
}

fn default_calls_per_second() -> f64 {
    1.0
}

fn default_ramp_s() -> u32 {
    30
}

fn default_weight() -> u32 {
    1
}

fn default_codecs() -> Vec<TrunkCodec> {
    vec![TrunkCodec::Pcmu, TrunkCodec::Pcma]
}

fn default_early_media() -> bool {
    true
}

impl TrunkSettings {
    /// A trunk at `uri` with the defaults of everything else.
    pub fn new(name: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            uri: uri.into(),
            proxy: None,
            username: None,
            password: Secret::default(),
            auth_user: None,
            realm: None,
            register: false,
            register_expires_s: default_register_expires_s(),
            options_every_s: default_options_every_s(),
            channels: default_channels(),
            calls_per_second: default_calls_per_second(),
            burst: None,
            ramp_s: default_ramp_s(),
            ramp_from: None,
            weight: default_weight(),
            from_domain: None,
            number_format: NumberFormat::default(),
            codecs: default_codecs(),
            srtp: Srtp::default(),
            session_timer_s: 0,
            prack: false,
            early_media: default_early_media(),
            p_asserted_identity: false,
            allowed_sources: Vec::new(),
        }
    }

    /// The name for digest authentication, when there is one.
    pub fn auth_name(&self) -> Option<&str> {
        self.auth_user.as_deref().or(self.username.as_deref())
    }

    /// How fast calls may be placed.
    pub fn call_rate(&self) -> CallRateSettings {
        let tenth = self.calls_per_second / 10.0;
        CallRateSettings {
            per_second: self.calls_per_second,
            burst: self.burst.unwrap_or(tenth.ceil().clamp(1.0, 100_000.0) as u32),
            ramp_from_per_second: self.ramp_from.unwrap_or(tenth.max(0.001)),
            ramp_s: self.ramp_s,
        }
    }
}

/// A codec that can be offered (RFC 3551 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrunkCodec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

/// Whether media is encrypted (SRTP with keys in the SDP, RFC 4568).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Srtp {
    /// Never.
    #[default]
    Never,
    /// When the other side offers nothing else.
    WhenAsked,
    /// Always; a call without it is refused. The keys are readable unless SIP runs over TLS.
    Always,
}
