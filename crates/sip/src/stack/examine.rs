//! A trunk looked at once: OPTIONS, and a registration that is taken back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::{Header, Method};
use rsipstack::transaction::random_text;
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::time::{Instant, timeout, timeout_at};

use super::upkeep::{Message, least_s};
use super::{Core, client, resolve, wire};
use crate::examination::{Answer, Examination, Examine, Reply, Seen};
use crate::message::{AgentEvent, Registration};

/// Looks at a trunk in the background.
pub(super) fn examine(core: &Arc<Core>, wanted: Examine) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let examination = look(&core, wanted).await;
        (core.sink)(AgentEvent::Examined(Box::new(examination)));
    });
}

async fn look(core: &Core, wanted: Examine) -> Examination {
    let Examine { name, next_hop, credentials, registration, within_ms } = wanted;
    let limit = Duration::from_millis(within_ms.into());
    let found = match timeout(limit, core.resolver.addresses(&next_hop)).await {
        Ok(found) => found.map_err(|error| error.to_string()),
        Err(_) => Err(format!("{next_hop}: the name servers do not answer")),
    };
    let addresses = match found {
        Ok(addresses) => addresses,
        Err(problem) => return nowhere(name, problem, registration.is_some()),
    };
    core.peers.know(&addresses);
    let trunk = Trunk { core, addresses: &addresses, limit };
    let options = async {
        let message = Message {
            method: Method::Options,
            uri: &next_hop,
            identity: &next_hop,
            next_hop: &next_hop,
            call_id: &random_text(24),
            seq: 2,
            added: vec![wire::header("Accept", wire::SDP)],
            credentials: credentials.as_ref(),
        };
        let asked = trunk.ask(&message).await;
        (asked, Instant::now())
    };
    let registered = async {
        let Some(registration) = &registration else { return (None, None, Instant::now()) };
        trunk.register(registration).await
    };
    let ((options, came), (registration, taken_back, registered)) =
        tokio::join!(options, registered);
    let places = addresses.iter().filter_map(|at| at.get_socketaddr().ok());
    Examination {
        name,
        addresses: Ok(places.collect::<Vec<SocketAddr>>()),
        options: aged(options, came),
        registration: registration.map(|reply| aged(reply, registered)),
        taken_back,
    }
}

fn nowhere(name: String, problem: String, registers: bool) -> Examination {
    let options = Reply::NotSent { problem: problem.clone() };
    let registration = registers.then(|| options.clone());
    Examination { name, addresses: Err(problem), options, registration, taken_back: None }
}

/// A reply that came at an instant.
fn aged(reply: Reply, came: Instant) -> Reply {
    match reply {
        Reply::Answer(answer) => Reply::Answer(Answer { age: came.elapsed(), ..answer }),
        Reply::NotSent { .. } | Reply::Silence => reply,
    }
}

/// A trunk whose addresses are known.
struct Trunk<'a> {
    core: &'a Core,
    addresses: &'a [SipAddr],
    limit: Duration,
}

impl Trunk<'_> {
    /// Registers, and takes it back. The reply, whether it was taken back, and when the reply came.
    async fn register(&self, wanted: &Registration) -> (Option<Reply>, Option<bool>, Instant) {
        let call_id = random_text(24);
        let (mut seq, mut expires_s) = (2, wanted.expires_s);
        let (mut reply, mut least) = self.bind(wanted, &call_id, seq, expires_s).await;
        if let Some(least) = least.take().filter(|least| *least > expires_s) {
            expires_s = least;
            seq += 2;
            (reply, _) = self.bind(wanted, &call_id, seq, expires_s).await;
        }
        let came = Instant::now();
        let holds = |reply: &Reply| {
            reply.answer().is_some_and(|answer| (200..300).contains(&answer.status))
        };
        let mut taken_back = None;
        if holds(&reply) {
            let (gone, _) = self.bind(wanted, &call_id, seq + 2, 0).await;
            taken_back = Some(holds(&gone));
        }
        (Some(reply), taken_back, came)
    }

    /// One REGISTER. With the reply, the shortest interval that the registrar takes, when it says.
    async fn bind(
        &self,
        wanted: &Registration,
        call_id: &str,
        seq: u32,
        expires_s: u32,
    ) -> (Reply, Option<u32>) {
        let message = Message {
            method: Method::Register,
            uri: &wanted.registrar,
            identity: &wanted.address_of_record,
            next_hop: &wanted.next_hop,
            call_id,
            seq,
            added: vec![wire::header("Expires", expires_s.to_string())],
            credentials: Some(&wanted.credentials),
        };
        self.ask_whole(&message).await
    }

    async fn ask(&self, message: &Message<'_>) -> Reply {
        self.ask_whole(message).await.0
    }

    /// Sends it to the first address that a connection can be had to, as calls do.
    async fn ask_whole(&self, message: &Message<'_>) -> (Reply, Option<u32>) {
        let core = self.core;
        let deadline = Instant::now() + self.limit;
        let not_sent = |problem: String| (Reply::NotSent { problem }, None);
        let (to, connection) = match timeout_at(deadline, self.connect()).await {
            Ok(Ok(found)) => found,
            Ok(Err(problem)) => return not_sent(problem),
            Err(_) => return not_sent(format!("no connection in {} s", self.limit.as_secs())),
        };
        let own = wire::own_address(&core.endpoint, to.r#type.unwrap_or_default());
        let request = own.and_then(|own| message.request(core, &own));
        let Some(request) = request else {
            return not_sent("we have no address to send from: set sip.udp".to_owned());
        };
        let asked = client::ask_noting(core, request, to, connection, message.credentials);
        let told = match timeout_at(deadline, asked).await {
            Ok(Some(told)) => told,
            Ok(None) => return not_sent("the system refused to send to it".to_owned()),
            Err(_) => return (Reply::Silence, None),
        };
        if wire::is_made_here(&told.response, &core.endpoint.user_agent) {
            return (Reply::Silence, None);
        }
        let via = told.response.headers.iter().find(|header| matches!(header, Header::Via(_)));
        let answer = Answer {
            status: told.response.status_code.code(),
            authenticated: told.authenticated,
            took: told.took,
            age: Duration::ZERO,
            date: wire::value(&told.response, "Date").map(str::to_owned),
            seen: via.and_then(|via| Seen::of_via(via.value())),
        };
        (Reply::Answer(answer), least_s(&told.response))
    }

    async fn connect(&self) -> Result<(SipAddr, SipConnection), String> {
        let mut problem = "there is no address".to_owned();
        for to in self.addresses {
            match resolve::connect(self.core, to).await {
                Ok(connection) => return Ok((to.clone(), connection)),
                Err(error) => problem = error.to_string(),
            }
        }
        Err(problem)
    }
}
