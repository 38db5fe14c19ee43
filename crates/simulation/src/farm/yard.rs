//! The thread in which all callees live.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use outcall_campaign::UnixMillis;
use outcall_media::g711::Law;
use outcall_media::plane::{MediaEvent, MediaPlane, StreamId};
use outcall_media::sdp::{Direction, LocalCrypto, LocalMedia};
use outcall_media::srtp::{MasterKey, Profile};
use outcall_sip::{AgentEvent, CallEvent, CallKey, Command, EndedBy, IncomingCall, UserAgent};
use outcall_telephony::agenda::Agenda;
use outcall_telephony::simulated::random::SplitMix64;

use super::behaviour::{Step, script};
use super::call::{Callee, Voice};
use super::log::{Log, What};
use super::probe::{Measured, Probe};
use super::sounds::Sounds;
use super::{FarmError, FarmFigures, FarmSettings, Happening, LogEntry, audio_address};

/// How long the thread sleeps at most.
const IDLE: Duration = Duration::from_millis(200);

/// What the farm and its thread share.
pub(super) struct Parts {
    pub(super) agent: UserAgent,
    pub(super) plane: MediaPlane,
    pub(super) figures: Arc<Mutex<FarmFigures>>,
    pub(super) log: Arc<Mutex<Vec<LogEntry>>>,
}

/// All callees.
pub(super) struct Yard {
    settings: FarmSettings,
    parts: Parts,
    sounds: Sounds,
    chance: SplitMix64,
    callees: HashMap<CallKey, Callee>,
    due: Agenda<CallKey>,
    log: Log,
    measured: Arc<Mutex<Measured>>,
    /// Streams whose last word has not come: their Call-IDs.
    closing: HashMap<StreamId, String>,
    probes: usize,
    count: u64,
}

impl Yard {
    pub(super) fn new(settings: FarmSettings, parts: Parts) -> Result<Self, FarmError> {
        Ok(Self {
            sounds: Sounds::new(settings.seed, settings.voices.as_deref())?,
            chance: SplitMix64::new(settings.seed),
            callees: HashMap::new(),
            due: Agenda::default(),
            log: Log::new(settings.log.as_deref())?,
            measured: Arc::new(Mutex::new(Measured::new())),
            closing: HashMap::new(),
            probes: 0,
            count: 0,
            settings,
            parts,
        })
    }

    pub(super) fn live(mut self, queue: &Receiver<Happening>) {
        loop {
            let now = now();
            while let Some(key) = self.due.take_due(now) {
                self.step(key, now);
            }
            let wait = self.due.next_at().map_or(IDLE, |at| {
                Duration::from_millis(at.since(now).max(0).unsigned_abs()).min(IDLE)
            });
            match queue.recv_timeout(wait) {
                Ok(Happening::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Happening::Agent(event)) => self.hear(event),
                Ok(Happening::Media(stream, event)) => self.hear_stream(stream, event),
                Err(RecvTimeoutError::Timeout) => self.log.flush(),
            }
        }
        self.callees.clear();
        self.take_measured();
        self.log.flush();
    }

    fn figures(&self) -> MutexGuard<'_, FarmFigures> {
        // Nothing under this lock panics.
        self.parts.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_measured(&mut self) {
        let measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let mut figures = self.parts.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.receive_jitter_p50_ms = measured.jitter_ms(0.5);
        figures.receive_jitter_p99_ms = measured.jitter_ms(0.99);
        figures.receive_jitter_max_ms = measured.jitter_ms(1.0);
        figures.probed_packets = measured.packets;
        figures.packets_received += measured.packets;
        figures.packets_sent += measured.packets;
        figures.packets_lost += measured.lost;
        let sent = figures.packets_received + figures.packets_lost;
        figures.loss_pct = figures.packets_lost as f64 * 100.0 / sent.max(1) as f64;
    }

    fn note(&mut self, call_id: &str, what: What) {
        let entry = LogEntry { at_ms: now().0, call_id: call_id.to_owned(), what };
        let mut kept = self.parts.log.lock().unwrap_or_else(PoisonError::into_inner);
        self.log.note(&mut kept, entry);
    }

    fn tell(&self, command: Command) {
        if self.parts.agent.send(command).is_err() {
            tracing::error!("the farm's SIP agent is busy: a callee falls silent");
        }
    }

