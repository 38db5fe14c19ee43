//! The SIP carrier, as the configuration has it.

use std::sync::Arc;

use anyhow::Context;
use outcall_actors::time::SystemClock;
use outcall_application::App;
use outcall_campaign::attempt::ConversationEnd;
use outcall_campaign::{Clock, PhoneNumber, UnixMillis};
use outcall_conversation::announcement::{AnnouncementError, Script};
use outcall_conversation::dialogue::OnOptOut;
use outcall_conversation::hearing::HearingError;
use outcall_conversation::{AnnouncementSettings, Announcements, Hearing, Prompts};
use outcall_ledger::SqliteLedger;
use outcall_ledger::sqlite::inbound::InboundRecord;
use outcall_telephony::Conversations;
use outcall_telephony::sip::{InboundCall, SipCarrier};

use crate::config::{Config, ConversationSettings, Settings};
use crate::dialogues::Loading;

/// Where rendered prompts are kept, in the data folder.
pub(crate) const PROMPTS: &str = "prompts";

/// Opens the trunks and the media plane, and loads what is said on the calls.
/// To be called inside of an actix system.
pub(crate) fn open(
    config: &Config,
    app: &App,
    now: UnixMillis,
) -> anyhow::Result<(SipCarrier, Box<dyn Conversations>)> {
    let settings = &config.settings;
    anyhow::ensure!(
        !settings.sip.trunks.is_empty(),
        "--carrier sip: no trunk is configured: write [[sip.trunks]] with name and uri"
    );
    for inbound in &settings.sip.inbound {
        anyhow::ensure!(
            settings.announcements.contains_key(&inbound.scenario),
            "sip.inbound: there is no scenario '{0}': write [announcements.{0}]",
            inbound.scenario
        );
    }
    let ledger = Arc::clone(&app.ledger);
    let tenant = settings.tenant.clone();
    let clock = SystemClock::default();
    let inbound =
        Arc::new(move |call: InboundCall| write_down(&ledger, &tenant, call, clock.now()));
    // What can fail comes before the trunks are opened.
    let folder = settings.data_dir.join(PROMPTS);
    let mut prompts = Prompts::new(&settings.models_dir, &folder, settings.prompts);
    let outgoing = announcement(&settings.conversation);
    let outgoing = Script::load("conversation", &outgoing, &mut prompts)?;
    let load = |(name, it): (&String, &AnnouncementSettings)| {
        Ok((name.clone(), Script::load(name, it, &mut prompts)?))
    };
    let scenarios =
        settings.announcements.iter().map(load).collect::<Result<_, AnnouncementError>>()?;
    let dialogue = match &settings.conversation {
        ConversationSettings::Announcement(_) => None,
        ConversationSettings::Dialogue(dialogue) => {
            Some(Loading::load(settings, dialogue, &mut prompts)?)
        }
    };
    let hearing = hearing(settings)?.map(Arc::new);
    let parts = SipCarrier::start(settings.sip.clone(), settings.media.clone(), inbound, now)
        .context("the trunks cannot be opened")?;
    let (carrier, announcements) = Announcements::new(parts, outgoing, scenarios, hearing.clone());
    let Some(dialogue) = dialogue else { return Ok((carrier, Box::new(announcements))) };
    let hearing = hearing.context("a dialogue without ears")?;
    let (ledger, tenant) = (Arc::clone(&app.ledger), settings.tenant.clone());
    let on_opt_out: OnOptOut = Box::new(move |attempt, number, now| {
        suppress(&ledger, &tenant, number, attempt.to_string(), now);
    });
    let dialogues = dialogue.start(app, hearing, on_opt_out, announcements)?;
    Ok((carrier, Box::new(dialogues)))
}

/// What is done on calls besides dialogues. Where there are these, announcements hear what the
/// network says before the answer.
fn announcement(conversation: &ConversationSettings) -> AnnouncementSettings {
    match conversation {
        ConversationSettings::Announcement(announcement) => announcement.clone(),
        ConversationSettings::Dialogue(_) => {
            AnnouncementSettings { hear: true, ..AnnouncementSettings::default() }
        }
    }
}

/// The ears, when some robot is to listen. Without models robots talk on unheard, and say so; a
/// setting that cannot be is refused.
fn hearing(settings: &Settings) -> anyhow::Result<Option<Hearing>> {
    let outgoing = announcement(&settings.conversation);
    if !outgoing.hear && !settings.announcements.values().any(|it| it.hear) {
        return Ok(None);
    }
    match Hearing::start(&settings.models_dir, &settings.hearing) {
        Ok(hearing) => Ok(Some(hearing)),
        Err(error @ HearingError::Terms(_)) => Err(error).context("setting hearing"),
        Err(error) if matches!(settings.conversation, ConversationSettings::Dialogue(_)) => {
            Err(error).context("a dialogue needs ears: `cargo xtask models` fetches the models")
        }
        Err(error) => {
            tracing::warn!(
                %error,
                "hear = true, but nothing is heard: who answers and what is said stays unknown"
            );
            Ok(None)
        }
    }
}

/// Writes down a call that came in, and first of all what the caller asked for. Does not wait.
fn write_down(ledger: &SqliteLedger, tenant: &str, call: InboundCall, now: UnixMillis) {
    if call.outcome == Some(ConversationEnd::OptedOut) {
        opt_out(ledger, tenant, &call, now);
    }
    let record = InboundRecord {
        call_id: call.call_id,
        caller: call.caller,
        called: call.called,
        scenario: call.scenario,
        began_at: call.began_at,
        ended_at: now,
        report: call.report,
    };
    let written = Box::new(|result: Result<(), _>| {
        if let Err(error) = result {
            tracing::error!(%error, "a call that came in was not written down");
        }
    });
    ledger.note_inbound(tenant.to_owned(), record, written);
}

fn opt_out(ledger: &SqliteLedger, tenant: &str, call: &InboundCall, now: UnixMillis) {
    let call_id = call.call_id.clone();
    let Some(caller) = call.caller else {
        tracing::warn!(
            call_id,
            "a caller asked not to be called again, but shows no number: nothing is suppressed"
        );
        return;
    };
    suppress(ledger, tenant, caller, call_id, now);
}

/// Never again, from this moment: a call that is under way may end in any way. Does not wait.
fn suppress(
    ledger: &SqliteLedger,
    tenant: &str,
    number: PhoneNumber,
    call: String,
    now: UnixMillis,
) {
    let written = Box::new(move |result: Result<(), _>| {
        if let Err(error) = result {
            tracing::error!(
                %error,
                call,
                "somebody who asked not to be called again is NOT suppressed: do it by hand"
            );
        }
    });
    ledger.note_opt_out(tenant.to_owned(), number, now, written);
}
