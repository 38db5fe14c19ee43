//! One stream as its shard carries it.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Sender;

use super::arrivals;
use super::clock::ntp_now;
use super::commands::{Act, Shared};
use super::context::{Context, Scratch};
use super::control::Control;
use super::crypt::{Crypt, Keys};
use super::event::{MediaEvent, StreamId};
use super::handle::Frame;
use super::health::Health;
use super::incoming::{Incoming, Moment, Received};
use super::link::Link;
use super::outgoing::Outgoing;
use super::ports::Sockets;
use super::report::StreamReport;
use crate::playback::Ended;
use crate::recording::Track;
use crate::rtp::is_rtcp;

/// Datagrams read from one stream in one sweep: 16 times what a call sends. A flood costs no more.
const READS_MAX: u32 = 16;
/// One sweep in so many empties the socket, even when enough was read for the next frame.
const EMPTY_EVERY: u64 = 8;
/// Sweeps between two looks at RTCP: 1 s.
const CONTROL_EVERY: u64 = 50;
/// Sweeps between two looks at a flag that a handle may have set without a command.
pub(super) const LOOK_EVERY: u64 = 8;
/// Sweeps of silence after which a source that was latched on to may be followed by SDP's own
/// address: 200 ms.
const DOUBT_AFTER: u32 = 10;
/// Packets of a source after which it is taken for settled: 5 s.
const SETTLED_AFTER: u64 = 250;
/// A digit sent, and the pause after it, in milliseconds.
const DIGIT_MS: u16 = 100;

/// A stream.
pub(super) struct Live {
    // A copy: what is shared lies elsewhere in memory, and a thousand streams do not fit a cache.
    id: StreamId,
    shared: Arc<Shared>,
    closing: bool,
    sockets: Sockets,
    connected: Option<Connected>,
    outgoing: Outgoing,
    control: Control,
    health: Health,
    track: Option<Track>,
    /// Where to record once the call is connected: a file is in the law that was agreed on.
    record_to: Option<PathBuf>,
    listener: Option<Sender<Frame>>,
    /// The parts of the report that are counted here.
    report: StreamReport,
}

struct Connected {
    link: Link,
    /// `None` while nothing was ever encrypted. Boxed: most calls are not, and shall not pay for
    /// the room in each sweep.
    crypt: Option<Box<Crypt>>,
    incoming: Incoming,
    since_us: u64,
    sent: bool,
    /// Whether the system itself refuses all other sources, and how many packets it takes to get
    /// there. It saves it the look for a way at each packet sent, a tenth of the whole cost, and
    /// costs nothing for a flood of strangers; those are counted no more.
    settled: bool,
    settled_after: u64,
    /// Sweeps in a row in which nothing came.
    quiet_sweeps: u32,
}

impl Live {
    pub(super) fn new(shared: Arc<Shared>, sockets: Sockets, cx: &mut Context) -> Self {
        Self {
            id: shared.id,
            shared,
            closing: false,
            sockets,
            connected: None,
            outgoing: Outgoing::new(&mut cx.random),
            control: Control::new(&mut cx.random),
            health: Health::default(),
            track: None,
            record_to: None,
            listener: None,
            report: StreamReport::default(),
        }
    }

    pub(super) fn id(&self) -> StreamId {
        self.id
    }

    /// Whether it shall close: a command said so, or a handle for whose command there was no room.
    pub(super) fn is_closing(&self, sweep: u64) -> bool {
        let looks = (sweep + self.id.0).is_multiple_of(LOOK_EVERY);
        self.closing || (looks && self.shared.closing.load(Ordering::Acquire))
    }