    fn hear(&mut self, event: AgentEvent) {
        match event {
            AgentEvent::Incoming(incoming) => self.take_in(*incoming),
            AgentEvent::Call { call, event } => self.hear_call(call, event),
            AgentEvent::Watched { .. } | AgentEvent::Registered { .. } => {}
        }
    }

    fn take_in(&mut self, incoming: IncomingCall) {
        self.count += 1;
        self.figures().calls += 1;
        let what = What::Invited { called: incoming.called.clone(), caller: incoming.caller };
        self.note(&incoming.call_id, what);
        if self.callees.len() >= self.settings.calls_max {
            return self.refuse(incoming.call, 503, Some(1));
        }
        let steps = script(&incoming.called, &self.settings.mix, &mut self.chance);
        let answers = |(_, step): &(u32, Step)| {
            !matches!(step, Step::Ring | Step::Refuse { .. } | Step::AnswerTheCancel)
        };
        let late = steps.iter().any(|(_, step)| *step == Step::AnswerTheCancel);
        let voice = if late || steps.iter().any(answers) { self.voice() } else { Voice::None };
        let first = steps.first().map(|&(pause_ms, _)| pause_ms);
        let callee = Callee {
            call_id: incoming.call_id,
            number: self.count,
            steps: steps.into(),
            offer: incoming.sdp,
            voice,
            sdp: None,
            answered: false,
            waits_for_ack: false,
        };
        self.callees.insert(incoming.call, callee);
        self.figures().alive = self.callees.len() as u64;
        if let Some(pause_ms) = first {
            self.due.put(now() + i64::from(pause_ms), incoming.call);
        }
    }

