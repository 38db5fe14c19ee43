//! The thread in which all callees live.

mod acts;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use outcall_campaign::UnixMillis;
use outcall_media::plane::{MediaEvent, MediaPlane, StreamId, StreamReport};
use outcall_sip::{AgentEvent, CallEvent, CallKey, Command, EndedBy, IncomingCall, UserAgent};
use outcall_telephony::agenda::Agenda;
use outcall_telephony::simulated::random::SplitMix64;

use super::behaviour::{only_talks, steps};
use super::call::Callee;
use super::figures::Tally;
use super::log::{Log, What};
use super::personas::{self, Lines, Role};
use super::probe::{Measured, Probes};
use super::script::{Next, Script};
use super::sounds::Sounds;
use super::{FarmError, FarmSettings, Happening, LogEntry, now};

/// How long the thread sleeps at most.
const IDLE: Duration = Duration::from_millis(200);

/// How long calls may take to end when the farm ends, in ms.
const FAREWELL_MS: i64 = 1_500;

/// How long the reports of their audio may take then, in ms.
const REPORTS_MS: i64 = 500;

/// What the farm and its thread share.
pub(super) struct Parts {
    pub(super) agent: UserAgent,
    pub(super) plane: MediaPlane,
    pub(super) tally: Arc<Mutex<Tally>>,
    pub(super) measured: Arc<Mutex<Measured>>,
    pub(super) happenings: Sender<Happening>,
    pub(super) log: Arc<Mutex<Vec<LogEntry>>>,
}

/// A call that is over, whose audio is not.
struct Closing {
    call_id: String,
    answered: bool,
}

/// All callees.
pub(super) struct Yard {
    settings: FarmSettings,
    agent: UserAgent,
    plane: MediaPlane,
    tally: Arc<Mutex<Tally>>,
    kept: Arc<Mutex<Vec<LogEntry>>>,
    sounds: Sounds,
    chance: SplitMix64,
    callees: HashMap<CallKey, Callee>,
    due: Agenda<CallKey>,
    log: Log,
    probes: Probes,
    /// Where persons live.
    lines: Option<Lines>,
    closing: HashMap<StreamId, Closing>,
    count: u64,
    leaving: bool,
}

impl Yard {
    pub(super) fn new(settings: FarmSettings, parts: Parts) -> Result<Self, FarmError> {
        let Parts { agent, plane, tally, measured, happenings, log } = parts;
        let probes = if settings.record.is_some() { 0 } else { settings.probes };
        let people = settings.people.as_ref();
        let lines = people.map(|people| people.start(happenings.clone())).transpose()?;
        Ok(Self {
            agent,
            plane,
            tally,
            kept: log,
            sounds: Sounds::new(
                settings.seed,
                settings.voices.as_deref(),
                settings.greeting.as_deref(),
            )?,
            chance: SplitMix64::new(settings.seed),
            callees: HashMap::new(),
            due: Agenda::default(),
            log: Log::new(settings.log.as_deref())?,
            probes: Probes::new(probes, measured, happenings),
            lines,
            closing: HashMap::new(),
            count: 0,
            leaving: false,
            settings,
        })
    }

    /// Serves all callees until the farm is stopped.
    pub(super) fn live(mut self, queue: &Receiver<Happening>) {
        while self.turn(queue, IDLE) {}
        self.leave(queue);
        self.log.flush();
    }

