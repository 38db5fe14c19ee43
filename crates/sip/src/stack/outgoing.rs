//! A call that we place, up to its answer (RFC 3261, 13; RFC 3262 for reliable provisionals).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::{Header, HeadersExt, Method, Request, Response, StatusCodeKind, Uri};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::random_text;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;
use tokio::time::Instant;

use super::call::{Call, Stage};
use super::challenge::Answered;
use super::dialog::Dialog;
use super::slot::{Asked, CallSlot, lock};
use super::{Core, client, resolve, stillborn, wire};
use crate::message::{CallEvent, EndedBy, Invite};
use crate::session_timer::{MIN_INTERVAL_S, SessionTimer};

/// How often an interval may be found too small (422) before the call is given up.
const INTERVAL_TRIES: u8 = 2;

/// What is particular to a call that we place.
pub(super) struct Outgoing {
    invite: Box<Invite>,
    /// Addresses of the next hop that were not tried yet (RFC 3263, 4.3).
    targets: VecDeque<SipAddr>,
    /// The address that we name in Via and Contact.
    own: Option<SipAddr>,
    seq: u32,
    challenges: Answered,
    interval_tries: u8,
    interval_s: Option<u32>,
    /// The least interval that we take, in s: the peer's own when it has named one (RFC 4028, 7.4).
    least_s: u32,
    ring_until: Instant,
    send_until: Instant,
    /// A provisional response has come: the INVITE may be cancelled (RFC 3261, 9.1).
    provisional: bool,
    cancel_sent: bool,
    /// The last reliable provisional that was acknowledged, by tag.
    acknowledged: Option<(String, u32)>,
    /// Tags of branches that answered after the first one did.
    forks: Vec<String>,
}

/// Places a call.
pub(super) fn place(core: &Arc<Core>, invite: Box<Invite>) {
    let tag = random_text(16);
    let (slot, inbox) = CallSlot::new(invite.call, invite.call_id.clone());
    if !lock(&core.calls).insert(&tag, &slot) {
        let end = stillborn(EndedBy::NotSent, "a call of this name is alive".to_owned());
        core.tell(invite.call, CallEvent::Ended(end));
        return;
    }
    let now = Instant::now();
    let ring_until = now + Duration::from_millis(invite.ring_ms);
    let send_until = now + Duration::from_millis(invite.send_within_ms);
    let call = Call {
        core: Arc::clone(core),
        slot,
        inbox,
        tx: None,
        stage: Stage::Inviting,
        tag,
        dialog: None,
        credentials: invite.credentials.clone(),
        rang: false,
        answered: false,
        told: false,
        ends_by: EndedBy::Local,
        release_at: None,
        timer: None,
        refresh_at: None,
        expires_at: None,
        offered: None,
        offering: false,
        sdp: Some(invite.sdp.clone()),
        reliable: None,
        crosses: None,
        peer_updates: false,
        sources: Vec::new(),
        allowed: invite.allowed_sources.clone(),
        flow: None,
        outgoing: Some(Outgoing {
            interval_s: invite.session_interval_s.map(|interval| interval.max(MIN_INTERVAL_S)),
            invite,
            targets: VecDeque::new(),
            own: None,
            seq: 1,
            challenges: Answered::default(),
            interval_tries: 0,
            least_s: MIN_INTERVAL_S,
            ring_until,
            send_until,
            provisional: false,
            cancel_sent: false,
            acknowledged: None,
            forks: Vec::new(),
        }),
    };
    tokio::spawn(call.begin());
}

impl Outgoing {
    /// The next INVITE is a fresh one: nothing has answered it, and nobody has challenged it.
    fn anew(&mut self) {
        self.seq += 1;
        self.provisional = false;
        self.challenges = Answered::default();
    }

