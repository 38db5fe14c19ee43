//! The signed statement of who calls: PASSporT and SHAKEN (RFC 8224, 8225 and 8588).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::Serialize;

/// The longest telephone number of a claim, in characters.
const NUMBER_MAX: usize = 32;

/// What the signer says of the caller's right to the number shown (RFC 8588 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Attestation {
    /// Full: we know the customer and the right to the number.
    A,
    /// Partial: we know the customer.
    B,
    /// Gateway: we know where the call came in.
    C,
}

/// Why a call cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The text of the key is not PEM of the right kind.
    #[error(
        "the key is not PEM with PRIVATE KEY (PKCS#8): {0}; \
         `openssl pkcs8 -topk8 -nocrypt` makes one from other forms"
    )]
    Pem(&'static str),
    /// The key is not on the curve, or broken.
    #[error("the key is not a private key on the curve P-256 in PKCS#8: {0}")]
    Key(String),
    /// The certificate's address cannot stand in the header.
    #[error("'{0}' is not the address of a certificate: write https:// and no spaces or < >")]
    CertificateUrl(String),
    /// A claim's number.
    #[error("{claim} is not a telephone number: write digits, with or without + in front")]
    Number {
        /// `orig` or `dest`.
        claim: &'static str,
    },
    /// The identifier of the call's origin.
    #[error("'{0}' is not a UUID, which origid must be (RFC 8588 section 5)")]
    OrigId(String),
    /// The source of chance failed.
    #[error("the signature could not be made: the system's source of random numbers failed")]
    Signature,
}

/// Signs calls with one key.
pub struct Signer {
    key: EcdsaKeyPair,
    chance: SystemRandom,
    certificate_url: String,
    attestation: Attestation,
    /// The first part of each token, which never changes.
    header: String,
}

/// The key is not shown.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("certificate_url", &self.certificate_url)
            .field("attestation", &self.attestation)
            .finish_non_exhaustive()
    }
}

/// The claims. RFC 8225 section 9 wants the names in the order of their bytes, without white space:
/// the order of the fields here is the order in the text.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    ppt: &'static str,
    typ: &'static str,
    x5u: &'a str,
}

#[derive(Serialize)]
struct Payload<'a> {
    attest: Attestation,
    dest: Destination<'a>,
    iat: i64,
    orig: Origin<'a>,
    origid: &'a str,
}

#[derive(Serialize)]
struct Destination<'a> {
    tn: [&'a str; 1],
}

#[derive(Serialize)]
struct Origin<'a> {
    tn: &'a str,
}

impl Signer {
    /// A signer with this key: the text of a PEM file with one `PRIVATE KEY` (PKCS#8) on the curve
    /// P-256. `certificate_url` is where verifiers find its certificate.
    ///
    /// # Errors
    /// When the key or the address is not of that form.
    pub fn from_pem(
        key_pem: &str,
        certificate_url: impl Into<String>,
        attestation: Attestation,
    ) -> Result<Self, IdentityError> {
        let certificate_url = certificate_url.into();
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"\\".contains(&byte);
        if !certificate_url.starts_with("https://") || !certificate_url.bytes().all(plain) {
            return Err(IdentityError::CertificateUrl(certificate_url));
        }
        let der = private_key_of(key_pem)?;
        let chance = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &chance)
            .map_err(|error| IdentityError::Key(error.to_string()))?;
        let header = Header { alg: "ES256", ppt: "shaken", typ: "passport", x5u: &certificate_url };
        let header = encoded(&header);
        Ok(Self { key, chance, certificate_url, attestation, header })
    }

    /// The public key: the uncompressed point, 65 bytes (SEC 1 section 2.3.3).
    pub fn public_key(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// The value of the `Identity` header of a call from one number to another. `iat_s` is the
    /// instant of signing, in s since 1970 UTC: verifiers take it for a minute (RFC 8224 section
    /// 4.1), so it is made for each INVITE. `origid` is a UUID that tells where the call came from
    /// without telling who it is.
    ///
    /// # Errors
    /// When a number or the UUID is none, or the system has no random numbers.
    pub fn identity_header(
        &self,
        orig_tn: &str,
        dest_tn: &str,
        iat_s: i64,
        origid: &str,
    ) -> Result<String, IdentityError> {
        let orig = canonical(orig_tn).ok_or(IdentityError::Number { claim: "orig" })?;
        let dest = canonical(dest_tn).ok_or(IdentityError::Number { claim: "dest" })?;
        if !is_uuid(origid) {
            return Err(IdentityError::OrigId(origid.chars().take(64).collect()));
        }
        let payload = encoded(&Payload {
            attest: self.attestation,
            dest: Destination { tn: [&dest] },
            iat: iat_s,
            orig: Origin { tn: &orig },
            origid,
        });
        let signed = format!("{}.{payload}", self.header);
        let signature =
            self.key.sign(&self.chance, signed.as_bytes()).map_err(|_| IdentityError::Signature)?;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let url = &self.certificate_url;
        Ok(format!("{signed}.{signature};info=<{url}>;alg=ES256;ppt=shaken"))
    }
}

/// The JSON text in base64url without padding (RFC 7515 section 2).
fn encoded(claims: &impl Serialize) -> String {
    let json = serde_json::to_vec(claims)
        .expect("invariant: a structure of texts and numbers has a JSON form");
    URL_SAFE_NO_PAD.encode(json)
}

