//! A call from its answer on: requests of the peer in the dialog, offers, refreshes, transfer.

use std::time::Duration;

use rsipstack::sip::{Header, Method, Request, Response, StatusCodeKind};
use rsipstack::transaction::transaction::Transaction;
use tokio::time::Instant;

use super::call::{Call, Offered, Stage};
use super::slot::Asked;
use super::{client, wire};
use crate::message::{CallEvent, Command, EndedBy};
use crate::session_timer::{MAX_INTERVAL_S, SessionTimer};

/// How long after a refresh that was refused the next one is tried.
const REFRESH_AGAIN: Duration = Duration::from_secs(3);

/// How long the user may take to answer an offer of the peer.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

impl Call {
    /// What the user wants of the call.
    pub(super) async fn obey(&mut self, command: Command) {
        match command {
            Command::HangUp { .. } => self.hang_up().await,
            Command::Respond { status, sdp, headers, reliable, .. } => {
                self.respond_as(status, sdp, &headers, reliable).await;
            }
            Command::AnswerCancel { sdp, .. } => self.crosses = Some(sdp),
            Command::Answer { sdp, .. } => self.answer_offer(sdp).await,
            Command::Offer { sdp, .. } => self.offer(sdp),
            Command::Refer { to, .. } if self.stage == Stage::Established => {
                let own = self.dialog.as_ref().map(|dialog| dialog.contact()).unwrap_or_default();
                let added = vec![
                    wire::header("Refer-To", format!("<{to}>")),
                    wire::header("Referred-By", own),
                ];
                self.send_in_dialog(Method::Refer, added, None, Asked::Refer);
            }
            Command::Info { digit, .. } if self.stage == Stage::Established => {
                self.send_digit(digit);
            }
            Command::Refer { .. }
            | Command::Info { .. }
            | Command::Invite(_)
            | Command::Watch(_)
            | Command::Register(_)
            | Command::Examine(_) => {}
        }
    }

    async fn hang_up(&mut self) {
        match self.stage {
            Stage::Inviting if self.outgoing.is_some() => self.give_up(EndedBy::Local),
            Stage::Inviting => self.respond_as(603, None, &[], false).await,
            Stage::Established => self.end_session(EndedBy::Local),
            Stage::Cancelling | Stage::Leaving | Stage::Over => {}
        }
    }

    fn send_digit(&mut self, digit: char) {
        let Some(dialog) = self.dialog.as_mut() else { return };
        let body = format!("Signal={digit}\r\nDuration=160\r\n");
        let request = dialog.request(&self.core.endpoint, Method::Info, Vec::new(), None);
        let Some(mut request) = request else { return };
        request.headers.retain(|header| !matches!(header, Header::ContentLength(_)));
        request.headers.push(wire::header("Content-Type", "application/dtmf-relay"));
        request.headers.push(wire::header("Content-Length", body.len().to_string()));
        request.body = body.into_bytes();
        self.forward(request, Asked::Nothing);
    }

    fn offer(&mut self, sdp: String) {
        if self.stage != Stage::Established || self.offering {
            return;
        }
        self.offering = true;
        self.sdp = Some(sdp.clone());
        self.reinvite(sdp, Asked::Offer);
    }

    fn reinvite(&mut self, sdp: String, what: Asked) {
        let mut added =
            vec![wire::header("Allow", wire::ALLOW), wire::header("Supported", "timer")];
        if let Some(timer) = self.timer {
            added.push(wire::header("Session-Expires", timer.interval_s.to_string()));
        }
        if !self.send_in_dialog(Method::Invite, added, Some(sdp), what) {
            self.offering = false;
        }
    }

