//! What our side does with a message before anything is sent, for fuzzing.

use rsipstack::dialog::DialogId;
use rsipstack::sip::{SipMessage, Transport};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
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
    sort(&message);
    match message {
        SipMessage::Request(request) => {
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

/// What the stack reads to find out whose a message is. It does so in the task that all calls
/// share: a panic there would stop the agent.
fn sort(message: &SipMessage) {
    drop(message.to_bytes());
    for role in [TransactionRole::Server, TransactionRole::Client] {
        match message {
            SipMessage::Request(request) => {
                drop(TransactionKey::from_request(request, role));
                drop(DialogId::try_from((request, role)));
                drop(request.destination());
            }
            SipMessage::Response(response) => {
                drop(TransactionKey::from_response(response, role));
                drop(DialogId::try_from((response, role)));
            }
        }
    }
}
