//! One person on the line: between the sound of the call and the person's ear and mind.

use std::sync::Arc;
use std::task::Poll;

use outcall_media::clip::Clip;
use outcall_media::plane::{Frame, Stream};
use outcall_media::playback::PlaybackId;
use outcall_sip::EndedBy;
use outcall_telephony::simulated::random::SplitMix64;

use super::cast::Person;
use super::ear::{Ear, FRAME_MS, GAP_MS, Sensed, Stretch};
use super::mind::{Act, Event, Mind};
use super::reading::{Library, Outcome, Purpose, Reading};
use super::sound::{dress, line_noise};
use super::truth::{CallTruth, Interruption, OwnSpeech, RobotSpeech};
use super::voices::Voices;

/// The noise of a line that is heard again and again, in ms.
const NOISE_MS: usize = 5_000;
/// A robot that was quiet for so long has stopped, in ms: as a stretch ends.
const FELL_SILENT_MS: u64 = GAP_MS;
/// A robot whose voice ended no longer ago was still speaking, in ms.
const STILL_SPEAKS_MS: u64 = 100;
/// Samples in a millisecond.
const PER_MS: u64 = 8;

/// What the person says now.
#[derive(Debug)]
struct Speaking {
    playback: PlaybackId,
    /// Samples of it.
    length: u64,
    meant: bool,
    speech: OwnSpeech,
    /// Its sound has begun.
    begun: bool,
    /// Where it is.
    sent: u64,
}

/// One person in a call.
pub(super) struct Line {
    person: Arc<Person>,
    voices: Arc<Voices>,
    stream: Stream,
    chance: SplitMix64,
    noise: Arc<Clip>,
    mind: Mind,
    ear: Ear,
    /// The plane's time of the answer.
    zero_ms: Option<u64>,
    now_ms: u64,
    speaking: Option<Speaking>,
    interrupts: Option<Interruption>,
    readings: Vec<Reading>,
    pub(super) truth: CallTruth,
}

impl Line {
    /// Somebody who has just answered.
    pub(super) fn new(
        person: Arc<Person>,
        voices: Arc<Voices>,
        stream: Stream,
        truth: CallTruth,
    ) -> Self {
        let mut chance = SplitMix64::new(person.seed);
        let noise = Arc::new(line_noise(NOISE_MS, person.sound.noise, &mut chance));
        stream.play_loop(Arc::clone(&noise));
        Self {
            mind: Mind::new(person.manner.clone()),
            person,
            voices,
            stream,
            chance,
            noise,
            ear: Ear::default(),
            zero_ms: None,
            now_ms: 0,
            speaking: None,
            interrupts: None,
            readings: Vec::new(),
            truth,
        }
    }

    /// 20 ms of the call. Whether the person hangs up.
    pub(super) fn frame(&mut self, frame: &Frame, library: &Library) -> bool {
        let zero_ms = *self.zero_ms.get_or_insert(frame.time_ms);
        let at_ms = frame.time_ms.saturating_sub(zero_ms);
        self.now_ms = at_ms + FRAME_MS;
        let mut hangs_up = self.follow_own(frame, library);
        let sensed = self.ear.frame(at_ms, &frame.samples);
        self.follow_interruption();
        for sensed in sensed {
            hangs_up |= match sensed {
                Sensed::Began(_) => self.happens(Event::Began, library),
                Sensed::Ended(stretch) => {
                    let end_ms = stretch.end_ms;
                    self.keep(stretch, library);
                    self.happens(Event::Paused { end_ms }, library)
                }
            };
        }
        hangs_up | self.happens(Event::Tick, library)
    }

    /// Readings that have come. Whether the person hangs up.
    pub(super) fn take_readings(&mut self, library: &mut Library) -> bool {
        let mut hangs_up = false;
        let mut place = 0;
        while let Some(reading) = self.readings.get_mut(place) {
            let Poll::Ready(outcome) = library.outcome(reading) else {
                place += 1;
                continue;
            };
            let purpose = self.readings.remove(place).purpose;
            hangs_up |= self.understand(purpose, &outcome, library);
        }
        hangs_up
    }

    /// The call is over. Readings of stretches go on.
    pub(super) fn end(&mut self, by: EndedBy, library: &Library) {
        if let Some(stretch) = self.ear.finish() {
            self.keep(stretch, library);
        }
        self.readings.retain(|reading| reading.purpose != Purpose::SoFar);
        self.own_is_over(true);
        self.truth.interruptions.extend(self.interrupts.take());
        self.truth.first_robot_ms = self.ear.first_voiced_ms();
        self.truth.end.by = by;
        self.truth.end.at_ms = Some(self.now_ms);
    }

    /// Whether all that was heard is read.
    pub(super) fn is_read(&self) -> bool {
        self.readings.is_empty()
    }

    /// Gives up what is not read yet.
    pub(super) fn give_up(&mut self) {
        self.truth.unread += self.readings.len() as u32;
        self.readings.clear();
    }

