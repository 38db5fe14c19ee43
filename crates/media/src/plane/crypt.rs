//! Encryption of one stream (RFC 3711).

use crate::sdp::Negotiated;
use crate::srtp::{MasterKey, Profile, Receiver, Sender};

/// The keys that were agreed on: ours to send with, the far end's to receive with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) profile: Profile,
    pub(super) local: MasterKey,
    pub(super) remote: MasterKey,
}

/// The contexts of a stream's keys.
pub(super) struct Crypt {
    keys: Keys,
    sender: Sender,
    receiver: Receiver,
}

impl Crypt {
    /// The contexts of these keys. A key that stays the same keeps its context: it must never make
    /// a second sender (RFC 3711, section 9.1).
    pub(super) fn follow(current: Option<Self>, keys: Option<Keys>) -> Option<Self> {
        let keys = keys?;
        let Some(current) = current else {
            let sender = Sender::new(keys.profile, &keys.local);
            let receiver = Receiver::new(keys.profile, &keys.remote);
            return Some(Self { keys, sender, receiver });
        };
        let same_profile = current.keys.profile == keys.profile;
        let sender = if same_profile && current.keys.local == keys.local {
            current.sender
        } else {
            Sender::new(keys.profile, &keys.local)
        };
        let receiver = if same_profile && current.keys.remote == keys.remote {
            current.receiver
        } else {
            Receiver::new(keys.profile, &keys.remote)
        };
        Some(Self { keys, sender, receiver })
    }

    /// Whether the packet may be sent.
    pub(super) fn seal(&mut self, packet: &mut Vec<u8>) -> bool {
        self.sender.protect_rtp(packet).is_ok()
    }

    /// Whether the packet is the far end's.
    pub(super) fn open(&mut self, packet: &mut Vec<u8>) -> bool {
        self.receiver.unprotect_rtp(packet).is_ok()
    }

    /// As [`Crypt::seal`], for RTCP.
    pub(super) fn seal_control(&mut self, packet: &mut Vec<u8>) -> bool {
        self.sender.protect_rtcp(packet).is_ok()
    }

    /// As [`Crypt::open`], for RTCP.
    pub(super) fn open_control(&mut self, packet: &mut Vec<u8>) -> bool {
        self.receiver.unprotect_rtcp(packet).is_ok()
    }
}

impl Keys {
    /// The keys of a negotiation, when it is to be encrypted.
    pub(super) fn of(negotiated: &Negotiated) -> Option<Self> {
        let (profile, local) = negotiated.local_key.clone()?;
        let (_, remote) = negotiated.remote_key.clone()?;
        Some(Self { profile, local, remote })
    }
}
