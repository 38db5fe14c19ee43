//! What single callees do with the audio of a call: a caller with a media plane of its own listens.

use std::net::{SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use outcall_media::clip::Clip;
use outcall_media::g711::Law;
use outcall_media::plane::{
    Frame, MediaEvent, MediaPlane, MediaSettings, MediaSink, Stream, StreamId, StreamReport,
};
use outcall_media::sdp::{Direction, LocalMedia, Security, SessionDescription, accept, answer};
use outcall_simulation::farm::log::What;
use outcall_simulation::{Farm, FarmSettings};
use outcall_sip::trace::TraceBook;
use outcall_sip::{
    AgentEvent, AgentSettings, AllowedSources, CallEnd, CallEvent, CallKey, Command, EndedBy,
    Invite, UserAgent,
};

/// How long an event is waited for. Reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// The caller's ports, apart from those of any farm in these tests.
const CALLER_PORTS: RangeInclusive<u16> = 20_000..=21_999;

const KEY: CallKey = CallKey(1);

#[derive(Debug)]
enum Heard {
    Agent(AgentEvent),
    Media(MediaEvent),
}

struct Sink(Sender<Heard>);

impl MediaSink for Sink {
    fn event(&self, _: StreamId, event: MediaEvent) {
        // A test that has failed listens no more.
        drop(self.0.send(Heard::Media(event)));
    }
}

/// One call of a caller that listens, talks and is put on hold.
pub(super) struct Line {
    agent: UserAgent,
    plane: MediaPlane,
    stream: Stream,
    local: LocalMedia,
    heard: Receiver<Heard>,
    provisional: Vec<(u16, bool)>,
    answered: bool,
    held: Vec<bool>,
    digits: String,
    first_packet: bool,
}

/// What a call came to.
pub(super) struct Outcome {
    pub(super) end: CallEnd,
    provisional: Vec<(u16, bool)>,
    held: Vec<bool>,
    digits: String,
    report: Box<StreamReport>,
}

impl Line {
    pub(super) fn call(at: SocketAddr, digits: u64) -> Self {
        Self::call_with(at, digits, vec![Law::Mu])
    }

    fn call_with(at: SocketAddr, digits: u64, laws: Vec<Law>) -> Self {
        Self::call_saying(at, digits, laws, None)
    }

    fn call_saying(at: SocketAddr, digits: u64, laws: Vec<Law>, offer: Option<&str>) -> Self {
        let (sender, heard) = bounded(4_096);
        let media = MediaSettings { ports: CALLER_PORTS, ..MediaSettings::default() };
        let plane = MediaPlane::start(media, Arc::new(Sink(sender.clone()))).expect("it starts");
        let sink = Arc::new(move |event| {
            // The last words of the agent come when nobody listens any more.
            drop(sender.send(Heard::Agent(event)));
        });
        let settings = AgentSettings { t1_ms: 50, ..AgentSettings::default() };
        let agent = UserAgent::start(settings, sink, TraceBook::default()).expect("it starts");
        let stream = plane.open().expect("a stream");
        let rtp = stream.local_rtp();
        let local = LocalMedia {
            address: rtp.ip(),
            rtp_port: rtp.port(),
            rtcp_port: rtp.port() + 1,
            laws,
            telephone_event: Some(101),
            ptime_ms: 20,
            direction: Direction::SendReceive,
            crypto: None,
            session_id: 1,
            version: 1,
        };
        let invite = Invite {
            call: KEY,
            call_id: format!("{digits}@callees"),
            to: format!("sip:+120255501{digits:02}@{at}"),
            from: "sip:us@test.invalid".to_owned(),
            next_hop: format!("sip:{at}"),
            credentials: None,
            sdp: offer.map_or_else(|| outcall_media::sdp::offer(&local), str::to_owned),
            headers: Vec::new(),
            ring_ms: 8_000,
            send_within_ms: 5_000,
            prack: true,
            session_interval_s: None,
            allowed_sources: AllowedSources::default(),
        };
        agent.send(Command::Invite(Box::new(invite))).expect("room");
        let (provisional, held, digits) = (Vec::new(), Vec::new(), String::new());
        Self {
            agent,
            plane,
            stream,
            local,
            heard,
            provisional,
            answered: false,
            held,
            digits,
            first_packet: false,
        }
    }

    pub(super) fn is_answered(&self) -> bool {
        self.answered
    }

    /// Gives what is heard of the callee to a listener.
    pub(super) fn listen(&self, tap: Sender<Frame>) {
        self.stream.listen(tap);
    }

    /// Plays a sound to the callee.
    pub(super) fn say(&self, sound: Arc<Clip>) {
        self.stream.play(sound);
    }

    /// Takes part in the call until this is so, or the call is over.
    pub(super) fn until(&mut self, enough: impl Fn(&Self) -> bool) -> Option<CallEnd> {
        while !enough(self) {
            let heard = self.heard.recv_timeout(PATIENCE).expect("in time");
            match heard {
                Heard::Agent(AgentEvent::Call { event, .. }) => {
                    if let Some(end) = self.hear(event) {
                        return Some(end);
                    }
                }
                Heard::Media(MediaEvent::Digit(
                    outcall_media::telephone_event::DigitEvent::Ended { digit, .. },
                )) => self.digits.push_str(&digit.to_string()),
                Heard::Media(MediaEvent::FirstPacket { .. }) => self.first_packet = true,
                Heard::Agent(_) | Heard::Media(_) => {}
            }
        }
        None
    }

    /// Takes part in the call for so long, or until it is over.
    pub(super) fn wait_for(&mut self, time: Duration) -> Option<CallEnd> {
        let over = crossbeam_channel::after(time);
        loop {
            crossbeam_channel::select! {
                recv(over) -> _ => return None,
                recv(self.heard) -> heard => {
                    if let Ok(Heard::Agent(AgentEvent::Call { event, .. })) = heard
                        && let Some(end) = self.hear(event)
                    {
                        return Some(end);
                    }
                }
            }
        }
    }

    fn hear(&mut self, event: CallEvent) -> Option<CallEnd> {
        match event {
            CallEvent::Progress { status, sdp } => {
                self.provisional.push((status, sdp.is_some()));
                self.connect(sdp.as_deref());
            }
            CallEvent::Answered { sdp } => {
                self.answered = true;
                self.connect(sdp.as_deref());
            }
            CallEvent::Offered { sdp } => {
                let sdp = sdp.expect("an offer");
                let remote = SessionDescription::parse(sdp.as_bytes()).expect("a description");
                self.local.version += 1;
                let agreed = answer(&remote, &self.local, Security::Never);
                let (text, agreed) = agreed.expect("an offer in the clear, as the call is");
                self.held.push(!agreed.direction.sends());
                self.stream.connect(&agreed);
                let answer = Command::Answer { call: KEY, sdp: Some(text) };
                self.agent.send(answer).expect("room");
            }
            CallEvent::Ended(end) => return Some(end),
            CallEvent::OfferAnswered { .. }
            | CallEvent::Digit(_)
            | CallEvent::Referred { .. }
            | CallEvent::ReferAsked { .. } => {}
        }
        None
    }

    fn connect(&self, sdp: Option<&str>) {
        let Some(sdp) = sdp else { return };
        let remote = SessionDescription::parse(sdp.as_bytes()).expect("a description");
        self.stream.connect(&accept(&self.local, &remote).expect("an answer to our offer"));
    }

    /// Hangs up, unless the call is over, and says what it came to.
    pub(super) fn finish(mut self, end: Option<CallEnd>) -> Outcome {
        let end = end.unwrap_or_else(|| {
            self.agent.send(Command::HangUp { call: KEY }).expect("room");
            self.until(|_| false).expect("an end")
        });
        self.stream.close();
        let report = loop {
            let heard = self.heard.recv_timeout(PATIENCE).expect("a report");
            if let Heard::Media(MediaEvent::Closed(report)) = heard {
                break report;
            }
        };
        self.plane.stop();
        self.agent.stop();
        let Self { provisional, held, digits, .. } = self;
        Outcome { end, provisional, held, digits, report }
    }
}

fn farm_with(settings: FarmSettings) -> (Farm, SocketAddr) {
    let farm = Farm::start(FarmSettings { t1_ms: 50, ..settings }).expect("it opens");
    let at = farm.sip_addr().expect("it listens");
    (farm, at)
}

/// A farm as the program starts it: some of its callees measure.
fn farm() -> (Farm, SocketAddr) {
    farm_with(FarmSettings { ports: 22_000..=23_999, probes: 8, ..FarmSettings::default() })
}

#[test]
fn digits_are_pressed() {
    let (_farm, at) = farm();
    for (digits, pressed) in [(24, "19#"), (9, "2"), (10, "9")] {
        let mut line = Line::call(at, digits);
        let end = line.until(|line| line.digits.len() == pressed.len());
        assert_eq!(line.finish(end).digits, pressed, "..{digits:02}");
    }
}

#[test]
fn the_caller_is_put_on_hold_and_taken_off() {
    let (_farm, at) = farm();
    let mut line = Line::call(at, 26);
    let end = line.until(|line| line.held.len() == 2);
    assert_eq!(line.finish(end).held, [true, false]);
}

#[test]
fn a_callee_that_measures_speaks_whatever_law_is_offered() {
    let (farm, at) = farm();
    for laws in [vec![Law::A], vec![Law::Mu]] {
        let mut line = Line::call_with(at, 60, laws);
        let end = line.until(|line| line.first_packet);
        assert_eq!(line.finish(end).end.by, EndedBy::Local);
    }
    let figures = farm.stop();
    assert_eq!((figures.streams, figures.streams_unheard), (2, 0), "{figures:?}");
    assert!(figures.probed_packets > 0, "{figures:?}");
    assert!(figures.probed_packets < figures.packets_received, "{figures:?}");
}

#[test]
fn there_is_sound_before_the_answer() {
    let (_farm, at) = farm();
    for (digits, status) in [(20, None), (28, None), (21, Some(404)), (27, Some(486))] {
        let mut line = Line::call(at, digits);
        let end = line.until(|line| line.first_packet || line.answered);
        assert!(end.is_none() && !line.answered, "..{digits}: no sound before the answer");
        let end = line.until(|line| line.answered);
        let outcome = line.finish(end);
        assert_eq!(outcome.provisional, [(183, true)], "..{digits}");
        assert_eq!(outcome.end.status, status, "..{digits}");
        assert!(outcome.report.heard_ms > 0, "..{digits}: {:?}", outcome.report);
    }
}

#[test]
fn a_silent_callee_hears_and_sends_nothing() {
    let (farm, at) = farm();
    let mut line = Line::call(at, 23);
    let end = line.until(|line| line.answered);
    // Long enough to be heard, and the farm says so itself below.
    let end = end.or_else(|| line.wait_for(Duration::from_millis(500)));
    let outcome = line.finish(end);
    assert_eq!(outcome.report.packets_received, 0);
    let figures = farm.stop();
    assert!(figures.packets_received > 0, "{figures:?}");
    assert_eq!((figures.packets_sent, figures.streams_unheard), (0, 0), "{figures:?}");
}

#[test]
fn a_machine_greets_beeps_and_records_what_comes_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = Some(folder.path().to_owned());
    let ports = 24_000..=24_999;
    let (farm, at) = farm_with(FarmSettings { ports, record, ..FarmSettings::default() });
    let mut line = Line::call(at, 22);
    let end = line.until(|line| line.answered);
    // The greeting has 3 s, the beep half a second.
    let end = end.or_else(|| line.wait_for(Duration::from_millis(4_700)));
    assert_eq!(line.finish(end).end.by, EndedBy::Local);
    farm.stop();
    let file = folder.path().join("000001.wav");
    let recorded_ms = Clip::from_wav(&file).expect("a recording").duration_ms();
    assert!((100..2_000).contains(&recorded_ms), "{recorded_ms} ms: it began with the greeting");
}

