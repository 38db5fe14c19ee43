//! Ports on 127.0.0.1: which are free, and whether somebody listens on one.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::process::Peer;
use super::procfs::now;

/// Signalling ports are given out from here, below those that the system gives out itself.
const SIGNALLING: (u16, u16) = (15_100, 19_999);

/// Ranges of media ports, likewise.
const MEDIA: (u16, u16) = (20_000, 29_999);

/// How many media ports a range has.
const MEDIA_PORTS: u16 = 240;

/// How often a port is looked at.
const POLL: Duration = Duration::from_millis(5);

/// How long a program may take to start.
const START_LIMIT: Duration = Duration::from_secs(10);

static NEXT_SIGNALLING: AtomicU16 = AtomicU16::new(SIGNALLING.0);
static NEXT_MEDIA: AtomicU16 = AtomicU16::new(MEDIA.0);

/// A port that is free over UDP and TCP, and that was not given out before.
pub(crate) fn free() -> Result<u16> {
    loop {
        let port = NEXT_SIGNALLING.fetch_add(1, Ordering::Relaxed);
        ensure!(port <= SIGNALLING.1, "all ports up to {} were used up", SIGNALLING.1);
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        if udp.is_ok() && tcp.is_ok() {
            return Ok(port);
        }
    }
}

/// The first and the last port of a range for media that was not given out before.
pub(crate) fn media_range() -> Result<(u16, u16)> {
    let first = NEXT_MEDIA.fetch_add(MEDIA_PORTS, Ordering::Relaxed);
    let last = first + MEDIA_PORTS - 1;
    ensure!(last <= MEDIA.1, "all media ports up to {} were used up", MEDIA.1);
    Ok((first, last))
}

/// How SIP travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Over UDP.
    Udp,
    /// Over TCP.
    Tcp,
}

/// Waits until somebody listens on the port.
///
/// # Errors
/// When the program has ended, or has not listened for 10 s; with its last words.
pub(crate) fn wait_bound(peer: &mut Peer, port: u16, transport: Transport) -> Result<()> {
    let deadline = now() + START_LIMIT;
    while !is_bound(port, transport)? {
        if peer.has_ended()? {
            bail!("{} ended before it listened on port {port}: {}", peer.name(), peer.last_words());
        }
        if now() > deadline {
            bail!("{} does not listen on port {port}: {}", peer.name(), peer.last_words());
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

fn is_bound(port: u16, transport: Transport) -> Result<bool> {
    let table = match transport {
        Transport::Udp => fs_err::read_to_string("/proc/net/udp")?,
        Transport::Tcp => fs_err::read_to_string("/proc/net/tcp")?,
    };
    Ok(lists(&table, port, transport))
}

/// Whether the table of sockets (proc(5), `/proc/net/udp`) has one that waits on the port of
/// 127.0.0.1 or of every address.
fn lists(table: &str, port: u16, transport: Transport) -> bool {
    // TCP_LISTEN, and TCP_CLOSE, which is what an unconnected UDP socket shows.
    let waiting = match transport {
        Transport::Udp => "07",
        Transport::Tcp => "0A",
    };
    let local = [format!("0100007F:{port:04X}"), format!("00000000:{port:04X}")];
    table.lines().skip(1).any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let address = fields.next().unwrap_or_default();
        local.iter().any(|one| one == address) && fields.nth(1) == Some(waiting)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_port_is_found_and_a_free_one_is_not() {
        let port = free().unwrap();
        assert!(!is_bound(port, Transport::Udp).unwrap());
        let _udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let _tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(is_bound(port, Transport::Udp).unwrap());
        assert!(is_bound(port, Transport::Tcp).unwrap());
    }

    #[test]
    fn no_port_is_given_out_twice() {
        assert_ne!(free().unwrap(), free().unwrap());
        let (one, other) = (media_range().unwrap(), media_range().unwrap());
        assert!(one.1 < other.0 || other.1 < one.0, "{one:?} {other:?}");
    }

    #[test]
    fn a_connected_socket_is_not_one_that_waits() {
        let table = "head\n 1: 0100007F:3AD4 0100007F:0001 01 0:0\n";
        assert!(!lists(table, 0x3AD4, Transport::Udp) && !lists(table, 0x3AD4, Transport::Tcp));
    }
}
