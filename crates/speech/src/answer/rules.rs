//! The table of phrases: what is said, who says it, and how much it tells.

use std::sync::OnceLock;

use super::Class::{self, Announcement, Human, Ivr, Screening, Voicemail};
use super::phrases::Phrase;

/// A row of the table, ready to be looked for.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) text: &'static str,
    pub(super) phrase: Phrase,
    pub(super) class: Class,
    /// Log-odds: 1 is a hint, 3 is close to proof.
    pub(super) weight: f32,
}

/// The table, compiled once.
pub(super) fn all() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let rule = |&(class, weight, text): &(Class, f32, &'static str)| Rule {
            text,
            phrase: Phrase::new(text),
            class,
            weight,
        };
        ENGLISH.iter().chain(&MANDARIN).map(rule).collect()
    })
}

/// English. A phrase that a person's secretary may say as well ("not available", "on the phone")
/// weighs little; one that only a recording says weighs much.
static ENGLISH: [(Class, f32, &str); 82] = [
    (Human, 1.0, "hello"),
    (Human, 1.0, "yes|yeah|yep"),
    (Human, 1.5, "speaking"),
    (Human, 2.5, "how can|may i help"),
    (Human, 2.5, "what can i do for you"),
    (Human, 2.5, "who is|are calling|this|you"),
    (Human, 2.5, "whos calling|this|there|speaking"),
    (Human, 2.0, "who is it"),
    (Human, 3.0, "can|may i take a message"),
    (Human, 3.0, "do you want to leave a message"),
    (Human, 2.0, "hold on a? second|moment|minute"),
    (Human, 2.0, "let me get|see|check"),
    (Human, 1.5, "can you hear me"),
    (Human, 1.5, "are you there"),
    (Human, 1.5, "good morning|afternoon|evening"),
    (Human, 2.0, "sorry who|what"),
    (Voicemail, 3.5, "after the tone|beep|signal"),
    (Voicemail, 3.5, "at the tone|beep|signal"),
    (Voicemail, 3.5, "when you hear the tone|beep"),
    (Voicemail, 2.5, "leave a|your|me|us? message"),
    (Voicemail, 2.0, "leave your name"),
    (Voicemail, 2.0, "your name and number|telephone|phone"),
    (Voicemail, 3.0, "record your message"),
    (Voicemail, 3.5, "voicemail|voicemails"),
    (Voicemail, 3.5, "voice mail|mailbox|message"),
    (Voicemail, 3.0, "mailbox|mailboxes"),
    (Voicemail, 3.0, "answering machine|service"),
    (Voicemail, 2.5, "forwarded to"),
    (Voicemail, 2.0, "you have|ve reached"),
    (Voicemail, 2.0, "youve reached"),
    (Voicemail, 2.5, "cant|cannot come to the phone"),
    (Voicemail, 2.5, "unable to come to the phone"),
    (Voicemail, 2.0, "unable|cant to? take|answer your|the call|phone"),
    (Voicemail, 2.0, "not able to take|answer your call"),
    (Voicemail, 1.5, "not available|here"),
    (Voicemail, 1.5, "nobody|noone is available"),
    (Voicemail, 1.5, "no one is available"),
    (Voicemail, 1.5, "away from my|the phone|desk"),
    (Voicemail, 1.0, "is on the phone"),
    (Voicemail, 1.0, "the person at extension"),
    (Voicemail, 2.0, "get back to you"),
    (Voicemail, 2.0, "return|give your|you a? call"),
    (Voicemail, 2.0, "call you back"),
    (Voicemail, 2.0, "missed your call"),
    (Voicemail, 2.0, "when done|finished hang up"),
    (Voicemail, 2.5, "you know what to do"),
    (Ivr, 2.5, "press {d}"),
    (Ivr, 3.5, "for sales|service|support|billing|english press|dial"),
    (Ivr, 3.0, "press|dial {d} for"),
    (Ivr, 3.0, "to speak|talk to|with a|an|our|the"),
    (Ivr, 3.5, "main|following menu|options"),
    (Ivr, 3.0, "options have changed"),
    (Ivr, 3.0, "dial|enter by|the|your extension"),
    (Ivr, 3.0, "enter your account|number|pin|password"),
    (Ivr, 2.5, "followed by the? pound|hash"),
    (Ivr, 3.0, "your call is|may important|be recorded"),
    (Ivr, 3.5, "calls? will|may be recorded|monitored"),
    (Ivr, 3.0, "all of our representatives|agents|operators are"),
    (Ivr, 2.5, "next available representative|agent|operator"),
    (Ivr, 2.5, "please stay on the line"),
    (Ivr, 2.5, "in the order it was received"),
    (Ivr, 2.0, "thank you for calling"),
    (Ivr, 2.0, "to be connected"),
    (Ivr, 2.0, "to hear this again"),
    (Screening, 5.0, "state your name"),
    (Screening, 5.0, "say your name"),
    (Screening, 5.0, "tone|beep please say|state your name"),
    (Screening, 6.0, "record your name and reason"),
    (Screening, 5.0, "reason for your? calling|call"),
    (Screening, 5.0, "screening|screened"),
    (Screening, 4.0, "see if this|the person is available"),
    (Screening, 6.5, "before i try to connect you"),
    (Screening, 4.0, "go ahead and say your name"),
    (Announcement, 3.5, "the|this number you have|are dialed|dialled|called|calling"),
    (Announcement, 4.0, "not in service"),
    (Announcement, 4.0, "has been disconnected"),
    (Announcement, 4.0, "cannot be completed as dialed|dialled"),
    (Announcement, 4.0, "check the number and dial|try|call again"),
    (Announcement, 4.0, "all circuits are busy"),
    (Announcement, 3.5, "customer|subscriber you are calling|trying"),
    (Announcement, 3.5, "not answering|reachable please? try again later"),
    (Announcement, 3.0, "switched off|disconnected"),
];