    fn request(&self, core: &Core, tag: &str, own: &SipAddr) -> Option<Request> {
        let invite = &self.invite;
        let uri = Uri::try_from(invite.to.as_str()).ok()?;
        let via = core.endpoint.get_via(Some(own.clone()), None).ok()?;
        let mut supported = vec!["timer"];
        if invite.prack {
            supported.push("100rel");
        }
        let mut headers = Vec::with_capacity(16 + invite.headers.len());
        headers.push(Header::Via(via.into()));
        headers.push(Header::MaxForwards(70.into()));
        headers.push(wire::header("From", format!("<{}>;tag={tag}", invite.from)));
        headers.push(wire::header("To", format!("<{}>", invite.to)));
        headers.push(wire::header("Call-ID", invite.call_id.as_str()));
        headers.push(wire::header("CSeq", format!("{} INVITE", self.seq)));
        headers.push(wire::header("Contact", wire::own_contact(own)));
        headers.push(wire::header("Allow", wire::ALLOW));
        headers.push(wire::header("Supported", supported.join(", ")));
        headers.push(wire::header("User-Agent", core.endpoint.user_agent.as_str()));
        if let Some(interval_s) = self.interval_s {
            headers.push(wire::header("Session-Expires", interval_s.to_string()));
            headers.push(wire::header("Min-SE", self.least_s.to_string()));
        }
        headers.extend(invite.headers.iter().map(|(name, text)| wire::header(name, text.as_str())));
        headers.push(wire::header("Content-Type", wire::SDP));
        Some(wire::request(Method::Invite, uri, headers, invite.sdp.clone()))
    }
}

impl Call {
    async fn begin(mut self) {
        let Some(outgoing) = self.outgoing.as_mut() else { return };
        match self.core.resolver.addresses(&outgoing.invite.next_hop).await {
            Ok(addresses) => {
                self.core.peers.know(&addresses);
                self.sources = addresses.iter().filter_map(udp_ip).collect();
                outgoing.targets = addresses.into();
            }
            Err(error) => self.over(EndedBy::NotSent, None, error.to_string()),
        }
        if self.stage == Stage::Inviting {
            self.try_next().await;
        }
        if let Some(outgoing) = &self.outgoing {
            self.core.timers.wake(&self.slot, outgoing.ring_until);
        }
        self.run().await;
    }

    /// Sends the INVITE to the next address that a connection can be had to.
    async fn try_next(&mut self) {
        let mut problem = "no address is left".to_owned();
        loop {
            let Some(outgoing) = self.outgoing.as_mut() else { return };
            let Some(to) = outgoing.targets.pop_front() else {
                return self.over(EndedBy::NotSent, None, problem);
            };
            let connection = resolve::connect(&self.core, &to).await;
            if self.is_called_off().await {
                return;
            }
            let connection = match connection {
                Ok(connection) => connection,
                Err(error) => {
                    problem = error.to_string();
                    continue;
                }
            };
            let Some(outgoing) = self.outgoing.as_mut() else { return };
            let transport = to.r#type.unwrap_or_default();
            outgoing.own = wire::own_address(&self.core.endpoint, transport);
            let request =
                outgoing.own.as_ref().and_then(|own| outgoing.request(&self.core, &self.tag, own));
            let key = request
                .as_ref()
                .and_then(|it| TransactionKey::from_request(it, TransactionRole::Client).ok());
            let (Some(request), Some(key)) = (request, key) else {
                let problem = format!("'{}' cannot be called", outgoing.invite.to);
                return self.over(EndedBy::NotSent, None, problem);
            };
            let endpoint = Arc::clone(&self.core.endpoint);
            let mut tx = Transaction::new_client(key, request, endpoint, Some(connection));
            tx.destination = Some(to);
            return self.send_invite(tx).await;
        }
    }

    /// Whether the call is over before its INVITE leaves: hung up, or too late, while names were
    /// looked up and connections made.
    async fn is_called_off(&mut self) -> bool {
        while let Ok(input) = self.inbox.try_recv() {
            Box::pin(self.take(input)).await;
        }
        let is_late = self.outgoing.as_ref().is_none_or(|it| it.send_until < Instant::now());
        match self.stage {
            Stage::Inviting if is_late => {
                self.over(EndedBy::NotSent, None, "the time for the call has passed".to_owned());
            }
            Stage::Inviting => return false,
            _ => self.over(self.ends_by, None, "given up before it was sent".to_owned()),
        }
        true
    }

    async fn send_invite(&mut self, mut tx: Transaction) {
        match tx.send().await {
            Ok(()) => self.wait_in(Some(tx)),
            Err(error) => self.over(EndedBy::Broken, None, error.to_string()),
        }
    }

    /// A response to our INVITE.
    pub(super) async fn response(&mut self, response: Response) {
        if self.outgoing.is_none() {
            return;
        }
        match response.status_code.kind() {
            StatusCodeKind::Provisional => self.provisional(&response),
            StatusCodeKind::Successful => self.success(&response),
            _ => self.failure(response).await,
        }
    }