#[test]
fn calls_end_as_their_digits_say() {
    let (_farm, at) = farm();
    for (digits, by) in [(8, EndedBy::Remote), (33, EndedBy::Remote), (29, EndedBy::Remote)] {
        let mut line = Line::call(at, digits);
        let end = line.until(|_| false);
        let outcome = line.finish(end);
        assert_eq!((outcome.end.by, outcome.end.answered), (by, true), "..{digits:02}");
    }
}

#[test]
fn above_its_limit_calls_are_refused_and_counted() {
    let ports = 25_000..=25_999;
    let (farm, at) = farm_with(FarmSettings { calls_max: 1, ports, ..FarmSettings::default() });
    let mut first = Line::call(at, 50);
    let end = first.until(|line| line.answered);
    let mut second = Line::call(at, 50);
    let refused = second.until(|_| false).expect("an end");
    assert_eq!((refused.status, refused.retry_after_ms), (Some(503), Some(1_000)));
    second.finish(Some(refused));
    first.finish(end);
    let (figures, log) = farm.stop_with_log();
    assert_eq!((figures.calls, figures.answered, figures.refused), (2, 1, 1));
    assert_eq!(figures.refused_with.get(&503), Some(&1));
    let refusal = What::Ended { by: EndedBy::Local, status: Some(503) };
    assert!(log.iter().any(|entry| entry.what == refusal), "{log:?}");
}

