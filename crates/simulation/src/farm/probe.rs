//! A callee that measures: its packets are stamped by the kernel when they arrive, so that the
//! figure does not depend on when anybody looks.

use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hdrhistogram::Histogram;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use outcall_media::rtp::RtpPacket;

/// The gap that there should be between two packets, in us.
const GAP_US: i64 = 20_000;

/// How often a probe that hears nothing looks whether its call is over.
const LOOK: Duration = Duration::from_millis(100);

/// What all probes have measured.
pub(super) struct Measured {
    deviations_us: Histogram<u64>,
    pub(super) packets: u64,
    pub(super) lost: u64,
}

impl Measured {
    pub(super) fn new() -> Self {
        let deviations_us = Histogram::new_with_bounds(1, 60_000_000, 3)
            .expect("invariant: the bounds are in order and three digits are allowed");
        Self { deviations_us, packets: 0, lost: 0 }
    }

    /// The deviation from 20 ms that this share of the gaps does not exceed, in ms.
    pub(super) fn jitter_ms(&self, share: f64) -> f64 {
        self.deviations_us.value_at_quantile(share) as f64 / 1_000.0
    }
}

/// One probe, on a thread of its own.
pub(super) struct Probe {
    port: u16,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Probe {
    /// Listens on a free port of this address.
    pub(super) fn start(bind: IpAddr, measured: &Arc<Mutex<Measured>>) -> std::io::Result<Self> {
        let socket = UdpSocket::bind(SocketAddr::new(bind, 0))?;
        socket.set_read_timeout(Some(LOOK))?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        let port = socket.local_addr()?.port();
        let over = Arc::new(AtomicBool::new(false));
        let (stop, measured) = (Arc::clone(&over), Arc::clone(measured));
        let thread = std::thread::Builder::new()
            .name("probe".to_owned())
            .spawn(move || listen(&socket, &stop, &measured))?;
        Ok(Self { port, over, thread: Some(thread) })
    }

    /// Our description of its audio.
    pub(super) fn sdp(&self, address: IpAddr) -> String {
        let family = if address.is_ipv4() { "IP4" } else { "IP6" };
        format!(
            "v=0\r\no=- 1 1 IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n",
            self.port
        )
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of a probe has been reported by the panic hook.
            drop(thread.join());
        }
    }
}

fn listen(socket: &UdpSocket, over: &AtomicBool, measured: &Mutex<Measured>) {
    let mut datagram = [0; 1_500];
    let mut room = nix::cmsg_space!(nix::sys::time::TimeSpec);
    let mut last: Option<(u16, i64)> = None;
    while !over.load(Ordering::Relaxed) {
        let Some((length, from, at_us)) = receive(socket, &mut datagram, &mut room) else {
            continue;
        };
        let Ok(packet) = RtpPacket::parse(&datagram[..length]) else { continue };
        let sequence = packet.header.sequence;
        let mut measured = measured.lock().unwrap_or_else(PoisonError::into_inner);
        measured.packets += 1;
        if let Some((before, before_us)) = last {
            let step = sequence.wrapping_sub(before);
            if step == 1 {
                let deviation_us = (at_us - before_us - GAP_US).unsigned_abs().max(1);
                measured.deviations_us.saturating_record(deviation_us);
            } else if (2..1_000).contains(&step) {
                measured.lost += u64::from(step) - 1;
            }
        }
        drop(measured);
        last = Some((sequence, at_us));
        // What came is sent back: the caller hears itself. A caller that is gone is no error here.
        drop(socket.send_to(&datagram[..length], from));
    }
}

/// A datagram: its length, its sender, and when the kernel received it, in us.
fn receive(
    socket: &UdpSocket,
    datagram: &mut [u8],
    room: &mut [u8],
) -> Option<(usize, SocketAddr, i64)> {
    let mut parts = [IoSliceMut::new(datagram)];
    let message =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(room), MsgFlags::empty())
            .ok()?;
    let address = message.address?;
    let v4 = address.as_sockaddr_in().map(|&v4| SocketAddr::V4(v4.into()));
    let from = v4.or_else(|| address.as_sockaddr_in6().map(|&v6| SocketAddr::V6(v6.into())))?;
    let at_us = message.cmsgs().ok()?.find_map(|note| {
        let ControlMessageOwned::ScmTimestampns(time) = note else { return None };
        Some(time.tv_sec() * 1_000_000 + time.tv_nsec() / 1_000)
    })?;
    Some((message.bytes, from, at_us))
}
