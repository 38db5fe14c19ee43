//! Announcements on all calls, behind the seam of conversations.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::task::{Context, Waker as TaskWaker};

use outcall_campaign::attempt::ConversationEnd;
use outcall_campaign::{AttemptId, PhoneNumber, UnixMillis};
use outcall_media::plane::{MediaEvent, Stream, StreamId};
use outcall_media::playback::PlaybackId;
use outcall_media::telephone_event::DigitEvent;
use outcall_telephony::agenda::Agenda;
use outcall_telephony::carrier::{ConversationEvent, Conversations, Waker};
use outcall_telephony::sip::SipParts;
use outcall_telephony::sip::carrier::SipCarrier;
use outcall_telephony::sip::lines::{Early, LineEvents, LineId, Lines};

pub use super::script::Script;
use super::talk::{Act, FADE_MS, Outline, Talk, Track};
use crate::hearing::{Heard, Hearing};
use crate::line::{
    EarlyRecord, End, LineRecord, Playing, free_file, put_down, recording_name, wake_by,
};

/// A call in progress.
struct Call {
    stream: Stream,
    script: Arc<Script>,
    talk: Talk,
    playing: Option<Playing>,
    /// Sounds that it has played.
    sounds: u64,
    /// Whether it is listened to.
    heard: bool,
    /// Whether the ears were told that the robot talks: once, or they would forget that it pauses.
    talks: bool,
}

/// Announcements behind the seam of conversations.
pub struct Announcements {
    lines: Arc<Lines>,
    events: LineEvents,
    /// Where there are models, and a script wants to hear.
    hearing: Option<Arc<Hearing>>,
    /// For the calls that we place.
    outgoing: Arc<Script>,
    /// For calls that come in, by scenario.
    scenarios: HashMap<String, Arc<Script>>,
    calls: HashMap<LineId, Call>,
    /// Calls that are listened to before they are answered.
    early: HashMap<LineId, (StreamId, EarlyRecord)>,
    by_stream: HashMap<StreamId, LineId>,
    due: Agenda<LineId>,
    /// Calls whose sound is still being rendered.
    waiting: Vec<LineId>,
    /// Wakes whoever polls when more of it is there.
    waker: TaskWaker,
    ended: Vec<(LineId, ConversationEnd)>,
    /// Tells the recordings of this process from those of others.
    salt: String,
}

impl Announcements {
    /// The robot for the calls of a carrier: a script for calls that we place, and one for each
    /// scenario of calls that come in. Without `hearing` the scripts that want to listen do not.
    pub fn new(
        parts: SipParts,
        outgoing: Script,
        scenarios: BTreeMap<String, Script>,
        hearing: Option<Arc<Hearing>>,
    ) -> (SipCarrier, Self) {
        let scenarios = scenarios.into_iter().map(|(name, script)| (name, Arc::new(script)));
        let announcements = Self {
            lines: parts.lines,
            events: parts.talk_events,
            hearing,
            outgoing: Arc::new(outgoing),
            scenarios: scenarios.collect(),
            calls: HashMap::new(),
            early: HashMap::new(),
            by_stream: HashMap::new(),
            due: Agenda::default(),
            waiting: Vec::new(),
            waker: TaskWaker::noop().clone(),
            ended: Vec::new(),
            salt: parts.carrier.salt().to_owned(),
        };
        (parts.carrier, announcements)
    }

    /// The calls' lines, for whoever talks on some of them instead.
    pub(crate) fn lines(&self) -> &Arc<Lines> {
        &self.lines
    }

    /// What tells the recordings of this process from those of others.
    pub(crate) fn salt(&self) -> &str {
        &self.salt
    }

    /// What was heard of a call before its answer, which somebody else now talks on.
    pub(crate) fn take_early_record(&mut self, line: LineId) -> Option<EarlyRecord> {
        let (stream, record) = self.early.remove(&line)?;
        self.by_stream.remove(&stream);
        Some(record)
    }

    /// The next event of a stream, whoever talks on it.
    pub(crate) fn next_media_event(&self) -> Option<(StreamId, MediaEvent)> {
        self.events.next()
    }

    fn start(&mut self, line: LineId, script: Arc<Script>, now: UnixMillis) {
        let Some(stream) = self.lines.stream(line) else {
            // The call ended while the robot was fetched.
            self.ended.push((line, ConversationEnd::Completed));
            return;
        };
        if let Some(folder) = &script.settings.record {
            stream.record(free_file(folder, &recording_name(line, now, &self.salt)));
        }
        let heard = match &self.hearing {
            Some(hearing) if script.settings.hear => {
                hearing.attend(&stream, script.attention());
                true
            }
            Some(_) | None => false,
        };
        let outline = Outline {
            main: script.main.is_some(),
            voicemail: script.voicemail.is_some(),
            introduction: script.introduction.is_some(),
            hold_ms: i64::from(script.settings.hold_ms),
        };
        let before = self.early.remove(&line).map(|(_, record)| record);
        let (talk, acts) = Talk::begin(outline, before, now);
        self.by_stream.insert(stream.id(), line);
        let call = Call { stream, script, talk, playing: None, sounds: 0, heard, talks: false };
        self.calls.insert(line, call);
        self.carry_out(line, acts);
        self.go_on(now);
        self.due.prune(|line| self.calls.contains_key(line));
    }