    /// Carries out a command.
    pub(super) fn act(&mut self, act: Act, cx: &mut Context) {
        match act {
            Act::Open { .. } => {}
            Act::Connect { link, keys } => self.connect(*link, keys, cx),
            Act::Play { playback, clip, looped } => {
                if let Some(ended) = self.outgoing.player.queue(playback, clip, looped) {
                    tell_ended(self.id, ended, cx);
                }
            }
            Act::StopPlayback { fade_ms } => self.stop_playback(fade_ms, cx),
            Act::Pause => self.outgoing.player.pause(),
            Act::Resume => self.outgoing.player.resume(),
            Act::Digits(digits) => {
                if let Err(error) = self.outgoing.digits.queue(&digits, DIGIT_MS, DIGIT_MS) {
                    tracing::warn!(stream = self.id().0, %error, "digits are not sent");
                }
            }
            Act::Record(path) => self.record(path, cx),
            Act::StopRecording => self.stop_recording(),
            Act::Listen(tap) => self.listener = Some(tap),
            Act::Close => self.closing = true,
        }
    }

    fn connect(&mut self, link: Link, keys: Option<Box<Keys>>, cx: &mut Context) {
        let now_us = cx.clock.now_us();
        self.health.connected(link.send && link.receive, now_us);
        let keys = keys.map(|keys| *keys);
        if let Some(connected) = &mut self.connected {
            if link.remote_rtp != connected.link.remote_rtp {
                connected.unsettle(&self.sockets);
            }
            connected.incoming.source.move_to(link.remote_rtp, now_us / 1_000);
            Crypt::follow(&mut connected.crypt, keys);
            connected.link = link;
            return;
        }
        self.sockets.drain(&mut cx.scratch.datagram[..]);
        let settings = &cx.settings;
        let incoming = Incoming::new(link.remote_rtp, settings.symmetric, settings.jitter);
        let mut crypt = None;
        Crypt::follow(&mut crypt, keys);
        self.connected = Some(Connected {
            link,
            crypt,
            incoming,
            since_us: now_us,
            sent: false,
            settled: false,
            settled_after: SETTLED_AFTER,
            quiet_sweeps: 0,
        });
        if let Some(path) = self.record_to.take() {
            self.record(path, cx);
        }
    }

    fn stop_playback(&mut self, fade_ms: u16, cx: &mut Context) {
        if self.connected.as_ref().is_some_and(|connected| connected.link.send) {
            return self.outgoing.player.stop(fade_ms);
        }
        // Nothing is sent that could fade out, and whoever waits for the end must not wait for it.
        self.outgoing.player.close(&mut cx.scratch.ended);
        tell_all_ended(self.id, cx);
    }

    fn record(&mut self, path: PathBuf, cx: &Context) {
        self.stop_recording();
        let Some(connected) = &self.connected else {
            self.record_to = Some(path);
            return;
        };
        self.track = cx.recorder.begin(self.id.0, path.clone(), connected.link.law);
        if self.track.is_none() {
            let error = format!("{}: the disk has stood still for long", path.display());
            cx.tell(self.id, MediaEvent::RecordingFailed { error });
        }
        self.report.recording = Some(path);
    }

    fn stop_recording(&mut self) {
        self.record_to = None;
        if let Some(track) = self.track.take() {
            self.report.recording_dropped_frames += track.finish();
        }
    }

    /// 20 ms of the stream: receives, hears, sends, records.
    pub(super) fn sweep(&mut self, cx: &mut Context) {
        let Some(connected) = &mut self.connected else { return };
        let now_us = cx.clock.now_us();
        let id = self.id;
        let received =
            connected.receive(id, &self.sockets, &mut self.control, self.outgoing.ssrc, now_us, cx);
        if let Some(from) = received {
            if self.report.first_packet_ms.is_none() {
                let after_connect_ms = now_us.saturating_sub(connected.since_us) / 1_000;
                self.report.first_packet_ms = Some(after_connect_ms);
                cx.tell(id, MediaEvent::FirstPacket { after_connect_ms, from });
            }
            if self.health.packets(now_us) {
                cx.tell(id, MediaEvent::Resumed);
            }
        }
        connected.send(id, &self.sockets, &mut self.outgoing, now_us, cx);
        self.hear(now_us, cx);
        if let Some(event) = self.health.check(now_us, &cx.settings) {
            cx.tell(id, event);
        }
        if (cx.sweep + id.0).is_multiple_of(CONTROL_EVERY) {
            self.look_at_control(now_us, cx);
        }
    }

