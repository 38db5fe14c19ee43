//! A look at a trunk, once: is it there, does it take our registration, and how does it see us?

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::message::{Credentials, Registration};

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Examine {
    /// Named again in the event.
    pub name: String,
    /// Where to send, as in [`crate::Invite::next_hop`].
    pub next_hop: String,
    /// What to answer a challenge with.
    pub credentials: Option<Credentials>,
    /// The registration to try and to take back; `None` tries none.
    pub registration: Option<Registration>,
    /// How long a look-up may take, and then each answer, in ms.
    pub within_ms: u32,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Examination {
    /// Of the trunk.
    pub name: String,
    /// Where it is, the best first; or why nobody knows.
    pub addresses: Result<Vec<SocketAddr>, String>,
    /// What came of OPTIONS.
    pub options: Reply,
    /// What came of REGISTER, when it was tried.
    pub registration: Option<Reply>,
    /// Whether the registration was taken back; `None` when there was none.
    pub taken_back: Option<bool>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing was sent.
    NotSent {
        /// Why.
        problem: String,
    },
    /// It was sent, and nothing came in time.
    Silence,
    /// The final response.
    Answer(Answer),
}

impl Reply {
    /// The answer, when there is one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::NotSent { .. } | Self::Silence => None,
        }
    }
}

/// A final response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Whether a challenge was answered with our credentials before it came.
    pub authenticated: bool,
    /// From the request, or the answer to the last challenge, to the response.
    pub took: Duration,
    /// How long ago it came when the examination is told.
    pub age: Duration,
    /// Its Date, as it was written.
    pub date: Option<String>,
    /// How the peer sees us, when its Via can be read.
    pub seen: Option<Seen>,
}

/// How a peer sees us (RFC 3261, 18.2.1; RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What we call ourselves.
    pub sent_by: SocketAddr,
    /// The address that it came from, when the peer names one. It has to when that differs.
    pub received: Option<IpAddr>,
    /// The port that it came from, when the peer names one.
    pub port: Option<u16>,
}

impl Seen {
    /// Of a Via of ours as it came back.
    pub(crate) fn of_via(via: &str) -> Option<Self> {
        let (place, parameters) = via.split_once(';').unwrap_or((via, ""));
        let place = place.trim().rsplit(char::is_whitespace).next()?;
        let sent_by = place.parse().ok().or_else(|| {
            let ip = place.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
            Some(SocketAddr::new(ip, 5060))
        })?;
        let named = |wanted: &str| {
            parameters.split(';').find_map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        let received = named("received").map(|it| it.trim_matches(['[', ']']));
        Some(Self {
            sent_by,
            received: received.and_then(|it| it.parse().ok()),
            port: named("rport").and_then(|it| it.parse().ok()),
        })
    }

    /// The address that the peer sees.
    pub fn address(&self) -> IpAddr {
        self.received.unwrap_or_else(|| self.sent_by.ip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_via_that_came_back_says_how_the_peer_sees_us() {
        let via = "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKa;received=203.0.113.7;rport=40123";
        let seen = Seen::of_via(via).unwrap();
        assert_eq!(seen.sent_by, "10.0.0.5:5060".parse().unwrap());
        assert_eq!(seen.address(), "203.0.113.7".parse::<IpAddr>().unwrap());
        assert_eq!(seen.port, Some(40_123));
        let bare = Seen::of_via("SIP/2.0/UDP 10.0.0.5;rport;branch=z9hG4bKa").unwrap();
        assert_eq!((bare.sent_by.port(), bare.received, bare.port), (5060, None, None));
        assert_eq!(bare.address(), bare.sent_by.ip());
        let six = "SIP/2.0/TCP [2001:db8::5]:5060 ; received=[2001:db8::7] ;branch=z9hG4bKa";
        let six = Seen::of_via(six).unwrap();
        assert_eq!(six.address(), "2001:db8::7".parse::<IpAddr>().unwrap());
        assert_eq!(Seen::of_via("SIP/2.0/UDP our.example;branch=z9hG4bKa"), None);
        assert_eq!(Seen::of_via(""), None);
    }
}
