//! Pairs of ports, and the sockets on them.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::arrivals;
use super::error::MediaError;
use super::random::Random;

/// Bytes that may wait in a socket: above 100 packets, 2 s of audio, for a thread that was late.
/// More would only hold what is too old to be heard.
const RECEIVE_BUFFER: usize = 128 << 10;

/// Datagrams that one socket may hold, and some more.
const DRAINED_MAX: u32 = 1_000;

/// The free pairs. One that was freed goes to the end, so that packets of the call before it have
/// died out when it is used again.
#[derive(Debug)]
pub(super) struct Ports {
    bind: IpAddr,
    dscp: u8,
    range: RangeInclusive<u16>,
    free: Mutex<VecDeque<u16>>,
}

/// The sockets of a stream. Dropping them frees their ports.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
    port: u16,
    ports: Arc<Ports>,
}

impl Ports {
    pub(super) fn new(
        bind: IpAddr,
        dscp: u8,
        range: RangeInclusive<u16>,
        random: &mut Random,
    ) -> Self {
        let pairs = |port: &u16| port.is_multiple_of(2) && *port > 0 && range.contains(&(port + 1));
        let mut free: Vec<u16> = range.clone().filter(pairs).collect();
        // A random order: the next port is not to be guessed from the one before.
        for index in (1..free.len()).rev() {
            free.swap(index, random.below(index as u64 + 1) as usize);
        }
        Self { bind, dscp, range, free: Mutex::new(free.into()) }
    }

    /// Binds the next free pair; pairs of which another process has a port are passed over.
    pub(super) fn open(self: &Arc<Self>) -> Result<Sockets, MediaError> {
        let attempts = self.lock().len();
        for _ in 0..attempts {
            let Some(port) = self.lock().pop_front() else { break };
            match self.bind_pair(port) {
                Ok((rtp, rtcp)) => return Ok(Sockets { rtp, rtcp, port, ports: Arc::clone(self) }),
                Err(error) => {
                    self.lock().push_back(port);
                    if error.kind() != io::ErrorKind::AddrInUse {
                        let address = SocketAddr::new(self.bind, port);
                        return Err(MediaError::Bind { address, error });
                    }
                }
            }
        }
        Err(MediaError::PortsUsedUp { first: *self.range.start(), last: *self.range.end() })
    }

    fn bind_pair(&self, port: u16) -> io::Result<(UdpSocket, UdpSocket)> {
        let (rtp, rtcp) = (self.bind_socket(port)?, self.bind_socket(port + 1)?);
        arrivals::note_arrivals(&rtcp)?;
        Ok((rtp, rtcp))
    }

    fn bind_socket(&self, port: u16) -> io::Result<UdpSocket> {
        let address = SocketAddr::new(self.bind, port);
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        if self.bind.is_ipv4() {
            socket.set_tos_v4(u32::from(self.dscp) << 2)?;
        } else {
            setsockopt(&socket, sockopt::Ipv6TClass, &(i32::from(self.dscp) << 2))?;
        }
        socket.bind(&address.into())?;
        Ok(socket.into())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<u16>> {
        // The queue is whole between any two of its calls.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sockets {
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Throws away what came before anyone wanted to hear it: ports are bound before the far end is
    /// asked, and its ringback would be heard in place of its voice. A flood does not go on for
    /// ever: [`DRAINED_MAX`].
    pub(super) fn drain(&self, room: &mut [u8]) {
        for socket in [&self.rtp, &self.rtcp] {
            for _ in 0..DRAINED_MAX {
                if socket.recv_from(room).is_err_and(|error| is_empty(&error)) {
                    break;
                }
            }
        }
    }
}

/// Other errors, such as one of the network, were told in place of a datagram.
fn is_empty(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

impl Drop for Sockets {
    fn drop(&mut self) {
        // Before the sockets are closed, so another stream may find the port still bound: it then
        // takes the next one.
        self.ports.lock().push_back(self.port);
    }
}
