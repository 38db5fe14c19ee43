//! A scenario with all that its calls need: understood, and rendered as far as it can be.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use outcall_dialogue::Scenario;
use outcall_understanding::intents::IntentModel;
use outcall_understanding::slots::Language;

use super::settings::DialogueSettings;
use crate::prompts::{Live, PromptError, Prompts, Speech};

/// The languages that the voice speaks.
const SPOKEN: &[Language] = &[Language::En];

/// Why a scenario cannot be held on calls.
#[derive(Debug, thiserror::Error)]
pub enum ReadyError {
    /// It has no language that the voice speaks.
    #[error(
        "scenario '{0}' is in no language that the voice speaks: it speaks English; `outcall chat` \
         holds every scenario in the terminal"
    )]
    Language(String),
    /// A language of which no intents are trained.
    #[error("scenario '{0}': no intents are trained for {1:?}")]
    Untrained(String, Language),
    /// A prompt cannot be said.
    #[error("scenario '{name}': {source}")]
    Prompt {
        /// The scenario.
        name: String,
        /// Why.
        source: PromptError,
    },
    /// Where calls are to be recorded.
    #[error("conversation.record: {0}")]
    Folder(#[from] std::io::Error),
}

/// A scenario, ready to be held.
#[derive(Debug)]
pub struct Ready {
    pub(super) scenario: Arc<Scenario>,
    pub(super) settings: DialogueSettings,
    models: BTreeMap<Language, Arc<IntentModel>>,
    /// Prompts that are the same on every call.
    fixed: HashMap<String, Speech>,
    pub(super) live: Live,
}

impl Ready {
    /// Has the prompts of a scenario rendered, behind the first calls, and takes its trained
    /// intents.
    ///
    /// # Errors
    /// When a model is missing or the voice speaks none of its languages.
    pub fn load(
        scenario: Scenario,
        settings: &DialogueSettings,
        models: BTreeMap<Language, Arc<IntentModel>>,
        prompts: &mut Prompts,
    ) -> Result<Self, ReadyError> {
        let name = || scenario.name.clone();
        let spoken: Vec<Language> =
            scenario.languages.iter().copied().filter(|it| SPOKEN.contains(it)).collect();
        if spoken.is_empty() {
            return Err(ReadyError::Language(name()));
        }
        if let Some(&language) = spoken.iter().find(|language| !models.contains_key(language)) {
            return Err(ReadyError::Untrained(name(), language));
        }
        if let Some(folder) = &settings.record {
            fs_err::create_dir_all(folder)?;
        }
        let wrong = |source| ReadyError::Prompt { name: name(), source };
        let mut fixed = HashMap::new();
        for text in spoken.iter().flat_map(|&language| scenario.fixed_prompts(language)) {
            let speech = prompts.speech(&text).map_err(wrong)?;
            fixed.insert(text, speech);
        }
        let live = prompts.live().map_err(wrong)?;
        let settings = settings.clone();
        Ok(Self { scenario: Arc::new(scenario), settings, models, fixed, live })
    }

    /// The language to speak with somebody: the wished one where the voice speaks it.
    pub(super) fn language(&self, wished: Option<Language>) -> Option<Language> {
        let can = |language: &Language| SPOKEN.contains(language);
        let known =
            |language: &Language| can(language) && self.scenario.languages.contains(language);
        wished.filter(known).or_else(|| self.scenario.languages.iter().copied().find(can))
    }

    /// The trained intents of a language.
    pub(super) fn model(&self, language: Language) -> Option<Arc<IntentModel>> {
        self.models.get(&language).cloned()
    }

    /// A prompt that is the same on every call.
    pub(super) fn fixed(&self, text: &str) -> Option<&Speech> {
        self.fixed.get(text)
    }
}
