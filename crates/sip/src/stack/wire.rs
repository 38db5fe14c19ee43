//! Reading and making messages.

use std::net::{IpAddr, SocketAddr};

use rsipstack::sip::headers::make_header;
use rsipstack::sip::typed::Contact;
use rsipstack::sip::{
    HasHeaders, Header, Headers, HeadersExt, Host, Method, Param, Request, Response, StatusCode,
    Transport, Uri, Version,
};
use rsipstack::transaction::endpoint::EndpointInner;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;

/// The methods that we understand.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, NOTIFY";

/// The user of our Contact.
pub(super) const OWN_USER: &str = "outcall";

/// What a description of a session is.
pub(super) const SDP: &str = "application/sdp";

/// A header by its name.
pub(super) fn header(name: &str, value: impl Into<String>) -> Header {
    make_header(name, value.into())
}

/// The value of the first header of this name, in its long form.
pub(super) fn value<'a>(message: &'a impl HasHeaders, name: &str) -> Option<&'a str> {
    message
        .headers()
        .iter()
        .find(|header| header.name().eq_ignore_ascii_case(name))
        .map(|header| header.value().trim())
}

/// The members of all headers of this name, which are lists of addresses.
pub(super) fn values(message: &impl HasHeaders, name: &str) -> Vec<String> {
    let named = message.headers().iter().filter(|it| it.name().eq_ignore_ascii_case(name));
    named.flat_map(|header| split_list(header.value())).collect()
}

/// Whether a comma-separated header holds this token.
pub(super) fn has_token(message: &impl HasHeaders, name: &str, token: &str) -> bool {
    message
        .headers()
        .iter()
        .filter(|header| header.name().eq_ignore_ascii_case(name))
        .flat_map(|header| header.value().split(','))
        .any(|one| one.trim().eq_ignore_ascii_case(token))
}

/// The body as text, when it describes a session. A body without a type is taken for one, since
/// peers forget the header more often than they send anything else.
pub(super) fn description(message: &impl HasHeaders, body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let is_sdp = value(message, "Content-Type").is_none_or(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(SDP))
    });
    is_sdp.then(|| String::from_utf8_lossy(body).into_owned())
}

/// The tag of To.
pub(super) fn to_tag(message: &impl HeadersExt) -> Option<String> {
    let tag = message.to_header().ok()?.tag().ok()??;
    Some(tag.value().to_owned())
}

/// The tag of From.
pub(super) fn from_tag(message: &impl HeadersExt) -> Option<String> {
    let tag = message.from_header().ok()?.tag().ok()??;
    Some(tag.value().to_owned())
}

/// The address of the first Contact.
pub(super) fn contact(message: &impl HeadersExt) -> Option<Uri> {
    let contact = message.contact_header().ok()?;
    let all = Contact::parse_header_list(contact.value()).ok()?;
    all.into_iter().next().map(|contact| contact.uri)
}

/// The Record-Route values in the order of the message.
pub(super) fn record_routes(message: &impl HeadersExt) -> Vec<String> {
    message
        .record_route_headers()
        .into_iter()
        .flat_map(|header| split_list(header.value()))
        .collect()
}

/// The members of a comma-separated list of addresses: commas inside of `<>` and quotes are theirs.
fn split_list(text: &str) -> Vec<String> {
    let (mut quoted, mut bracketed, mut start) = (false, false, 0);
    let mut members = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' if !bracketed => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            ',' if !quoted && !bracketed => {
                members.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(text[start..].trim().to_owned());
    members.retain(|member| !member.is_empty());
    members
}

/// Where a request came from: the address that the socket says. What the transport wrote into the
/// top Via is not the same: a Via can be made up so that the stamp is lost when it is read again.
pub(super) fn source(tx: &Transaction) -> Option<SocketAddr> {
    tx.connection.as_ref()?.get_remote_addr()?.get_socketaddr().ok()
}