    /// A request of the peer within the dialog.
    pub(super) async fn asked(&mut self, mut tx: Transaction) {
        let from = wire::source(&tx).map(|source| source.ip());
        let is_ours = |from| self.sources.contains(&from) || self.allowed.allow(from);
        if !from.is_some_and(is_ours) {
            // Whoever knows the tags but sits elsewhere is not the peer.
            tracing::debug!("a request in a dialog came from an address that has no part in it");
            return self.reply(&mut tx, 481).await;
        }
        if let Some(dialog) = &self.dialog
            && wire::from_tag(&tx.original).unwrap_or_default() != dialog.remote_tag
        {
            // Another branch of a forked INVITE, which was released when it answered.
            let status = if tx.original.method == Method::Bye { 200 } else { 481 };
            return self.reply(&mut tx, status).await;
        }
        // Its address is no stranger's any more.
        self.core.peers.know_all(from.into_iter().collect());
        let in_order = self.dialog.as_mut().is_some_and(|dialog| dialog.admits(&tx.original));
        if !in_order {
            return self.reply(&mut tx, 500).await;
        }
        match tx.original.method {
            Method::Bye => self.said_goodbye(tx).await,
            Method::Invite | Method::Update => self.offered(tx).await,
            Method::PRack => {
                let status = if self.is_awaited(&tx.original) { 200 } else { 481 };
                self.reply(&mut tx, status).await;
            }
            Method::Info => {
                let digit = digit_of(&tx.original);
                self.reply(&mut tx, 200).await;
                if let Some(digit) = digit {
                    self.tell(CallEvent::Digit(digit));
                }
            }
            Method::Notify => {
                let status = transfer_status(&tx.original);
                self.reply(&mut tx, 200).await;
                if let Some(status) = status {
                    self.tell(CallEvent::Referred { status });
                }
            }
            Method::Refer => self.asked_to_transfer(tx).await,
            Method::Options => self.reply(&mut tx, 200).await,
            _ => self.reply(&mut tx, 405).await,
        }
    }

    async fn said_goodbye(&mut self, mut tx: Transaction) {
        self.reply(&mut tx, 200).await;
        match self.stage {
            Stage::Established => {
                let q850 = wire::value(&tx.original, "Reason").and_then(crate::reason::q850);
                let detail = q850.map(|cause| format!("Q.850 cause {cause}")).unwrap_or_default();
                self.over(EndedBy::Remote, None, detail);
            }
            // Both hung up at once.
            Stage::Leaving => self.over(self.ends_by, None, String::new()),
            // BYE in an early dialog ends that branch only; the INVITE has its own final response.
            Stage::Inviting | Stage::Cancelling | Stage::Over => {}
        }
    }

    async fn asked_to_transfer(&mut self, mut tx: Transaction) {
        let to = wire::value(&tx.original, "Refer-To").map(str::to_owned);
        match (to, self.stage) {
            (Some(_), Stage::Established) if !self.core.settings.takes_transfers => {
                self.reply(&mut tx, 603).await;
            }
            (Some(to), Stage::Established) => {
                self.reply(&mut tx, 202).await;
                self.tell(CallEvent::ReferAsked { to });
            }
            (None, _) => self.reply(&mut tx, 400).await,
            (Some(_), _) => self.reply(&mut tx, 481).await,
        }
    }

    async fn offered(&mut self, mut tx: Transaction) {
        if self.offering || self.offered.is_some() {
            // Both offered at once (RFC 3261, 14.2).
            return self.reply(&mut tx, 491).await;
        }
        if tx.original.method == Method::Invite && self.stage != Stage::Established {
            return self
                .reply(&mut tx, if self.stage == Stage::Inviting { 491 } else { 481 })
                .await;
        }
        if let Some(target) = wire::contact(&tx.original)
            && let Some(dialog) = self.dialog.as_mut()
        {
            let ip = wire::ip(&target);
            if let Some(ip) = ip.filter(|ip| !self.sources.contains(ip)) {
                self.sources.push(ip);
                self.sources.truncate(16);
            }
            dialog.target = target;
        }
        if let Some(timer) = SessionTimer::of_request(wire::value(&tx.original, "Session-Expires"))
        {
            self.timer = Some(timer);
        }
        self.restart_session_timer();
        let sdp = wire::description(&tx.original, &tx.original.body);
        if tx.original.method == Method::Update && sdp.is_none() {
            // A refresh (RFC 3311, 5.2): nothing about the media changes.
            return self.accept(tx, None).await;
        }
        let until = Instant::now() + ANSWER_LIMIT;
        self.core.timers.wake(&self.slot, until);
        self.offered = Some(Offered { tx, until });
        self.tell(CallEvent::Offered { sdp });
        if self.told {
            self.answer_offer(None).await;
        }
    }

