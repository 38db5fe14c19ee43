//! Where callees' audio goes: a socket that only counts.

use std::net::{Ipv4Addr, UdpSocket};

use anyhow::Result;

/// A bound port. Without one the kernel would answer every packet with an ICMP error.
pub(crate) struct Sink {
    socket: UdpSocket,
    port: u16,
}

impl Sink {
    /// Takes any free port.
    pub(crate) fn open() -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port })
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many RTP packets have come (RFC 3550: version 2) and not been counted before. The kernel
    /// keeps some hundred and drops the rest.
    pub(crate) fn count(&self) -> u64 {
        let mut packet = [0; 2_048];
        let mut count = 0;
        while let Ok(length) = self.socket.recv(&mut packet) {
            count += u64::from(length > 12 && packet[0] >> 6 == 2);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rtp_is_counted() {
        let sink = Sink::open().unwrap();
        let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        for first in [0x80, 0x80, 0x40] {
            sender.send_to(&[first; 172], (Ipv4Addr::LOCALHOST, sink.port())).unwrap();
        }
        assert_eq!((sink.count(), sink.count()), (2, 0));
    }
}
