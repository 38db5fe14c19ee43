//! Ports, limits, trunks.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit};
use outcall_application::doctor::address::Ours;
use outcall_application::doctor::ports::{Bind, Listener, Media, Ports};
use outcall_application::doctor::trunks::{Trunk, Trunks};
use outcall_media::plane::MediaSettings;
use outcall_telephony::sip::SipSettings;
use outcall_telephony::sip::address::{Transport, TrunkAddress};
use outcall_telephony::sip::examine::{Examining, TrunkExamination, examine};

use crate::commands::now;
use crate::config::{Config, Settings};

/// How long a trunk may take to be looked up, and then to answer.
const WITHIN: Duration = Duration::from_secs(4);

/// Where Linux tells how much a socket may buffer, in bytes.
const BUFFER_MAX: &str = "/proc/sys/net/core/rmem_max";

/// Sockets and limits. Every port is bound for an instant.
pub(super) fn ports(config: &Config, holder: Option<String>) -> Ports {
    let settings = &config.settings;
    let options = config.engine_options("sip");
    let sip = &settings.sip;
    let incoming = if sip.inbound.is_empty() { 0 } else { sip.inbound_max };
    let buffer_max = fs_err::read_to_string(BUFFER_MAX).ok();
    Ports {
        listeners: listeners(sip),
        media: media(&settings.media),
        calls: options.channels.saturating_add(incoming),
        calls_per_second: options.rate.per_second,
        streams_max: settings.media.streams_max as u64,
        files: files(),
        buffer_max: buffer_max.and_then(|text| text.trim().parse().ok()),
        holder,
    }
}

fn files() -> Option<(u64, u64)> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    (soft != nix::sys::resource::RLIM_INFINITY).then_some((soft, hard))
}

fn listeners(sip: &SipSettings) -> Vec<Listener> {
    let over_udp = |address: SocketAddr| UdpSocket::bind(address).map(drop);
    let over_tcp = |address: SocketAddr| TcpListener::bind(address).map(drop);
    let one = |transport, address, bound: io::Result<()>| Listener {
        transport,
        address,
        free: bound.map_err(|error| {
            let taken = error.kind() == ErrorKind::AddrInUse;
            if taken { Bind::Taken } else { Bind::Refused(error.to_string()) }
        }),
    };
    let udp = sip.udp.map(|at| one("udp", at, over_udp(at)));
    let tcp = sip.tcp.map(|at| one("tcp", at, over_tcp(at)));
    let tls = sip.tls.as_ref().map(|tls| one("tls", tls.bind, over_tcp(tls.bind)));
    udp.into_iter().chain(tcp).chain(tls).collect()
}

/// Binds each pair of ports as calls do.
fn media(settings: &MediaSettings) -> Media {
    let (first, last) = (*settings.ports.start(), *settings.ports.end());
    let mut media = Media { range: (first, last), pairs: 0, free: 0, refused: None };
    let even = |port: &u16| port.is_multiple_of(2) && *port > 0 && *port < last;
    for port in settings.ports.clone().filter(even) {
        media.pairs += 1;
        match pair(settings.bind, port) {
            Ok(()) => media.free += 1,
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => media.refused = Some(error.to_string()),
        }
    }
    media
}

fn pair(bind: IpAddr, port: u16) -> io::Result<()> {
    let rtp = UdpSocket::bind((bind, port))?;
    let rtcp = UdpSocket::bind((bind, port + 1))?;
    drop((rtp, rtcp));
    Ok(())
}

/// Asks every trunk, all at once.
pub(super) fn trunks(settings: &Settings, ports: Option<&Ports>, usable: bool) -> Trunks {
    let Some(ports) = ports else { return Trunks::None };
    if !usable {
        return Trunks::Skipped("settings are to be mended first".to_owned());
    }
    let sip = beside(&settings.sip, &ports.listeners);
    let how = Examining { within: WITHIN, register: ports.holder.is_none() };
    match examine(&sip, how, &now) {
        Ok(found) => {
            let of = |one| trunk(settings, one, ports.holder.as_deref());
            Trunks::Examined(found.into_iter().map(of).collect())
        }
        Err(error) => Trunks::Failed(error.to_string()),
    }
}

/// The settings with other ports in the place of those that are taken, so that trunks can be asked
/// beside a process that dials.
fn beside(sip: &SipSettings, listeners: &[Listener]) -> SipSettings {
    let mut sip = sip.clone();
    for taken in listeners.iter().filter(|it| it.free == Err(Bind::Taken)) {
        match taken.transport {
            "udp" => sip.udp = Some(SocketAddr::new(taken.address.ip(), 0)),
            "tcp" => sip.tcp = Some(SocketAddr::new(taken.address.ip(), 0)),
            // Whoever connects to us is not of interest here.
            _ => sip.tls = None,
        }
    }
    if sip.udp.is_none() && sip.tcp.is_none() && sip.tls.is_none() {
        sip.tcp = listeners.first().map(|it| SocketAddr::new(it.address.ip(), 0));
    }
    sip
}

fn trunk(settings: &Settings, examination: TrunkExamination, holder: Option<&str>) -> Trunk {
    let (sip, media) = (&settings.sip, &settings.media);
    let own = sip.trunks.iter().find(|own| own.name == examination.name);
    let place: Option<TrunkAddress> = examination.next_hop.parse().ok();
    let transport = place.and_then(|place| place.transport);
    let over_udp = matches!(transport, None | Some(Transport::Udp));
    let registers = own.is_some_and(|own| own.register);
    let not_registered = holder.filter(|_| registers).map(|holder| {
        format!("{holder} dials now: a registration beside its own could take its calls away")
    });
    Trunk {
        ours: Ours {
            public_address: sip.public_address,
            listens: sip.udp.filter(|_| over_udp).map(|at| at.ip()),
            media_bind: media.bind,
            media_advertise: media.advertise,
            over_udp,
        },
        has_credentials: own.is_some_and(|own| !own.password.is_empty()),
        is_watched: own.is_some_and(|own| own.options_every_s > 0),
        not_registered,
        within_s: WITHIN.as_secs(),
        examination,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_told_and_another_is_used_to_ask() {
        let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = taken.local_addr().unwrap();
        let sip = SipSettings { udp: Some(at), ..SipSettings::default() };
        let listeners = listeners(&sip);
        assert_eq!(listeners[0].free, Err(Bind::Taken));
        let asking = beside(&sip, &listeners);
        assert_eq!(asking.udp, Some("127.0.0.1:0".parse().unwrap()));
        let foreign = SipSettings { udp: "192.0.2.1:5060".parse().ok(), ..SipSettings::default() };
        assert!(matches!(super::listeners(&foreign)[0].free, Err(Bind::Refused(_))));
    }

    #[test]
    fn pairs_of_ports_are_counted_and_those_that_are_taken_are_not_free() {
        let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port() & !1;
        let ports = port..=port + 1;
        let media = media(&MediaSettings { ports, ..MediaSettings::default() });
        assert_eq!((media.pairs, media.free, media.refused), (1, 0, None));
        let foreign = MediaSettings {
            bind: "192.0.2.1".parse().unwrap(),
            ports: port..=port + 1,
            ..MediaSettings::default()
        };
        assert!(super::media(&foreign).refused.is_some());
    }
}
