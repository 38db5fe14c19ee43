//! What is sent again and again: OPTIONS to trunks, registrations.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::{Header, Method, Request, Response, Uri};
use rsipstack::transaction::random_text;
use rsipstack::transport::SipAddr;

use super::{Core, client, resolve, wire};
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
            let response = message.send(&core).await.map(|(_, response)| response);
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
        let mut expires_s = wanted.expires_s;
        loop {
            seq += 2;
            let message = Message {
                method: Method::Register,
                uri: &wanted.registrar,
                identity: &wanted.address_of_record,
                next_hop: &wanted.next_hop,
                call_id: &call_id,
                seq,
                added: vec![wire::header("Expires", expires_s.to_string())],
                credentials: Some(&wanted.credentials),
            };
            let (contact, response) = message.send(&core).await.unzip();
            let status = response.as_ref().map(|response| response.status_code.code());
            if let Some(least_s) = response.as_ref().and_then(least_s) {
                expires_s = expires_s.max(least_s);
            }
            let up = status.is_some_and(|status| (200..300).contains(&status));
            (core.sink)(AgentEvent::Registered { name: wanted.name.clone(), up, status });
            failures = if up { 0 } else { failures.saturating_add(1) };
            let pause_s = if up {
                // Anew well before it lapses.
                let own = contact.as_deref().unwrap_or_default();
                let granted = response.as_ref().and_then(|it| granted_s(it, own));
                let granted = granted.unwrap_or(expires_s);
                (u64::from(granted) * 8 / 10).max(PAUSE_MIN_S)
            } else {
                (1 << failures.min(6)).clamp(PAUSE_MIN_S, PAUSE_MAX_S)
            };
            tokio::time::sleep(Duration::from_secs(pause_s)).await;
        }
    });
}

/// The interval that the registrar has granted: of our Contact, which stands among those of all
/// who registered the same address (RFC 3261, 10.2.4), or of the whole response.
fn granted_s(response: &Response, own: &str) -> Option<u32> {
    let own = own.trim_start_matches('<').split(['>', ';']).next().unwrap_or_default();
    let bindings = wire::values(response, "Contact");
    let of_contact = bindings.iter().filter(|it| it.contains(own)).find_map(|binding| {
        binding.split(';').find_map(|param| {
            let (name, value) = param.split_once('=')?;
            name.trim().eq_ignore_ascii_case("expires").then(|| value.trim().parse().ok())?
        })
    });
    of_contact.or_else(|| wire::value(response, "Expires")?.parse().ok())
}

/// The shortest interval that the registrar takes, when ours was too short for it (RFC 3261,
/// 10.3).
pub(super) fn least_s(response: &Response) -> Option<u32> {
    let too_brief = response.status_code.code() == 423;
    wire::value(response, "Min-Expires").filter(|_| too_brief)?.parse().ok()
}

/// A request outside of any dialog.
pub(super) struct Message<'a> {
    pub(super) method: Method,
    pub(super) uri: &'a str,
    /// Who asks, and about whom.
    pub(super) identity: &'a str,
    pub(super) next_hop: &'a str,
    pub(super) call_id: &'a str,
    pub(super) seq: u32,
    pub(super) added: Vec<Header>,
    pub(super) credentials: Option<&'a Credentials>,
}

impl Message<'_> {
    /// Sends it to the first address that a connection can be had to. Our Contact, and the
    /// response.
    async fn send(self, core: &Core) -> Option<(String, Response)> {
        let addresses = core.resolver.addresses(self.next_hop).await.ok()?;
        core.peers.know(&addresses);
        for to in addresses {
            if let Ok(connection) = resolve::connect(core, &to).await {
                let own = wire::own_address(&core.endpoint, to.r#type.unwrap_or_default())?;
                let request = self.request(core, &own)?;
                let credentials = self.credentials;
                let response = client::ask_over(core, request, to, connection, credentials).await?;
                return Some((wire::own_contact(&own), response));
            }
        }
        None
    }

    pub(super) fn request(&self, core: &Core, own: &SipAddr) -> Option<Request> {
        let via = core.endpoint.get_via(Some(own.clone()), None).ok()?;
        let uri = Uri::try_from(self.uri).ok()?;
        // OPTIONS comes from ourselves; a registration from the one who registers.
        let from = match self.method {
            Method::Register => self.identity.to_owned(),
            _ => format!("sip:{}@{}", wire::OWN_USER, own.addr),
        };
        let mut headers = vec![
            Header::Via(via.into()),
            Header::MaxForwards(70.into()),
            wire::header("From", format!("<{from}>;tag={}", random_text(12))),
            wire::header("To", format!("<{}>", self.identity)),
            wire::header("Call-ID", self.call_id),
            wire::header("CSeq", format!("{} {}", self.seq, self.method)),
            wire::header("Contact", wire::own_contact(own)),
            wire::header("User-Agent", core.endpoint.user_agent.as_str()),
        ];
        headers.extend(self.added.iter().cloned());
        Some(wire::request(self.method, uri, headers, String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(headers: &str) -> Response {
        let text = format!("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\n{headers}\r\n\r\n");
        Response::try_from(text.as_bytes()).expect("a response")
    }

    #[test]
    fn the_interval_is_that_of_our_own_binding() {
        let own = "<sip:outcall@192.0.2.1:5060>";
        let all = "Contact: <sip:outcall@192.0.2.9:5060>;expires=3600, \
                   <sip:outcall@192.0.2.1:5060>;q=1;expires=60\r\nExpires: 1800";
        assert_eq!(granted_s(&response(all), own), Some(60));
        assert_eq!(granted_s(&response("Expires: 1800"), own), Some(1_800));
        let other = "Contact: <sip:outcall@192.0.2.9:5060>;expires=3600";
        assert_eq!(granted_s(&response(other), own), None);
    }

    #[test]
    fn an_interval_that_is_too_brief_is_raised() {
        let mut brief = response("Min-Expires: 900");
        assert_eq!(least_s(&brief), None);
        brief.status_code = 423.into();
        assert_eq!(least_s(&brief), Some(900));
    }
}
