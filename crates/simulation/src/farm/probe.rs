//! A callee that measures: its packets are stamped by the kernel when they arrive, so that the
//! figure does not depend on when anybody looks. It speaks a packet for each one that it hears.

use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::Sender;
use hdrhistogram::Histogram;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use outcall_media::clip::Clip;
use outcall_media::g711::Law;
use outcall_media::plane::{MediaEvent, StreamId, StreamReport};
use outcall_media::rtcp::Reception;
use outcall_media::rtp::{HEADER_LEN, RtpHeader, RtpPacket};
use outcall_media::sdp::{Direction, LocalMedia};

use super::{Happening, now};

/// The gap that there should be between two packets, in us.
const GAP_US: i64 = 20_000;

/// Samples of a packet: 20 ms at 8 kHz.
const FRAME: usize = 160;

/// How often a probe that hears nothing looks whether its call is over.
const LOOK: Duration = Duration::from_millis(100);

/// The law that probes speak; they take no other.
const LAW: Law = Law::Mu;

/// Tells the names of probes from those of the media plane's streams.
const PROBE: u64 = 1 << 63;

/// What all probes have measured.
pub(super) struct Measured {
    deviations_us: Histogram<u64>,
    /// Packets that were timed.
    pub(super) packets: u64,
}

impl Measured {
    pub(super) fn new() -> Self {
        let deviations_us = Histogram::new_with_bounds(1, 60_000_000, 3)
            .expect("invariant: the bounds are in order and three digits are allowed");
        Self { deviations_us, packets: 0 }
    }

    /// The deviation from 20 ms that this share of the gaps does not exceed, in ms.
    pub(super) fn jitter_ms(&self, share: f64) -> f64 {
        self.deviations_us.value_at_quantile(share) as f64 / 1_000.0
    }
}

/// How many probes there may be, and where they tell what they have measured.
pub(super) struct Probes {
    max: usize,
    alive: Arc<AtomicUsize>,
    started: u64,
    measured: Arc<Mutex<Measured>>,
    happenings: Sender<Happening>,
}

impl Probes {
    pub(super) fn new(
        max: usize,
        measured: Arc<Mutex<Measured>>,
        happenings: Sender<Happening>,
    ) -> Self {
        Self { max, alive: Arc::default(), started: 0, measured, happenings }
    }

    /// A probe that listens on a free port of this address and speaks with this voice; `None` when
    /// as many are at work as may be.
    pub(super) fn start(&mut self, bind: IpAddr, voice: Arc<Clip>) -> Option<Probe> {
        // Only this thread starts probes, so that the count cannot rise in between.
        if self.alive.load(Ordering::Acquire) >= self.max {
            return None;
        }
        let id = StreamId(PROBE | self.started);
        match self.spawn(bind, id, voice) {
            Ok(probe) => {
                self.started += 1;
                Some(probe)
            }
            Err(error) => {
                tracing::warn!(%error, "a probe cannot be started");
                None
            }
        }
    }

    fn spawn(&self, bind: IpAddr, id: StreamId, voice: Arc<Clip>) -> std::io::Result<Probe> {
        let socket = UdpSocket::bind(SocketAddr::new(bind, 0))?;
        socket.set_read_timeout(Some(LOOK))?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        let at = socket.local_addr()?;
        let shared = Arc::new(Shared::default());
        let work = Work {
            socket,
            shared: Arc::clone(&shared),
            measured: Arc::clone(&self.measured),
            voice,
            ear: Ear::default(),
            sent: 0,
            ssrc: at.port().into(),
        };
        let (alive, happenings) = (Arc::clone(&self.alive), self.happenings.clone());
        alive.fetch_add(1, Ordering::AcqRel);
        let spawned = std::thread::Builder::new().name("probe".to_owned()).spawn({
            let alive = Arc::clone(&alive);
            move || {
                let report = work.listen();
                alive.fetch_sub(1, Ordering::AcqRel);
                // The farm may have ended: nobody wants the report then.
                drop(happenings.send(Happening::Media(id, MediaEvent::Closed(report))));
            }
        });
        if let Err(error) = spawned {
            alive.fetch_sub(1, Ordering::AcqRel);
            return Err(error);
        }
        Ok(Probe { id, at, shared })
    }
}

#[derive(Default)]
struct Shared {
    connected: AtomicBool,
    over: AtomicBool,
}

/// One probe, on a thread of its own, which ends soon after this is dropped.
pub(super) struct Probe {
    id: StreamId,
    at: SocketAddr,
    shared: Arc<Shared>,
}

impl Probe {
    pub(super) fn id(&self) -> StreamId {
        self.id
    }

    /// What it can do.
    pub(super) fn local_media(&self) -> LocalMedia {
        LocalMedia {
            address: super::audio_address(self.at.ip()),
            rtp_port: self.at.port(),
            rtcp_port: self.at.port().saturating_add(1),
            laws: vec![LAW],
            telephone_event: None,
            ptime_ms: 20,
            direction: Direction::SendReceive,
            crypto: None,
            session_id: self.id.0,
            version: 1,
        }
    }

    /// The audio was agreed on: the first packet is waited for from now on.
    pub(super) fn connect(&self) {
        self.shared.connected.store(true, Ordering::Release);
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
    }
}

/// What one probe has heard; pure.
#[derive(Default)]
struct Ear {
    source: Option<u32>,
    reception: Option<Reception>,
    lost_before: u64,
    last: Option<(u16, i64)>,
    packets: u64,
    octets: u64,
    ssrc_changes: u32,
}

