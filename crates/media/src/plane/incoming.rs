//! What a stream receives: from datagrams to frames of sound.

use std::net::SocketAddr;

use super::link::{Kind, Link};
use super::report::StreamReport;
use super::settings::Symmetric;
use super::source::{Source, Verdict};
use crate::concealment::Concealer;
use crate::g711::{CLOCK_HZ, Law};
use crate::jitter::{Arrival, BLOCK, Block, JitterBuffer, JitterSettings};
use crate::playback::FRAME;
use crate::rtcp::Reception;
use crate::rtp::{RtpHeader, RtpPacket};
use crate::telephone_event::{DigitEvent, DigitReceiver};

/// The longest payload that is heard: 200 ms.
const PAYLOAD_MAX: usize = 1_600;

/// What a datagram was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// The far end's packet.
    Packet,
    /// The far end's, with news of a key.
    Digit(DigitEvent),
    /// Not the far end's, or not one that fits the call.
    Stranger,
}

/// The moment of a sweep, for the receiving side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now_us: u64,
    /// The datagram passed the check of its authenticity.
    pub(super) authentic: bool,
}

impl Moment {
    /// In units of the RTP clock, wrapping.
    fn units(self) -> u32 {
        (self.now_us / 125) as u32
    }
}

/// The receiving side of one stream.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) source: Source,
    ssrc: Option<u32>,
    jitter: JitterBuffer,
    concealer: Concealer,
    digits: DigitReceiver,
    reception: Option<Reception>,
    /// Lost from sources before the last change of SSRC.
    lost_before: u64,
    pub(super) packets: u64,
    pub(super) octets: u64,
    pub(super) late: u64,
    pub(super) duplicate: u64,
    pub(super) strangers: u64,
    pub(super) ssrc_changes: u32,
}

impl Incoming {
    pub(super) fn new(expected: SocketAddr, symmetric: Symmetric, jitter: JitterSettings) -> Self {
        Self {
            source: Source::new(expected, symmetric),
            ssrc: None,
            jitter: JitterBuffer::new(jitter),
            concealer: Concealer::default(),
            digits: DigitReceiver::default(),
            reception: None,
            lost_before: 0,
            packets: 0,
            octets: 0,
            late: 0,
            duplicate: 0,
            strangers: 0,
            ssrc_changes: 0,
        }
    }

    /// Takes a datagram of RTP.
    pub(super) fn receive(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        link: &Link,
        moment: Moment,
    ) -> Received {
        let Ok(packet) = RtpPacket::parse(datagram) else { return self.stranger() };
        let header = packet.header;
        let kind = link.kind(header.payload_type);
        if kind == Kind::Unknown && !self.is_of_source(from, header.ssrc) {
            return self.stranger();
        }
        let now_ms = moment.now_us / 1_000;
        let verdict = self.source.judge(from, header.sequence, moment.authentic, now_ms);
        if verdict == Verdict::Refuse {
            return self.stranger();
        }
        self.packets += 1;
        self.octets += packet.payload.len() as u64;
        if self.ssrc != Some(header.ssrc) {
            self.change_source(header.ssrc, header.sequence);
        }
        if let Some(reception) = &mut self.reception {
            reception.received(header.sequence, header.timestamp, moment.units());
        }
        match kind {
            Kind::Digit => {
                self.jitter.pass(header.sequence);
                let (timestamp, marker) = (header.timestamp, header.marker);
                let digit = self.digits.receive(timestamp, marker, packet.payload);
                digit.map_or(Received::Packet, Received::Digit)
            }
            Kind::Audio(law) => {
                self.audio(law, &packet, moment.units());
                Received::Packet
            }
            // Comfort noise, say: nothing to hear, but its number is not one that was lost.
            Kind::Unknown => {
                self.jitter.pass(header.sequence);
                Received::Packet
            }
        }
    }

    /// Whether a packet of a type that was not agreed on is the far end's for certain. It proves
    /// nothing of a source by itself.
    fn is_of_source(&self, from: SocketAddr, ssrc: u32) -> bool {
        self.source.is_confirmed(from) && self.ssrc == Some(ssrc)
    }

    fn audio(&mut self, law: Law, packet: &RtpPacket<'_>, arrival: u32) {
        let payload = &packet.payload[..packet.payload.len().min(PAYLOAD_MAX)];
        match payload.len() {
            0 => self.jitter.pass(packet.header.sequence),
            // The usual packet does not pay for the room of the longest.
            1..=FRAME => self.insert::<FRAME>(law, packet.header, payload, arrival),
            _ => self.insert::<PAYLOAD_MAX>(law, packet.header, payload, arrival),
        }
    }

    fn insert<const ROOM: usize>(
        &mut self,
        law: Law,
        header: RtpHeader,
        payload: &[u8],
        arrival: u32,
    ) {
        let mut samples = [0; ROOM];
        let count = law.decode_into(payload, &mut samples);
        let (sequence, timestamp) = (header.sequence, header.timestamp);
        match self.jitter.insert(sequence, timestamp, &samples[..count], arrival) {
            Arrival::Accepted | Arrival::Restarted => {}
            Arrival::Late => self.late += 1,
            Arrival::Duplicate => self.duplicate += 1,
        }
    }

    fn stranger(&mut self) -> Received {
        self.strangers += 1;
        Received::Stranger
    }