    fn forget(&mut self, line: LineId) -> Option<Call> {
        let call = self.calls.remove(&line)?;
        self.by_stream.remove(&call.stream.id());
        if call.heard {
            self.leave(call.stream.id());
        }
        Some(call)
    }

    /// Lets the robot of a line do something.
    fn with(&mut self, line: LineId, act: impl FnOnce(&mut Talk) -> Vec<Act>) {
        let Some(call) = self.calls.get_mut(&line) else { return };
        let acts = act(&mut call.talk);
        self.carry_out(line, acts);
    }

    fn carry_out(&mut self, line: LineId, acts: Vec<Act>) {
        let Some(call) = self.calls.get_mut(&line) else { return };
        let mut end = None;
        for act in acts {
            match act {
                Act::Play(track) => {
                    call.play(track, &mut Context::from_waker(&self.waker));
                    self.waiting.push(line);
                }
                Act::Pause => call.stream.pause(),
                Act::Resume => call.stream.resume(),
                Act::Stop => {
                    call.playing = None;
                    call.stream.stop_playback(FADE_MS);
                    // What plays next must not wait.
                    call.stream.resume();
                }
                Act::Press(digits) => {
                    if let Err(error) = call.stream.send_digits(&digits) {
                        tracing::info!(%error, "keys of a menu cannot be pressed");
                    }
                }
                Act::End(how) => end = Some(how),
            }
        }
        if let Some(due) = call.talk.due() {
            self.due.put(due, line);
        }
        let talks = call.talk.can_be_interrupted();
        if let Some(hearing) = self.hearing.as_ref().filter(|_| call.heard && call.talks != talks) {
            call.talks = talks;
            let guard = talks.then(|| call.script.interruption());
            hearing.robot_talks(call.stream.id(), guard);
        }
        if let Some(end) = end
            && self.forget(line).is_some()
        {
            self.ended.push((line, end));
        }
    }

    pub(crate) fn media_event(&mut self, stream: StreamId, event: &MediaEvent, now: UnixMillis) {
        let Some(&line) = self.by_stream.get(&stream) else { return };
        if let MediaEvent::PlaybackFinished { playback, played_ms, how } = *event {
            let Some(call) = self.calls.get_mut(&line) else { return };
            let Some(playing) = call.playing.as_mut().filter(|it| it.holds(playback)) else {
                return;
            };
            if let Some(end) = playing.ended(playback, played_ms, how) {
                self.end_sound(line, end, now);
            } else {
                self.give(line, now);
            }
        } else if let MediaEvent::Digit(DigitEvent::Started(digit)) = event {
            let Some(call) = self.calls.get(&line) else { return };
            let meaning = call.script.settings.digits.get(&digit.as_char()).copied();
            if let Some(meaning) = meaning {
                self.with(line, |talk| talk.digit(meaning, now));
            }
        }
    }

    /// Takes what was rendered meanwhile to the calls that wait for it.
    fn go_on(&mut self, now: UnixMillis) {
        for line in std::mem::take(&mut self.waiting) {
            if let Some(playing) = self.calls.get(&line).and_then(|call| call.playing.as_ref())
                && let Some(phrases) = playing.phrases()
            {
                phrases.advance(&mut Context::from_waker(&self.waker));
            }
            self.give(line, now);
            let is_open = |call: &Call| call.playing.as_ref().is_some_and(Playing::is_open);
            if self.calls.get(&line).is_some_and(is_open) && !self.waiting.contains(&line) {
                self.waiting.push(line);
            }
        }
    }

    /// Gives a call's stream what there is of its sound.
    fn give(&mut self, line: LineId, now: UnixMillis) {
        let Some(call) = self.calls.get_mut(&line) else { return };
        let Some(playing) = &mut call.playing else { return };
        if let Some(end) = playing.give(|clip| call.stream.play(clip)) {
            self.end_sound(line, end, now);
        }
    }

    fn end_sound(&mut self, line: LineId, end: End, now: UnixMillis) {
        let Some(playing) = self.calls.get_mut(&line).and_then(|call| call.playing.take()) else {
            return;
        };
        self.with(line, |talk| talk.finished(playing.name, end.played_ms, end.how, now));
        self.write_down(line);
    }

    pub(crate) fn heard(&mut self, stream: StreamId, heard: Heard, now: UnixMillis) {
        let Some(&line) = self.by_stream.get(&stream) else { return };
        let Some(call) = self.calls.get_mut(&line) else {
            return self.heard_early(line, heard);
        };
        let acts = call.talk.heard(heard, now);
        // Before the call may end.
        self.write_down(line);
        self.carry_out(line, acts);
    }

