//! What our side does with a message before anything is sent, for fuzzing.

use rsipstack::sip::{SipMessage, Transport};
use rsipstack::transport::{SipAddr, SipConnection};

use super::dialog::Dialog;
use super::{session, wire};

/// Reads a message and makes of it what can be made.
pub(super) fn probe(bytes: &[u8]) {
    let Ok(message) = SipMessage::try_from(bytes) else { return };
    let from = std::net::SocketAddr::from(([192, 0, 2, 1], 5060));
    let own = SipAddr::new(Transport::Udp, from.into());
    let Ok(message) = SipConnection::update_msg_received(message, from, Transport::Udp) else {
        return;
    };
    match message {
        SipMessage::Request(request) => {
            assert!(wire::source(&request).is_none_or(|source| source == from), "the real source");
            drop(wire::description(&request, &request.body));
            session::probe(&request);
            let response = wire::response(&request, 200, "tag", Vec::new(), None);
            drop(response.to_bytes());
            if let Ok(mut dialog) = Dialog::of_request(&request, "tag", own) {
                drop((dialog.next_hop(), dialog.admits(&request)));
            }
        }
        SipMessage::Response(response) => {
            std::hint::black_box((
                wire::retry_after_ms(&response),
                wire::is_made_here(&response, "x"),
            ));
            drop(wire::description(&response, &response.body));
            let invite = rsipstack::sip::Request::try_from(
                "INVITE sip:a SIP/2.0\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: 1\r\n\
                 CSeq: 1 INVITE\r\n\r\n",
            );
            if let Ok(invite) = invite
                && let Ok(dialog) = Dialog::of_response(&invite, &response, own)
            {
                drop(dialog.next_hop());
            }
        }
    }
}