    fn change_source(&mut self, ssrc: u32, sequence: u16) {
        if self.ssrc.is_some() {
            self.ssrc_changes += 1;
            self.lost_before = self.lost();
            self.jitter.restart();
            self.digits = DigitReceiver::default();
        }
        self.ssrc = Some(ssrc);
        self.reception = Some(Reception::new(sequence));
    }

    /// Whether enough is here for this sweep, so that the socket need not be asked again.
    pub(super) fn has_enough(&self, packets: u32) -> bool {
        packets * self.jitter.packet_samples() >= FRAME as u32 && self.jitter.depth_ms() >= 20
    }

    /// The next 20 ms as they are heard. Whether anything of it is sound that came.
    pub(super) fn hear(&mut self, frame: &mut [i16; FRAME]) -> bool {
        let mut came = false;
        for half in frame.as_chunks_mut::<BLOCK>().0 {
            match self.jitter.pull(half) {
                Block::Audio => {
                    self.concealer.heard(half);
                    came = true;
                }
                Block::Missing => self.concealer.conceal(half),
                Block::Idle => half.fill(0),
            }
        }
        came
    }

    /// Lets the audio of sweeps pass that were skipped.
    pub(super) fn skip(&mut self, sweeps: u64) {
        for _ in 0..sweeps.min(50) {
            self.hear(&mut [0; FRAME]);
        }
    }

    /// A key whose packets stopped is up.
    pub(super) fn expire_digit(&mut self, now_us: u64) -> Option<DigitEvent> {
        self.digits.expire((now_us / 125) as u32)
    }

    pub(super) fn ssrc(&self) -> Option<u32> {
        self.ssrc
    }

    pub(super) fn reception(&mut self) -> Option<&mut Reception> {
        self.reception.as_mut()
    }

    fn lost(&self) -> u64 {
        let lost = self.reception.as_ref().map_or(0, Reception::lost);
        self.lost_before + lost.max(0).cast_unsigned()
    }

    /// Fills in the parts of the report that are counted here.
    pub(super) fn report(&self, report: &mut StreamReport) {
        report.packets_received = self.packets;
        report.octets_received = self.octets;
        report.lost = self.lost();
        report.late = self.late;
        report.duplicate = self.duplicate;
        report.concealed_ms = self.jitter.missing_blocks() * 10;
        report.shortened_ms = self.jitter.shortened_blocks() * 10;
        report.strangers = self.strangers;
        report.ssrc_changes = self.ssrc_changes;
        let reception = self.reception.as_ref();
        report.jitter_ms = reception.map_or(0.0, |reception| reception.jitter_ms(CLOCK_HZ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::HEADER_LEN;
    use crate::sdp::{Direction, Negotiated, PayloadTypes};

    const COMFORT_NOISE: u8 = 13;

    fn link(remote_rtp: SocketAddr) -> Link {
        Link::of(&Negotiated {
            remote_rtp,
            remote_rtcp: remote_rtp,
            law: Law::A,
            payload_type: 8,
            telephone_event: None,
            receive: PayloadTypes { mu: None, a: Some(8), telephone_event: None },
            direction: Direction::SendReceive,
            local_key: None,
            remote_key: None,
            rtcp_mux: false,
        })
    }

    fn packet(payload_type: u8, sequence: u16, ssrc: u32) -> Vec<u8> {
        let mut packet = vec![0x55; HEADER_LEN + FRAME];
        let timestamp = u32::from(sequence) * FRAME as u32;
        let header = RtpHeader { marker: false, payload_type, sequence, timestamp, ssrc };
        header.write(packet.first_chunk_mut().unwrap());
        packet
    }

    #[test]
    fn packets_of_a_type_not_agreed_on_are_the_far_ends_once_it_is_known() {
        let far = SocketAddr::from(([127, 0, 0, 1], 1_000));
        let other = SocketAddr::from(([127, 0, 0, 1], 2_000));
        let link = link(far);
        let mut incoming = Incoming::new(far, Symmetric::Latch, JitterSettings::default());
        let mut receive = |from, payload_type, sequence: u16, ssrc| {
            let moment = Moment { now_us: u64::from(sequence) * 20_000, authentic: false };
            incoming.receive(&packet(payload_type, sequence, ssrc), from, &link, moment)
        };
        assert_eq!(receive(far, COMFORT_NOISE, 0, 7), Received::Stranger, "nobody is known yet");
        assert_eq!(receive(far, 8, 1, 7), Received::Packet);
        for sequence in 2..10 {
            assert_eq!(receive(far, COMFORT_NOISE, sequence, 7), Received::Packet);
        }
        assert_eq!(receive(far, 8, 10, 7), Received::Packet);
        assert_eq!(receive(other, COMFORT_NOISE, 11, 7), Received::Stranger);
        assert_eq!(receive(far, COMFORT_NOISE, 11, 8), Received::Stranger);
        let mut report = StreamReport::default();
        incoming.report(&mut report);
        assert_eq!((report.packets_received, report.lost, report.strangers), (10, 0, 3));
        assert_eq!(report.ssrc_changes, 0);
        while incoming.hear(&mut [0; FRAME]) || incoming.jitter.depth_ms() > 0 {}
        assert_eq!(incoming.jitter.missing_blocks(), 0, "the pause was meant, not lost");
    }
}