    /// Puts what is known so far with the line: the call may be over at any moment.
    fn write_down(&self, line: LineId) {
        if let Some(call) = self.calls.get(&line).filter(|call| call.heard) {
            put_down(&self.lines, line, call.talk.record());
        }
    }

    /// Listens to calls on which there is sound before the answer, and no more to those of them
    /// that are over.
    fn take_early(&mut self) {
        for (line, change) in self.lines.take_early() {
            if change == Early::Over {
                if let Some((stream, _)) = self.early.remove(&line) {
                    self.by_stream.remove(&stream);
                    self.leave(stream);
                }
                continue;
            }
            let Some(hearing) = &self.hearing else { continue };
            let stream = self.lines.stream(line).filter(|_| !self.calls.contains_key(&line));
            if let Some(stream) = stream.filter(|_| self.outgoing.settings.hear) {
                hearing.attend(&stream, Script::early_attention());
                self.by_stream.insert(stream.id(), line);
                self.early.insert(line, (stream.id(), EarlyRecord::default()));
            }
        }
    }

    fn heard_early(&mut self, line: LineId, heard: Heard) {
        let Some((_, record)) = self.early.get_mut(&line) else { return };
        if !record.heard(heard) {
            return;
        }
        if let Some(cause) = record.cause() {
            self.lines.announced(line, cause);
        }
        let record = LineRecord { before_answer: Some(record.clone()), ..LineRecord::default() };
        put_down(&self.lines, line, &record);
    }

    fn leave(&self, stream: StreamId) {
        if let Some(hearing) = &self.hearing {
            hearing.leave(stream);
        }
    }

    /// Takes the calls that came in, and those on which there is sound before the answer.
    pub(crate) fn take_changes(&mut self, now: UnixMillis) {
        self.take_incoming(now);
        self.take_early();
    }

    /// Goes on with what was due or rendered, tells what has ended, and when to be asked again.
    pub(crate) fn pass_time(
        &mut self,
        now: UnixMillis,
        events: &mut Vec<(AttemptId, ConversationEvent)>,
    ) -> Option<UnixMillis> {
        while let Some(line) = self.due.take_due(now) {
            self.with(line, |talk| talk.pass_time(now));
        }
        self.go_on(now);
        for (line, end) in self.ended.drain(..) {
            match line {
                LineId::Attempt(attempt) => {
                    events.push((attempt, ConversationEvent::Ended(end)));
                }
                LineId::Incoming(_) => self.lines.talked(line, end),
            }
        }
        self.due.next_at()
    }

    fn take_incoming(&mut self, now: UnixMillis) {
        for (line, scenario) in self.lines.take_came_in() {
            match self.scenarios.get(&scenario).cloned() {
                Some(script) => self.start(line, script, now),
                None => {
                    tracing::error!(scenario, "a call came in for a scenario that is not there");
                    self.lines.talked(line, ConversationEnd::Completed);
                }
            }
        }
    }
}

impl Call {
    fn play(&mut self, track: Track, cx: &mut Context<'_>) {
        let speech = match track {
            Track::Main => &self.script.main,
            Track::Voicemail => &self.script.voicemail,
            Track::Introduction => &self.script.introduction,
        };
        let Some(speech) = speech else { return };
        let sound = speech.start(cx);
        if let Err(error) = &sound {
            tracing::warn!(%error, "a call stays silent: its text is not rendered");
        }
        self.sounds += 1;
        let name = PlaybackId(self.sounds);
        let mut playing = Playing::new(name, sound.ok());
        // Where there is nothing to be heard, that is found again when the call goes on.
        playing.give(|clip| self.stream.play(clip));
        self.playing = Some(playing);
        self.talk.plays(name, track);
    }
}

impl Conversations for Announcements {
    fn begin(&mut self, attempt: AttemptId, _number: PhoneNumber, now: UnixMillis) {
        self.start(LineId::Attempt(attempt), Arc::clone(&self.outgoing), now);
    }

    fn abort(&mut self, attempt: AttemptId) {
        self.forget(LineId::Attempt(attempt));
    }

    fn poll(
        &mut self,
        now: UnixMillis,
        events: &mut Vec<(AttemptId, ConversationEvent)>,
    ) -> Option<UnixMillis> {
        self.take_changes(now);
        while let Some((stream, event)) = self.next_media_event() {
            self.media_event(stream, &event, now);
        }
        while let Some((stream, heard)) = self.hearing.as_ref().and_then(|it| it.next()) {
            self.heard(stream, heard, now);
        }
        self.pass_time(now, events)
    }

    fn wake_by(&mut self, waker: Waker) {
        if let Some(hearing) = &self.hearing {
            hearing.wake_by(Arc::clone(&waker));
        }
        self.waker = wake_by(Arc::clone(&waker));
        self.lines.wake_talkers_by(waker);
    }
}