    fn provisional(&mut self, response: &Response) {
        let status = response.status_code.code();
        let Some(outgoing) = self.outgoing.as_mut() else { return };
        outgoing.provisional = true;
        if status > 100 {
            self.rang = true;
            if wire::has_token(response, "Require", "100rel") {
                self.acknowledge_provisional(response);
            }
            if self.stage == Stage::Inviting {
                let sdp = wire::description(response, &response.body);
                self.tell(CallEvent::Progress { status, sdp });
            }
        }
        if self.stage == Stage::Cancelling {
            self.cancel();
        }
    }

    /// PRACK (RFC 3262, 4).
    fn acknowledge_provisional(&mut self, response: &Response) {
        let (Some(seq), Some(tag)) = (response.rseq_value(), wire::to_tag(response)) else {
            return;
        };
        let Some(outgoing) = self.outgoing.as_mut() else { return };
        if outgoing.acknowledged.as_ref().is_some_and(|(of, last)| *of == tag && *last >= seq) {
            return;
        }
        let (Some(tx), Some(own)) = (&self.tx, outgoing.own.clone()) else { return };
        let Ok(mut dialog) = Dialog::of_response(&tx.original, response, own) else { return };
        if let Some(before) = &self.dialog
            && before.remote_tag == tag
        {
            dialog.counts_from(before.last_seq());
        }
        outgoing.acknowledged = Some((tag, seq));
        self.dialog = Some(dialog);
        let acknowledged = wire::header("RAck", format!("{seq} {} INVITE", outgoing.seq));
        self.send_in_dialog(Method::PRack, vec![acknowledged], None, Asked::Nothing);
    }

    fn success(&mut self, response: &Response) {
        let tag = wire::to_tag(response).unwrap_or_default();
        match self.stage {
            Stage::Inviting => self.answered_by(response),
            Stage::Cancelling => {
                // The answer crossed our CANCEL: it is acknowledged by now, and released at once.
                self.answered_by(response);
                self.end_session(self.ends_by);
            }
            Stage::Established | Stage::Leaving => {
                let known = self.dialog.as_ref().is_some_and(|dialog| dialog.remote_tag == tag);
                if !known {
                    self.end_branch(response, tag);
                }
            }
            Stage::Over => {}
        }
    }

    fn answered_by(&mut self, response: &Response) {
        let Some(outgoing) = self.outgoing.as_mut() else { return };
        let (Some(tx), Some(own)) = (&self.tx, outgoing.own.clone()) else { return };
        let mut dialog = match Dialog::of_response(&tx.original, response, own) {
            Ok(dialog) => dialog,
            Err(problem) => {
                let detail = format!("the answer cannot be used: {problem}");
                return self.over(EndedBy::Broken, Some(response), detail);
            }
        };
        if let Some(early) = &self.dialog
            && early.remote_tag == dialog.remote_tag
        {
            dialog.counts_from(early.last_seq());
        }
        if let Some(target) = wire::ip(&dialog.target) {
            self.core.peers.know_all(vec![target]);
            self.sources.push(target);
        }
        self.dialog = Some(dialog);
        self.stage = Stage::Established;
        self.answered = true;
        self.peer_updates = wire::has_token(response, "Allow", "UPDATE");
        self.timer = SessionTimer::of_answer(wire::value(response, "Session-Expires"));
        self.restart_session_timer();
        self.tell(CallEvent::Answered { sdp: wire::description(response, &response.body) });
    }

    /// Another phone has answered too (RFC 3261, 13.2.2.4): acknowledged by now, released here.
    fn end_branch(&mut self, response: &Response, tag: String) {
        let Some(outgoing) = self.outgoing.as_mut() else { return };
        let (Some(tx), Some(own)) = (&self.tx, outgoing.own.clone()) else { return };
        if outgoing.forks.contains(&tag) || outgoing.forks.len() >= 8 {
            return;
        }
        outgoing.forks.push(tag);
        let Ok(branch) = Dialog::of_response(&tx.original, response, own) else { return };
        let main = self.dialog.replace(branch);
        self.send_in_dialog(Method::Bye, Vec::new(), None, Asked::Nothing);
        self.dialog = main;
    }

    async fn failure(&mut self, response: Response) {
        if !matches!(self.stage, Stage::Inviting | Stage::Cancelling) {
            return;
        }
        let status = response.status_code.code();
        if self.stage == Stage::Cancelling {
            return self.over(self.ends_by, Some(&response), String::new());
        }
        if wire::is_made_here(&response, &self.core.endpoint.user_agent) {
            let detail = match status {
                408 => "the peer does not answer",
                _ => "the connection broke while the INVITE was sent",
            };
            return self.over(EndedBy::Timeout, None, detail.to_owned());
        }
        let again = match status {
            401 | 407 => self.answer_challenge(&response).await,
            422 => self.widen_interval(&response).await,
            503 => self.try_other_address(&response).await,
            _ => false,
        };
        if !again {
            let detail = response.reason_phrase().unwrap_or_default().to_owned();
            self.over(EndedBy::Refused, Some(&response), detail);
        }
    }

