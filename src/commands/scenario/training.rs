//! Trained intents: the encoders for them, and their files.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use outcall_dialogue::{Scenario, Trained};
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_understanding::intents::encoder::{Encode, Encoder, EncoderKind};
use outcall_understanding::slots::Language;
use serde_json::json;

use crate::commands::Style;
use crate::output::answer;

/// The sentence encoders of the folder of models, as far as they are there.
pub(crate) struct Encoders(Option<(Runtime, ModelStore)>);

impl Encoders {
    /// Looks for them. Without them letters and sounds decide, and that is said.
    pub(crate) fn find(models: &Path) -> Self {
        let store = ModelStore::open(models).map_err(anyhow::Error::from);
        let found = store.and_then(|store| Ok((Runtime::load(&store)?, store)));
        Self(found.map_err(|error| warn(&error)).ok())
    }

    fn of(&self, language: Language) -> Option<Box<dyn Encode + Send>> {
        let (runtime, store) = self.0.as_ref()?;
        let kind = match language {
            Language::En => EncoderKind::MiniLm,
            Language::Zh => EncoderKind::E5,
        };
        let encoder = Encoder::load(runtime, store, kind).map_err(|error| warn(&error.into()));
        Some(Box::new(encoder.ok()?))
    }

    /// Trains the intents of a scenario.
    pub(crate) fn train(&self, scenario: &Scenario, currency: &str) -> anyhow::Result<Trained> {
        let trained = Trained::train(scenario, currency, |language| self.of(language));
        trained.with_context(|| format!("the intents of '{}'", scenario.name))
    }
}

fn warn(error: &anyhow::Error) {
    tracing::warn!("no sentence encoder, letters and sounds decide alone: {error:#}");
}

/// Trains and writes a file for each language.
pub(super) fn write(
    encoders: &Encoders,
    scenario: &Scenario,
    currency: &str,
    out: &Path,
    style: Style,
) -> anyhow::Result<ExitCode> {
    let trained = encoders.train(scenario, currency)?;
    fs_err::create_dir_all(out)?;
    let mut written = Vec::new();
    for (language, model) in trained.models() {
        let code = outcall_dialogue::document::texts::code(language);
        let path = out.join(format!("{}.{code}.intents", scenario.name));
        fs_err::write(&path, model.to_bytes())?;
        let intents = model.names().len();
        written.push(json!({
            "language": code,
            "intents": intents,
            "encoder": model.encoder(),
            "data_sha256": model.data_sha256(),
            "file": path,
        }));
    }
    answer(style.json, &written, || {
        for model in &written {
            let (file, intents) = (&model["file"], &model["intents"]);
            println!("{}: {intents} intents", file.as_str().unwrap_or_default());
        }
    })?;
    Ok(ExitCode::SUCCESS)
}