    /// What is due, and the next thing that happens. False when the farm was stopped.
    fn turn(&mut self, queue: &Receiver<Happening>, longest: Duration) -> bool {
        let now = now();
        while let Some(key) = self.due.take_due(now) {
            self.go_on(key, now);
        }
        let wait = self.due.next_at().map_or(longest, |at| {
            Duration::from_millis(at.since(now).max(0).unsigned_abs()).min(longest)
        });
        match queue.recv_timeout(wait) {
            Ok(Happening::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Ok(Happening::Agent(event)) => self.hear(event),
            Ok(Happening::Media(stream, MediaEvent::Closed(report))) => {
                self.closed(stream, report);
            }
            Ok(Happening::Media(..)) => {}
            Ok(Happening::HangUp(call)) => {
                if self.callees.contains_key(&call) {
                    self.tell(Command::HangUp { call });
                }
            }
            Err(RecvTimeoutError::Timeout) => self.log.flush(),
        }
        true
    }

    /// Hangs up on everybody, and waits for a while until they are gone.
    fn leave(&mut self, queue: &Receiver<Happening>) {
        self.leaving = true;
        let keys: Vec<CallKey> = self.callees.keys().copied().collect();
        for key in keys {
            self.part(key);
        }
        let until = now() + FAREWELL_MS;
        while !self.callees.is_empty() && now() < until {
            self.turn(queue, IDLE / 10);
        }
        let rest: Vec<CallKey> = self.callees.keys().copied().collect();
        for key in rest {
            self.ended(key, EndedBy::Expired);
        }
        let until = now() + REPORTS_MS;
        while !self.closing.is_empty() && now() < until {
            self.turn(queue, IDLE / 10);
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        // Nothing under this lock panics.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&mut self, call_id: String, what: What) {
        let entry = LogEntry { at_ms: now().0, call_id, what };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.log.note(&mut kept, entry);
    }

    fn tell(&self, command: Command) {
        if self.agent.send(command).is_err() {
            self.tally().command_dropped();
        }
    }

    fn hear(&mut self, event: AgentEvent) {
        match event {
            AgentEvent::Incoming(incoming) => self.take_in(*incoming),
            AgentEvent::Call { call, event } => self.hear_call(call, event),
            AgentEvent::Watched { .. }
            | AgentEvent::Registered { .. }
            | AgentEvent::Examined(_) => {}
        }
    }

    fn take_in(&mut self, incoming: IncomingCall) {
        let now = now();
        self.count += 1;
        let has_room = self.callees.len() < self.settings.calls_max && !self.leaving;
        let person = self.settings.people.as_ref().map(|people| people.find(&incoming.called));
        let steps = match person {
            _ if !has_room => Vec::new(),
            Some(person) => personas::steps(person.map(Arc::as_ref)),
            None => steps(&incoming.called, &self.settings.mix, &mut self.chance),
        };
        let role = person.flatten().map(|person| Role::new(person, now));
        let callee = Callee {
            call_id: incoming.call_id.clone(),
            number: self.count,
            only_talks: only_talks(&steps),
            script: Script::begin(steps, now),
            role,
            offer: incoming.sdp,
            audio: None,
            answering: false,
            answered: false,
            refused_with: None,
        };
        self.callees.insert(incoming.call, callee);
        let mut tally = self.tally();
        tally.invited();
        tally.alive(self.callees.len());
        drop(tally);
        let (called, caller) = (incoming.called, incoming.caller);
        self.note(incoming.call_id, What::Invited { called, caller });
        if has_room {
            self.go_on(incoming.call, now);
        } else {
            self.refuse(incoming.call, 503, Some(1));
        }
    }

    /// The steps of a callee that are due.
    fn go_on(&mut self, key: CallKey, now: UnixMillis) {
        while let Some(callee) = self.callees.get_mut(&key) {
            let (number, sounds) = (callee.number, &self.sounds);
            match callee.script.next(now, |sound| sounds.length_ms(sound, number)) {
                Next::Do(step) => self.act(key, step),
                Next::At(at) => return self.due.put(at, key),
                Next::Nothing => return,
            }
        }
    }

    fn hear_call(&mut self, key: CallKey, event: CallEvent) {
        match event {
            CallEvent::Answered { sdp } => self.acknowledged(key, sdp.as_deref()),
            CallEvent::Offered { sdp } => {
                let Some(callee) = self.callees.get_mut(&key) else { return };
                let audio = callee.audio.as_mut();
                let sdp = audio.and_then(|audio| audio.answer_again(sdp.as_deref()).ok());
                self.tell(Command::Answer { call: key, sdp });
            }
            CallEvent::OfferAnswered { sdp } => self.take_answer(key, sdp.as_deref()),
            CallEvent::Ended(end) => self.ended(key, end.by),
            CallEvent::Progress { .. }
            | CallEvent::Digit(_)
            | CallEvent::Referred { .. }
            | CallEvent::ReferAsked { .. } => {}
        }
    }

    fn acknowledged(&mut self, key: CallKey, sdp: Option<&str>) {
        self.take_answer(key, sdp);
        let now = now();
        let Some(callee) = self.callees.get_mut(&key) else { return };
        callee.answered = true;
        callee.script.acknowledged(now);
        let call_id = callee.call_id.clone();
        self.wake(key);
        self.tally().answered();
        self.note(call_id, What::Answered);
        self.go_on(key, now);
    }

    /// A person who has answered hears and speaks from now on.
    fn wake(&self, key: CallKey) {
        let (Some(lines), Some(callee)) = (&self.lines, self.callees.get(&key)) else { return };
        let stream = callee.audio.as_ref().and_then(|audio| audio.stream());
        let (Some(role), Some(stream)) = (&callee.role, stream) else { return };
        let name = role.recording(callee.number);
        let recording = self.settings.record.as_ref().map(|folder| folder.join(name));
        if let Some(file) = &recording {
            stream.record(file.clone());
        }
        role.answered(lines, key, &callee.call_id, stream.clone(), recording);
    }

    fn take_answer(&mut self, key: CallKey, sdp: Option<&str>) {
        let audio = self.callees.get_mut(&key).and_then(|callee| callee.audio.as_mut());
        if let (Some(audio), Some(sdp)) = (audio, sdp)
            && let Err(error) = audio.take_answer(sdp)
        {
            tracing::debug!(%error, "a caller's answer cannot be used");
        }
    }

    fn ended(&mut self, key: CallKey, by: EndedBy) {
        let Some(callee) = self.callees.remove(&key) else { return };
        let Callee { call_id, answered, refused_with, .. } = callee;
        if let (Some(lines), Some(role)) = (&self.lines, callee.role) {
            role.over(lines, key, &call_id, by, refused_with);
        }
        let mut tally = self.tally();
        tally.ended(answered, by, refused_with);
        tally.alive(self.callees.len());
        drop(tally);
        self.note(call_id.clone(), What::Ended { by, status: refused_with });
        if let Some(audio) = callee.audio {
            self.closing.insert(audio.id(), Closing { call_id, answered });
            audio.close();
        }
    }

    fn closed(&mut self, stream: StreamId, report: Box<StreamReport>) {
        let Some(Closing { call_id, answered }) = self.closing.remove(&stream) else { return };
        self.tally().closed(&report, answered);
        self.note(call_id, What::Audio { report });
    }
}