    /// Lets the time of sweeps pass that could not be served.
    pub(super) fn skip(&mut self, sweeps: u64) {
        let Some(connected) = &mut self.connected else { return };
        self.outgoing.pass(sweeps as u32);
        connected.incoming.skip(sweeps);
        if let Some(track) = &mut self.track {
            track.skip(sweeps);
        }
    }

    /// The next frame of the far end: to the record, the listener and the watch.
    fn hear(&mut self, now_us: u64, cx: &mut Context) {
        let Some(connected) = &mut self.connected else { return };
        let heard = &mut cx.scratch.heard;
        let came = connected.incoming.hear(heard);
        if let Some(track) = &mut self.track {
            track.push(heard, connected.link.law, &cx.scratch.encoded);
        }
        if let Some(tap) = &self.listener {
            let (stream, time_ms) = (self.id, cx.sweep * 20);
            let playing = self.outgoing.player.playing();
            let frame = Frame { stream, time_ms, samples: *heard, playing };
            self.report.listener_dropped_frames += u64::from(tap.try_send(frame).is_err());
        }
        let event = if came { self.health.frame(heard, now_us) } else { None };
        let digit = connected.incoming.expire_digit(now_us).map(MediaEvent::Digit);
        for event in event.into_iter().chain(digit) {
            cx.tell(self.id, event);
        }
    }

    fn look_at_control(&mut self, now_us: u64, cx: &mut Context) {
        let Some(connected) = &mut self.connected else { return };
        connected.read_control(&self.sockets, &mut self.control, self.outgoing.ssrc, cx);
        let interval_ms = cx.settings.rtcp_interval_ms;
        if self.control.is_due(now_us, interval_ms, &mut cx.random) {
            let packet = &mut cx.scratch.packet;
            let (sends, incoming) = (connected.link.send, &mut connected.incoming);
            self.control.write_report(packet, sends, &self.outgoing, incoming);
            connected.send_control(&self.sockets, packet);
        }
    }

    /// Says good-bye, frees the ports and tells what the stream came to.
    pub(super) fn close(mut self, cx: &mut Context) {
        let id = self.id;
        self.outgoing.player.close(&mut cx.scratch.ended);
        tell_all_ended(id, cx);
        if let Some(connected) = &mut self.connected {
            connected.read_control(&self.sockets, &mut self.control, self.outgoing.ssrc, cx);
            if self.outgoing.packets > 0 {
                self.control.write_bye(&mut cx.scratch.packet, self.outgoing.ssrc);
                connected.send_control(&self.sockets, &mut cx.scratch.packet);
            }
        }
        if let Some(path) = self.record_to.take() {
            let error = format!("{}: nothing was connected to record", path.display());
            cx.tell(id, MediaEvent::RecordingFailed { error });
        }
        self.stop_recording();
        let report = Box::new(self.into_report());
        cx.plane.streams_open.fetch_sub(1, Ordering::AcqRel);
        cx.tell(id, MediaEvent::Closed(report));
    }

    /// The sockets are dropped here, so that the ports are free when the report is told.
    fn into_report(self) -> StreamReport {
        let mut report = self.report;
        report.packets_sent = self.outgoing.packets;
        report.octets_sent = self.outgoing.octets;
        report.send_errors = self.outgoing.send_errors;
        report.audio_sent_ms = self.outgoing.audio_sent_ms();
        report.heard_ms = self.health.heard_frames * 20;
        report.one_way = self.health.is_one_way();
        report.round_trip_ms = self.control.round_trip_ms;
        report.far_end_loss = self.control.far_end_loss;
        if let Some(connected) = self.connected {
            connected.incoming.report(&mut report);
        }
        report
    }
}

