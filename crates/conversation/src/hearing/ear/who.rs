//! Who answered, and what a machine that answered wants.

use outcall_speech::answer::ivr::Navigator;
use outcall_speech::answer::voicemail::Moment;
use outcall_speech::answer::{Class, Classifier, Decision};
use outcall_speech::tones::{ToneDetector, ToneKind};
use outcall_speech::vad::{FRAME, FRAME_MS};

use crate::hearing::event::{Attention, Heard};

/// Speech at which a frame counts as speech of a voicemail's greeting.
const SPEECH_AT: f32 = 0.5;
/// Whether a person is one after all is asked for so long, in ms; a menu is listened to for ever.
const OPEN_MS: u64 = 20_000;

/// Who answered a call, as far as is known.
#[derive(Debug)]
pub(super) struct Who {
    attention: Attention,
    classifier: Classifier,
    tones: ToneDetector,
    machine: Machine,
    speech_ms: u64,
    /// When it was last asked from the start.
    since_ms: u64,
}

#[derive(Debug)]
enum Machine {
    /// None, as far as is known.
    None,
    /// One that takes messages.
    Voicemail(Moment),
    /// One that takes keys. It stays when its menu has put the call through: its limits are the
    /// call's.
    Menu(Navigator),
}

impl Who {
    pub(super) fn new(attention: &Attention) -> Self {
        Self {
            attention: attention.clone(),
            classifier: Classifier::new(attention.answer.clone()),
            tones: ToneDetector::new(0),
            machine: Machine::None,
            speech_ms: 0,
            since_ms: 0,
        }
    }

    /// A frame of 32 ms that begins at `at_ms`.
    pub(super) fn frame(
        &mut self,
        at_ms: u64,
        frame: &[i16; FRAME],
        probability: f32,
        level_dbfs: f32,
    ) -> Vec<Heard> {
        let mut heard = Vec::new();
        for tone in self.tones.push(frame) {
            let decision = self.classifier.tone(tone);
            self.decided(decision, &mut heard);
            if tone.kind == ToneKind::Beep {
                heard.push(Heard::Beep);
            }
            if let Machine::Voicemail(moment) = &mut self.machine {
                let step = moment.tone(&tone);
                tell_step(step, at_ms + FRAME_MS, &mut heard);
            }
        }
        let is_speech =
            probability >= SPEECH_AT && level_dbfs >= self.attention.answer.level_min_dbfs;
        if is_speech {
            self.speech_ms += FRAME_MS;
        }
        let decision = self.classifier.frame(at_ms, probability, level_dbfs);
        self.decided(decision, &mut heard);
        if let Machine::Voicemail(moment) = &mut self.machine {
            let step = moment.frame(at_ms, is_speech);
            tell_step(step, at_ms + FRAME_MS, &mut heard);
        }
        heard
    }

    /// What is said, as far as it is known at `at_ms`.
    pub(super) fn words(&mut self, at_ms: u64, text: &str, is_final: bool) -> Vec<Heard> {
        let mut heard = Vec::new();
        let decision = self.classifier.phrase(at_ms, text, is_final);
        self.decided(decision, &mut heard);
        if let Machine::Menu(navigator) = &mut self.machine
            && let Some(press) = navigator.phrase(at_ms, text, is_final)
        {
            // Whoever comes after the menu is somebody else.
            self.classifier.restart(at_ms);
            self.since_ms = at_ms;
            heard.push(Heard::Menu(press));
        }
        heard
    }

    /// Whether words could still tell who it is, or which key to press.
    pub(super) fn wants_words(&self, now_ms: u64) -> bool {
        let is_recent = now_ms.saturating_sub(self.since_ms) < OPEN_MS;
        match (&self.machine, self.classifier.told()) {
            (Machine::Menu(_), Some(Class::Ivr | Class::Screening)) => true,
            (_, Some(class)) if class.is_machine() => false,
            (_, _) => is_recent,
        }
    }

    fn decided(&mut self, decision: Option<Decision>, heard: &mut Vec<Heard>) {
        let Some(decision) = decision else { return };
        match (decision.class, &self.machine) {
            (Class::Voicemail, Machine::None | Machine::Menu(_)) => {
                let settings = self.attention.voicemail.clone();
                let moment = Moment::new(settings, decision.at_ms, self.speech_ms);
                self.machine = Machine::Voicemail(moment);
            }
            (Class::Ivr | Class::Screening, Machine::None | Machine::Voicemail(_)) => {
                self.machine = Machine::Menu(Navigator::new(self.attention.menu.clone()));
            }
            (_, _) => {}
        }
        heard.push(Heard::Answered(decision));
    }
}

fn tell_step(
    step: Option<outcall_speech::answer::voicemail::Step>,
    now_ms: u64,
    heard: &mut Vec<Heard>,
) {
    use outcall_speech::answer::voicemail::Step;
    let Some(step) = step else { return };
    let in_ms = match step {
        Step::Leave { at_ms, .. } => at_ms.saturating_sub(now_ms),
        Step::GiveUp => 0,
    };
    heard.push(Heard::Voicemail { step, in_ms });
}