    async fn answer_offer(&mut self, sdp: Option<String>) {
        let Some(Offered { mut tx, .. }) = self.offered.take() else { return };
        match sdp {
            Some(sdp) => {
                self.sdp = Some(sdp.clone());
                self.accept(tx, Some(sdp)).await;
            }
            None => {
                self.reply(&mut tx, 488).await;
                if tx.original.method == Method::Invite {
                    client::await_acknowledgement(&self.slot, tx);
                }
            }
        }
    }

    pub(super) async fn refuse_stale_offer(&mut self, now: Instant) {
        if self.offered.as_ref().is_some_and(|offered| offered.until <= now) {
            self.answer_offer(None).await;
        }
    }

    async fn accept(&mut self, mut tx: Transaction, sdp: Option<String>) {
        let mut added =
            vec![wire::header("Allow", wire::ALLOW), wire::header("Supported", "timer")];
        if let Some(timer) = self.timer
            && wire::value(&tx.original, "Session-Expires").is_some()
        {
            added.push(wire::header("Session-Expires", timer.answer().to_string()));
        }
        self.reply_with(&mut tx, 200, added, sdp).await;
        if tx.original.method == Method::Invite {
            client::await_acknowledgement(&self.slot, tx);
        }
    }

    async fn reply(&self, tx: &mut Transaction, status: u16) {
        self.reply_with(tx, status, Vec::new(), None).await;
    }

    async fn reply_with(
        &self,
        tx: &mut Transaction,
        status: u16,
        mut added: Vec<Header>,
        sdp: Option<String>,
    ) {
        if let Some(dialog) = &self.dialog {
            added.push(wire::header("Contact", dialog.contact()));
        }
        added.push(wire::header("User-Agent", self.core.endpoint.user_agent.as_str()));
        let response = wire::response(&tx.original, status, &self.tag, added, sdp);
        if let Err(error) = tx.respond(response).await {
            tracing::debug!(%error, status, "a response in a dialog could not be sent");
        }
    }

    /// The peer has acknowledged our 2xx to its re-INVITE.
    pub(super) fn acknowledged(&mut self, body: &[u8]) {
        if !body.is_empty() {
            let sdp = Some(String::from_utf8_lossy(body).into_owned());
            self.tell(CallEvent::OfferAnswered { sdp });
        }
    }

    /// How a request of ours in the dialog ended.
    pub(super) fn outcome(&mut self, what: Asked, response: Option<&Response>) {
        let status = response.map_or(408, |response| response.status_code.code());
        match what {
            Asked::Nothing => {}
            Asked::Bye => {
                if self.stage == Stage::Leaving {
                    self.over(self.ends_by, None, String::new());
                }
            }
            Asked::Refer => {
                if status >= 300 {
                    self.tell(CallEvent::Referred { status });
                }
            }
            Asked::Offer => {
                self.offering = false;
                let accepted =
                    response.filter(|it| it.status_code.kind() == StatusCodeKind::Successful);
                if let Some(response) = accepted {
                    self.refreshed_by(response);
                }
                let accepted = accepted.and_then(|it| wire::description(it, &it.body));
                self.tell(CallEvent::OfferAnswered { sdp: accepted });
                self.gone_if(status);
            }
            Asked::Refresh => {
                self.offering = false;
                match response {
                    Some(response) if status < 300 => self.refreshed_by(response),
                    _ => self.refresh_later(response),
                }
                self.gone_if(status);
            }
        }
    }

    /// The peer knows nothing of the call any more, or does not answer at all (RFC 3261, 12.2.1.2).
    fn gone_if(&mut self, status: u16) {
        if matches!(status, 408 | 481) {
            self.end_session(EndedBy::Expired);
        }
    }