    async fn answer_challenge(&mut self, response: &Response) -> bool {
        let Some(outgoing) = self.outgoing.as_mut() else { return false };
        let (Some(tx), Some(credentials)) = (&self.tx, &self.credentials) else { return false };
        let seq = outgoing.seq + 1;
        let Some(tx) = outgoing.challenges.again(tx, response, credentials, seq) else {
            return false;
        };
        outgoing.seq = seq;
        outgoing.provisional = false;
        self.dialog = None;
        self.send_invite(tx).await;
        true
    }

    async fn widen_interval(&mut self, response: &Response) -> bool {
        let Some(outgoing) = self.outgoing.as_mut() else { return false };
        let least: Option<u32> = wire::value(response, "Min-SE").and_then(|it| it.parse().ok());
        let Some(least) = least.filter(|_| outgoing.interval_tries < INTERVAL_TRIES) else {
            return false;
        };
        outgoing.interval_tries += 1;
        outgoing.least_s = outgoing.least_s.max(least);
        outgoing.interval_s = outgoing.interval_s.map(|interval| interval.max(least));
        self.same_again().await
    }

    async fn try_other_address(&mut self, response: &Response) -> bool {
        // Only while it is certain that nothing rang (docs/protocols/intent-log.md, step 4).
        let more = self.outgoing.as_ref().is_some_and(|outgoing| !outgoing.targets.is_empty());
        let cause = wire::value(response, "Reason").and_then(crate::reason::q850);
        let spares_callee = cause.is_none_or(crate::reason::is_of_the_network);
        if self.rang || !more || !spares_callee {
            return false;
        }
        if let Some(outgoing) = self.outgoing.as_mut() {
            outgoing.anew();
        }
        self.try_next().await;
        true
    }

    /// Sends the INVITE to the same address once more, with the next number.
    async fn same_again(&mut self) -> bool {
        let to = self.tx.as_ref().and_then(|tx| tx.destination.clone());
        let (Some(to), Some(outgoing)) = (to, self.outgoing.as_mut()) else { return false };
        outgoing.anew();
        outgoing.targets.push_front(to);
        self.try_next().await;
        true
    }

    /// Ends a call that is not answered yet.
    pub(super) fn give_up(&mut self, by: EndedBy) {
        if self.stage != Stage::Inviting {
            return;
        }
        self.stage = Stage::Cancelling;
        self.await_release(by);
        if self.outgoing.as_ref().is_some_and(|outgoing| outgoing.provisional) {
            self.cancel();
        }
        // Else CANCEL has to wait for a provisional response (RFC 3261, 9.1).
    }

    /// Sends CANCEL for the INVITE that is under way: of its branch and number, also after a
    /// challenge.
    fn cancel(&mut self) {
        let Some(outgoing) = self.outgoing.as_mut() else { return };
        let Some(tx) = &self.tx else { return };
        if outgoing.cancel_sent {
            return;
        }
        outgoing.cancel_sent = true;
        let copied = |header: &&Header| {
            matches!(
                header,
                Header::Via(_)
                    | Header::From(_)
                    | Header::To(_)
                    | Header::CallId(_)
                    | Header::Route(_)
                    | Header::MaxForwards(_)
            )
        };
        let mut headers: Vec<Header> = tx.original.headers.iter().filter(copied).cloned().collect();
        headers.push(wire::header("CSeq", format!("{} CANCEL", outgoing.seq)));
        headers.push(wire::header("User-Agent", self.core.endpoint.user_agent.as_str()));
        let request =
            wire::request(Method::Cancel, tx.original.uri.clone(), headers, String::new());
        if let Some(to) = tx.destination.clone() {
            client::ask_for(&self.core, &self.slot, request, to, None, Asked::Nothing);
        }
    }

    /// Gives up when it has rung long enough.
    pub(super) fn ring_limit(&mut self, now: Instant) {
        let until = self.outgoing.as_ref().map(|outgoing| outgoing.ring_until);
        if self.stage == Stage::Inviting && until.is_some_and(|until| until <= now) {
            self.give_up(EndedBy::RingLimit);
        }
    }
}

fn udp_ip(address: &SipAddr) -> Option<std::net::IpAddr> {
    address.get_socketaddr().ok().map(|address| address.ip())
}
