//! Digest authentication (RFC 3261, 22; RFC 7616; RFC 8760): MD5 and SHA-256, with and without qop.
//!
//! Ours, since the stack writes SHA-256 as no server expects it, and reads no list of qop values.

use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::message::Credentials;

/// A hash that challenges ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
}

/// A challenge that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// As the server wrote it, to be repeated; `None` when it named none.
    algorithm: Option<String>,
    hash: Hash,
    /// The hash of the password is made anew with each nonce (`-sess`).
    session: bool,
    /// The server wants the count and nonce of ours in the answer.
    qop: bool,
    /// Our answer was right, but for an old nonce.
    pub stale: bool,
}

impl Challenge {
    /// Reads the value of WWW-Authenticate or Proxy-Authenticate. `None` when it is no digest, or
    /// one that asks for what we do not know.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if value.contains(|c: char| c.is_control() && c != '\t') {
            // What is repeated of it would break our own header line.
            return None;
        }
        let scheme = value.get(..6)?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let parameters = parameters(value.get(6..)?);
        let of = |name: &str| {
            let named = parameters.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.clone())
        };
        let algorithm = of("algorithm");
        let named = algorithm.as_deref().unwrap_or("MD5").to_ascii_uppercase();
        let (hash, session) = match named.as_str() {
            "MD5" => (Hash::Md5, false),
            "MD5-SESS" => (Hash::Md5, true),
            "SHA-256" => (Hash::Sha256, false),
            "SHA-256-SESS" => (Hash::Sha256, true),
            _ => return None,
        };
        let qop = match of("qop") {
            None => false,
            Some(list) if list.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")) => {
                true
            }
            Some(_) => return None,
        };
        Some(Self {
            realm: of("realm")?,
            nonce: of("nonce")?,
            opaque: of("opaque"),
            algorithm,
            hash,
            session,
            qop,
            stale: of("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// Whether these credentials are for its realm.
    pub fn is_for(&self, credentials: &Credentials) -> bool {
        credentials.realm.as_ref().is_none_or(|realm| *realm == self.realm)
    }

    /// The value of Authorization or Proxy-Authorization. `cnonce` is random.
    pub fn answer(
        &self,
        credentials: &Credentials,
        method: &str,
        uri: &str,
        cnonce: &str,
    ) -> String {
        let Credentials { username, password, .. } = credentials;
        let (realm, nonce) = (&self.realm, &self.nonce);
        let mut secret = self.hashed(&format!("{username}:{realm}:{password}"));
        if self.session {
            secret = self.hashed(&format!("{secret}:{nonce}:{cnonce}"));
        }
        let request = self.hashed(&format!("{method}:{uri}"));
        let response = if self.qop {
            self.hashed(&format!("{secret}:{nonce}:00000001:{cnonce}:auth:{request}"))
        } else {
            self.hashed(&format!("{secret}:{nonce}:{request}"))
        };
        let mut value = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", \
             response=\"{response}\"",
            escaped(username),
            escaped(realm),
            escaped(nonce)
        );
        if let Some(algorithm) = &self.algorithm {
            value += &format!(", algorithm={algorithm}");
        }
        if self.qop || self.session {
            value += &format!(", cnonce=\"{cnonce}\"");
        }
        if self.qop {
            value += ", qop=auth, nc=00000001";
        }
        if let Some(opaque) = &self.opaque {
            value += &format!(", opaque=\"{}\"", escaped(opaque));
        }
        value
    }

    fn hashed(&self, text: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self.hash {
            Hash::Md5 => hex(&Md5::digest(text.as_bytes())),
            Hash::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// `name=value, name="value"`: quotes and escapes are taken away.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches(|c: char| c == ',' || c.is_whitespace()).to_owned();
        let after = after.trim_start();
        let (value, end) = match after.strip_prefix('"') {
            Some(quoted) => {
                let (value, length) = unquoted(quoted);
                (value, length + 1)
            }
            None => {
                let length = after.find(',').unwrap_or(after.len());
                (after[..length].trim().to_owned(), length)
            }
        };
        found.push((name, value));
        rest = after.get(end..).unwrap_or_default();
    }
    found
}

/// The text up to the closing quote, and how many bytes it took with the quote.
fn unquoted(text: &str) -> (String, usize) {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, at + 1),
            _ => value.push(c),
        }
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mufasa(password: &str) -> Credentials {
        Credentials { username: "Mufasa".to_owned(), password: password.to_owned(), realm: None }
    }

    fn response(value: &str) -> &str {
        value.split("response=\"").nth(1).unwrap().split('"').next().unwrap()
    }

    #[test]
    fn the_examples_of_the_standards_are_answered() {
        let challenge = Challenge::parse(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
             nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", \
             opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        )
        .unwrap();
        let answer =
            challenge.answer(&mufasa("Circle Of Life"), "GET", "/dir/index.html", "0a4f113b");
        assert_eq!(response(&answer), "6629fae49393a05397450978507c4ef1");
        assert!(answer.contains("opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""), "{answer}");
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let text = format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
                 algorithm={algorithm}, nonce=\"{nonce}\""
            );
            let challenge = Challenge::parse(&text).unwrap();
            let answer =
                challenge.answer(&mufasa("Circle of Life"), "GET", "/dir/index.html", cnonce);
            assert_eq!(response(&answer), expected);
            assert!(answer.contains(&format!("algorithm={algorithm},")), "{answer}");
        }
    }

    #[test]
    fn what_we_do_not_know_is_not_answered() {
        for text in [
            "Basic realm=\"a\"",
            "Digest realm=\"a\", nonce=\"b\", algorithm=AKAv1-MD5",
            "Digest realm=\"a\", nonce=\"b\", qop=\"auth-int\"",
            "Digest realm=\"a\"",
            "Digest realm=\"a\", nonce=\"b\rX-Ours: c\"",
            "Dig",
            "",
        ] {
            assert_eq!(Challenge::parse(text), None, "{text}");
        }
    }

    #[test]
    fn quotes_and_the_realm_are_kept() {
        let challenge =
            Challenge::parse("digest Realm=\"a, \\\"b\\\"\", NONCE = n , stale=TRUE").unwrap();
        assert_eq!((challenge.realm.as_str(), challenge.stale), ("a, \"b\"", true));
        let ours = Credentials { realm: Some("a, \"b\"".to_owned()), ..mufasa("x") };
        assert!(challenge.is_for(&ours) && challenge.is_for(&mufasa("x")));
        assert!(!challenge.is_for(&Credentials { realm: Some("other".to_owned()), ..ours }));
        let answer = challenge.answer(&mufasa("x"), "INVITE", "sip:a", "c");
        assert!(answer.contains("realm=\"a, \\\"b\\\"\"") && !answer.contains("qop"), "{answer}");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(Digest )?[ -~äß]{0,120}") {
            drop(Challenge::parse(&text));
        }
    }
}
