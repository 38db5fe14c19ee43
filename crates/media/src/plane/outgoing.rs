//! What a stream sends: a packet of audio, silence or a digit at each sweep.

use super::link::Link;
use super::random::Random;
use crate::playback::{Ended, FRAME, Player};
use crate::rtp::{HEADER_LEN, RtpHeader};
use crate::telephone_event::DigitSender;

/// The sending side of one stream.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The next audio packet begins a talk spurt (RFC 3551, section 4.1).
    marker: bool,
    pub(super) player: Player,
    pub(super) digits: DigitSender,
    pub(super) packets: u64,
    pub(super) octets: u64,
    audio_samples: u64,
    pub(super) send_errors: u64,
}

impl Outgoing {
    /// Begins at numbers that cannot be guessed (RFC 3550, section 5.1).
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            ssrc: random.next() as u32,
            sequence: random.next() as u16,
            timestamp: random.next() as u32,
            marker: true,
            player: Player::default(),
            digits: DigitSender::default(),
            packets: 0,
            octets: 0,
            audio_samples: 0,
            send_errors: 0,
        }
    }

    /// Writes the next packet, and returns the bytes of its payload. `encoded` receives the audio
    /// in it, silence while a digit is sent.
    pub(super) fn next_packet(
        &mut self,
        link: &Link,
        packet: &mut Vec<u8>,
        encoded: &mut [u8; FRAME],
        ended: &mut Vec<Ended>,
    ) -> usize {
        packet.clear();
        packet.resize(HEADER_LEN, 0);
        let mut header = RtpHeader {
            marker: false,
            payload_type: link.payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let digit = link.telephone_event.filter(|_| self.digits.is_active());
        let event = digit.and_then(|payload_type| {
            self.digits.next(self.timestamp).map(|event| (payload_type, event))
        });
        if let Some((payload_type, event)) = event {
            header = RtpHeader {
                payload_type,
                marker: event.marker,
                timestamp: event.timestamp,
                ..header
            };
            packet.extend_from_slice(&event.payload);
        }
        if digit.is_some() {
            // No audio between two digits either: a prompt must not be cut into pieces.
            encoded.fill(link.law.silence());
        } else {
            self.audio_samples += self.player.fill(link.law, encoded, ended) as u64;
        }
        if event.is_none() {
            header.marker = self.marker;
            packet.extend_from_slice(encoded);
        }
        self.marker = event.is_some();
        if let Some(bytes) = packet.first_chunk_mut::<HEADER_LEN>() {
            header.write(bytes);
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        packet.len() - HEADER_LEN
    }

    /// Counts a packet that the network stack took: reports tell the far end what was sent.
    pub(super) fn count(&mut self, payload: usize) {
        self.packets += 1;
        self.octets += payload as u64;
    }

    /// Lets the time of sweeps pass in which nothing is sent.
    pub(super) fn pass(&mut self, sweeps: u32) {
        self.timestamp = self.timestamp.wrapping_add(sweeps.wrapping_mul(FRAME as u32));
        self.marker = true;
    }

    /// The RTP timestamp of now.
    pub(super) fn timestamp(&self) -> u32 {
        self.timestamp
    }

    pub(super) fn audio_sent_ms(&self) -> u64 {
        self.audio_samples / 8
    }
}
