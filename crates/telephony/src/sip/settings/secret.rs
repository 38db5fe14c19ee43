//! A word that must not be seen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is shown in place of the word.
const MASK: &str = "********";

/// A password. Neither `Debug` nor serialisation shows it, so it cannot reach a log or the output
/// of `config show`.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(String);

/// The mask was given for the word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{MASK}' is what is shown in place of a password: write the password itself")]
pub struct InvalidSecret;

impl Secret {
    /// The word itself, for the computation of a digest.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for Secret {
    type Error = InvalidSecret;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        // Somebody copied what `config show` printed. Better now than as a refused registration.
        if word == MASK { Err(InvalidSecret) } else { Ok(Self(word)) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "" } else { MASK })
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { MASK })
    }
}
