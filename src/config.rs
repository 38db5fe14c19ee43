//! Settings of the process: defaults, then a file, then the environment, then flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use outcall_actors::EngineOptions;
use outcall_campaign::Regulations;
use outcall_campaign::rate::CallRateSettings;
use outcall_conversation::{
    AnnouncementSettings, DialogueSettings, HearingSettings, PromptSettings,
};
use outcall_media::plane::MediaSettings;
use outcall_telephony::sip::SipSettings;
use serde::{Deserialize, Serialize};

use crate::cli::{Cli, Trunk};

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The folder of the ledger.
    pub data_dir: PathBuf,
    /// The folder of the models, which `cargo xtask models` fills.
    pub models_dir: PathBuf,
    /// Whose records are meant.
    pub tenant: String,
    /// How many calls there can be at once.
    pub channels: u32,
    /// How many conversations there can be at once.
    pub robots: u32,
    /// How many calls may be placed per second.
    pub calls_per_second: f64,
    /// Over how many seconds to ramp up to that, from a tenth of it.
    pub ramp_s: u32,
    /// How long calls in progress may go on after SIGTERM, in seconds.
    pub drain_limit_s: u32,
    /// Regulation files that add to or replace the built-in ones.
    pub regulation_files: Vec<PathBuf>,
    /// SIP: listeners, trunks, routes. Used with `--carrier sip`.
    pub sip: SipSettings,
    /// The audio of calls over SIP.
    pub media: MediaSettings,
    /// What is said on calls over SIP.
    #[serde(serialize_with = "changed")]
    pub conversation: ConversationSettings,
    /// How robots listen, where they do.
    pub hearing: HearingSettings,
    /// How what they say is kept.
    pub prompts: PromptSettings,
    /// What is said on calls that come in, by the scenario that `sip.inbound` names.
    pub announcements: BTreeMap<String, AnnouncementSettings>,
}

/// What is said on calls over SIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ConversationSettings {
    /// An announcement, and digits.
    Announcement(AnnouncementSettings),
    /// The spoken dialogue of a scenario.
    Dialogue(DialogueSettings),
}

/// Of the default only its kind: the fields of one kind are not mixed with those of another when
/// the file names that.
fn changed<S: serde::Serializer>(
    conversation: &ConversationSettings,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if *conversation == Settings::default().conversation {
        return BTreeMap::from([("kind", "announcement")]).serialize(serializer);
    }
    conversation.serialize(serializer)
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("outcall-data"),
            models_dir: PathBuf::from("models"),
            tenant: "default".to_owned(),
            channels: 100,
            robots: 100,
            calls_per_second: 10.0,
            ramp_s: 30,
            drain_limit_s: 120,
            regulation_files: Vec::new(),
            sip: SipSettings::default(),
            media: MediaSettings::default(),
            conversation: ConversationSettings::Announcement(AnnouncementSettings::default()),
            hearing: HearingSettings::default(),
            prompts: PromptSettings::default(),
            announcements: BTreeMap::new(),
        }
    }
}

/// The prefix of environment variables: `OUTCALL_CHANNELS`.
const ENV_PREFIX: &str = "OUTCALL_";

/// `OUTCALL_LOG` is for the log filter, not a setting.
const ENV_NOT_SETTINGS: &[&str] = &["log"];

/// The settings in force, with the origin of each.
pub(crate) struct Config {
    pub settings: Settings,
    figment: Figment,
}