impl Connected {
    /// Reads what has come. The source, when any of it was the far end's.
    fn receive(
        &mut self,
        id: StreamId,
        sockets: &Sockets,
        control: &mut Control,
        own_ssrc: u32,
        now_us: u64,
        cx: &mut Context,
    ) -> Option<SocketAddr> {
        let beginning = self.incoming.packets < EMPTY_EVERY;
        let empties = beginning || (cx.sweep + id.0).is_multiple_of(EMPTY_EVERY);
        let (mut packets, mut source) = (0, None);
        for _ in 0..READS_MAX {
            let datagram = &mut cx.scratch.datagram[..];
            let (size, from) = match sockets.rtp.recv_from(datagram) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // Word that the far end refused one of ours (ICMP), which the system tells in
                // place of the next datagram: what the far end sends is behind it.
                Err(_) => continue,
            };
            let datagram = &datagram[..size];
            if is_rtcp(datagram) {
                self.receive_control(
                    datagram,
                    from,
                    ntp_now(),
                    control,
                    own_ssrc,
                    &mut cx.scratch.opened,
                );
                continue;
            }
            let late = self.incoming.late;
            let received = self.open(datagram, from, now_us, &mut cx.scratch.opened);
            cx.counts.late += self.incoming.late - late;
            if received == Received::Stranger {
                cx.counts.strangers += 1;
                continue;
            }
            cx.counts.packets_received += 1;
            packets += 1;
            source = Some(from);
            if let Received::Digit(event) = received {
                cx.tell(id, MediaEvent::Digit(event));
            }
            if !empties && self.incoming.has_enough(packets) {
                break;
            }
        }
        self.doubt(sockets, source.is_some());
        source
    }

    /// Of a settled stream only the source gets through. When that is not SDP's address and has
    /// fallen silent, the one of SDP is to get through again and may take over.
    fn doubt(&mut self, sockets: &Sockets, came: bool) {
        self.quiet_sweeps = if came { 0 } else { self.quiet_sweeps.saturating_add(1) };
        let latched = self.incoming.source.target() != self.link.remote_rtp;
        if self.settled && latched && self.quiet_sweeps >= DOUBT_AFTER {
            self.unsettle(sockets);
        }
    }

    fn open(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        now_us: u64,
        opened: &mut Vec<u8>,
    ) -> Received {
        let Some(crypt) = self.crypt.as_mut().filter(|crypt| crypt.is_on()) else {
            let moment = Moment { now_us, authentic: false };
            return self.incoming.receive(datagram, from, &self.link, moment);
        };
        opened.clear();
        opened.extend_from_slice(datagram);
        if !crypt.open(opened) {
            self.incoming.strangers += 1;
            return Received::Stranger;
        }
        self.incoming.receive(opened, from, &self.link, Moment { now_us, authentic: true })
    }

    fn send(
        &mut self,
        id: StreamId,
        sockets: &Sockets,
        outgoing: &mut Outgoing,
        now_us: u64,
        cx: &mut Context,
    ) {
        if !self.link.send {
            cx.scratch.encoded.fill(self.link.law.silence());
            return outgoing.pass(1);
        }
        let Scratch { packet, encoded, ended, .. } = &mut cx.scratch;
        let payload = outgoing.next_packet(&self.link, packet, encoded, ended);
        let sealed = self.crypt.as_mut().is_none_or(|crypt| crypt.seal(packet));
        if sealed && self.send_packet(sockets, packet) {
            outgoing.count(payload);
            cx.counts.packets_sent += 1;
        } else {
            outgoing.send_errors += 1;
            cx.counts.send_errors += 1;
        }
        cx.note_lateness(now_us);
        if !self.sent {
            self.sent = true;
            let after_connect_us = now_us.saturating_sub(self.since_us);
            cx.tell(id, MediaEvent::Sending { after_connect_us });
        }
        if !cx.scratch.ended.is_empty() {
            tell_all_ended(id, cx);
        }
    }

    /// Whether the network stack took the packet.
    fn send_packet(&mut self, sockets: &Sockets, packet: &[u8]) -> bool {
        if self.settled {
            // The first may fail for what became of an earlier packet: told once, it is forgotten.
            return sockets.rtp.send(packet).or_else(|_| sockets.rtp.send(packet)).is_ok();
        }
        let target = self.incoming.source.target();
        if self.incoming.packets >= self.settled_after && self.incoming.source.is_confirmed(target)
        {
            self.settled = sockets.rtp.connect(target).is_ok();
        }
        sockets.rtp.send_to(packet, target).is_ok()
    }

    /// The far end moves: packets may come from anywhere again.
    fn unsettle(&mut self, sockets: &Sockets) {
        self.settled_after = self.incoming.packets + SETTLED_AFTER;
        if self.settled {
            self.settled = rustix::net::connect_unspec(&sockets.rtp).is_err();
        }
    }

    fn read_control(
        &mut self,
        sockets: &Sockets,
        control: &mut Control,
        own_ssrc: u32,
        cx: &mut Context,
    ) {
        let Scratch { datagram, opened, room, .. } = &mut cx.scratch;
        for _ in 0..READS_MAX {
            let noted = arrivals::read_noted(&sockets.rtcp, &mut datagram[..], room);
            let Some((size, from, arrived_ntp)) = noted else { break };
            let datagram = &datagram[..size];
            self.receive_control(datagram, from, arrived_ntp, control, own_ssrc, opened);
        }
    }

    fn receive_control(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        arrived_ntp: u64,
        control: &mut Control,
        own_ssrc: u32,
        opened: &mut Vec<u8>,
    ) {
        let known = [self.incoming.source.target().ip(), self.link.remote_rtcp.ip()];
        if !known.contains(&from.ip()) {
            self.incoming.strangers += 1;
            return;
        }
        let Some(crypt) = self.crypt.as_mut().filter(|crypt| crypt.is_on()) else {
            return control.receive(datagram, arrived_ntp, own_ssrc);
        };
        opened.clear();
        opened.extend_from_slice(datagram);
        if crypt.open_control(opened) {
            control.receive(opened, arrived_ntp, own_ssrc);
        } else {
            self.incoming.strangers += 1;
        }
    }

    fn send_control(&mut self, sockets: &Sockets, packet: &mut Vec<u8>) {
        let target = self.incoming.source.target();
        let (socket, target) = if self.link.mux {
            (&sockets.rtp, target)
        } else if target == self.link.remote_rtp {
            (&sockets.rtcp, self.link.remote_rtcp)
        } else {
            // The far end was latched on to: its RTCP port is most likely the one above.
            let port = target.port().saturating_add(1);
            (&sockets.rtcp, SocketAddr::new(target.ip(), port))
        };
        // The old way to say "hold": the system would take it for this host.
        if target.ip().is_unspecified() {
            return;
        }
        if self.crypt.as_mut().is_none_or(|crypt| crypt.seal_control(packet)) {
            // A report that is lost is made up for by the next one.
            drop(socket.send_to(packet, target));
        }
    }
}

/// In the order in which they ended.
fn tell_all_ended(id: StreamId, cx: &mut Context) {
    let mut all = std::mem::take(&mut cx.scratch.ended);
    for ended in all.drain(..) {
        tell_ended(id, ended, cx);
    }
    cx.scratch.ended = all;
}

fn tell_ended(id: StreamId, ended: Ended, cx: &Context) {
    let Ended { playback, played_ms, how } = ended;
    cx.tell(id, MediaEvent::PlaybackFinished { playback, played_ms, how });
}
