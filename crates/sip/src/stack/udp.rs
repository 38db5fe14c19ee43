//! Our UDP socket: it drops what strangers send too much of, before a byte of it is parsed, and
//! keeps the trace.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, RwLock};

use rsipstack::Result;
use rsipstack::platform::net::UdpSocket as PlatformUdpSocket;
use rsipstack::transport::SipAddr;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::slot::lock;
use super::trace_streams::{Direction, Traces};
use crate::message::AllowedSources;

/// The buffers of the socket in bytes, each way: a second of a thousand calls.
const BUFFER: usize = 8 * 1024 * 1024;

/// How many peers are remembered. Above that the oldest knowledge is dropped, all at once; trunks
/// are learnt again with the next call.
const PEERS_MAX: usize = 4_096;

/// Who is known, and how much is taken from everybody else.
pub(super) struct Peers {
    known: RwLock<HashSet<IpAddr>>,
    /// Who is known by configuration.
    always: AllowedSources,
    strangers: Mutex<Budget>,
}

struct Budget {
    per_s: f64,
    left: f64,
    at: Instant,
}

impl Budget {
    fn take(&mut self, now: Instant) -> bool {
        let earned = now.duration_since(self.at).as_secs_f64() * self.per_s;
        self.left = (self.left + earned).min(self.per_s);
        self.at = now;
        let enough = self.left >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }
}

impl Peers {
    pub(super) fn new(strangers_per_s: u32, always: AllowedSources) -> Self {
        let per_s = f64::from(strangers_per_s);
        let budget = Budget { per_s, left: per_s, at: Instant::now() };
        Self { known: RwLock::new(HashSet::new()), always, strangers: Mutex::new(budget) }
    }

    /// We talk to these of our own accord.
    pub(super) fn know(&self, addresses: &[SipAddr]) {
        let ips: Vec<IpAddr> = addresses
            .iter()
            .filter_map(|address| address.get_socketaddr().ok())
            .map(|address| address.ip())
            .collect();
        self.know_all(ips);
    }

    /// The same, by number.
    pub(super) fn know_all(&self, ips: Vec<IpAddr>) {
        let all_known = {
            let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            ips.iter().all(|ip| known.contains(ip))
        };
        if !all_known {
            let mut known = self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            if known.len() >= PEERS_MAX {
                known.clear();
            }
            known.extend(ips);
        }
    }

    /// Whether something from this address is looked at.
    pub(super) fn admits(&self, from: IpAddr) -> bool {
        let is_known =
            self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner).contains(&from);
        is_known || self.always.allow(from) || lock(&self.strangers).take(Instant::now())
    }
}

/// The socket.
pub(super) struct GuardedSocket {
    socket: UdpSocket,
    local: SocketAddr,
    peers: Arc<Peers>,
    traces: Traces,
}

impl GuardedSocket {
    /// Opens it.
    pub(super) fn bind(
        address: SocketAddr,
        dscp: u8,
        peers: Arc<Peers>,
        traces: Traces,
    ) -> std::io::Result<Self> {
        let domain = if address.is_ipv6() { Domain::IPV6 } else { Domain::IPV4 };
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        // The kernel gives as much of it as it allows.
        socket.set_recv_buffer_size(BUFFER)?;
        socket.set_send_buffer_size(BUFFER)?;
        if dscp > 0 && address.is_ipv4() {
            socket.set_tos_v4(u32::from(dscp) << 2)?;
        }
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local, peers, traces })
    }
}

#[async_trait::async_trait]
impl PlatformUdpSocket for GuardedSocket {
    async fn recv_from(&self, buf: &mut [u8]) -> Result<(usize, SocketAddr)> {
        loop {
            let (length, from) = match self.socket.recv_from(buf).await {
                Ok(received) => received,
                // A port that nobody listens on any more answers with ICMP; that is the sender's
                // business, who finds out by its timers.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => continue,
                Err(error) => return Err(error.into()),
            };
            if !self.peers.admits(from.ip()) {
                continue;
            }
            self.traces.note(Direction::In, "UDP", self.local, from, &buf[..length]);
            return Ok((length, from));
        }
    }

    async fn send_to(&self, buf: &[u8], to: SocketAddr) -> Result<usize> {
        self.traces.note(Direction::Out, "UDP", self.local, to, buf);
        Ok(self.socket.send_to(buf, to).await?)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        Ok(self.local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_share_a_budget_and_known_peers_have_none() {
        let net = AllowedSources::new(|from| from == IpAddr::from([192, 0, 2, 9]));
        let peers = Peers::new(3, net);
        let stranger = IpAddr::from([192, 0, 2, 7]);
        let admitted = (0..100).filter(|_| peers.admits(stranger)).count();
        assert_eq!(admitted, 3);
        let trunk: SipAddr = SocketAddr::from(([192, 0, 2, 8], 5060)).into();
        peers.know(&[trunk]);
        assert!((0..100).all(|_| peers.admits(IpAddr::from([192, 0, 2, 8]))));
        assert!((0..100).all(|_| peers.admits(IpAddr::from([192, 0, 2, 9]))));
        assert!(!peers.admits(stranger));
    }
}
