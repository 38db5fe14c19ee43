//! Where a trunk is, and from where its requests may come.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Over what SIP is carried (RFC 3261 section 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

/// Where a trunk is: the part of a SIP URI that says where to send (RFC 3263).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkAddress {
    /// A name or an address; an IPv6 address without brackets.
    pub host: String,
    /// The port; `None` leaves it to DNS SRV records, or to the transport.
    pub port: Option<u16>,
    /// The transport; `None` leaves it to DNS.
    pub transport: Option<Transport>,
}

/// A text that is not the address of a trunk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' {problem}: write sip:host:port;transport=udp|tcp|tls, or a host alone")]
pub struct InvalidTrunkAddress {
    text: String,
    problem: &'static str,
}

impl TrunkAddress {
    /// Whether DNS SRV records say where to send (RFC 3263 section 4.2): a name without a port.
    pub fn needs_srv(&self) -> bool {
        self.port.is_none() && self.host.parse::<IpAddr>().is_err()
    }

    /// The port, else the one that the transport stands for (RFC 3261 section 19.1.2).
    pub fn port_or_default(&self) -> u16 {
        let default = if self.transport == Some(Transport::Tls) { 5061 } else { 5060 };
        self.port.unwrap_or(default)
    }
}

impl FromStr for TrunkAddress {
    type Err = InvalidTrunkAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|problem| InvalidTrunkAddress { text: text.to_owned(), problem })
    }
}

fn parse(text: &str) -> Result<TrunkAddress, &'static str> {
    let lower = text.to_ascii_lowercase();
    let (secure, rest) = match (lower.strip_prefix("sips:"), lower.strip_prefix("sip:")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => (false, lower.as_str()),
    };
    if rest.contains('@') {
        return Err("names a user, whom username names");
    }
    let (place, parameters) = rest.split_once(';').unwrap_or((rest, ""));
    let (host, port) = split_port(place)?;
    let mut transport = secure.then_some(Transport::Tls);
    for parameter in parameters.split(';').filter(|parameter| !parameter.is_empty()) {
        let named = match parameter.split_once('=') {
            Some(("transport", "udp")) => Transport::Udp,
            Some(("transport", "tcp")) => Transport::Tcp,
            Some(("transport", "tls")) => Transport::Tls,
            Some(("transport", _)) => return Err("names an unknown transport"),
            _ => return Err("has a parameter other than transport"),
        };
        if secure && named != Transport::Tls {
            return Err("is a sips: address without TLS");
        }
        transport = Some(named);
    }
    // With a port or an address there is no record to ask (RFC 3263 section 4.1).
    let fixed = port.is_some() || host.parse::<IpAddr>().is_ok();
    let transport = if fixed { transport.or(Some(Transport::Udp)) } else { transport };
    Ok(TrunkAddress { host, port, transport })
}

fn split_port(place: &str) -> Result<(String, Option<u16>), &'static str> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or("has a [ without a ]")?;
            host.parse::<Ipv6Addr>().map_err(|_| "has no IPv6 address between [ and ]")?;
            let port = after.strip_prefix(':');
            if port.is_none() && !after.is_empty() {
                return Err("goes on after ]");
            }
            (host, port)
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let named = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let is_name = !host.is_empty() && host.len() <= 253 && host.bytes().all(named);
    if !is_name && host.parse::<Ipv6Addr>().is_err() {
        return Err("names no host");
    }
    let port = match port {
        None => None,
        Some(port) => match port.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            Ok(_) | Err(_) => return Err("has no port from 1 to 65535 after the :"),
        },
    };
    Ok((host.to_owned(), port))
}

/// The URI again, `sip:host:port;transport=tcp`.
impl fmt::Display for TrunkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "sip:[{}]", self.host)?;
        } else {
            write!(f, "sip:{}", self.host)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        match self.transport {
            None => Ok(()),
            Some(Transport::Udp) => f.write_str(";transport=udp"),
            Some(Transport::Tcp) => f.write_str(";transport=tcp"),
            Some(Transport::Tls) => f.write_str(";transport=tls"),
        }
    }
}

/// A set of addresses with a common beginning: `192.0.2.0/24`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// A text that is not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a network: write an address, or one with a length, like 192.0.2.0/24")]
pub struct InvalidNetwork(String);

impl Network {
    /// Whether the address lies in it. An IPv4 address may come as IPv6 (`::ffff:192.0.2.1`).
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.bits) == self.first
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.parse().ok().filter(|&bits| bits <= most).ok_or_else(invalid)?,
        };
        Ok(Self { first: masked(address, bits), bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> TrunkAddress {
        text.parse().unwrap()
    }

    #[test]
    fn a_host_alone_is_looked_up_and_a_port_is_not() {
        let host = address("trunk.example.com");
        assert!(host.needs_srv());
        assert_eq!((host.port, host.transport), (None, None));
        let port = address("sip:trunk.example.com:5080");
        assert!(!port.needs_srv());
        assert_eq!((port.port, port.transport), (Some(5080), Some(Transport::Udp)));
        assert!(!address("192.0.2.1").needs_srv());
    }

    #[test]
    fn transport_and_default_port_follow_the_uri() {
        assert_eq!(address("sips:a.example").transport, Some(Transport::Tls));
        assert_eq!(address("sip:a.example;transport=tls").port_or_default(), 5061);
        assert_eq!(address("SIP:A.example;Transport=TCP").port_or_default(), 5060);
        let six = address("sip:[2001:db8::1]:5070;transport=tcp");
        assert_eq!((six.host.as_str(), six.port), ("2001:db8::1", Some(5070)));
    }

    #[test]
    fn an_address_that_cannot_be_is_refused() {
        for text in [
            "",
            "sip:",
            "sip:a:0",
            "sip:a:70000",
            "sip:a:b",
            "sip:u@a",
            "sip:a;transport=sctp",
            "sip:a;lr",
            "sips:a;transport=udp",
            "sip:[::1",
            "sip:[a]",
            "sip:[::1]x",
            "a b",
            "a\r\nb",
        ] {
            assert!(text.parse::<TrunkAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_holds_the_addresses_with_its_beginning() {
        let network: Network = "192.0.2.77/24".parse().unwrap();
        assert_eq!(network.to_string(), "192.0.2.0/24");
        assert!(network.contains("192.0.2.255".parse().unwrap()));
        assert!(network.contains("::ffff:192.0.2.9".parse().unwrap()));
        assert!(!network.contains("192.0.3.1".parse().unwrap()));
        assert!(!network.contains("2001:db8::1".parse().unwrap()));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("198.51.100.1".parse().unwrap()));
        let one: Network = "2001:db8::1".parse().unwrap();
        assert!(one.contains("2001:db8::1".parse().unwrap()));
        assert!(!one.contains("2001:db8::2".parse().unwrap()));
        for text in ["", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/+8 "] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_address_reads_back_and_no_text_breaks_the_reader(
            text in "(sips?:)?[a-c.:\\[\\]0-9]{0,8}(:[0-9]{1,6})?(;[a-z=]{0,14}|;transport=tcp)?",
            any in ".{0,40}",
        ) {
            for text in [text, any] {
                if let Ok(address) = text.parse::<TrunkAddress>() {
                    prop_assert_eq!(address.to_string().parse::<TrunkAddress>(), Ok(address));
                }
            }
        }
    }
}
