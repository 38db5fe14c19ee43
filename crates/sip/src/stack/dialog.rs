//! A dialog (RFC 3261, 12): what both sides call each other, and how requests travel in it.

use rsipstack::sip::{Header, HeadersExt, Method, Param, Request, Response, Transport, Uri};
use rsipstack::transaction::endpoint::EndpointInner;
use rsipstack::transport::SipAddr;

use super::wire;

/// A dialog, early or confirmed.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    call_id: String,
    /// From of our requests, tag included.
    local: String,
    /// To of our requests, tag included.
    remote: String,
    /// The peer's tag.
    pub(super) remote_tag: String,
    local_seq: u32,
    remote_seq: Option<u32>,
    /// Where requests are addressed to: the peer's Contact.
    pub(super) target: Uri,
    routes: Vec<String>,
    /// Our address for the transport in use.
    own: SipAddr,
}

/// Why a response or a request makes no dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoDialog {
    #[error("it has no Contact that can be read")]
    NoContact,
    #[error("it has no From, To or Call-ID that can be read")]
    NoIdentity,
}

impl Dialog {
    /// The dialog that a response to our INVITE opens. `own` is the address that we named.
    pub(super) fn of_response(
        invite: &Request,
        response: &Response,
        own: SipAddr,
    ) -> Result<Self, NoDialog> {
        let target = wire::contact(response).ok_or(NoDialog::NoContact)?;
        let mut routes = wire::record_routes(response);
        routes.reverse();
        let text = |read: Option<&str>| read.map(str::to_owned).ok_or(NoDialog::NoIdentity);
        Ok(Self {
            call_id: text(wire::value(invite, "Call-ID"))?,
            local: text(wire::value(invite, "From"))?,
            remote: text(wire::value(response, "To"))?,
            remote_tag: wire::to_tag(response).unwrap_or_default(),
            local_seq: invite.cseq_header().ok().and_then(|it| it.seq().ok()).unwrap_or(1),
            remote_seq: None,
            target,
            routes,
            own,
        })
    }

    /// The dialog that we open by answering the peer's INVITE with this tag.
    pub(super) fn of_request(invite: &Request, tag: &str, own: SipAddr) -> Result<Self, NoDialog> {
        let target = wire::contact(invite).ok_or(NoDialog::NoContact)?;
        let text = |read: Option<&str>| read.map(str::to_owned).ok_or(NoDialog::NoIdentity);
        let to = text(wire::value(invite, "To"))?;
        Ok(Self {
            call_id: text(wire::value(invite, "Call-ID"))?,
            local: format!("{to};tag={tag}"),
            remote: text(wire::value(invite, "From"))?,
            remote_tag: wire::from_tag(invite).unwrap_or_default(),
            local_seq: 0,
            remote_seq: invite.cseq_header().ok().and_then(|it| it.seq().ok()),
            target,
            routes: wire::record_routes(invite),
            own,
        })
    }

    /// Takes the sequence number of a request of the peer. False when it is out of order
    /// (RFC 3261, 12.2.2): such a request must not be carried out.
    pub(super) fn admits(&mut self, request: &Request) -> bool {
        let Some(seq) = request.cseq_header().ok().and_then(|it| it.seq().ok()) else {
            return false;
        };
        if self.remote_seq.is_some_and(|last| seq <= last) {
            return false;
        }
        self.remote_seq = Some(seq);
        true
    }

    /// Sequence numbers are counted from here on, when INVITEs were sent again.
    pub(super) fn counts_from(&mut self, seq: u32) {
        self.local_seq = self.local_seq.max(seq);
    }

    /// The last sequence number of ours.
    pub(super) fn last_seq(&self) -> u32 {
        self.local_seq
    }

    /// The next sequence number of ours.
    pub(super) fn next_seq(&mut self) -> u32 {
        self.local_seq += 1;
        self.local_seq
    }

    /// The address that we name in this dialog.
    pub(super) fn contact(&self) -> String {
        wire::own_contact(&self.own)
    }

    /// The next request of ours. `None` only when no listener is left to name in Via.
    pub(super) fn request(
        &mut self,
        endpoint: &EndpointInner,
        method: Method,
        added: Vec<Header>,
        sdp: Option<String>,
    ) -> Option<Request> {
        let via = endpoint.get_via(Some(self.own.clone()), None).ok()?;
        let seq = self.next_seq();
        let mut headers = Vec::with_capacity(12 + self.routes.len() + added.len());
        headers.push(Header::Via(via.into()));
        headers.push(Header::MaxForwards(70.into()));
        headers.extend(self.routes.iter().map(|route| wire::header("Route", route.as_str())));
        headers.push(wire::header("From", self.local.as_str()));
        headers.push(wire::header("To", self.remote.as_str()));
        headers.push(wire::header("Call-ID", self.call_id.as_str()));
        headers.push(wire::header("CSeq", format!("{seq} {method}")));
        headers.push(wire::header("Contact", self.contact()));
        headers.push(wire::header("User-Agent", endpoint.user_agent.as_str()));
        headers.extend(added);
        let body = sdp.unwrap_or_default();
        if !body.is_empty() {
            headers.push(wire::header("Content-Type", wire::SDP));
        }
        let mut uri = self.target.clone();
        // What only belongs into a Contact has no place in a Request-URI (RFC 3261, 19.1.1).
        uri.headers.clear();
        uri.params
            .retain(|param| !matches!(param, Param::Tag(_) | Param::Expires(_) | Param::Q(_)));
        Some(wire::request(method, uri, headers, body))
    }

    /// Where the next request goes: the first route, or the target.
    pub(super) fn next_hop(&self) -> Option<Uri> {
        match self.routes.first() {
            Some(route) => {
                let start = route.find('<').map_or(0, |at| at + 1);
                let end = route.find('>').unwrap_or(route.len());
                Uri::try_from(route.get(start..end)?).ok()
            }
            None => Some(self.target.clone()),
        }
    }

    /// The transport that the dialog was opened over.
    pub(super) fn transport(&self) -> Transport {
        self.own.r#type.unwrap_or(Transport::Udp)
    }
}
