//! Reading datagrams of RTCP with the moment at which the system received them: they are read
//! rarely, and a round trip must not depend on when.

use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};

use super::clock::{ntp_now, ntp_of};

/// Asks the system to note when datagrams come.
pub(super) fn note_arrivals(socket: &UdpSocket) -> nix::Result<()> {
    setsockopt(socket, sockopt::ReceiveTimestampns, &true)
}

/// Room for the note of one datagram.
pub(super) fn note_room() -> Vec<u8> {
    nix::cmsg_space!(nix::sys::time::TimeSpec)
}

/// One datagram, if there is one: its size, its sender, and its arrival in NTP's form.
pub(super) fn read_noted(
    socket: &UdpSocket,
    datagram: &mut [u8],
    room: &mut [u8],
) -> Option<(usize, SocketAddr, u64)> {
    let mut parts = [IoSliceMut::new(datagram)];
    let flags = MsgFlags::MSG_DONTWAIT;
    let message =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(room), flags).ok()?;
    let from = socket_address(&message.address?)?;
    let noted = message.cmsgs().ok()?.find_map(|note| {
        let ControlMessageOwned::ScmTimestampns(time) = note else { return None };
        Some(ntp_of(Duration::new(time.tv_sec().try_into().ok()?, time.tv_nsec() as u32)))
    });
    Some((message.bytes, from, noted.unwrap_or_else(ntp_now)))
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|&v4| SocketAddr::V4(v4.into()));
    v4.or_else(|| address.as_sockaddr_in6().map(|&v6| SocketAddr::V6(v6.into())))
}
