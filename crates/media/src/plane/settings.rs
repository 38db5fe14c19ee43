//! What an operator may set.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::jitter::JitterSettings;

/// Whether media is sent back to where it comes from, when that is not where SDP says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symmetric {
    /// Yes, after a few packets that fit the call while none came from SDP's address: the far end
    /// is behind a translator of addresses (RFC 4961, RFC 7362).
    #[default]
    Latch,
    /// Only SDP's address is believed.
    Off,
}

/// The least mean time between two reports: the half of it is still one look at RTCP.
const RTCP_INTERVAL_MS_MIN: u32 = 2_000;

/// Settings of a media plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaSettings {
    /// The local address of all sockets.
    pub bind: IpAddr,
    /// The address that SDP tells the far end, when it is not `bind`. Needed when `bind` is the
    /// unspecified address.
    pub advertise: Option<IpAddr>,
    /// The ports: RTP on the even ones, RTCP on the odd ones above (RFC 3550, section 11).
    pub ports: RangeInclusive<u16>,
    /// Threads that carry the streams. More than there are cores gains nothing.
    pub shards: usize,
    /// The class of service of packets, 0 to 63 (RFC 2474). 46 is expedited forwarding, the usual
    /// one of voice.
    pub dscp: u8,
    /// Whether to follow a far end behind a translator of addresses.
    pub symmetric: Symmetric,
    /// Bounds of the jitter buffer.
    pub jitter: JitterSettings,
    /// We send and nothing ever came for this long: [`super::MediaEvent::OneWay`].
    pub one_way_after_ms: u32,
    /// Packets stopped for this long: [`super::MediaEvent::Lost`].
    pub lost_after_ms: u32,
    /// The far end's audio is silent for this long: [`super::MediaEvent::Quiet`].
    pub silence_after_ms: u32,
    /// Mean time between two reports of RTCP; each is drawn from 0.5 to 1.5 times this (RFC 3550,
    /// section 6.2). At least 2,000: reports are looked at once a second.
    pub rtcp_interval_ms: u32,
    /// Streams that may be open at once.
    pub streams_max: usize,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            advertise: None,
            ports: 16_384..=32_767,
            shards: 1,
            dscp: 46,
            symmetric: Symmetric::Latch,
            jitter: JitterSettings::default(),
            one_way_after_ms: 5_000,
            lost_after_ms: 10_000,
            silence_after_ms: 10_000,
            rtcp_interval_ms: 5_000,
            streams_max: 4_000,
        }
    }
}

impl MediaSettings {
    /// The first thing that cannot be as it is set, and what would be right.
    pub fn problem(&self) -> Option<String> {
        if self.bind.is_unspecified() && self.advertise.is_none() {
            return Some(format!(
                "bind is {}: set advertise to an address of this host",
                self.bind
            ));
        }
        if self.advertise.is_some_and(|address| address.is_ipv4() != self.bind.is_ipv4()) {
            return Some("bind and advertise are of different families: set both alike".to_owned());
        }
        if self.dscp > 63 {
            return Some(format!("dscp is {}: set 0 to 63", self.dscp));
        }
        if !(1..=64).contains(&self.shards) {
            return Some(format!("shards is {}: set 1 to 64", self.shards));
        }
        if !(1..=30_000).contains(&self.streams_max) {
            return Some(format!("streams_max is {}: set 1 to 30000", self.streams_max));
        }
        if self.rtcp_interval_ms < RTCP_INTERVAL_MS_MIN {
            return Some(format!(
                "rtcp_interval_ms is {}: set at least {RTCP_INTERVAL_MS_MIN}, since reports are \
                 looked at once a second",
                self.rtcp_interval_ms
            ));
        }
        let (min_ms, max_ms) = (self.jitter.min_ms, self.jitter.max_ms);
        if min_ms < 20 || max_ms > JitterSettings::MAX_MS || min_ms > max_ms {
            let most = JitterSettings::MAX_MS;
            return Some(format!(
                "jitter.min_ms is {min_ms} and jitter.max_ms {max_ms}: set 20 to {most}, the \
                 first not above the second"
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right_and_each_problem_is_named() {
        let right = MediaSettings::default();
        assert_eq!(right.problem(), None);
        let wrong = [
            MediaSettings { bind: "0.0.0.0".parse().unwrap(), ..right.clone() },
            MediaSettings { advertise: Some("::1".parse().unwrap()), ..right.clone() },
            MediaSettings { dscp: 64, ..right.clone() },
            MediaSettings { shards: 0, ..right.clone() },
            MediaSettings { streams_max: 0, ..right.clone() },
            MediaSettings { rtcp_interval_ms: 1_999, ..right.clone() },
            MediaSettings { jitter: JitterSettings { min_ms: 80, max_ms: 60 }, ..right },
        ];
        let names =
            ["bind", "advertise", "dscp", "shards", "streams_max", "rtcp_interval_ms", "jitter"];
        for (settings, name) in wrong.iter().zip(names) {
            let problem = settings.problem().unwrap_or_default();
            assert!(problem.contains(name) && problem.contains("set "), "{name}: {problem}");
        }
    }
}
