//! Facts of this machine, to be judged by [`outcall_application::doctor`].
//!
//! - `machine`: folders, disk, ledger, clock. `models`: models and what runs them.
//! - `conversation`: what is said, and the files for it.
//! - `network`: ports, limits, trunks.

mod conversation;
mod machine;
mod models;
mod network;

use outcall_application::doctor::Facts;
use outcall_application::doctor::machine::Configuration;

use crate::commands::now;
use crate::config::Config;

/// Gathers the facts. Trunks are asked unless nothing is to be sent.
pub(crate) fn gather(config: &Config, no_network: bool) -> Facts {
    let settings = &config.settings;
    let configuration = configuration(config);
    let data = machine::data(config);
    let holder = data.holder.clone();
    let ports = (!settings.sip.trunks.is_empty()).then(|| network::ports(config, holder.clone()));
    let usable = configuration.problems.is_empty();
    // Hashing the models and waiting for trunks: neither needs what the other does.
    let (models, trunks) = std::thread::scope(|scope| {
        let models = scope.spawn(|| models::models(settings));
        let trunks = if no_network && !settings.sip.trunks.is_empty() {
            outcall_application::doctor::trunks::Trunks::Skipped("--no-network".to_owned())
        } else {
            network::trunks(settings, ports.as_ref(), usable)
        };
        (models.join(), trunks)
    });
    let models = match models {
        Ok(models) => models,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    Facts {
        now: now(),
        configuration,
        data,
        clock: machine::clock(),
        models,
        conversation: conversation::conversation(settings),
        ports,
        trunks,
    }
}

fn configuration(config: &Config) -> Configuration {
    let settings = &config.settings;
    let sip = settings.sip.problems().into_iter().map(|problem| problem.to_string());
    // The audio's settings count where there are calls.
    let used = !settings.sip.trunks.is_empty();
    let media = settings.sip.advertised(settings.media.clone());
    let media = media.problem().filter(|_| used);
    let missing = settings.sip.inbound.iter().filter_map(|inbound| {
        let known = settings.announcements.contains_key(&inbound.scenario);
        (!known).then(|| {
            let name = &inbound.scenario;
            format!("sip.inbound: there is no scenario '{name}': write [announcements.{name}]")
        })
    });
    let media = media.map(|problem| format!("media: {problem}"));
    let regulations = config.regulations().map(|known| known.iter().count());
    Configuration {
        file: config.file().map(ToOwned::to_owned),
        looked_for: config.looked_for().to_owned(),
        others: config.elsewhere(),
        problems: sip.chain(media).chain(missing).collect(),
        regulations: regulations.map_err(|error| format!("{error:#}")),
    }
}
