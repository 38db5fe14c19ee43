//! Dialogues on all calls, behind the seam of conversations.

mod call;
mod leaving;
mod prepared;

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Waker as TaskWaker};
use std::time::Duration;

use outcall_campaign::attempt::ConversationEnd;
use outcall_campaign::{AttemptId, PhoneNumber, UnixMillis};
use outcall_media::plane::{MediaEvent, StreamId};
use outcall_media::telephone_event::DigitEvent;
use outcall_speech::recognition::Terms;
use outcall_telephony::RobotRoom;
use outcall_telephony::agenda::Agenda;
use outcall_telephony::carrier::{ConversationEvent, Conversations, Waker};
use outcall_telephony::sip::lines::{LineId, Lines};

use super::callee::Callees;
use super::minds::Minds;
use super::ready::Ready;
use super::services::Services;
use super::talk::{Act, Talk};
use crate::Announcements;
use crate::hearing::{Attention, Heard, Hearing};
use crate::line::{free_file, put_down, recording_name, wake_by};
use call::{Call, meaning};
use leaving::Leavings;
use prepared::Prepared;

/// How often lines that are closed are looked at, in ms.
const LOOK_MS: i64 = 500;

/// Whoever must know at once that somebody wants no further calls, before the call is over.
pub type OnOptOut = Box<dyn Fn(AttemptId, PhoneNumber, UnixMillis) + Send>;

/// Dialogues behind the seam of conversations. Calls that come in are left to announcements.
pub struct Dialogues {
    ready: Arc<Ready>,
    hearing: Arc<Hearing>,
    minds: Box<dyn Minds>,
    callees: Box<dyn Callees>,
    services: Services,
    on_opt_out: OnOptOut,
    lines: Arc<Lines>,
    announcements: Announcements,
    /// Calls that are not answered yet, or of whose callee nothing is known yet.
    prepared: HashMap<AttemptId, Prepared>,
    calls: HashMap<AttemptId, Call>,
    leavings: Leavings,
    /// When it was last told of the time.
    now: UnixMillis,
    by_stream: HashMap<StreamId, AttemptId>,
    due: Agenda<AttemptId>,
    /// Wakes whoever polls.
    waker: TaskWaker,
    events: Vec<(AttemptId, ConversationEvent)>,
    /// Tells the recordings of this process from those of others.
    salt: String,
}

/// What dialogues work with.
pub struct Parts {
    /// The scenario.
    pub ready: Ready,
    /// The ears.
    pub hearing: Arc<Hearing>,
    /// Who says what was meant.
    pub minds: Box<dyn Minds>,
    /// Who knows whom a call is with.
    pub callees: Box<dyn Callees>,
    /// Other systems.
    pub services: Services,
    /// Told of everybody who wants no further calls.
    pub on_opt_out: OnOptOut,
}

impl Dialogues {
    /// Dialogues on the calls that a carrier places. `announcements` hear what is said before the
    /// answer, and talk on the calls that come in.
    pub fn new(parts: Parts, announcements: Announcements) -> Self {
        let Parts { ready, hearing, minds, callees, services, on_opt_out } = parts;
        Self {
            ready: Arc::new(ready),
            hearing,
            minds,
            callees,
            services,
            on_opt_out,
            lines: Arc::clone(announcements.lines()),
            salt: announcements.salt().to_owned(),
            announcements,
            prepared: HashMap::new(),
            calls: HashMap::new(),
            leavings: Leavings::default(),
            now: UnixMillis(0),
            by_stream: HashMap::new(),
            due: Agenda::default(),
            waker: TaskWaker::noop().clone(),
            events: Vec::new(),
        }
    }

    /// Takes what was found out about callees.
    fn take_callees(&mut self, now: UnixMillis) {
        while let Some((attempt, found)) = self.callees.next() {
            let Some(prepared) = self.prepared.get_mut(&attempt) else { continue };
            prepared.found(found, attempt, &self.ready, &mut Context::from_waker(&self.waker));
            if prepared.is_answered() {
                self.start(attempt, now);
            }
        }
    }

    /// Begins to talk on an answered call of whose callee is known what can be known.
    fn start(&mut self, attempt: AttemptId, now: UnixMillis) {
        let Some(prepared) = self.prepared.remove(&attempt) else { return };
        let line = LineId::Attempt(attempt);
        let number = prepared.number();
        let Some((callee, sounds)) = prepared.into_parts() else {
            // Whom this is nobody knows: better no word than one to the wrong person.
            let event = ConversationEvent::Ended(ConversationEnd::Incomplete);
            return self.events.push((attempt, event));
        };
        let Some(stream) = self.lines.stream(line) else {
            // The call ended while the robot was fetched.
            let event = ConversationEvent::Ended(ConversationEnd::Incomplete);
            return self.events.push((attempt, event));
        };
        // What people say most often that no model expects is their name.
        let name = callee.variables.get("name").cloned();
        let terms = Terms::new(name.as_slice()).ok().flatten().map(Arc::new);
        self.hearing.attend(&stream, Attention { terms, ..Attention::default() });
        let before = self.announcements.take_early_record(line);
        let scenario = Arc::clone(&self.ready.scenario);
        let seed = seed(attempt);
        let (mut talk, acts) = Talk::begin(scenario, callee, before, seed, now);
        if let Some(folder) = &self.ready.settings.record {
            let file = free_file(folder, &recording_name(line, now, &self.salt));
            talk.recorded_at(file.display().to_string());
            stream.record(file);
        }
        self.by_stream.insert(stream.id(), attempt);
        self.calls.insert(attempt, Call::new(stream, talk, sounds, number));
        self.carry_out(attempt, acts, now);
        self.due.prune(|attempt| self.calls.contains_key(attempt));
    }