#[test]
fn without_ports_for_its_audio_a_call_is_refused() {
    // The test itself holds the only pair.
    let mut sockets = std::iter::repeat_with(|| UdpSocket::bind("127.0.0.1:0").expect("a socket"));
    let port = |socket: &UdpSocket| socket.local_addr().expect("an address").port();
    let held = sockets.find(|socket| port(socket).is_multiple_of(2)).expect("an even port");
    let ports = port(&held)..=port(&held) + 1;
    let (farm, at) = farm_with(FarmSettings { ports, ..FarmSettings::default() });
    let mut line = Line::call(at, 50);
    let end = line.until(|_| false).expect("an end");
    assert_eq!((end.status, end.rang), (Some(503), true));
    line.finish(Some(end));
    assert_eq!(farm.stop().refused_with.get(&503), Some(&1));
}

#[test]
fn an_offer_that_no_callee_understands_is_refused() {
    let (farm, at) = farm();
    let offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                 m=audio 40000 RTP/AVP 9\r\n";
    let mut line = Line::call_saying(at, 50, vec![Law::Mu], Some(offer));
    let end = line.until(|_| false).expect("an end");
    assert_eq!((end.status, end.answered), (Some(488), false));
    line.finish(Some(end));
    assert_eq!(farm.stop().refused_with.get(&488), Some(&1));
}

