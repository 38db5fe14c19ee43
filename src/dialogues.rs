//! The dialogue of a scenario on real calls: read, checked, trained and wired to what it needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::Actor;
use anyhow::{Context, ensure};
use outcall_actors::minds::ActorMinds;
use outcall_actors::nlu::Nlu;
use outcall_actors::policy::Policies;
use outcall_application::App;
use outcall_conversation::dialogue::{DialogueSettings, Minds, OnOptOut, Parts, Ready, Services};
use outcall_conversation::{Announcements, Dialogues, Hearing, Prompts};
use outcall_dialogue::policy::{PolicyWorker, ScenarioOrder};
use outcall_dialogue::{Loaded, Severity};
use outcall_inference::pool::{Pool, PoolSettings};
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_understanding::intents::encoder::{Encoder, EncoderKind};
use outcall_understanding::intents::worker::ReadingWorker;

use crate::callees::LedgerCallees;
use crate::commands::scenario;
use crate::config::Settings;

/// Utterances that may wait to be understood.
const WAITING_MAX: usize = 256;
/// Utterances that are encoded together.
const BATCH_MAX: usize = 16;

/// What can fail before the trunks are opened.
pub(crate) struct Loading {
    ready: Ready,
    services: Services,
    minds: Box<dyn Minds>,
}

impl Loading {
    /// Reads and checks a scenario, trains its intents and has its prompts rendered. To be called
    /// inside of an actix system.
    pub(crate) fn load(
        settings: &Settings,
        dialogue: &DialogueSettings,
        prompts: &mut Prompts,
    ) -> anyhow::Result<Self> {
        let path = dialogue.scenario.display().to_string();
        ensure!(!path.is_empty(), "conversation.scenario: write the path of a scenario's file");
        let loaded = checked(&path)?;
        let services = Services::start(&dialogue.services).context("setting conversation")?;
        let encoders = scenario::Encoders::find(&settings.models_dir);
        // The currency counts for values only, which are read with the callee's own.
        let trained = encoders.train(&loaded.scenario, "USD")?;
        let models: BTreeMap<_, _> =
            trained.models().map(|(language, model)| (language, Arc::new(model.clone()))).collect();
        let channels = settings.channels as usize;
        let minds = minds(settings, dialogue, channels)?;
        let ready = Ready::load(loaded.scenario, dialogue, models, prompts)?;
        Ok(Self { ready, services, minds: Box::new(minds) })
    }

    /// The dialogues, on the calls of a carrier.
    pub(crate) fn start(
        self,
        app: &App,
        hearing: Arc<Hearing>,
        on_opt_out: OnOptOut,
        announcements: Announcements,
    ) -> anyhow::Result<Dialogues> {
        let Self { ready, services, minds } = self;
        let callees = Box::new(LedgerCallees::start(app)?);
        let parts = Parts { ready, hearing, minds, callees, services, on_opt_out };
        Ok(Dialogues::new(parts, announcements))
    }
}

/// A scenario without errors; its warnings are told.
pub(crate) fn checked(path: &str) -> anyhow::Result<Loaded> {
    let loaded = scenario::read(path)?;
    let problems = outcall_dialogue::check::check(&loaded);
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    ensure!(
        errors.is_empty(),
        "scenario {path} cannot be held on calls:\n{}\n`outcall scenario check` lists all problems",
        errors.join("\n")
    );
    Ok(loaded)
}

/// The actors before the pools of understanding and of policies.
fn minds(
    settings: &Settings,
    dialogue: &DialogueSettings,
    channels: usize,
) -> anyhow::Result<ActorMinds<Encoder>> {
    let store = ModelStore::open(&settings.models_dir)?;
    let runtime = Runtime::load(&store)?;
    let make = move || {
        let encoder = Encoder::load(&runtime, &store, EncoderKind::MiniLm)?;
        Ok::<_, anyhow::Error>(ReadingWorker::new(Some(encoder)))
    };
    let pool = PoolSettings {
        workers: dialogue.understanding_workers.max(1),
        waiting_max: WAITING_MAX,
        batch_max: BATCH_MAX,
        stretch_pct: 100,
    };
    let (understanding, _) = Pool::start("understanding", pool, make)?;
    let make = || Ok::<_, anyhow::Error>(PolicyWorker::new(ScenarioOrder));
    let (policies, _) = Pool::start("policies", PoolSettings::default(), make)?;
    let nlu = Nlu::new(understanding, channels).start();
    Ok(ActorMinds::new(nlu, Policies::new(policies, channels).start()))
}
