//! What is said in made cases.
//!
//! Each script is a list of sentences. A sentence that starts with `@` is a prompt of that name,
//! spoken and written as it is; the others are spoken by any clip of about their length. Every
//! second script is for tuning, the others are for testing. Their author also wrote the rules, so
//! figures in which words count flatter the rules: read them beside those of the timeline alone.

use super::super::Class;
use super::Half;

/// The scripts of a class, for one half.
pub(super) fn of(class: Class, half: Half) -> Vec<&'static [&'static str]> {
    let all: &[&'static [&'static str]] = match class {
        Class::Human => PEOPLE,
        Class::Voicemail => VOICEMAILS,
        Class::Ivr => IVRS,
        Class::Screening => SCREENINGS,
        Class::Announcement => ANNOUNCEMENTS,
        Class::Silence | Class::Fax => &[],
    };
    let wanted = usize::from(half == Half::Test);
    let places = all.iter().enumerate().filter(|(place, _)| place % 2 == wanted);
    places.map(|(_, script)| *script).collect()
}

static PEOPLE: &[&[&str]] = &[
    &["hello"],
    &["hello"],
    &["yes"],
    &["hello"],
    &["yeah hello"],
    &["hi"],
    &["speaking"],
    &["yes hello"],
    &["anna smith"],
    &["miller"],
    &["hello this is anna"],
    &["hello who is this"],
    &["smith residence who is calling"],
    &["good morning john baker speaking"],
    &["hello", "who is there please"],
    &["hello", "yes this is peter"],
    &["hello this is anna how can i help"],
    &["good afternoon baker and sons this is tom"],
    &["yes hello", "sorry who is calling"],
    &["hi", "hang on a second i am driving"],
    &["front desk this is maria what can i do for you"],
    &["doctor lee's office can you hold for a moment please"],
    &["good morning this is the smith family's house paul speaking"],
    &["thanks for calling city dental this is kate how may i help you"],
    &["he is not here right now can i take a message"],
    &["she is on the phone do you want to leave a message with me"],
];

static VOICEMAILS: &[&[&str]] = &[
    &[
        "hi you have reached the smith family",
        "we cannot come to the phone right now",
        "please leave a message after the beep",
    ],
    &[
        "hello this is anna",
        "i am not available right now so leave me a message and i will call you back",
    ],
    &["@vm-nobodyavail", "@vm-intro"],
    &[
        "your call has been forwarded to an automatic voice message system",
        "the person you are trying to reach is not available",
        "at the tone please record your message",
    ],
    &["hey it's mike", "you know what to do"],
    &[
        "you've reached the voicemail of",
        "paul jones",
        "please leave your name and number and a short message",
    ],
    &["the person at extension two three four is unavailable", "@vm-intro"],
    &[
        "welcome to voicemail",
        "the customer can't take your call at this time",
        "please record after the tone and hang up when finished",
    ],
    &[
        "hi this is kate",
        "sorry i missed your call",
        "leave your number and i will get back to you as soon as i can",
        "thanks and have a great day",
    ],
    &[
        "thank you for calling baker and sons",
        "our office is closed",
        "our opening hours are monday to friday nine to five",
        "please leave a message after the tone",
    ],
    &["hello", "i'm away from my desk at the moment", "please try my mobile or leave a message"],
    &["this mailbox belongs to", "peter", "to leave a message wait for the tone"],
    &[
        "hi i can't get to the phone at the moment",
        "please leave a message and i'll return your call",
    ],
    &["sorry we missed you", "tell us who you are and why you called after the signal"],
];

static IVRS: &[&[&str]] = &[
    &[
        "thank you for calling acme",
        "for sales press one",
        "for support press two",
        "to speak to an operator press zero",
    ],
    &[
        "welcome to the city hospital",
        "if you know your party's extension please dial it now",
        "otherwise stay on the line",
    ],
    &["@queue-periodic-announce", "@queue-thankyou"],
    &["@tt-allbusy", "@queue-thankyou"],
    &[
        "your call is important to us",
        "please hold and your call will be answered in the order it was received",
    ],
    &[
        "please listen carefully as our menu options have changed",
        "press one for billing",
        "press two for a technician",
    ],
    &["to be connected press one", "to hear this again press nine"],
    &[
        "this call may be recorded for quality",
        "please enter your account number followed by the pound key",
    ],
];

static SCREENINGS: &[&[&str]] = &[
    &[
        "hi the person you are calling is using a screening service",
        "please say your name and why you are calling",
    ],
    &["before i try to connect you can i ask who is calling and what it is about"],
    &[
        "hi if you record your name and reason for calling",
        "i will see if this person is available",
    ],
    &[
        "the number you called does not accept unknown callers",
        "please state your name and the reason for your call",
    ],
    &["@priv-recordintro", "please wait while i try to find them"],
    &["this call is being screened", "say your name after the beep and then stay on the line"],
];

static ANNOUNCEMENTS: &[&[&str]] = &[
    &["the number you have dialed is not in service", "please check the number and dial again"],
    &[
        "we're sorry your call cannot be completed as dialed",
        "please check the number and try again",
    ],
    &["the number you are calling has been disconnected"],
    &["all circuits are busy now", "please try your call again later"],
    &["the subscriber you are calling is not reachable", "please try again later"],
    &["the customer you have called is switched off or out of coverage", "please call again later"],
];