    /// Lets the robot of a call do something.
    fn with(
        &mut self,
        attempt: AttemptId,
        now: UnixMillis,
        act: impl FnOnce(&mut Talk) -> Vec<Act>,
    ) {
        let Some(call) = self.calls.get_mut(&attempt) else { return };
        let acts = act(&mut call.talk);
        self.carry_out(attempt, acts, now);
    }

    fn carry_out(&mut self, attempt: AttemptId, acts: Vec<Act>, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&attempt) else { return };
        if acts.is_empty() {
            // Even so its next instant may be another.
            if let Some(due) = call.talk.due() {
                self.due.put(due, attempt);
            }
            return;
        }
        let mut end = None;
        for act in acts {
            match act {
                Act::Say(say) => {
                    let mut cx = Context::from_waker(&self.waker);
                    let guard = call.say(&say, &self.ready, &mut cx, now);
                    self.hearing.robot_talks(call.stream.id(), guard);
                }
                Act::Pause => call.stream.pause(),
                Act::Resume => call.stream.resume(),
                Act::Stop => {
                    call.stop();
                    self.hearing.robot_talks(call.stream.id(), None);
                }
                Act::Press(digits) => {
                    if let Err(error) = call.stream.send_digits(&digits) {
                        tracing::info!(%error, "keys of a menu cannot be pressed");
                    }
                }
                Act::Expect(expectation) => self.hearing.expect(call.stream.id(), expectation),
                Act::Understand(ask) => {
                    let within = self.ready.settings.understanding_ms;
                    call.understand(ask, &self.ready, self.minds.as_ref(), millis(within));
                }
                Act::Consider(ask) => {
                    let within = self.ready.settings.understanding_ms;
                    call.consider(ask, &self.ready, self.minds.as_ref(), millis(within));
                }
                Act::IsAnswer(trial) => self.hearing.is_answer(call.stream.id(), trial),
                Act::Choose(question) => {
                    let within = millis(self.ready.settings.policy_ms);
                    call.choosing = Some(self.minds.choose(question, within));
                }
                Act::Request(request) => call.request(self.services.ask(request)),
                Act::Settled(end) => {
                    if end == ConversationEnd::OptedOut {
                        (self.on_opt_out)(attempt, call.number, now);
                    }
                    self.events.push((attempt, ConversationEvent::Settled(end)));
                }
                Act::End(how) => end = Some(how),
            }
        }
        // Before the call may end.
        put_down(&self.lines, LineId::Attempt(attempt), call.talk.record());
        if let Some(due) = call.talk.due() {
            self.due.put(due, attempt);
        }
        if let Some(end) = end {
            self.forget(attempt);
            self.events.push((attempt, ConversationEvent::Ended(end)));
        }
    }

    fn forget(&mut self, attempt: AttemptId) {
        self.prepared.remove(&attempt);
        if let Some(call) = self.calls.remove(&attempt) {
            self.by_stream.remove(&call.stream.id());
            self.hearing.leave(call.stream.id());
        }
    }

    fn take_media_events(&mut self, now: UnixMillis) {
        while let Some((stream, event)) = self.announcements.next_media_event() {
            match self.by_stream.get(&stream) {
                Some(&attempt) => self.media_event(attempt, &event, now),
                None => self.announcements.media_event(stream, &event, now),
            }
        }
    }

    fn media_event(&mut self, attempt: AttemptId, event: &MediaEvent, now: UnixMillis) {
        if let MediaEvent::PlaybackFinished { playback, played_ms, how } = *event {
            let Some(call) = self.calls.get_mut(&attempt) else { return };
            if let Some(name) = call.clip_ended(playback, played_ms, how, now) {
                self.sound_ended(attempt, name, now);
            }
        } else if let MediaEvent::Digit(DigitEvent::Started(digit)) = event {
            self.with(attempt, now, |talk| talk.digit(digit.as_char(), now));
        }
    }

    fn sound_ended(
        &mut self,
        attempt: AttemptId,
        name: outcall_media::playback::PlaybackId,
        now: UnixMillis,
    ) {
        if let Some(call) = self.calls.get(&attempt) {
            self.hearing.robot_talks(call.stream.id(), None);
        }
        self.with(attempt, now, |talk| talk.finished(name, now));
    }

    fn take_heard(&mut self, now: UnixMillis) {
        while let Some((stream, heard)) = self.hearing.next() {
            match self.by_stream.get(&stream).copied() {
                Some(attempt) => self.with(attempt, now, |talk| talk.heard(heard, now)),
                None if self.said_last(stream, &heard) => {}
                None => self.announcements.heard(stream, heard, now),
            }
        }
    }

    /// What was heard on a line that is closed by now; false when it is no such line.
    fn said_last(&mut self, stream: StreamId, heard: &Heard) -> bool {
        let (ready, minds) = (&self.ready, self.minds.as_ref());
        let within = millis(ready.settings.understanding_ms);
        self.leavings.said(stream, |talk| {
            let Heard::Said(utterance) = heard else { return None };
            let ask = talk.last_question(utterance.text.clone()?);
            Some(meaning(ask, ready, minds, within))
        })
    }

    /// Reads the last words of calls that are over.
    fn read_last_words(&mut self, now: UnixMillis) {
        if self.leavings.is_empty() {
            return;
        }
        let mut cx = Context::from_waker(&self.waker);
        let (opted_out, over) = self.leavings.go_on(&self.ready.scenario, &mut cx, now);
        for (attempt, number) in opted_out {
            (self.on_opt_out)(attempt, number, now);
        }
        for stream in over {
            self.hearing.leave(stream);
        }
    }

    /// Takes the answers that are there to the calls that wait for them, and what was rendered.
    fn go_on(&mut self, now: UnixMillis) {
        let waiting = self.calls.iter().filter(|(_, call)| call.waits());
        let waiting: Vec<AttemptId> = waiting.map(|(attempt, _)| *attempt).collect();
        let waker = self.waker.clone();
        for attempt in waiting {
            let mut cx = Context::from_waker(&waker);
            while let Some(acts) =
                self.calls.get_mut(&attempt).and_then(|call| call.take_answer(&mut cx, now))
            {
                self.carry_out(attempt, acts, now);
            }
            let ended = self.calls.get_mut(&attempt).and_then(|call| call.go_on(&mut cx, now));
            if let Some(name) = ended {
                self.sound_ended(attempt, name, now);
            }
        }
        let mut cx = Context::from_waker(&waker);
        self.prepared.values().for_each(|prepared| prepared.go_on(&mut cx));
    }
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// Chooses among the variants of prompts: the same for the same attempt.
fn seed(attempt: AttemptId) -> u64 {
    let contact = attempt.contact.0.cast_unsigned();
    contact.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(attempt.attempt_no)
}

