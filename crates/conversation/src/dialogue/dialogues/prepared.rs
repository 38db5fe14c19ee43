//! A call that is not answered yet: who is called is found out, and the first prompts are rendered.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::Context;

use outcall_campaign::{AttemptId, PhoneNumber};

use crate::dialogue::callee::Callee;
use crate::dialogue::ready::Ready;
use crate::dialogue::talk::Talk;
use crate::prompts::Sound;

/// What is known of a call before its robot talks.
pub(super) struct Prepared {
    number: PhoneNumber,
    answered: bool,
    callee: Found,
    /// The first prompts, as far as they differ from call to call.
    sounds: HashMap<String, Sound>,
}

enum Found {
    Asked,
    Is(Arc<Callee>),
    Unknown,
}

impl Prepared {
    pub(super) fn new(number: PhoneNumber) -> Self {
        Self { number, answered: false, callee: Found::Asked, sounds: HashMap::new() }
    }

    pub(super) fn number(&self) -> PhoneNumber {
        self.number
    }

    pub(super) fn answer(&mut self) {
        self.answered = true;
    }

    pub(super) fn is_answered(&self) -> bool {
        self.answered
    }

    /// Whether it is known who is called, or that nobody knows.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self.callee, Found::Asked)
    }

    /// Takes what was found out.
    pub(super) fn found(
        &mut self,
        found: Result<Callee, String>,
        attempt: AttemptId,
        ready: &Ready,
        cx: &mut Context<'_>,
    ) {
        let callee = match found {
            Ok(callee) => callee,
            Err(error) => {
                tracing::error!(%attempt, error, "nothing is known of a callee: nothing is said");
                self.callee = Found::Unknown;
                return;
            }
        };
        let language = ready.language(callee.language);
        let callee = Arc::new(Callee { language, ..callee });
        let seed = super::seed(attempt);
        for text in Talk::first_prompts(&ready.scenario, &callee, seed) {
            // What cannot be rendered now is tried once more when it is to be heard.
            if ready.fixed(&text).is_none()
                && let Ok(sound) = ready.live.say(&text)
            {
                self.sounds.insert(text, sound);
            }
        }
        self.callee = Found::Is(callee);
        self.go_on(cx);
    }

    /// Takes what was rendered meanwhile.
    pub(super) fn go_on(&self, cx: &mut Context<'_>) {
        for sound in self.sounds.values() {
            if let Sound::Phrases(phrases) = sound {
                phrases.advance(cx);
            }
        }
    }

    /// The callee, and what was rendered; nothing when nobody knows who that is.
    pub(super) fn into_parts(self) -> Option<(Arc<Callee>, HashMap<String, Sound>)> {
        match self.callee {
            Found::Is(callee) => Some((callee, self.sounds)),
            Found::Asked | Found::Unknown => None,
        }
    }
}