/// Whether the stack made this response itself: for want of an answer (408), or because a stream
/// broke (503). It then has no tag, and our own User-Agent.
pub(super) fn is_made_here(response: &Response, user_agent: &str) -> bool {
    to_tag(response).is_none() && value(response, "User-Agent") == Some(user_agent)
}

/// A Retry-After in ms. A date or words behind the number are left out.
pub(super) fn retry_after_ms(response: &Response) -> Option<u64> {
    let text = value(response, "Retry-After")?;
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<u64>().ok().map(|seconds| seconds.saturating_mul(1_000))
}

/// The address of one of our listeners for a transport, to be named in Via and Contact.
pub(super) fn own_address(endpoint: &EndpointInner, transport: Transport) -> Option<SipAddr> {
    let listening = endpoint.transport_layer.get_listen_addrs();
    let own = listening.iter().find(|address| address.r#type == Some(transport)).cloned();
    own.or_else(|| {
        let mut other = listening.first().cloned()?;
        other.r#type = Some(transport);
        Some(other)
    })
}

/// Our Contact for a transport.
pub(super) fn own_contact(address: &SipAddr) -> String {
    let transport = match address.r#type {
        Some(Transport::Tcp) => ";transport=tcp",
        Some(Transport::Tls) => ";transport=tls",
        _ => "",
    };
    format!("<sip:{OWN_USER}@{}{transport}>", address.addr)
}

/// A request with these headers and this body, whose length is named.
pub(super) fn request(method: Method, uri: Uri, mut headers: Vec<Header>, body: String) -> Request {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    headers.push(Header::ContentLength(length.into()));
    Request { method, uri, version: Version::V2, headers: headers.into(), body: body.into_bytes() }
}

/// A response to a request: what has to be copied, our tag, and what is added.
pub(super) fn response(
    request: &Request,
    status: u16,
    tag: &str,
    mut added: Vec<Header>,
    sdp: Option<String>,
) -> Response {
    let mut headers = Headers::default();
    for header in request.headers.iter() {
        match header {
            Header::Via(_)
            | Header::From(_)
            | Header::CallId(_)
            | Header::CSeq(_)
            | Header::RecordRoute(_) => headers.push(header.clone()),
            Header::To(to) => {
                let tagged = to.tag().ok().flatten().is_some() || status == 100;
                let to = to.value();
                let to = if tagged { to.to_owned() } else { format!("{to};tag={tag}") };
                headers.push(self::header("To", to));
            }
            _ => {}
        }
    }
    let body = sdp.unwrap_or_default();
    if !body.is_empty() {
        added.push(header("Content-Type", SDP));
    }
    added.push(Header::ContentLength(u32::try_from(body.len()).unwrap_or(u32::MAX).into()));
    headers.extend(added);
    Response {
        status_code: StatusCode::from(status),
        wire_reason: None,
        version: Version::V2,
        headers,
        body: body.into_bytes(),
    }
}

/// The user part of an address, as far as there is one.
pub(super) fn user(uri: &Uri) -> String {
    uri.user().unwrap_or_default().to_owned()
}

/// The host of an address, when it is a number.
pub(super) fn ip(uri: &Uri) -> Option<IpAddr> {
    match uri.host() {
        Host::IpAddr(ip) => Some(*ip),
        Host::Domain(name) => name.0.parse().ok(),
    }
}

/// The transport that an address asks for.
pub(super) fn transport(uri: &Uri) -> Option<Transport> {
    uri.params.iter().find_map(|param| match param {
        Param::Transport(transport) => Some(*transport),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_at_the_commas_between_addresses() {
        let list = split_list("<sip:a;lr>, \"B, b\" <sip:b?x=1,2;lr> ,<sip:c>");
        assert_eq!(list, ["<sip:a;lr>", "\"B, b\" <sip:b?x=1,2;lr>", "<sip:c>"]);
        assert!(split_list(" , ").is_empty());
    }
}
