//! Whether the world can reach us: what we say of ourselves against what a trunk sees.

use std::net::IpAddr;

use outcall_telephony::sip::examine::{Seen, TrunkExamination};

use super::{Finding, State};

/// How we are configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ours {
    /// `sip.public_address`.
    pub public_address: Option<IpAddr>,
    /// The address that SIP to this trunk is sent from, as the settings have it.
    pub listens: Option<IpAddr>,
    /// `media.bind`.
    pub media_bind: IpAddr,
    /// `media.advertise`.
    pub media_advertise: Option<IpAddr>,
    /// Whether the trunk is reached over UDP: over streams the port that it sees is not ours.
    pub over_udp: bool,
}

impl Ours {
    /// Whether we listen on the loopback address and the trunk is elsewhere.
    pub(super) fn is_shut_in(&self, examined: &TrunkExamination) -> bool {
        let local = self.listens.is_some_and(|ip| ip.is_loopback());
        let places = examined.found.as_ref().and_then(|found| found.addresses.as_ref().ok());
        let elsewhere = places.and_then(|it| it.first()).is_some_and(|it| !it.ip().is_loopback());
        local && elsewhere
    }

    /// The address that a call's description of its audio names.
    fn of_media(&self) -> IpAddr {
        let public = self.public_address.filter(|ip| ip.is_ipv4() == self.media_bind.is_ipv4());
        self.media_advertise.or(public).unwrap_or(self.media_bind)
    }
}

