//! What the yard does for its callees.

use outcall_media::srtp::MasterKey;
use outcall_sip::{CallKey, Command};

use super::Yard;
use crate::farm::audio::Audio;
use crate::farm::behaviour::Step;
use crate::farm::call::Callee;
use crate::farm::sounds::Sound;

impl Yard {
    /// A step of a callee.
    pub(super) fn act(&mut self, key: CallKey, step: Step) {
        match step {
            Step::Ring => self.respond(key, 180, None, false),
            Step::EarlyMedia(sound) => self.speak_early(key, sound, false),
            Step::ReliableEarlyMedia(sound) => self.speak_early(key, sound, true),
            Step::Answer => self.answer(key, false),
            Step::AnswerSilently => self.answer(key, true),
            Step::AnswerTheCancel => {
                if let Some(sdp) = self.describe(key, false) {
                    self.tell(Command::AnswerCancel { call: key, sdp: Some(sdp) });
                }
            }
            Step::Refuse { status, retry_after_s } => self.refuse(key, status, retry_after_s),
            Step::Hold(held) => {
                let audio = self.callees.get_mut(&key).and_then(|callee| callee.audio.as_mut());
                if let Some(audio) = audio {
                    let sdp = audio.hold(held);
                    self.tell(Command::Offer { call: key, sdp });
                }
            }
            Step::HangUp => self.tell(Command::HangUp { call: key }),
            Step::Play(_) | Step::PlayOn(_) | Step::Digits(_) | Step::Record => {
                self.sound(key, step);
            }
        }
    }

    /// Final, and no success.
    pub(super) fn refuse(&mut self, key: CallKey, status: u16, retry_after_s: Option<u32>) {
        let Some(callee) = self.callees.get_mut(&key) else { return };
        callee.script.end();
        callee.refused_with = Some(status);
        let wish = retry_after_s.map(|s| ("Retry-After".to_owned(), s.to_string()));
        let headers = wish.into_iter().collect();
        self.tell(Command::Respond { call: key, status, sdp: None, headers, reliable: false });
    }

    /// Ends a call since the farm ends.
    pub(super) fn part(&mut self, key: CallKey) {
        let Some(callee) = self.callees.get_mut(&key) else { return };
        callee.script.end();
        if callee.answering || callee.answered {
            self.tell(Command::HangUp { call: key });
        } else {
            self.refuse(key, 503, None);
        }
    }

    fn respond(&self, call: CallKey, status: u16, sdp: Option<String>, reliable: bool) {
        self.tell(Command::Respond { call, status, sdp, headers: Vec::new(), reliable });
    }

    fn answer(&mut self, key: CallKey, silently: bool) {
        let Some(sdp) = self.describe(key, silently) else { return };
        let Some(callee) = self.callees.get_mut(&key) else { return };
        callee.answering = true;
        if let Some(stream) = callee.audio.as_ref().and_then(|audio| audio.stream()) {
            // What was heard before the answer.
            stream.stop_playback(0);
        }
        self.respond(key, 200, Some(sdp), false);
    }

    fn speak_early(&mut self, key: CallKey, sound: Sound, reliable: bool) {
        let Some(sdp) = self.describe(key, false) else { return };
        self.sound(key, Step::PlayOn(sound));
        self.respond(key, 183, Some(sdp), reliable);
    }

    /// The callee's side of the audio, which is opened if it is not yet. When there is no room for
    /// it, or no way to agree, the call is refused.
    fn describe(&mut self, key: CallKey, silently: bool) -> Option<String> {
        if self.callees.get(&key)?.audio.is_none() {
            let Some(audio) = self.open(key) else {
                self.refuse(key, 503, Some(1));
                return None;
            };
            self.callees.get_mut(&key)?.audio = Some(Box::new(audio));
        }
        let Callee { audio, offer, .. } = self.callees.get_mut(&key)?;
        let audio = audio.as_mut()?;
        audio.silent = silently;
        match audio.describe(offer.as_deref()) {
            Ok(sdp) => Some(sdp),
            Err(error) => {
                tracing::debug!(%error, "a caller's offer cannot be answered");
                self.refuse(key, 488, None);
                None
            }
        }
    }

    fn open(&mut self, key: CallKey) -> Option<Audio> {
        let callee = self.callees.get(&key)?;
        if callee.only_talks && callee.offer.is_some() {
            let voice = self.sounds.clip(Sound::Speech, callee.number);
            let probe = self.probes.start(self.settings.sip.ip(), voice);
            if let Some(mut audio) = probe.map(Audio::at_probe) {
                // A probe speaks one law, and in the clear: other offers are for a stream.
                if audio.describe(callee.offer.as_deref()).is_ok() {
                    return Some(audio);
                }
            }
        }
        let stream = match self.plane.open() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%error, "there is no room for a callee's audio");
                return None;
            }
        };
        // From the seed, as all else: a farm is to be repeated, not to keep secrets.
        let mut key = [0; MasterKey::LEN];
        key.fill_with(|| self.chance.next_u64() as u8);
        Some(Audio::over_stream(stream, &key))
    }

    fn sound(&self, key: CallKey, step: Step) {
        let Some(callee) = self.callees.get(&key) else { return };
        let Some(stream) = callee.audio.as_ref().and_then(|audio| audio.stream()) else { return };
        match step {
            Step::Play(sound) => {
                stream.play(self.sounds.clip(sound, callee.number));
            }
            Step::PlayOn(sound) => {
                stream.play_loop(self.sounds.clip(sound, callee.number));
            }
            Step::Digits(digits) => {
                if let Err(error) = stream.send_digits(digits) {
                    tracing::debug!(%error, "a callee cannot press its digits");
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
}
