//! What is sent again and again: OPTIONS to trunks, registrations.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::{Header, Method, Response, Uri};
use rsipstack::transaction::random_text;

use super::{Core, client, wire};
use crate::message::{AgentEvent, Credentials, Registration, Watch};

/// The shortest pause between two OPTIONS, or two tries of a registration, in s.
const PAUSE_MIN_S: u64 = 1;

/// The longest pause between two tries of a registration that fails, in s.
const PAUSE_MAX_S: u64 = 60;

/// Watches a trunk for as long as the agent runs.
pub(super) fn watch(core: &Arc<Core>, watch: Watch) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let pause = Duration::from_secs(u64::from(watch.every_s).max(PAUSE_MIN_S));
        let call_id = random_text(24);
        let mut seq = 0;
        loop {
            seq += 2;
            let message = Message {
                method: Method::Options,
                uri: &watch.next_hop,
                identity: &watch.next_hop,
                next_hop: &watch.next_hop,
                call_id: &call_id,
                seq,
                added: vec![wire::header("Accept", wire::SDP)],
                credentials: watch.credentials.as_ref(),
            };
            let response = message.send(&core).await;
            let status = response.as_ref().map(|response| response.status_code.code());
            // Any answer shows that somebody is there, except for one that says otherwise, and one
            // that the stack made up for want of any.
            let is_local = response
                .as_ref()
                .is_none_or(|response| wire::is_made_here(response, &core.endpoint.user_agent));
            let up = !is_local && status.is_some_and(|status| status != 503);
            let status = status.filter(|_| !is_local);
            (core.sink)(AgentEvent::Watched { name: watch.name.clone(), up, status });
            tokio::time::sleep(pause).await;
        }
    });
}

/// Keeps a registration for as long as the agent runs.
pub(super) fn register(core: &Arc<Core>, wanted: Registration) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let call_id = random_text(24);
        let (mut seq, mut failures) = (0, 0_u32);
        loop {
            seq += 2;
            let transport = Uri::try_from(wanted.registrar.as_str())
                .ok()
                .and_then(|uri| wire::transport(&uri))
                .unwrap_or_default();
            let contact = wire::own_address(&core.endpoint, transport)
                .map(|own| wire::own_contact(&own))
                .unwrap_or_default();
            let message = Message {
                method: Method::Register,
                uri: &wanted.registrar,
                identity: &wanted.address_of_record,
                next_hop: &wanted.registrar,
                call_id: &call_id,
                seq,
                added: vec![
                    wire::header("Contact", contact),
                    wire::header("Expires", wanted.expires_s.to_string()),
                ],
                credentials: Some(&wanted.credentials),
            };
            let response = message.send(&core).await;
            let status = response.as_ref().map(|response| response.status_code.code());
            let up = status.is_some_and(|status| (200..300).contains(&status));
            (core.sink)(AgentEvent::Registered { name: wanted.name.clone(), up, status });
            failures = if up { 0 } else { failures.saturating_add(1) };
            let pause_s = if up {
                // Anew well before it lapses.
                let granted = response.as_ref().and_then(granted_s).unwrap_or(wanted.expires_s);
                (u64::from(granted) * 8 / 10).max(PAUSE_MIN_S)
            } else {
                (1 << failures.min(6)).clamp(PAUSE_MIN_S, PAUSE_MAX_S)
            };
            tokio::time::sleep(Duration::from_secs(pause_s)).await;
        }
    });
}

/// The interval that the registrar has granted: of our Contact, or of the whole response.
fn granted_s(response: &Response) -> Option<u32> {
    let of_contact = wire::value(response, "Contact").and_then(|contact| {
        contact.split(';').find_map(|param| {
            let (name, value) = param.split_once('=')?;
            name.trim().eq_ignore_ascii_case("expires").then(|| value.trim().parse().ok())?
        })
    });
    of_contact.or_else(|| wire::value(response, "Expires")?.parse().ok())
}

/// A request outside of any dialog.
struct Message<'a> {
    method: Method,
    uri: &'a str,
    /// Who asks, and about whom.
    identity: &'a str,
    next_hop: &'a str,
    call_id: &'a str,
    seq: u32,
    added: Vec<Header>,
    credentials: Option<&'a Credentials>,
}

impl Message<'_> {
    async fn send(self, core: &Core) -> Option<Response> {
        let addresses = core.resolver.addresses(self.next_hop).await.ok()?;
        core.peers.know(&addresses);
        let to = addresses.into_iter().next()?;
        let own = wire::own_address(&core.endpoint, to.r#type.unwrap_or_default())?;
        let via = core.endpoint.get_via(Some(own.clone()), None).ok()?;
        let uri = Uri::try_from(self.uri).ok()?;
        // OPTIONS comes from ourselves; a registration from the one who registers.
        let from = match self.method {
            Method::Register => self.identity.to_owned(),
            _ => format!("sip:outcall@{}", own.addr),
        };
        let mut headers = vec![
            Header::Via(via.into()),
            Header::MaxForwards(70.into()),
            wire::header("From", format!("<{from}>;tag={}", random_text(12))),
            wire::header("To", format!("<{}>", self.identity)),
            wire::header("Call-ID", self.call_id),
            wire::header("CSeq", format!("{} {}", self.seq, self.method)),
            wire::header("User-Agent", core.endpoint.user_agent.as_str()),
        ];
        headers.extend(self.added);
        if self.method == Method::Options {
            headers.push(wire::header("Contact", wire::own_contact(&own)));
        }
        let request = wire::request(self.method, uri, headers, String::new());
        client::ask(core, request, to, self.credentials).await
    }
}