    fn keep(&mut self, stretch: Stretch, library: &Library) {
        let Stretch { start_ms, end_ms, samples } = stretch;
        let purpose = Purpose::Stretch(self.truth.robot.len());
        self.truth.robot.push(RobotSpeech { start_ms, end_ms, words: String::new() });
        // Nobody waits for what was said to a machine.
        let urgent = !self.person.manner.topics.is_empty();
        self.readings.push(library.read(purpose, samples, urgent));
    }

    fn understand(&mut self, purpose: Purpose, outcome: &Outcome, library: &Library) -> bool {
        let text = outcome.as_deref().unwrap_or_default();
        match purpose {
            Purpose::SoFar => self.happens(Event::SoFar { text }, library),
            Purpose::Stretch(place) => {
                self.truth.unread += u32::from(outcome.is_none());
                let Some(stretch) = self.truth.robot.get_mut(place) else { return false };
                text.clone_into(&mut stretch.words);
                let start_ms = stretch.start_ms;
                self.happens(Event::Words { start_ms, text }, library)
            }
        }
    }

    /// Whether the person hangs up.
    fn happens(&mut self, event: Event<'_>, library: &Library) -> bool {
        match self.mind.on(event, self.now_ms) {
            None => {}
            Some(Act::Say { saying, topic, interrupts }) => self.say(saying, topic, interrupts),
            Some(Act::ReadSoFar) => {
                let samples = self.ear.so_far().unwrap_or_default();
                self.readings.push(library.read(Purpose::SoFar, samples, true));
            }
            Some(Act::HangUp { why }) => {
                self.truth.end.why = Some(why);
                return true;
            }
        }
        false
    }

    fn say(&mut self, saying: usize, topic: Option<String>, meant: bool) {
        let Some(markup) = self.person.sayings.get(saying) else { return };
        let sound = &self.person.sound;
        let said = self.voices.say(sound, markup);
        let samples = dress(&said.samples, sound.level, sound.noise, &mut self.chance);
        let length = samples.len() as u64;
        self.stream.stop_playback(0);
        let playback = self.stream.play(Arc::new(Clip::from_samples(samples)));
        self.stream.play_loop(Arc::clone(&self.noise));
        let speech = OwnSpeech {
            text: markup.text(),
            topic,
            start_ms: 0,
            end_ms: 0,
            pauses_ms: said.pauses_ms,
            mumbled: markup.mumbled,
            cut: false,
        };
        self.speaking = Some(Speaking { playback, length, meant, speech, begun: false, sent: 0 });
    }

    /// Where the person's own utterance is, by what was sent beside the frame.
    fn follow_own(&mut self, frame: &Frame, library: &Library) -> bool {
        let Some(speaking) = &mut self.speaking else { return false };
        let sent = frame.playing.filter(|it| it.playback == speaking.playback).map(|it| it.sent);
        if let Some(sent) = sent {
            speaking.sent = sent;
            if !speaking.begun {
                speaking.begun = true;
                speaking.speech.start_ms = self.now_ms.saturating_sub(sent / PER_MS);
                let (start_ms, meant) = (speaking.speech.start_ms, speaking.meant);
                self.begin_interruption(start_ms, meant);
            }
            return false;
        }
        // Between the order to play and its first packet there is noise.
        if !speaking.begun {
            return false;
        }
        speaking.sent = speaking.length;
        self.own_is_over(false);
        self.happens(Event::Spoken, library)
    }

    fn own_is_over(&mut self, cut: bool) {
        let Some(speaking) = self.speaking.take().filter(|speaking| speaking.begun) else { return };
        let mut speech = speaking.speech;
        speech.end_ms = speech.start_ms + speaking.sent / PER_MS;
        speech.cut = cut && speaking.sent < speaking.length;
        for (from_ms, to_ms) in &mut speech.pauses_ms {
            *from_ms += speech.start_ms;
            *to_ms += speech.start_ms;
        }
        self.truth.utterances.push(speech);
    }

    fn begin_interruption(&mut self, start_ms: u64, meant: bool) {
        let last_ms = self.ear.last_voiced_ms().unwrap_or(0);
        if last_ms > 0 && last_ms + STILL_SPEAKS_MS >= start_ms {
            self.truth.interruptions.extend(self.interrupts.take());
            self.interrupts = Some(Interruption { start_ms, robot_last_ms: last_ms, meant });
        }
    }

    fn follow_interruption(&mut self) {
        let Some(interruption) = &mut self.interrupts else { return };
        let last_ms = self.ear.last_voiced_ms().unwrap_or(0);
        if last_ms + FELL_SILENT_MS > self.now_ms {
            interruption.robot_last_ms = last_ms.max(interruption.robot_last_ms);
        } else {
            self.truth.interruptions.extend(self.interrupts.take());
        }
    }
}