/// Judges how a trunk sees us. `local` is the address that this machine sends to it from.
pub(super) fn finding(ours: &Ours, seen: &Seen, local: Option<IpAddr>) -> Finding {
    let check = "trunk_sees_us";
    let (address, called) = (seen.address(), seen.sent_by.ip());
    let mut wrong = Vec::new();
    let mut write = Vec::new();
    if address != called {
        wrong.push(match ours.public_address {
            Some(public) => format!("sip.public_address says {public}"),
            None if local == Some(address) => {
                format!("we call ourselves {called}, another address of this machine")
            }
            None => format!("we call ourselves {called}, a translator stands between"),
        });
        write.push(format!("sip.public_address = \"{address}\""));
    }
    let media = ours.of_media();
    let comparable = media.is_ipv4() == address.is_ipv4();
    // What SIP is told is told for audio too, unless media.advertise says otherwise.
    let follows =
        ours.media_advertise.is_none() && !write.is_empty() && !ours.media_bind.is_loopback();
    if comparable && media != address {
        wrong.push(format!("audio is asked for at {media}"));
        if ours.media_bind.is_loopback() {
            write.push("media.bind = \"0.0.0.0\"".to_owned());
        }
        if !follows {
            write.push(format!("media.advertise = \"{address}\""));
        }
    }
    let mapped = seen.port.filter(|port| ours.over_udp && *port != seen.sent_by.port());
    let mut found = format!("it sees us at {address}");
    if let Some(port) = mapped {
        found = format!("{found}, port {port} instead of {}", seen.sent_by.port());
    }
    if wrong.is_empty() {
        return match mapped {
            None => Finding::ok(check, found),
            Some(_) => Finding::warning(
                check,
                found,
                "let the router forward the SIP port unchanged, or keep its mapping open: \
                 options_every_s = 30 or less",
            ),
        };
    }
    let found = format!("{found}, but {}", wrong.join(", and "));
    let advice = format!("write {}", write.join(", "));
    // Nothing from outside ever reaches the loopback address.
    let deaf = media.is_loopback() && !address.is_loopback();
    let state = if deaf { State::Failed } else { State::Warning };
    Finding { state, ..Finding::warning(check, found, advice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "203.0.113.7";
    const LOCAL: &str = "10.0.0.5";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn ours(public: Option<&str>, bind: &str, advertise: Option<&str>) -> Ours {
        Ours {
            public_address: public.map(ip),
            listens: Some(ip("0.0.0.0")),
            media_bind: ip(bind),
            media_advertise: advertise.map(ip),
            over_udp: true,
        }
    }

    fn seen(called: &str, received: Option<&str>, port: Option<u16>) -> Seen {
        let sent_by = (ip(called), 5060).into();
        Seen { sent_by, received: received.map(ip), port }
    }

    fn judge(ours: &Ours, seen: &Seen) -> Finding {
        finding(ours, seen, Some(ip(LOCAL)))
    }

    fn advice(finding: &Finding) -> &str {
        finding.advice.as_deref().unwrap_or_default()
    }

    #[test]
    fn who_is_seen_as_they_say_is_well() {
        let well = judge(&ours(Some(PUBLIC), "0.0.0.0", None), &seen(PUBLIC, None, None));
        assert_eq!(well.state, State::Ok, "{well:?}");
        let without_nat = judge(&ours(None, LOCAL, None), &seen(LOCAL, Some(LOCAL), Some(5060)));
        assert_eq!(without_nat.state, State::Ok, "{without_nat:?}");
        let both = ours(Some(PUBLIC), "0.0.0.0", Some(PUBLIC));
        assert_eq!(judge(&both, &seen(PUBLIC, None, None)).state, State::Ok);
    }

    #[test]
    fn a_translator_that_nobody_was_told_of_is_named_with_what_to_write() {
        let found = judge(&ours(None, LOCAL, None), &seen(LOCAL, Some(PUBLIC), Some(5060)));
        assert_eq!(found.state, State::Warning);
        assert_eq!(advice(&found), "write sip.public_address = \"203.0.113.7\"");
        // The audio says otherwise: it has to be told too.
        let said = ours(None, "0.0.0.0", Some(LOCAL));
        let found = judge(&said, &seen(LOCAL, Some(PUBLIC), None));
        assert!(advice(&found).ends_with("media.advertise = \"203.0.113.7\""), "{found:?}");
    }

    #[test]
    fn the_wrong_one_of_two_addresses_of_this_machine_is_no_translator() {
        let found = judge(&ours(None, LOCAL, None), &seen("192.0.2.1", Some(LOCAL), None));
        assert!(found.found.contains("another address of this machine"), "{found:?}");
        assert_eq!(advice(&found), "write sip.public_address = \"10.0.0.5\"");
    }

    #[test]
    fn a_public_address_that_is_not_ours_any_more_is_told() {
        let old = ours(Some("203.0.113.9"), "0.0.0.0", None);
        let found = judge(&old, &seen("203.0.113.9", Some(PUBLIC), None));
        assert_eq!(found.state, State::Warning);
        assert!(found.found.contains("sip.public_address says 203.0.113.9"), "{found:?}");
        assert!(advice(&found).contains(PUBLIC));
    }

    #[test]
    fn audio_that_is_asked_for_at_the_loopback_address_fails() {
        let found = judge(&ours(None, "127.0.0.1", None), &seen(LOCAL, None, None));
        assert_eq!(found.state, State::Failed);
        let write = "write media.bind = \"0.0.0.0\", media.advertise = \"10.0.0.5\"";
        assert_eq!(advice(&found), write);
        // A farm on the same machine is reached there.
        let farm = seen("127.0.0.1", None, None);
        assert_eq!(judge(&ours(None, "127.0.0.1", None), &farm).state, State::Ok);
    }

    #[test]
    fn another_port_over_udp_is_a_warning_and_over_streams_nothing() {
        let well = ours(None, LOCAL, None);
        let mapped = seen(LOCAL, Some(LOCAL), Some(40_123));
        let found = judge(&well, &mapped);
        assert_eq!(found.state, State::Warning);
        assert!(found.found.contains("port 40123 instead of 5060"), "{found:?}");
        assert_eq!(judge(&Ours { over_udp: false, ..well }, &mapped).state, State::Ok);
    }

    #[test]
    fn audio_of_another_family_is_not_compared() {
        let six = ours(Some("2001:db8::7"), LOCAL, None);
        let found = judge(&six, &seen("2001:db8::7", None, None));
        assert_eq!(found.state, State::Ok, "{found:?}");
    }
}