    /// A 2xx to a request of ours counts as a refresh, and may say anew who refreshes and how
    /// often (RFC 4028, 7.2).
    fn refreshed_by(&mut self, response: &Response) {
        let agreed = SessionTimer::of_answer(wire::value(response, "Session-Expires"));
        self.timer = agreed.or(self.timer);
        self.restart_session_timer();
    }

    /// A refresh was refused, for example because the peer offers something itself (491): another
    /// follows, for as long as the session lasts.
    fn refresh_later(&mut self, response: Option<&Response>) {
        let least = response.and_then(|it| wire::value(it, "Min-SE")?.parse::<u32>().ok());
        if let (Some(timer), Some(least)) = (self.timer.as_mut(), least) {
            timer.interval_s = timer.interval_s.max(least.min(MAX_INTERVAL_S));
        }
        self.look_again_at(Instant::now() + REFRESH_AGAIN);
    }

    fn look_again_at(&mut self, at: Instant) {
        self.refresh_at = Some(at);
        self.core.timers.wake(&self.slot, at);
    }

    /// Counts the session's interval from now on.
    pub(super) fn restart_session_timer(&mut self) {
        self.expires_at = self
            .timer
            .map(|timer| Instant::now() + Duration::from_secs(u64::from(timer.interval_s)));
        self.refresh_at = self.timer.map(|timer| {
            let at = Instant::now() + Duration::from_millis(timer.due_ms());
            self.core.timers.wake(&self.slot, at);
            at
        });
    }

    /// Refreshes the session, or ends it when the peer should have.
    pub(super) fn refresh_or_expire(&mut self, now: Instant) {
        if self.stage != Stage::Established || self.refresh_at.is_none_or(|at| at > now) {
            return;
        }
        self.refresh_at = None;
        let Some(timer) = self.timer else { return };
        if !timer.ours || self.expires_at.is_some_and(|at| at <= now) {
            return self.end_session(EndedBy::Expired);
        }
        if self.offering {
            return self.look_again_at(now + REFRESH_AGAIN);
        }
        self.offering = true;
        if self.peer_updates {
            let added = vec![
                wire::header("Supported", "timer"),
                wire::header("Session-Expires", format!("{};refresher=uac", timer.interval_s)),
            ];
            if !self.send_in_dialog(Method::Update, added, None, Asked::Refresh) {
                self.offering = false;
            }
        } else {
            let sdp = self.sdp.clone().unwrap_or_default();
            self.reinvite(sdp, Asked::Refresh);
        }
    }
}

/// What is read of a request in a dialog, for fuzzing.
pub(super) fn probe(request: &Request) {
    std::hint::black_box((digit_of(request), transfer_status(request)));
}

/// The digit of an INFO: `Signal=5` in `application/dtmf-relay`, or the body of
/// `application/dtmf`.
fn digit_of(request: &Request) -> Option<char> {
    let kind = wire::value(request, "Content-Type")?.to_ascii_lowercase();
    let body = String::from_utf8_lossy(&request.body);
    let text = if kind.starts_with("application/dtmf-relay") {
        body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("Signal").then(|| value.trim().to_owned())
        })?
    } else if kind.starts_with("application/dtmf") {
        body.trim().to_owned()
    } else {
        return None;
    };
    let digit = text.chars().next()?.to_ascii_uppercase();
    matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D').then_some(digit)
}

/// The status in a NOTIFY of a transfer (RFC 3515, 2.4.5).
fn transfer_status(request: &Request) -> Option<u16> {
    let event = wire::value(request, "Event")?;
    if !event.to_ascii_lowercase().starts_with("refer") {
        return None;
    }
    let body = String::from_utf8_lossy(&request.body);
    let mut words = body.lines().next()?.split_whitespace();
    if !words.next()?.starts_with("SIP/") {
        return None;
    }
    words.next()?.parse().ok().filter(|status| (100..=699).contains(status))
}