#[test]
fn a_farm_that_ends_hangs_up_and_tells_what_it_heard() {
    let (farm, at) = farm();
    let mut talking = Line::call(at, 22);
    let talks = talking.until(|line| line.first_packet);
    let mut ringing = Line::call(at, 2);
    let rings = ringing.until(|line| !line.provisional.is_empty());
    assert!(talks.is_none() && rings.is_none());
    let figures = farm.stop();
    assert_eq!(talking.until(|_| false).expect("an end").by, EndedBy::Remote);
    assert_eq!(ringing.until(|_| false).expect("an end").status, Some(503));
    assert_eq!((figures.alive, figures.ended_by_callee, figures.streams), (0, 1, 1), "{figures:?}");
}

#[test]
fn the_log_tells_the_life_of_a_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log.jsonl");
    for probes in [0, 1] {
        let ports = 27_000..=27_999;
        let log = Some(file.clone());
        let (farm, at) = farm_with(FarmSettings { ports, log, probes, ..FarmSettings::default() });
        let mut line = Line::call(at, 50);
        let end = line.until(|line| line.first_packet);
        line.finish(end);
        farm.stop();
        let text = fs_err::read_to_string(&file).expect("a log");
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let what: Vec<_> = lines.iter().filter_map(|line| line["what"].as_str()).collect();
        assert_eq!(what, ["invited", "answered", "ended", "audio"], "{probes} probes");
        assert!(lines.iter().all(|line| line["call_id"] == "50@callees"), "{text}");
        assert_eq!(
            (&lines[0]["called"], &lines[0]["caller"]),
            (&"+12025550150".into(), &"us".into())
        );
        assert_eq!(lines[2]["by"], "remote");
        let report = &lines[3]["report"];
        assert!(report["packets_received"].as_u64().is_some_and(|it| it > 0), "{report}");
        assert!(report["first_packet_ms"].as_u64().is_some_and(|it| it < 1_000), "{report}");
    }
}