impl Conversations for Dialogues {
    fn prepares(&self) -> bool {
        true
    }

    fn prepare(&mut self, attempt: AttemptId, number: PhoneNumber, _now: UnixMillis) {
        self.prepared.insert(attempt, Prepared::new(number));
        self.callees.ask(attempt);
    }

    fn begin(&mut self, attempt: AttemptId, number: PhoneNumber, now: UnixMillis) {
        let callees = &self.callees;
        let prepared = self.prepared.entry(attempt).or_insert_with(|| {
            callees.ask(attempt);
            Prepared::new(number)
        });
        prepared.answer();
        if prepared.is_known() {
            self.start(attempt, now);
        }
    }

    fn abort(&mut self, attempt: AttemptId) {
        self.prepared.remove(&attempt);
        let Some(call) = self.calls.remove(&attempt) else { return };
        let stream = call.stream.id();
        self.by_stream.remove(&stream);
        let doubts_opt_out = call.talk.doubts_opt_out();
        if doubts_opt_out {
            (self.on_opt_out)(attempt, call.number, self.now);
        }
        if !doubts_opt_out
            && !call.talk.is_settled_as(ConversationEnd::OptedOut)
            && self.leavings.add(attempt, call, self.now)
        {
            self.hearing.close(stream);
        } else {
            self.hearing.leave(stream);
        }
    }

    fn poll(
        &mut self,
        now: UnixMillis,
        events: &mut Vec<(AttemptId, ConversationEvent)>,
    ) -> Option<UnixMillis> {
        self.now = now;
        self.announcements.take_changes(now);
        self.take_callees(now);
        self.take_media_events(now);
        self.take_heard(now);
        while let Some(attempt) = self.due.take_due(now) {
            self.with(attempt, now, |talk| talk.pass_time(now));
        }
        self.go_on(now);
        self.read_last_words(now);
        let others = self.announcements.pass_time(now, events);
        events.append(&mut self.events);
        let leaving = (!self.leavings.is_empty()).then(|| now + LOOK_MS);
        [self.due.next_at(), others, leaving].into_iter().flatten().min()
    }

    fn room(&self) -> Option<Arc<dyn RobotRoom>> {
        Some(self.hearing.room())
    }

    fn wake_by(&mut self, waker: Waker) {
        self.waker = wake_by(Arc::clone(&waker));
        self.callees.wake_by(Arc::clone(&waker));
        self.announcements.wake_by(waker);
    }
}
