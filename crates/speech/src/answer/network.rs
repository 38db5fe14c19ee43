//! What the network says in place of the callee, before a call is answered or after: no such
//! number, busy, not to be reached.
//!
//! Gateways give the same SIP status for all of these (480, 503 or no status at all, until the ring
//! limit), while the announcement that they play beforehand tells them apart. Words outweigh tones,
//! and of words the first that are understood.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::phrases::{Heard, Phrase};
use crate::tones::ToneKind;

/// What the network says of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkSays {
    /// There is no such number, or no more: nobody will ever answer there.
    NoSuchNumber,
    /// The callee talks to somebody else.
    Busy,
    /// The callee's phone is off, out of coverage, barred or suspended, or nobody takes it.
    NotReachable,
    /// The network has no room.
    Congestion,
}

/// The phrases, compiled once. The order is that of trust: what ends a number comes last.
fn phrases() -> &'static [(NetworkSays, Phrase)] {
    static PHRASES: OnceLock<Vec<(NetworkSays, Phrase)>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let compiled = |&(says, text): &(NetworkSays, &str)| (says, Phrase::new(text));
        TABLE.iter().map(compiled).collect()
    })
}

static TABLE: [(NetworkSays, &str); 36] = [
    (NetworkSays::Congestion, "all circuits|lines are busy"),
    (NetworkSays::Congestion, "network is busy"),
    (NetworkSays::Congestion, "due to network difficulties|congestion"),
    (NetworkSays::Congestion, "网络忙"),
    (
        NetworkSays::Busy,
        "subscriber|customer|user|person|party you are|have calling|called is busy",
    ),
    (NetworkSays::Busy, "number|subscriber|customer|line you dialed|dialled|called is busy"),
    (NetworkSays::Busy, "number|line is busy|engaged"),
    (NetworkSays::Busy, "is on another call"),
    (NetworkSays::Busy, "正在通话中"),
    (NetworkSays::Busy, "用户正忙"),
    (NetworkSays::NotReachable, "temporarily unavailable|disconnected"),
    (NetworkSays::NotReachable, "temporarily out of service"),
    (NetworkSays::NotReachable, "is not available|answering|responding please? try|call"),
    (NetworkSays::NotReachable, "not answering"),
    (NetworkSays::NotReachable, "not reachable"),
    (NetworkSays::NotReachable, "cannot|cant be reached"),
    (NetworkSays::NotReachable, "switched|turned off"),
    (NetworkSays::NotReachable, "powered off"),
    (NetworkSays::NotReachable, "out of coverage|reach|range"),
    (NetworkSays::NotReachable, "not accept|accepting|receive|receiving calls"),
    (NetworkSays::NotReachable, "关机"),
    (NetworkSays::NotReachable, "无法接通"),
    (NetworkSays::NotReachable, "不在服务区"),
    (NetworkSays::NotReachable, "停机"),
    (NetworkSays::NotReachable, "无人接听"),
    (NetworkSays::NotReachable, "无应答"),
    (NetworkSays::NoSuchNumber, "not in service"),
    (NetworkSays::NoSuchNumber, "no longer in service"),
    (NetworkSays::NoSuchNumber, "has been disconnected"),
    (NetworkSays::NoSuchNumber, "has been changed"),
    (NetworkSays::NoSuchNumber, "does not exist"),
    (NetworkSays::NoSuchNumber, "not a valid|working number"),
    (NetworkSays::NoSuchNumber, "not been? recognized|recognised|assigned"),
    (NetworkSays::NoSuchNumber, "cannot be completed as dialed|dialled"),
    (NetworkSays::NoSuchNumber, "空号"),
    (NetworkSays::NoSuchNumber, "号码不存在"),
];

impl NetworkSays {
    /// What a text says, if anything of the network. What could be meant in two ways is taken for
    /// the one that costs a contact less: a number is given up only when nothing else was said.
    pub fn of_text(text: &str) -> Option<Self> {
        let heard = Heard::new(text);
        let says = phrases().iter().find(|(_, phrase)| {
            // Words may be misheard, but none missing: "is busy" is not "is not available".
            phrase.find(&heard).is_some_and(|found| found.errors == 0)
        });
        says.map(|(says, _)| *says)
    }

    /// What a tone says. Special information tones only say that an announcement follows.
    pub fn of_tone(kind: ToneKind) -> Option<Self> {
        match kind {
            ToneKind::Busy => Some(Self::Busy),
            ToneKind::Reorder => Some(Self::Congestion),
            ToneKind::Beep
            | ToneKind::Sit
            | ToneKind::Ringback
            | ToneKind::FaxCalling
            | ToneKind::FaxAnswering => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_told_apart() {
        use NetworkSays::{Busy, Congestion, NoSuchNumber, NotReachable};
        for (text, says) in [
            (
                "The number you have dialed is not in service. Please check the number and try \
                 again.",
                NoSuchNumber,
            ),
            ("We're sorry, the number you have reached has been disconnected.", NoSuchNumber),
            ("Your call cannot be completed as dialed.", NoSuchNumber),
            ("The number you have dialled has not been recognised. Please check.", NoSuchNumber),
            ("您好，您拨打的号码是空号，请核对后再拨。", NoSuchNumber),
            ("The subscriber you are calling is busy. Please try later.", Busy),
            ("您好，您拨打的用户正在通话中，请稍后再拨。", Busy),
            ("The person you are calling is not available. Please try again later.", NotReachable),
            ("The number you have dialed is temporarily out of service.", NotReachable),
            ("The mobile you are calling is switched off.", NotReachable),
            ("您好，您所拨打的电话已关机。", NotReachable),
            ("对不起，您拨打的电话已停机。", NotReachable),
            ("We're sorry, all circuits are busy now.", Congestion),
        ] {
            assert_eq!(NetworkSays::of_text(text), Some(says), "{text}");
        }
    }

    #[test]
    fn what_a_person_says_is_nothing_of_the_network() {
        for text in [
            "Hello?",
            "Yes, who is this?",
            "I'm in a meeting, I am busy right now, call me later.",
            "The service was not so good.",
            "你好，哪位？",
            "",
        ] {
            assert_eq!(NetworkSays::of_text(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_not_given_up_for_words_that_were_half_understood() {
        assert_eq!(NetworkSays::of_text("It cannot be as dialed."), None);
    }

    #[test]
    fn the_busy_tone_speaks_and_the_one_before_an_announcement_does_not() {
        assert_eq!(NetworkSays::of_tone(ToneKind::Busy), Some(NetworkSays::Busy));
        assert_eq!(NetworkSays::of_tone(ToneKind::Sit), None);
        assert_eq!(NetworkSays::of_tone(ToneKind::Ringback), None);
    }
}
