//! Master keys and their form in SDP (RFC 4568 section 6.1).

use std::fmt;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

const KEY_LEN: usize = 16;
const SALT_LEN: usize = 14;

/// A master key of 128 bits with its salt of 112 bits. Its `Debug` form does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    pub(super) key: [u8; KEY_LEN],
    pub(super) salt: [u8; SALT_LEN],
}

/// Some senders leave out base64's padding, or add it where none belongs.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl MasterKey {
    /// Bytes of key and salt together.
    pub const LEN: usize = KEY_LEN + SALT_LEN;

    /// Makes a key of bytes, the key's first. They must come from a source of randomness that is
    /// fit for keys, and serve one direction of one call only.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let mut made = Self { key: [0; KEY_LEN], salt: [0; SALT_LEN] };
        let (key, salt) = bytes.split_at(KEY_LEN);
        made.key.copy_from_slice(key);
        made.salt.copy_from_slice(salt);
        made
    }

    /// Reads `inline:` key parameters. A lifetime is read over: no call lasts for 2^48 packets, and
    /// a shorter one is the other side's to enforce by a new offer.
    ///
    /// # Errors
    /// [`KeyError`] for another method, for bad base64, for another length, and for a master key
    /// identifier, which packets would have to carry.
    pub fn parse_inline(text: &str) -> Result<Self, KeyError> {
        let parameters = text.strip_prefix("inline:").ok_or(KeyError::NotInline)?;
        if parameters.contains(';') {
            return Err(KeyError::Identifier);
        }
        let mut parts = parameters.split('|');
        let encoded = parts.next().unwrap_or_default();
        // What follows is "lifetime", then "identifier:length", each optional.
        if parts.any(|part| part.contains(':')) {
            return Err(KeyError::Identifier);
        }
        // A longer text is refused before it is decoded.
        if encoded.len() > 2 * Self::LEN {
            return Err(KeyError::Length { len: encoded.len() / 4 * 3 });
        }
        let mut bytes = [0; 2 * Self::LEN];
        let len = LENIENT.decode_slice(encoded, &mut bytes).map_err(|_| KeyError::Base64)?;
        let bytes = bytes[..len].try_into().map_err(|_| KeyError::Length { len })?;
        Ok(Self::from_bytes(bytes))
    }

    /// Writes `inline:` key parameters.
    #[must_use]
    pub fn to_inline(&self) -> String {
        let mut bytes = [0; Self::LEN];
        bytes[..KEY_LEN].copy_from_slice(&self.key);
        bytes[KEY_LEN..].copy_from_slice(&self.salt);
        format!("inline:{}", STANDARD.encode(bytes))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(hidden)")
    }
}

/// Why key parameters were refused. No message shows any part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another method than `inline`.
    #[error("key parameters do not begin with 'inline:': offer an inline key")]
    NotInline,
    /// No base64.
    #[error("the inline key is not base64: offer key and salt as 40 characters")]
    Base64,
    /// Another length.
    #[error("the inline key has {len} bytes instead of 30: offer 16 of key and 14 of salt")]
    Length {
        /// Bytes found.
        len: usize,
    },
    /// A master key identifier, or several keys, which need one.
    #[error("the inline key has an identifier (MKI), which is not supported: offer one without")]
    Identifier,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";

    #[test]
    fn key_and_salt_are_read_and_written() {
        let key = MasterKey::parse_inline(TEXT).unwrap();
        assert_eq!((key.key[15], key.salt[0], key.salt[13]), (15, 16, 29));
        assert_eq!(key.to_inline(), TEXT);
    }

    #[test]
    fn a_lifetime_is_read_over_and_an_identifier_is_refused() {
        let parse = |tail: &str| MasterKey::parse_inline(&format!("{TEXT}{tail}"));
        assert!(parse("|2^20").is_ok());
        assert_eq!(parse("|2^20|1:4"), Err(KeyError::Identifier));
        assert_eq!(parse("|1:4"), Err(KeyError::Identifier));
        assert_eq!(parse(&format!(";{TEXT}")), Err(KeyError::Identifier));
    }

    #[test]
    fn keys_of_another_form_are_refused() {
        assert_eq!(MasterKey::parse_inline("uri:x"), Err(KeyError::NotInline));
        assert_eq!(MasterKey::parse_inline("inline:%%%%"), Err(KeyError::Base64));
        assert_eq!(MasterKey::parse_inline("inline:AAAA"), Err(KeyError::Length { len: 3 }));
        let long = format!("inline:{}", "AAAA".repeat(100));
        assert_eq!(MasterKey::parse_inline(&long), Err(KeyError::Length { len: 300 }));
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = MasterKey::parse_inline(TEXT).unwrap();
        assert_eq!(format!("{key:?}"), "MasterKey(hidden)");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(inline:)?[A-Za-z0-9+/=|:;^]{0,90}") {
            drop(MasterKey::parse_inline(&text));
        }
    }
}
