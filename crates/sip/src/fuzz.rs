//! The entry for fuzzing: any bytes as a SIP message.

use crate::digest::Challenge;
use crate::message::Credentials;

/// Does with a message what the agent does with it before anything is sent.
pub fn message(bytes: &[u8]) {
    crate::stack::probe(bytes);
    if let Some(call_id) = crate::trace::call_id(bytes) {
        assert!(call_id.len() <= bytes.len(), "a Call-ID is part of its message");
    }
    let text = String::from_utf8_lossy(bytes);
    challenges(&text);
    assert!(crate::reason::q850(&text).is_none_or(|cause| cause <= 127), "Q.850 has 7 bits");
    if let Some(read) = crate::session_timer::SessionExpires::parse(&text) {
        let again = crate::session_timer::SessionExpires::parse(&read.to_string());
        assert_eq!(again, Some(read), "what is written can be read");
    }
}

/// Answers what any line of a message asks for.
fn challenges(text: &str) {
    let (username, password) = ("a\"b".to_owned(), "c".to_owned());
    let credentials = Credentials { username, password, realm: None };
    for line in text.lines() {
        let value = line.split_once(':').map_or(line, |(_, value)| value);
        let Some(challenge) = Challenge::parse(value) else { continue };
        let answer = challenge.answer(&credentials, "INVITE", "sip:a", "cnonce");
        assert!(!answer.contains(['\r', '\n']), "an answer is one line");
        assert!(Challenge::parse(&answer).is_some(), "realm and nonce are repeated: {answer}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const INVITE: &str = "INVITE sip:+12025550100@a SIP/2.0\r\n\
        Via: SIP/2.0/UDP b:5060;branch=z9hG4bK1;rport\r\nFrom: \"A, b\" <sip:a@b>;tag=1\r\n\
        To: <sip:x@a>\r\nCall-ID: 1@b\r\nCSeq: 1 INVITE\r\nContact: <sip:a@b;transport=tcp>\r\n\
        Record-Route: <sip:p;lr>, <sip:q;lr>\r\nSession-Expires: 90;refresher=uac\r\n\
        WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth\"\r\n\
        Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            super::message(&bytes);
        }

        #[test]
        fn an_invite_with_a_few_bytes_changed_is_survived(
            changes in prop::collection::vec((0..INVITE.len(), any::<u8>()), 0..8),
            cut in 0..INVITE.len(),
        ) {
            let mut bytes = INVITE.as_bytes().to_vec();
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            super::message(&bytes);
            super::message(&bytes[..cut]);
        }
    }
}