impl Config {
    /// Gathers the settings.
    pub(crate) fn load(cli: &Cli, trunk: Option<&Trunk>) -> anyhow::Result<Self> {
        let mut flags = Vec::new();
        if let Some(folder) = &cli.data_dir {
            flags.push(("data_dir", figment::value::Value::serialize(folder)?));
        }
        if let Some(tenant) = &cli.tenant {
            flags.push(("tenant", figment::value::Value::serialize(tenant)?));
        }
        if let Some(trunk) = trunk {
            let whole =
                [("channels", trunk.channels), ("robots", trunk.robots), ("ramp_s", trunk.ramp_s)];
            for (name, value) in whole {
                if let Some(value) = value {
                    flags.push((name, figment::value::Value::serialize(value)?));
                }
            }
            if let Some(rate) = trunk.calls_per_second {
                flags.push(("calls_per_second", figment::value::Value::serialize(rate)?));
            }
        }
        let environment = Env::prefixed(ENV_PREFIX).ignore(ENV_NOT_SETTINGS);
        let before_file = Figment::from(Serialized::defaults(Settings::default()));
        // The file may lie in the data folder, which flags and environment may name.
        let mut folder = before_file.clone().merge(environment.clone());
        for (name, value) in &flags {
            folder = folder.merge(Serialized::global(name, value));
        }
        let folder: PathBuf = folder.extract_inner("data_dir").context("setting data_dir")?;
        let file = match &cli.config {
            Some(file) => {
                anyhow::ensure!(
                    file.is_file(),
                    "there is no configuration file {}",
                    file.display()
                );
                file.clone()
            }
            None => folder.join("outcall.toml"),
        };
        let mut figment = before_file;
        if file.is_file() {
            figment = figment.merge(Toml::file_exact(file));
        }
        figment = figment.merge(environment);
        for (name, value) in &flags {
            figment = figment.merge(FlagProvider { name, value: value.clone() });
        }
        let settings: Settings =
            figment.extract().context("the configuration cannot be used; see `config show`")?;
        Ok(Self { settings, figment })
    }

    /// Where a setting comes from, in words.
    pub(crate) fn origin(&self, name: &str) -> String {
        let Some(metadata) = self.figment.find_metadata(name) else {
            return "default".to_owned();
        };
        match &metadata.source {
            Some(source) if metadata.name.contains("TOML") => format!("file {source}"),
            _ if metadata.name.contains("environment") => {
                format!("environment {ENV_PREFIX}{}", name.to_uppercase())
            }
            _ if metadata.name == FLAG => {
                format!("flag --{}", name.replace('_', "-"))
            }
            _ => "default".to_owned(),
        }
    }

    /// The built-in regulations, with the user's files over them.
    pub(crate) fn regulations(&self) -> anyhow::Result<Regulations> {
        let mut texts = Vec::new();
        for file in &self.settings.regulation_files {
            texts.push((file.display().to_string(), fs_err::read_to_string(file)?));
        }
        let pairs = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        Ok(Regulations::builtin().with_toml_files(pairs)?)
    }

    /// What the campaigns of a run share. With SIP trunks no more than these can carry.
    pub(crate) fn engine_options(&self, carrier: &str) -> EngineOptions {
        let mut settings = self.settings.clone();
        if carrier == "sip" {
            let trunks = &settings.sip.trunks;
            let channels = trunks.iter().fold(0, |all: u32, it| all.saturating_add(it.channels));
            let per_second: f64 = trunks.iter().map(|trunk| trunk.calls_per_second).sum();
            settings.channels = settings.channels.min(channels);
            settings.calls_per_second = settings.calls_per_second.min(per_second);
        }
        // The dispatcher looks every few ms, and at most every 50: what a tenth of a second brings
        // may go at once, or high rates could not be reached.
        let burst = (settings.calls_per_second / 10.0).ceil().clamp(1.0, 100_000.0) as u32;
        EngineOptions {
            channels: settings.channels,
            robots: settings.robots,
            rate: CallRateSettings {
                per_second: settings.calls_per_second,
                burst,
                ramp_from_per_second: (settings.calls_per_second / 10.0).max(0.001),
                ramp_s: settings.ramp_s,
            },
        }
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.settings.data_dir
    }
}

const FLAG: &str = "flag";

struct FlagProvider<'a> {
    name: &'a str,
    value: figment::value::Value,
}

impl figment::Provider for FlagProvider<'_> {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named(FLAG)
    }

    fn data(
        &self,
    ) -> Result<figment::value::Map<figment::Profile, figment::value::Dict>, figment::Error> {
        let dict = figment::value::Dict::from([(self.name.to_owned(), self.value.clone())]);
        Ok(figment::value::Map::from([(figment::Profile::Default, dict)]))
    }
}
