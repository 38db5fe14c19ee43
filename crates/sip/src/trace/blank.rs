//! Blanks what a trace must not hold.

/// Writes `x` over the digest responses of `Authorization` and `Proxy-Authorization`, from which a
/// weak password can be guessed, and over the keys of `a=crypto` lines (RFC 4568). Lengths stay, so
/// that `Content-Length` stays right.
pub(super) fn blank_secrets(message: &mut [u8]) {
    for line in message.split_mut(|&byte| byte == b'\n') {
        if is_header(line, b"authorization") || is_header(line, b"proxy-authorization") {
            blank_after(line, b"response=", |byte| matches!(byte, b',' | b' ' | b'\r'));
        } else if line.starts_with(b"a=crypto:") {
            // `inline:KEY|lifetime`, and there may be several, separated by semicolons.
            blank_after(line, b"inline:", |byte| matches!(byte, b'|' | b' ' | b';' | b'\r'));
        }
    }
}

fn is_header(line: &[u8], name: &[u8]) -> bool {
    let found = line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    found && line[name.len()..].trim_ascii_start().first() == Some(&b':')
}

/// Blanks the values after each `mark` in any case, up to a byte that ends a value. Quotes stay.
fn blank_after(line: &mut [u8], mark: &[u8], ends: impl Fn(u8) -> bool) {
    let mut at = 0;
    while at + mark.len() <= line.len() {
        if !line[at..at + mark.len()].eq_ignore_ascii_case(mark) {
            at += 1;
            continue;
        }
        at += mark.len();
        while at < line.len() && !ends(line[at]) {
            if line[at] != b'"' {
                line[at] = b'x';
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blanked(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        blank_secrets(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn digest_responses_and_media_keys_are_blanked_and_nothing_else() {
        assert_eq!(
            blanked("Authorization: Digest nonce=\"ab\", response=\"0a1b\", qop=auth\r\n"),
            "Authorization: Digest nonce=\"ab\", response=\"xxxx\", qop=auth\r\n"
        );
        assert_eq!(
            blanked("INVITE sip:a SIP/2.0\r\nproxy-authorization : Digest Response=\"0a\"\r\n"),
            "INVITE sip:a SIP/2.0\r\nproxy-authorization : Digest Response=\"xx\"\r\n"
        );
        assert_eq!(
            blanked("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc+/=|2^20|1:4;inline:de F\r\n"),
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxx|2^20|1:4;inline:xx F\r\n"
        );
        let other = "X-Authorization: response=\"0a\"\r\nSubject: inline:abc\r\n";
        assert_eq!(blanked(other), other);
    }

    proptest! {
        #[test]
        fn blanking_keeps_the_length_and_no_secret(
            key in "[A-Za-z0-9+/]{1,40}",
            rest in "([\r\n:;|=\" ]|inline:|a=crypto:|authorization|response=){0,20}",
        ) {
            let text = format!("a=crypto:1 S inline:{key}\r\n{rest}");
            let blanked = blanked(&text);
            prop_assert_eq!(blanked.len(), text.len());
            prop_assert_eq!(&blanked[20..20 + key.len()], "x".repeat(key.len()));
        }
    }
}
