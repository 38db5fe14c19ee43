//! One call: its line, its robot, what plays and what is waited for.

use std::collections::HashMap;
use std::task::{Context, Poll};
use std::time::Duration;

use outcall_campaign::{PhoneNumber, UnixMillis};
use outcall_dialogue::engine::ApiResult;
use outcall_dialogue::policy::Choice;
use outcall_inference::pool::Pending;
use outcall_media::plane::Stream;
use outcall_media::playback::{PlaybackEnd, PlaybackId};
use outcall_speech::turn::InterruptionSettings;
use outcall_understanding::intents::worker::ReadingRequest;
use outcall_understanding::reading::Reading;

use crate::dialogue::minds::{Meaning, Minds};
use crate::dialogue::ready::Ready;
use crate::dialogue::talk::{Act, Ask, FADE_MS, Say, Talk};
use crate::line::Playing;
use crate::prompts::Sound;

/// A call in progress.
pub(super) struct Call {
    pub(super) stream: Stream,
    pub(super) talk: Talk,
    pub(super) number: PhoneNumber,
    pub(super) choosing: Option<Meaning<Option<Choice>>>,
    pub(super) understanding: Option<Meaning<Reading>>,
    considering: Option<Meaning<Reading>>,
    requested: Option<Requested>,
    /// What was rendered while it rang.
    sounds: HashMap<String, Sound>,
    playing: Option<Playing>,
    /// A sound that was over as soon as it began: there was nothing to be heard.
    over: Option<PlaybackId>,
    /// Sounds that it has played.
    played: u64,
}

/// A request to another system.
enum Requested {
    /// It was not even asked.
    Refused,
    Pending(Pending<ApiResult>),
}

impl Call {
    pub(super) fn new(
        stream: Stream,
        talk: Talk,
        sounds: HashMap<String, Sound>,
        number: PhoneNumber,
    ) -> Self {
        Self {
            stream,
            talk,
            number,
            choosing: None,
            understanding: None,
            considering: None,
            requested: None,
            sounds,
            playing: None,
            over: None,
            played: 0,
        }
    }

    /// Begins to say something; how that lets itself be interrupted.
    pub(super) fn say(
        &mut self,
        say: &Say,
        ready: &Ready,
        cx: &mut Context<'_>,
        now: UnixMillis,
    ) -> Option<InterruptionSettings> {
        let sound = match (ready.fixed(&say.text), self.sounds.remove(&say.text)) {
            (Some(speech), _) => speech.start(cx),
            (None, Some(sound)) => Ok(sound),
            (None, None) => ready.live.say(&say.text),
        };
        if let Err(error) = &sound {
            tracing::warn!(%error, "a prompt is not said: too much waits to be rendered");
        }
        self.played += 1;
        let name = PlaybackId(self.played);
        self.playing = Some(Playing::new(name, sound.ok()));
        self.talk.plays(name);
        self.advance(cx);
        // Where there is nothing to be heard, that is told when the call goes on.
        self.over = self.give(now);
        say.interruption
    }

    /// Ends what is being said.
    pub(super) fn stop(&mut self) {
        (self.playing, self.over) = (None, None);
        self.stream.stop_playback(FADE_MS);
        // What plays next must not wait.
        self.stream.resume();
    }

    /// Asks what an utterance means.
    pub(super) fn understand(
        &mut self,
        ask: Ask,
        ready: &Ready,
        minds: &dyn Minds,
        within: Duration,
    ) {
        // What was considered is decided by now, or comes too late.
        self.considering = None;
        self.understanding = Some(meaning(ask, ready, minds, within));
    }

    /// Asks what an utterance would mean, if it was all.
    pub(super) fn consider(
        &mut self,
        ask: Ask,
        ready: &Ready,
        minds: &dyn Minds,
        within: Duration,
    ) {
        self.considering = Some(meaning(ask, ready, minds, within));
    }

