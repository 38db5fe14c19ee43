//! The commands, one file per subject.

mod backup;
mod calls;
mod campaign;
mod contacts;
mod doctor;
mod farm;
pub(crate) mod scenario;
mod settings;
mod simulate;
mod speech;

use std::process::ExitCode;

use outcall_actors::time::SystemClock;
use outcall_application::App;
use outcall_campaign::{Clock, UnixMillis};
use outcall_ledger::sqlite::Sync;

use crate::cli::{Cli, Command};
use crate::config::Config;

/// How answers are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub json: bool,
    pub quiet: bool,
}

/// Does what was asked.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let style = Style { json: cli.json, quiet: cli.quiet };
    let trunk = match &cli.command {
        Command::Campaign(crate::cli::Campaign::Run(run)) => Some(&run.trunk),
        Command::Simulate(simulate) => Some(&simulate.trunk),
        Command::Campaign(_)
        | Command::Contacts(_)
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Config(_)
        | Command::Doctor(_)
        | Command::Calls(_)
        | Command::Speech(_)
        | Command::Listen(_)
        | Command::Scenario(_)
        | Command::Chat(_)
        | Command::Farm(_) => None,
    };
    let config = match Config::load(&cli, trunk) {
        Err(error) if matches!(cli.command, Command::Doctor(_)) => {
            return doctor::unreadable(&error, style);
        }
        loaded => loaded?,
    };
    match cli.command {
        Command::Contacts(contacts) => contacts::run(&config, contacts, style),
        Command::Campaign(campaign) => campaign::run(&config, campaign, style),
        Command::Simulate(simulate) => simulate::run(&config, &simulate, style),
        Command::Backup { file } => backup::backup(&config, &file, style),
        Command::Restore { file } => backup::restore(&config, &file, style),
        Command::Farm(args) => farm::run(&args, &config.settings.models_dir, style),
        Command::Calls(calls) => calls::run(&config, &calls, style),
        Command::Speech(speech) => speech::run(&config, &speech, style),
        Command::Listen(args) => {
            let models = speech::Models::open(&config.settings.models_dir);
            speech::listen(models, &args, style)
        }
        Command::Scenario(asked) => scenario::run(&asked, &config.settings.models_dir, style),
        Command::Chat(args) => scenario::chat(&args, &config.settings.models_dir, style),
        Command::Doctor(args) => doctor::run(&config, &args, style),
        Command::Config(crate::cli::Config::Show) => settings::show(&config, style),
    }
}

fn open(config: &Config) -> anyhow::Result<App> {
    let settings = &config.settings;
    Ok(App::open(config.folder(), Sync::Full, config.regulations()?, &settings.tenant)?)
}

pub(crate) fn now() -> UnixMillis {
    SystemClock::default().now()
}

fn instant(text: &str) -> anyhow::Result<UnixMillis> {
    let parsed: jiff::Timestamp = text.parse().map_err(|error| {
        anyhow::anyhow!("'{text}' is not an instant ({error}): write 2026-03-02T14:00:00Z")
    })?;
    Ok(UnixMillis::from_jiff(parsed))
}
