//! Encryption of one stream (RFC 3711).

use crate::sdp::Negotiated;
use crate::srtp::{MasterKey, Profile, Receiver, Sender};

/// Keys of the far end whose contexts are kept. One that changed its key more often and then goes
/// back to an old one begins with that anew, as it would have without this.
const REMOTE_KEYS_MAX: usize = 8;

/// The keys that were agreed on: ours to send with, the far end's to receive with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) profile: Profile,
    pub(super) local: MasterKey,
    pub(super) remote: MasterKey,
}

/// The contexts of a stream's keys.
///
/// A key keeps its context for as long as the stream lives, whatever is agreed on meanwhile: a
/// second sender of one key would repeat the key stream of the first (RFC 3711, section 9.1), and a
/// second receiver would let the packets of before through once more.
pub(super) struct Crypt {
    on: bool,
    sender: Kept<Sender>,
    receiver: Kept<Receiver>,
}

/// The context of the key in use, and those of the keys before it.
struct Kept<T> {
    key: MasterKey,
    context: T,
    former: Vec<(MasterKey, T)>,
}

impl<T> Kept<T> {
    fn new(key: MasterKey, context: T) -> Self {
        Self { key, context, former: Vec::new() }
    }

    /// Goes over to the context of a key: the one that it has, or else a new one.
    fn change_to(&mut self, key: MasterKey, make: impl FnOnce(&MasterKey) -> T) {
        if key == self.key {
            return;
        }
        let known = self.former.iter().position(|(former, _)| *former == key);
        let next = match known {
            Some(place) => self.former.remove(place).1,
            None => make(&key),
        };
        let key = std::mem::replace(&mut self.key, key);
        self.former.push((key, std::mem::replace(&mut self.context, next)));
    }
}

impl Crypt {
    fn new(keys: Keys) -> Self {
        let sender = Sender::new(keys.profile, &keys.local);
        let receiver = Receiver::new(keys.profile, &keys.remote);
        Self {
            on: true,
            sender: Kept::new(keys.local, sender),
            receiver: Kept::new(keys.remote, receiver),
        }
    }

    /// Follows an agreement: other keys, another profile, or nothing encrypted any more.
    pub(super) fn follow(current: &mut Option<Box<Self>>, keys: Option<Keys>) {
        match (current.as_mut(), keys) {
            (Some(crypt), Some(keys)) => crypt.use_keys(keys),
            (Some(crypt), None) => crypt.on = false,
            (None, Some(keys)) => *current = Some(Box::new(Self::new(keys))),
            (None, None) => {}
        }
    }

    fn use_keys(&mut self, keys: Keys) {
        let profile = keys.profile;
        // Our own keys are few, one for a call as a rule, and none of them may be forgotten.
        self.sender.change_to(keys.local, |key| Sender::new(profile, key));
        self.receiver.change_to(keys.remote, |key| Receiver::new(profile, key));
        if self.receiver.former.len() >= REMOTE_KEYS_MAX {
            self.receiver.former.remove(0);
        }
        // Both profiles derive the same session keys: only the tags of RTP differ in length.
        self.sender.context.set_profile(profile);
        self.receiver.context.set_profile(profile);
        self.on = true;
    }

    /// Whether packets are encrypted now.
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// Whether the packet may be sent. In the clear it is only counted, so that its number is not
    /// taken for one of another turn when encryption comes back.
    pub(super) fn seal(&mut self, packet: &mut Vec<u8>) -> bool {
        if self.on {
            return self.sender.context.protect_rtp(packet).is_ok();
        }
        self.sender.context.pass_rtp(packet);
        true
    }

    /// Whether the packet is the far end's.
    pub(super) fn open(&mut self, packet: &mut Vec<u8>) -> bool {
        self.receiver.context.unprotect_rtp(packet).is_ok()
    }

    /// As [`Crypt::seal`], for RTCP.
    pub(super) fn seal_control(&mut self, packet: &mut Vec<u8>) -> bool {
        !self.on || self.sender.context.protect_rtcp(packet).is_ok()
    }

