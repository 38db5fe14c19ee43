//! Agreement on keys (RFC 4568).

use super::{CryptoLine, LocalCrypto, LocalMedia, Media, Protocol, SdpError, Security};
use crate::srtp::{MasterKey, Profile};

/// What both sides protect with.
pub(super) struct Keys {
    /// The tag of the line that was chosen.
    pub(super) tag: u32,
    pub(super) profile: Profile,
    pub(super) local: MasterKey,
    pub(super) remote: MasterKey,
}

/// The tag of the one line in an offer of this side.
pub(super) const OFFERED_TAG: u32 = 1;

/// The keys for the answer to an offer; `None` for a call in the clear.
pub(super) fn for_answer(
    media: &Media,
    local: &LocalMedia,
    security: Security,
) -> Result<Option<Keys>, SdpError> {
    let mismatch = |problem| Err(SdpError::SecurityMismatch { problem });
    match (&media.protocol, security) {
        (Protocol::Other(_), _) => Err(SdpError::NoAudio),
        (Protocol::Avp, Security::Always) => {
            mismatch("the offer is not for SRTP, and only SRTP is allowed: offer RTP/SAVP")
        }
        (Protocol::Avp, Security::Never | Security::WhenAsked) => Ok(None),
        (Protocol::Savp, Security::Never) => {
            mismatch("the offer is for SRTP, and it is not allowed: offer RTP/AVP, or allow it")
        }
        (Protocol::Savp, Security::WhenAsked | Security::Always) => {
            let Some(crypto) = &local.crypto else {
                return mismatch("the offer is for SRTP, and this side has no key: give one");
            };
            let (line, profile, remote) = first_usable(&media.crypto)?;
            Ok(Some(Keys { tag: line.tag, profile, local: crypto.key.clone(), remote }))
        }
    }
}

/// The keys of an answer to this side's offer; `None` for a call in the clear.
pub(super) fn of_answer(media: &Media, local: &LocalMedia) -> Result<Option<Keys>, SdpError> {
    let mismatch = |problem| Err(SdpError::SecurityMismatch { problem });
    let crypto = match (&media.protocol, &local.crypto) {
        (Protocol::Other(_), _) => return Err(SdpError::NoAudio),
        (Protocol::Avp, None) => return Ok(None),
        (Protocol::Avp, Some(_)) => {
            return mismatch(
                "SRTP was offered and RTP/AVP answered: offer RTP/AVP, or end the call",
            );
        }
        (Protocol::Savp, None) => {
            return mismatch("RTP/AVP was offered and SRTP answered: offer RTP/SAVP");
        }
        (Protocol::Savp, Some(crypto)) => crypto,
    };
    let LocalCrypto { profile, key } = crypto;
    let (line, chosen, remote) = first_usable(&media.crypto)?;
    if line.tag != OFFERED_TAG || chosen != *profile {
        return mismatch("the answer has another a=crypto than the one offered: repeat that one");
    }
    Ok(Some(Keys { tag: line.tag, profile: *profile, local: key.clone(), remote }))
}

fn first_usable(lines: &[CryptoLine]) -> Result<(&CryptoLine, Profile, MasterKey), SdpError> {
    let mut problem = None;
    for line in lines {
        let Some(profile) = Profile::of_name(&line.suite) else { continue };
        if !line.session_parameters.split(' ').all(is_harmless) {
            continue;
        }
        match MasterKey::parse_inline(&line.key_parameters) {
            Ok(key) => return Ok((line, profile, key)),
            Err(error) => problem = Some(error),
        }
    }
    Err(match problem {
        Some(problem) => SdpError::Key { problem },
        None => SdpError::SecurityMismatch {
            problem: "there is no a=crypto line for AES_CM_128_HMAC_SHA1_80 or _32 without \
                      session parameters: offer one",
        },
    })
}

/// A line with a session parameter that is not known must not be used, unless the parameter begins
/// with `-` (RFC 4568 section 6.3.7). The size of the replay window is advice.
fn is_harmless(parameter: &str) -> bool {
    parameter.is_empty() || parameter.starts_with('-') || parameter.starts_with("WSH=")
}