    /// Waits for another system.
    pub(super) fn request(&mut self, pending: Option<Pending<ApiResult>>) {
        self.requested = Some(pending.map_or(Requested::Refused, Requested::Pending));
    }

    /// Whether it waits for anything but its line.
    pub(super) fn waits(&self) -> bool {
        self.understanding.is_some()
            || self.considering.is_some()
            || self.choosing.is_some()
            || self.requested.is_some()
            || self.over.is_some()
            || self.playing.as_ref().is_some_and(|playing| playing.is_open() || playing.is_empty())
    }

    /// Takes an answer that is there, and what the robot does about it.
    pub(super) fn take_answer(
        &mut self,
        cx: &mut Context<'_>,
        now: UnixMillis,
    ) -> Option<Vec<Act>> {
        if let Some(pending) = &mut self.understanding
            && let Poll::Ready(reading) = pending.as_mut().poll(cx)
        {
            self.understanding = None;
            return Some(self.talk.understood(reading, now));
        }
        if let Some(pending) = &mut self.considering
            && let Poll::Ready(reading) = pending.as_mut().poll(cx)
        {
            self.considering = None;
            return Some(self.talk.would_mean(reading, now));
        }
        if let Some(pending) = &mut self.choosing
            && let Poll::Ready(choice) = pending.as_mut().poll(cx)
        {
            self.choosing = None;
            return Some(self.talk.chosen(choice, now));
        }
        let result = match self.requested.as_mut()? {
            Requested::Refused => ApiResult::Failed,
            Requested::Pending(pending) => match std::pin::Pin::new(pending).poll(cx) {
                Poll::Pending => return None,
                Poll::Ready(Ok(done)) => done.reply,
                Poll::Ready(Err(_)) => ApiResult::Failed,
            },
        };
        self.requested = None;
        Some(self.talk.answered(result, now))
    }

    /// Takes what was rendered meanwhile; the sound that is over by that, if one is.
    pub(super) fn go_on(&mut self, cx: &mut Context<'_>, now: UnixMillis) -> Option<PlaybackId> {
        if let Some(over) = self.over.take() {
            return Some(over);
        }
        self.advance(cx);
        self.give(now)
    }

    fn advance(&self, cx: &mut Context<'_>) {
        if let Some(phrases) = self.playing.as_ref().and_then(Playing::phrases) {
            phrases.advance(cx);
        }
    }

    /// A clip has ended; the sound that is over by that, if one is.
    pub(super) fn clip_ended(
        &mut self,
        clip: PlaybackId,
        played_ms: u64,
        how: PlaybackEnd,
        now: UnixMillis,
    ) -> Option<PlaybackId> {
        let playing = self.playing.as_mut().filter(|playing| playing.holds(clip))?;
        if playing.ended(clip, played_ms, how).is_some() {
            return self.playing.take().map(|playing| playing.name);
        }
        self.give(now)
    }

    /// Gives the stream what there is of the sound; the sound, when it is over.
    fn give(&mut self, now: UnixMillis) -> Option<PlaybackId> {
        let playing = self.playing.as_mut()?;
        let mut sounds = false;
        let end = playing.give(|clip| {
            sounds = true;
            self.stream.play(clip)
        });
        if sounds {
            self.talk.sounds(playing.name, now);
        }
        end?;
        self.playing.take().map(|playing| playing.name)
    }
}

/// Asks what words mean.
pub(super) fn meaning(
    ask: Ask,
    ready: &Ready,
    minds: &dyn Minds,
    within: Duration,
) -> Meaning<Reading> {
    let Ask { language, text, expected } = ask;
    match ready.model(language) {
        Some(model) if !text.is_empty() => {
            let heard = vec![(text, 1.0)];
            minds.understand(ReadingRequest { model, heard, expected }, within)
        }
        // Nothing was recognised, and so nothing is understood.
        Some(_) | None => {
            let nothing = Reading { text, intents: Vec::new(), out_of_scope: 1.0 };
            Box::pin(std::future::ready(nothing))
        }
    }
}
