//! The Call-ID of a message, found without reading the message.

/// The longest Call-ID that is taken, in bytes. A stranger's must not fill memory.
const LENGTH_MAX: usize = 256;

/// The most bytes of a message that are searched.
const SEARCHED_MAX: usize = 16 * 1_024;

/// The value of the `Call-ID` header, or of its compact form `i` (RFC 3261 section 20.8). `None`
/// when there is none before the body, when it is not text, or when it is longer than 256 bytes.
pub fn call_id(message: &[u8]) -> Option<&str> {
    let searched = &message[..message.len().min(SEARCHED_MAX)];
    let mut lines = searched.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    // Empty lines may come before the start line (RFC 3261 section 7.5).
    lines.find(|line| !line.is_empty())?;
    while let Some(line) = lines.next() {
        if line.is_empty() {
            return None;
        }
        let Some(value) = value_of(line) else { continue };
        let value = value.trim_ascii();
        // A value may stand on the next line, which then begins with a space.
        let value = if value.is_empty() { lines.next()?.trim_ascii() } else { value };
        let fits = !value.is_empty() && value.len() <= LENGTH_MAX;
        return std::str::from_utf8(value).ok().filter(|_| fits);
    }
    None
}

/// What stands after the colon, when the line is a Call-ID header.
fn value_of(line: &[u8]) -> Option<&[u8]> {
    // Most lines are other headers and are told by their first letter.
    if !matches!(line.first(), Some(b'C' | b'c' | b'I' | b'i')) {
        return None;
    }
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    let is_call_id = name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i");
    is_call_id.then(|| &line[colon + 1..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_call_id_is_found_in_every_form() {
        for (message, expected) in [
            ("INVITE sip:a SIP/2.0\r\nCall-ID: x@y\r\n\r\n", Some("x@y")),
            ("\r\n\r\nINVITE sip:a SIP/2.0\r\nTo: a\r\nCALL-id \t:x\r\n", Some("x")),
            ("SIP/2.0 200 OK\r\nContact: <sip:i:1>\r\ni:x y \r\n\r\n", Some("x y")),
            ("SIP/2.0 200 OK\ni : x\n\n", Some("x")),
            ("SIP/2.0 200 OK\r\nCall-ID:\r\n x\r\n\r\n", Some("x")),
            ("SIP/2.0 200 OK\r\nCall-ID:\r\n\r\n", None),
            ("SIP/2.0 200 OK\r\nCall-Info: x\r\n\r\nCall-ID: y\r\n", None),
            ("SIP/2.0 200 OK\r\nCall-ID", None),
            ("i: x\r\n\r\n", None),
            ("\r\n\r\n", None),
            ("", None),
        ] {
            assert_eq!(call_id(message.as_bytes()), expected, "{message:?}");
        }
    }

    #[test]
    fn a_call_id_that_is_too_long_or_no_text_is_not_taken() {
        let of = |id: &[u8]| {
            let message = [b"SIP/2.0 200 OK\r\nCall-ID: ".as_slice(), id, b"\r\n\r\n"].concat();
            call_id(&message).map(str::len)
        };
        assert_eq!(of(&[b'x'; 256]), Some(256));
        assert_eq!(of(&[b'x'; 257]), None);
        assert_eq!(of(&[0xff, 0xfe]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_search(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            text in "(\r?\n|[ \t:;,]|call-id|i|x){0,30}",
        ) {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                prop_assert!(call_id(bytes).is_none_or(|id| (1..=256).contains(&id.len())));
            }
        }
    }
}