/// Mandarin: the announcements of China's carriers, voicemail, menus, and what people say.
static MANDARIN: [(Class, f32, &str); 28] = [
    (Human, 1.5, "喂"),
    (Human, 1.0, "你好"),
    (Human, 2.5, "哪位"),
    (Human, 2.5, "你是谁"),
    (Human, 2.5, "什么事"),
    (Human, 2.0, "请讲"),
    (Voicemail, 3.5, "请留言"),
    (Voicemail, 4.0, "请在滴声后"),
    (Voicemail, 4.0, "提示音后"),
    (Voicemail, 4.0, "语音信箱"),
    (Voicemail, 3.0, "留言信箱"),
    (Voicemail, 2.0, "无法接听您的来电"),
    (Ivr, 3.0, "请按{d}"),
    (Ivr, 3.0, "按{d}号键"),
    (Ivr, 3.0, "欢迎致电"),
    (Ivr, 3.0, "请拨分机号"),
    (Ivr, 3.0, "查号请拨"),
    (Ivr, 3.0, "坐席正忙"),
    (Screening, 4.0, "来电助理"),
    (Screening, 4.0, "请说出您的姓名"),
    (Screening, 4.0, "来电原因"),
    (Announcement, 4.0, "您|你拨打的号码|电话|用户"),
    (Announcement, 4.0, "您拨打的电话"),
    (Announcement, 4.0, "您拨打的用户"),
    (Announcement, 4.0, "您拨打的号码"),
    (Announcement, 3.5, "已关机"),
    (Announcement, 3.5, "暂时无法接通"),
    (Announcement, 3.5, "请稍后再拨"),
];

#[cfg(test)]
mod tests {
    use super::super::phrases::Heard;
    use super::*;

    #[test]
    fn every_phrase_finds_itself() {
        for rule in all() {
            let pick = |part: &str| match part.split('|').next() {
                Some(first) => first.trim_end_matches('?').replace("{d}", "1"),
                None => String::new(),
            };
            let text: Vec<String> = rule.text.split_whitespace().map(pick).collect();
            let found = rule.phrase.find(&Heard::new(&text.join(" ")));
            assert!(found.is_some_and(|found| found.errors == 0), "{}", rule.text);
        }
    }

    #[test]
    fn only_a_person_asks_who_calls() {
        let hello = Heard::new("hello who is calling please");
        let machines = all().iter().filter(|rule| rule.class.is_machine());
        let found: Vec<&str> =
            machines.filter(|rule| rule.phrase.find(&hello).is_some()).map(|r| r.text).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}