impl Ear {
    /// Takes a packet that arrived at `at_us`. How far the gap before it was from what it should
    /// be, in us, when nothing was lost in between.
    fn hear(&mut self, packet: &RtpPacket<'_>, at_us: i64) -> Option<u64> {
        let RtpHeader { sequence, timestamp, ssrc, .. } = packet.header;
        self.packets += 1;
        self.octets += packet.payload.len() as u64;
        if self.source.replace(ssrc).is_some_and(|before| before != ssrc) {
            self.lost_before = self.lost();
            (self.reception, self.last) = (None, None);
            self.ssrc_changes += 1;
        }
        // Eight units of the RTP clock are a millisecond.
        let arrival = (at_us / 125) as u32;
        let reception = self.reception.get_or_insert_with(|| Reception::new(sequence));
        reception.received(sequence, timestamp, arrival);
        let before = self.last.replace((sequence, at_us))?;
        let follows = before.0.wrapping_add(1) == sequence;
        follows.then(|| (at_us - before.1 - GAP_US).unsigned_abs().max(1))
    }

    fn lost(&self) -> u64 {
        let lost = self.reception.as_ref().map_or(0, Reception::lost);
        self.lost_before + u64::try_from(lost).unwrap_or(0)
    }

    fn report(&self) -> StreamReport {
        StreamReport {
            packets_received: self.packets,
            octets_received: self.octets,
            lost: self.lost(),
            ssrc_changes: self.ssrc_changes,
            jitter_ms: self.reception.as_ref().map_or(0.0, |it| it.jitter_ms(8_000)),
            ..StreamReport::default()
        }
    }
}

/// The thread of a probe.
struct Work {
    socket: UdpSocket,
    shared: Arc<Shared>,
    measured: Arc<Mutex<Measured>>,
    voice: Arc<Clip>,
    ear: Ear,
    sent: u64,
    ssrc: u32,
}

impl Work {
    fn listen(mut self) -> Box<StreamReport> {
        let mut datagram = [0; 1_500];
        let mut room = nix::cmsg_space!(nix::sys::time::TimeSpec);
        let (mut connected_at, mut first_at) = (None, None);
        while !self.shared.over.load(Ordering::Acquire) {
            if connected_at.is_none() && self.shared.connected.load(Ordering::Acquire) {
                connected_at = Some(now());
            }
            let heard = receive(&self.socket, &mut datagram, &mut room);
            let Some((length, from, at_us)) = heard else { continue };
            let Ok(packet) = RtpPacket::parse(&datagram[..length]) else { continue };
            first_at.get_or_insert_with(now);
            let deviation_us = self.ear.hear(&packet, at_us);
            let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
            measured.packets += 1;
            if let Some(deviation_us) = deviation_us {
                measured.deviations_us.saturating_record(deviation_us);
            }
            drop(measured);
            self.speak(from);
        }
        let sent = self.sent;
        let mut report = Box::new(self.ear.report());
        report.packets_sent = sent;
        report.octets_sent = sent * FRAME as u64;
        report.one_way = sent > 0 && report.packets_received == 0;
        report.first_packet_ms = first_at
            .zip(connected_at)
            .map(|(first, connected)| first.since(connected).max(0).unsigned_abs());
        report
    }

    /// Says the next 20 ms. A caller that is gone is no error here.
    fn speak(&mut self, to: SocketAddr) {
        let mut packet = [LAW.silence(); HEADER_LEN + FRAME];
        let header = RtpHeader {
            marker: self.sent == 0,
            payload_type: LAW.payload_type(),
            sequence: self.sent as u16,
            timestamp: (self.sent as u32).wrapping_mul(FRAME as u32),
            ssrc: self.ssrc,
        };
        let (head, body) = packet.split_at_mut(HEADER_LEN);
        if let Some(head) = head.first_chunk_mut() {
            header.write(head);
        }
        let frames = self.voice.encoded(LAW).chunks(FRAME);
        let turn = self.sent as usize % frames.len().max(1);
        if let Some(frame) = frames.into_iter().nth(turn) {
            body[..frame.len()].copy_from_slice(frame);
        }
        if self.socket.send_to(&packet, to).is_ok() {
            self.sent += 1;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(ear: &mut Ear, ssrc: u32, sequence: u16, at_ms: i64) -> Option<u64> {
        let timestamp = u32::from(sequence) * 160;
        let header = RtpHeader { marker: false, payload_type: 0, sequence, timestamp, ssrc };
        ear.hear(&RtpPacket { header, payload: &[0; 160] }, at_ms * 1_000)
    }

    #[test]
    fn a_gap_is_judged_only_between_neighbours_and_what_is_missing_is_counted() {
        let mut ear = Ear::default();
        assert_eq!(hear(&mut ear, 1, 10, 0), None);
        assert_eq!(hear(&mut ear, 1, 11, 23), Some(3_000));
        assert_eq!(hear(&mut ear, 1, 13, 60), None);
        assert_eq!(hear(&mut ear, 1, 14, 79), Some(1_000));
        assert_eq!(ear.lost(), 1);
        // Another source begins anew, and what was lost stays lost.
        assert_eq!(hear(&mut ear, 2, 500, 99), None);
        let report = ear.report();
        assert_eq!((report.packets_received, report.lost, report.ssrc_changes), (5, 1, 1));
    }

    #[test]
    fn a_packet_that_was_overtaken_is_not_lost() {
        let mut ear = Ear::default();
        for (sequence, at_ms) in [(1, 0), (3, 40), (2, 41), (4, 60)] {
            hear(&mut ear, 1, sequence, at_ms);
        }
        assert_eq!(ear.lost(), 0);
    }
}