/// The canonical form of a number (RFC 8224 section 8.3): without `+` and visual separators.
fn canonical(number: &str) -> Option<String> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let is_separator = |c: char| matches!(c, '-' | '.' | '(' | ')' | ' ');
    let digits: String =
        digits.chars().filter(|&c| !is_separator(c)).take(NUMBER_MAX + 1).collect();
    let dials = |byte: u8| byte.is_ascii_digit() || byte == b'*' || byte == b'#';
    let is_number = (1..=NUMBER_MAX).contains(&digits.len()) && digits.bytes().all(dials);
    is_number.then_some(digits)
}

/// RFC 9562 section 4.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn private_key_of(pem: &str) -> Result<Vec<u8>, IdentityError> {
    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";
    let (_, rest) = pem.split_once(BEGIN).ok_or_else(|| {
        IdentityError::Pem(if pem.contains("BEGIN EC PRIVATE KEY") {
            "it is in the older form EC PRIVATE KEY"
        } else if pem.contains("BEGIN ENCRYPTED PRIVATE KEY") {
            "it is encrypted"
        } else {
            "there is no line BEGIN PRIVATE KEY"
        })
    })?;
    let (body, _) =
        rest.split_once(END).ok_or(IdentityError::Pem("there is no line END PRIVATE KEY"))?;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).map_err(|_| IdentityError::Pem("the lines between are not base64"))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    const URL: &str = "https://cert.example.org/passport.cer";
    const ORIG_ID: &str = "123e4567-e89b-12d3-a456-426655440000";

    fn pem() -> String {
        let chance = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).unwrap();
        let body = STANDARD.encode(key);
        let lines: Vec<_> = body.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        let lines = lines.join("\n");
        format!("some words\n-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n")
    }

    fn signer() -> Signer {
        Signer::from_pem(&pem(), URL, Attestation::A).unwrap()
    }

    fn decoded(part: &str) -> String {
        String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn the_header_holds_the_claims_in_order_and_a_signature_that_verifies() {
        let signer = signer();
        let value =
            signer.identity_header("+12155551212", "1 (215) 555-1213", 1_443_208_345, ORIG_ID);
        let value = value.unwrap();
        let (token, parameters) = value.split_once(';').unwrap();
        assert_eq!(parameters, format!("info=<{URL}>;alg=ES256;ppt=shaken"));
        let parts: Vec<_> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("three parts: {token}") };
        assert_eq!(
            decoded(header),
            format!(r#"{{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"{URL}"}}"#)
        );
        assert_eq!(
            decoded(payload),
            format!(
                r#"{{"attest":"A","dest":{{"tn":["12155551213"]}},"iat":1443208345,{}{ORIG_ID}"}}"#,
                r#""orig":{"tn":"12155551212"},"origid":""#
            )
        );
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, signer.public_key());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        key.verify(format!("{header}.{payload}").as_bytes(), &signature).unwrap();
        key.verify(format!("{header}.{payload}x").as_bytes(), &signature).unwrap_err();
    }

    #[test]
    fn the_encoding_is_that_of_the_examples_in_rfc_8225() {
        #[derive(Serialize)]
        struct Plain {
            alg: &'static str,
            typ: &'static str,
            x5u: &'static str,
        }
        // RFC 8225 appendix A.
        let header = Plain { alg: "ES256", typ: "passport", x5u: URL };
        assert_eq!(
            encoded(&header),
            "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3Jn\
             L3Bhc3Nwb3J0LmNlciJ9"
        );
    }

    #[test]
    fn a_key_of_another_form_is_refused_with_its_reason() {
        let refused = |pem: &str| Signer::from_pem(pem, URL, Attestation::B).unwrap_err();
        assert_eq!(refused(""), IdentityError::Pem("there is no line BEGIN PRIVATE KEY"));
        let old = refused("-----BEGIN EC PRIVATE KEY-----\n");
        assert_eq!(old, IdentityError::Pem("it is in the older form EC PRIVATE KEY"));
        let cut = pem().replace("-----END", "");
        assert!(matches!(refused(&cut), IdentityError::Pem(_)));
        let other = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        assert!(matches!(refused(other), IdentityError::Key(_)));
    }

    #[test]
    fn a_certificate_address_that_could_break_the_header_is_refused() {
        for url in ["", "http://a.example/c", "https://a.example/>;x", "https://a\r\nb"] {
            let error = Signer::from_pem(&pem(), url, Attestation::C).unwrap_err();
            assert_eq!(error, IdentityError::CertificateUrl(url.to_owned()));
        }
    }

    #[test]
    fn claims_that_are_none_are_refused() {
        let signer = signer();
        let header = |orig: &str, dest: &str, id: &str| signer.identity_header(orig, dest, 0, id);
        assert!(header("123", "*86#", ORIG_ID).is_ok());
        for number in ["", "+", "++1", "a", "1\",\"x", "１２", &"1".repeat(33)] {
            assert_eq!(header(number, "1", ORIG_ID), Err(IdentityError::Number { claim: "orig" }));
            assert_eq!(header("1", number, ORIG_ID), Err(IdentityError::Number { claim: "dest" }));
        }
        for id in ["", "x", &ORIG_ID.replace('-', "0"), &ORIG_ID.replace('1', "g")] {
            assert_eq!(header("1", "1", id), Err(IdentityError::OrigId(id.to_owned())));
        }
    }

    #[test]
    fn a_signers_debug_form_does_not_show_its_key() {
        let shown = format!("{:?}", signer());
        assert!(shown.starts_with("Signer { certificate_url: "), "{shown}");
        assert!(!shown.contains("key"), "{shown}");
    }
}