    fn voice(&mut self) -> Voice {
        if self.probes < self.settings.probes {
            match Probe::start(self.settings.sip.ip(), &self.measured) {
                Ok(probe) => {
                    self.probes += 1;
                    return Voice::Probe(probe);
                }
                Err(error) => tracing::warn!(%error, "a probe cannot be started"),
            }
        }
        let stream = match self.parts.plane.open() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a callee has no audio");
                return Voice::None;
            }
        };
        let at = stream.local_rtp();
        let mut key = [0; MasterKey::LEN];
        key.fill_with(|| self.chance.next_u64() as u8);
        let local = LocalMedia {
            address: at.ip(),
            rtp_port: at.port(),
            rtcp_port: at.port() + 1,
            laws: vec![Law::Mu, Law::A],
            telephone_event: Some(101),
            ptime_ms: 20,
            direction: Direction::SendReceive,
            crypto: Some(LocalCrypto {
                profile: Profile::AesCm128HmacSha1_80,
                key: MasterKey::from_bytes(&key),
            }),
            session_id: stream.id().0,
            version: 1,
        };
        Voice::Stream(Box::new((stream, local)))
    }

    fn refuse(&self, call: CallKey, status: u16, retry_after_s: Option<u32>) {
        let wish = retry_after_s.map(|s| ("Retry-After".to_owned(), s.to_string()));
        let headers = wish.into_iter().collect();
        self.tell(Command::Respond { call, status, sdp: None, headers, reliable: false });
    }

    /// The next step of a callee, and those that follow without a pause.
    fn step(&mut self, key: CallKey, now: UnixMillis) {
        loop {
            let Some(callee) = self.callees.get_mut(&key) else { return };
            if callee.waits_for_ack {
                return;
            }
            let Some((_, step)) = callee.steps.pop_front() else { return };
            self.act(key, step);
            let Some(callee) = self.callees.get(&key) else { return };
            match callee.steps.front() {
                Some(&(0, _)) => {}
                Some(&(pause_ms, _)) if !callee.waits_for_ack => {
                    return self.due.put(now + i64::from(pause_ms), key);
                }
                Some(_) | None => return,
            }
        }
    }

    fn act(&mut self, key: CallKey, step: Step) {
        let address = audio_address(self.settings.sip.ip());
        let Some(callee) = self.callees.get_mut(&key) else { return };
        let respond = |status, sdp, reliable| Command::Respond {
            call: key,
            status,
            sdp,
            headers: Vec::new(),
            reliable,
        };
        let command = match step {
            Step::Ring => respond(180, None, false),
            Step::EarlyMedia(sound) | Step::ReliableEarlyMedia(sound) => {
                let sdp = callee.describe(false, address);
                if let Some(stream) = callee.stream() {
                    stream.play_loop(self.sounds.clip(sound, callee.number));
                }
                respond(183, sdp, matches!(step, Step::ReliableEarlyMedia(_)))
            }
            Step::Answer | Step::AnswerSilently => {
                callee.waits_for_ack = true;
                if let Some(stream) = callee.stream() {
                    stream.stop_playback(0);
                }
                respond(200, callee.describe(step == Step::AnswerSilently, address), false)
            }
            Step::AnswerTheCancel => {
                let sdp = callee.describe(false, address);
                Command::AnswerCancel { call: key, sdp }
            }
            Step::Refuse { status, retry_after_s } => {
                return self.refuse(key, status, retry_after_s);
            }
            Step::HangUp => Command::HangUp { call: key },
            Step::Hold(held) => match callee.hold(held) {
                Some(sdp) => Command::Offer { call: key, sdp },
                None => return,
            },
            Step::Play(_) | Step::PlayOn(_) | Step::Digits(_) | Step::Record => {
                return self.sound(key, step);
            }
        };
        self.tell(command);
    }

    fn sound(&self, key: CallKey, step: Step) {
        let Some(callee) = self.callees.get(&key) else { return };
        let Some(stream) = callee.stream() else { return };
        match step {
            Step::Play(sound) => {
                stream.play(self.sounds.clip(sound, callee.number));
            }
            Step::PlayOn(sound) => {
                stream.play_loop(self.sounds.clip(sound, callee.number));
            }
            Step::Digits(digits) => {
                if let Err(error) = stream.send_digits(digits) {
                    tracing::warn!(%error, "a callee cannot press its digits");
                }
            }
            Step::Record => {
                if let Some(folder) = &self.settings.record {
                    stream.record(folder.join(format!("{:06}.wav", callee.number)));
                }
            }
            Step::Ring
            | Step::EarlyMedia(_)
            | Step::ReliableEarlyMedia(_)
            | Step::Answer
            | Step::AnswerSilently
            | Step::AnswerTheCancel
            | Step::Refuse { .. }
            | Step::Hold(_)
            | Step::HangUp => {}
        }
    }

    fn hear_call(&mut self, key: CallKey, event: CallEvent) {
        let Some(callee) = self.callees.get_mut(&key) else { return };
        match event {
            CallEvent::Answered { sdp } => {
                if let Some(sdp) = sdp {
                    callee.take_answer(&sdp);
                }
                callee.answered = true;
                callee.waits_for_ack = false;
                let call_id = callee.call_id.clone();
                let pause_ms = callee.steps.front().map(|&(pause_ms, _)| pause_ms);
                self.figures().answered += 1;
                self.note(&call_id, What::Answered);
                if let Some(pause_ms) = pause_ms {
                    self.due.put(now() + i64::from(pause_ms), key);
                }
            }
            CallEvent::Offered { sdp } => {
                let sdp = callee.answer_again(sdp.as_deref());
                self.tell(Command::Answer { call: key, sdp });
            }
            CallEvent::OfferAnswered { sdp } => {
                if let Some(sdp) = sdp {
                    callee.take_answer(&sdp);
                }
            }
            CallEvent::Ended(end) => self.ended(key, end.by),
            CallEvent::Progress { .. }
            | CallEvent::Digit(_)
            | CallEvent::Referred { .. }
            | CallEvent::ReferAsked { .. } => {}
        }
    }

    fn ended(&mut self, key: CallKey, by: EndedBy) {
        let Some(callee) = self.callees.remove(&key) else { return };
        let mut figures = self.figures();
        match (callee.answered, by) {
            (true, EndedBy::Remote) => figures.ended_by_caller += 1,
            (true, EndedBy::Local) => figures.ended_by_callee += 1,
            (false, EndedBy::Remote) => figures.cancelled += 1,
            (false, EndedBy::Local) => figures.refused += 1,
            _ => figures.lost += 1,
        }
        figures.alive = self.callees.len() as u64;
        drop(figures);
        let by = serde_json::to_value(by).ok().and_then(|it| it.as_str().map(str::to_owned));
        self.note(&callee.call_id, What::Ended { by: by.unwrap_or_default() });
        match callee.voice {
            Voice::None => {}
            Voice::Probe(_) => self.probes -= 1,
            Voice::Stream(voice) => {
                self.closing.insert(voice.0.id(), callee.call_id);
                voice.0.close();
            }
        }
    }

    fn hear_stream(&mut self, stream: StreamId, event: MediaEvent) {
        if let MediaEvent::Closed(report) = event {
            self.figures().add(&report);
            if let Some(call_id) = self.closing.remove(&stream) {
                self.note(&call_id, What::Audio { report });
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the farm lives in the world's time")]
fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
