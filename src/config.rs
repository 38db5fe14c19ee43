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
use outcall_inference::store::MANIFEST;
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
    /// The folder of the models, which `cargo xtask models` fills. When nobody says, the first of
    /// [`models_folders`] that holds some.
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
    /// The file that is read when it is there.
    file: PathBuf,
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
            figment = figment.merge(Toml::file_exact(&file));
        }
        figment = figment.merge(environment);
        for (name, value) in &flags {
            figment = figment.merge(FlagProvider { name, value: value.clone() });
        }
        let settings: Settings =
            figment.extract().context("the configuration cannot be used; see `config show`")?;
        let mut config = Self { settings, file, figment };
        config.find_models();
        Ok(config)
    }

    /// When nobody says where the models are, they are looked for.
    fn find_models(&mut self) {
        if self.origin(MODELS_DIR) != DEFAULT {
            return;
        }
        let own_data = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
        let folders = models_folders(self.folder(), own_data);
        let is_there = |folder: &&PathBuf| folder.join(MANIFEST).is_file();
        if let Some(found) = folders.iter().find(is_there) {
            self.settings.models_dir.clone_from(found);
        }
    }

    /// The file that was read, if there was one.
    pub(crate) fn file(&self) -> Option<&Path> {
        Some(self.file.as_path()).filter(|file| file.is_file())
    }

    /// Where a file is looked for when none is named.
    pub(crate) fn looked_for(&self) -> &Path {
        &self.file
    }

    /// What comes neither from a file nor from the defaults, in words.
    pub(crate) fn elsewhere(&self) -> Vec<String> {
        let Ok(serde_json::Value::Object(all)) = serde_json::to_value(&self.settings) else {
            return Vec::new();
        };
        let origins = all.keys().map(|name| self.origin(name));
        origins.filter(|it| it != DEFAULT && !it.starts_with("file ")).collect()
    }

    /// Where a setting comes from, in words.
    pub(crate) fn origin(&self, name: &str) -> String {
        let Some(metadata) = self.figment.find_metadata(name) else {
            return DEFAULT.to_owned();
        };
        match &metadata.source {
            Some(source) if metadata.name.contains("TOML") => format!("file {source}"),
            _ if metadata.name.contains("environment") => {
                format!("environment {ENV_PREFIX}{}", name.to_uppercase())
            }
            _ if metadata.name == FLAG => {
                format!("flag --{}", name.replace('_', "-"))
            }
            _ => DEFAULT.to_owned(),
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

/// Where models are looked for: where we were started, as in a source folder; with the data; with
/// what the user's programs keep; with what the machine's services keep.
fn models_folders(data: &Path, own_data: Option<PathBuf>) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from("models"), data.join("models")];
    folders.extend(own_data.map(|folder| folder.join("outcall/models")));
    folders.push(PathBuf::from("/var/lib/outcall/models"));
    folders
}

const DEFAULT: &str = "default";
const MODELS_DIR: &str = "models_dir";
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_looked_for_from_the_nearest_folder_to_the_machines_own() {
        let folders = models_folders(Path::new("data"), Some("share".into()));
        let folders: Vec<_> = folders.iter().filter_map(|folder| folder.to_str()).collect();
        let expected = ["models", "data/models", "share/outcall/models", "/var/lib/outcall/models"];
        assert_eq!(folders, expected);
        assert_eq!(models_folders(Path::new("data"), None).len(), 3);
    }
}
