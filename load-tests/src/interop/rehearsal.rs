//! sipp calls sipp: a scenario that takes calls must pass a caller who is right, and fail one who
//! is wrong.

use anyhow::{Context, Result, ensure};

use super::case::{Case, Stage};
use crate::peers::kamailio::{Kamailio, ProxyOptions};
use crate::peers::ports::Transport;
use crate::peers::sipp::{Calling, Sipp, SippOptions};

/// A scenario that takes calls, one that places them, and whether the first is to be content.
struct Pair {
    name: &'static str,
    takes: &'static str,
    places: &'static str,
    right: bool,
    transport: Transport,
    lost_percent: u8,
    calls: u64,
}

const fn pair(name: &'static str, takes: &'static str, places: &'static str) -> Pair {
    let transport = Transport::Udp;
    Pair { name, takes, places, right: true, transport, lost_percent: 0, calls: 3 }
}

const fn wrong(name: &'static str, takes: &'static str, places: &'static str) -> Pair {
    Pair { right: false, ..pair(name, takes, places) }
}

const PAIRS: &[Pair] = &[
    pair("answer", "uas/answer", "uac/answer"),
    pair("load", "uas/load", "uac/answer"),
    pair("busy-486", "uas/refuse_486", "uac/refused"),
    pair("unavailable-480", "uas/refuse_480", "uac/refused"),
    pair("not-found-404", "uas/refuse_404", "uac/refused"),
    pair("decline-603", "uas/refuse_603", "uac/refused"),
    pair("congestion-503", "uas/refuse_503", "uac/refused"),
    pair("early-media-183", "uas/early_media", "uac/answer"),
    pair("digest-401", "uas/digest_401", "uac/digest"),
    wrong("digest-401-wrong", "uas/digest_401", "uac/digest_wrong"),
    pair("digest-407", "uas/digest_407", "uac/digest"),
    Pair { lost_percent: 5, calls: 100, ..pair("loss-5", "uas/answer_lossy", "uac/answer_slowly") },
    pair("cancel", "uas/cancel", "uac/cancel"),
    pair("late-answer", "uas/late_answer", "uac/late_answer"),
    wrong("late-answer-ignored", "uas/late_answer", "uac/cancel"),
    pair("cancel-after-407", "uas/cancel_after_407", "uac/cancel_after_407"),
    wrong("cancel-after-407-stray", "uas/cancel_after_407", "uac/cancel_after_407_stray"),
    pair("prack", "uas/prack", "uac/prack"),
    wrong("prack-forgotten", "uas/prack", "uac/answer"),
    pair("repeated-200", "uas/repeated_answer", "uac/repeated_answer"),
    wrong("repeated-200-ignored", "uas/repeated_answer", "uac/repeated_answer_ignored"),
    pair("hang-up", "uas/hang_up", "uac/hung_up"),
    pair("hang-up-twice", "uas/hang_up_twice", "uac/hung_up_twice"),
    pair("reinvite-update", "uas/reinvite", "uac/reinvited"),
    wrong("reinvite-ignored", "uas/reinvite", "uac/hung_up"),
    pair("refer", "uas/refer", "uac/referred"),
    wrong("refer-405", "uas/refer", "uac/referred_405"),
    pair("session-timer", "uas/session_timer", "uac/session_timer"),
    wrong("session-timer-once", "uas/session_timer_pending", "uac/session_timer"),
    Pair { transport: Transport::Tcp, ..pair("tcp", "uas/load", "uac/answer") },
    Pair { transport: Transport::Tcp, ..pair("tcp-hang-up", "uas/hang_up", "uac/hung_up") },
];

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    let case = |pair: &'static Pair| Case {
        name: pair.name,
        peer: "sipp",
        expected: if pair.right { "right" } else { "found wrong" },
        run: Box::new(move |stage| play(pair, stage)),
    };
    let mut cases: Vec<Case> = PAIRS.iter().map(case).collect();
    cases.push(Case {
        name: "proxy",
        peer: "kamailio",
        expected: "credentials, second way, recorded route",
        run: Box::new(proxy),
    });
    cases
}

fn play(pair: &Pair, stage: &Stage<'_>) -> Result<String> {
    let takes = SippOptions {
        transport: pair.transport,
        lost_percent: pair.lost_percent,
        // A wrong caller's call ends by the first limit that it meets.
        limit_s: if pair.right { 60 } else { 15 },
        audio_port: 9,
        ..SippOptions::taking(pair.takes, pair.calls)?
    };
    let mut callee = Sipp::start(&takes, stage.folder)?;
    let calling = Calling { to: takes.port, number: "+12025550100".to_owned(), per_s: 20 };
    let places = SippOptions {
        transport: pair.transport,
        limit_s: takes.limit_s,
        ..SippOptions::placing(pair.places, pair.calls, calling)?
    };
    let mut caller = Sipp::start(&places, stage.folder)?;
    if pair.right {
        callee.verdict()?;
        caller.verdict()?;
        return Ok(format!("{} calls right", pair.calls));
    }
    let ended = callee.wait()?;
    ensure!(!ended.status.success(), "{} noticed nothing of {}", pair.takes, pair.places);
    Ok("found wrong".to_owned())
}

fn proxy(stage: &Stage<'_>) -> Result<String> {
    let first = SippOptions::taking("uas/refuse_503", 3)?;
    let second = SippOptions::taking("uas/answer", 3)?;
    let mut refuses = Sipp::start(&first, stage.folder)?;
    let mut answers = Sipp::start(&second, stage.folder)?;
    let options =
        ProxyOptions { password: Some("secret"), first: first.port, second: Some(second.port) };
    let kamailio = Kamailio::start(&stage.folder.join("kamailio"), options)?;
    let calling = Calling { to: kamailio.port(), number: "+12025550100".to_owned(), per_s: 10 };
    let mut caller = Sipp::start(&SippOptions::placing("uac/digest", 3, calling)?, stage.folder)?;
    for sipp in [&mut refuses, &mut answers, &mut caller] {
        sipp.verdict().with_context(|| kamailio.last_words())?;
    }
    for words in ["challenged", "invited", "second way", "routed ACK", "routed BYE"] {
        let count = kamailio.count(words)?;
        ensure!(count == 3, "'{words}' {count} times, not 3: {}", kamailio.last_words());
    }
    Ok("3 calls right".to_owned())
}