    /// As [`Crypt::open`], for RTCP.
    pub(super) fn open_control(&mut self, packet: &mut Vec<u8>) -> bool {
        self.receiver.context.unprotect_rtcp(packet).is_ok()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp;
    use crate::rtp::{HEADER_LEN, RtpHeader};

    const LONG: Profile = Profile::AesCm128HmacSha1_80;
    const SHORT: Profile = Profile::AesCm128HmacSha1_32;

    fn keys(profile: Profile, local: u8, remote: u8) -> Option<Keys> {
        let [local, remote] = [local, remote].map(|byte| MasterKey::from_bytes(&[byte; 30]));
        Some(Keys { profile, local, remote })
    }

    fn packet(sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x55; HEADER_LEN + 160];
        let header = RtpHeader { marker: false, payload_type: 8, sequence, timestamp: 1, ssrc: 7 };
        header.write(packet.first_chunk_mut().unwrap());
        packet
    }

    /// The packet as it would be sent; `None` when it must not be.
    fn sealed(crypt: &mut Option<Box<Crypt>>, sequence: u16) -> Option<Vec<u8>> {
        let mut packet = packet(sequence);
        crypt.as_mut().unwrap().seal(&mut packet).then_some(packet)
    }

    fn opens(crypt: &mut Option<Box<Crypt>>, packet: &[u8]) -> bool {
        crypt.as_mut().unwrap().open(&mut packet.to_vec())
    }

    /// The index of the SRTCP packet that is sent next.
    fn control_index(crypt: &mut Option<Box<Crypt>>) -> u32 {
        let mut packet = Vec::new();
        rtcp::write_bye(&mut packet, 7, "name");
        assert!(crypt.as_mut().unwrap().seal_control(&mut packet));
        let index = packet[packet.len() - 14..].first_chunk().unwrap();
        u32::from_be_bytes(*index) & 0x7fff_ffff
    }

    #[test]
    fn a_key_makes_one_sender_whatever_is_agreed_on() {
        let mut crypt = None;
        Crypt::follow(&mut crypt, keys(LONG, 1, 2));
        assert_eq!(sealed(&mut crypt, 10).unwrap().len(), 172 + 10);
        assert_eq!(control_index(&mut crypt), 0);
        let between = [
            vec![keys(SHORT, 1, 2)],
            vec![None, keys(LONG, 1, 2)],
            vec![keys(LONG, 3, 2), keys(LONG, 1, 2)],
            vec![None, keys(LONG, 4, 2), None, keys(SHORT, 1, 2)],
        ];
        for (turn, agreements) in (1_u16..).zip(between) {
            let last = agreements.last().cloned().flatten().unwrap();
            for agreed in agreements {
                Crypt::follow(&mut crypt, agreed);
            }
            assert_eq!(sealed(&mut crypt, 9 + turn), None, "the key stream would repeat: {turn}");
            let tag = last.profile.rtp_tag_len();
            assert_eq!(sealed(&mut crypt, 10 + turn).unwrap().len(), 172 + tag, "{turn}");
            assert_eq!(control_index(&mut crypt), u32::from(turn));
        }
    }

    #[test]
    fn a_packet_is_let_through_once_whatever_is_agreed_on() {
        let (mut far, mut near) = (None, None);
        Crypt::follow(&mut far, keys(SHORT, 2, 1));
        Crypt::follow(&mut near, keys(SHORT, 1, 2));
        let packet = sealed(&mut far, 10).unwrap();
        assert!(opens(&mut near, &packet));
        for agreed in [None, keys(SHORT, 1, 5), keys(LONG, 1, 2), keys(SHORT, 1, 2)] {
            Crypt::follow(&mut near, agreed);
        }
        assert!(!opens(&mut near, &packet), "it was heard before");
        assert!(opens(&mut near, &sealed(&mut far, 11).unwrap()));
    }

    #[test]
    fn numbers_that_wrapped_in_the_clear_are_not_those_of_before() {
        let mut crypt = None;
        Crypt::follow(&mut crypt, keys(LONG, 1, 2));
        let first = sealed(&mut crypt, 40_000).unwrap();
        Crypt::follow(&mut crypt, None);
        for number in 40_001..40_000 + 65_536_u32 {
            assert_eq!(sealed(&mut crypt, number as u16).unwrap(), packet(number as u16));
        }
        Crypt::follow(&mut crypt, keys(LONG, 1, 2));
        let again = sealed(&mut crypt, 40_000).expect("it is of the next turn");
        assert_ne!(first, again);
    }

    #[test]
    fn a_far_end_that_changes_its_key_again_and_again_costs_no_more() {
        let mut crypt = None;
        for remote in 0..200 {
            Crypt::follow(&mut crypt, keys(LONG, 1, remote));
        }
        assert!(crypt.unwrap().receiver.former.len() < REMOTE_KEYS_MAX);
    }
}
