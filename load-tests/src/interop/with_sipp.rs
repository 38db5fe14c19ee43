//! Cases that sipp judges: a message that it does not expect fails its call.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::audio;
use super::case::{Case, Stage, numbers};
use crate::peers::outcall::{OTHER_PREFIX, Route, Setup, Trunk, other_number};
use crate::peers::ports::Transport;
use crate::peers::sink::Sink;
use crate::peers::sipp::{Sipp, SippOptions};

/// A case with one sipp.
#[derive(Clone, Copy)]
struct Plan {
    name: &'static str,
    scenario: &'static str,
    expected: &'static str,
    /// Which dispositions the ledger may have.
    dispositions: &'static [&'static str],
    calls: u64,
    transport: Transport,
    lost_percent: u8,
    limit_s: u64,
    /// How long the robot stays on the line, in ms.
    hold_ms: u64,
    /// Whether it plays something, which must reach the callee.
    plays: bool,
    /// How far apart calls must come, in s.
    apart_s: f64,
    /// Whether audio must also reach the port that a re-INVITE names.
    moves: bool,
    /// Whether somebody else's phone rings for 15 s, so that the program does not end with the
    /// calls: the callee still wants something of it.
    stays: bool,
    prack: bool,
    session_timer_s: Option<u32>,
    password: Option<&'static str>,
}

const PLAN: Plan = Plan {
    name: "",
    scenario: "",
    expected: "",
    dispositions: &["completed"],
    calls: 5,
    transport: Transport::Udp,
    lost_percent: 0,
    limit_s: 40,
    hold_ms: 300,
    plays: false,
    apart_s: 0.0,
    moves: false,
    stays: false,
    prack: false,
    session_timer_s: None,
    password: None,
};

/// How exact timers are at both ends, in s.
const TIMER_S: f64 = 0.02;

/// A robot that stays until the callee hangs up.
const STAYS: u64 = 120_000;

/// Who is hung up on has not come to the end of the conversation; a robot that only waits may have.
const HUNG_UP: &[&str] = &["hung_up", "completed"];

/// Somebody has lifted the receiver, and nobody spoke.
const CROSSED: &[&str] = &["no_answer", "abandoned", "hung_up"];

/// Calls that last longer than half of the shortest session that RFC 4028 allows.
const SESSION: Plan = Plan {
    dispositions: HUNG_UP,
    calls: 2,
    limit_s: 90,
    hold_ms: STAYS,
    session_timer_s: Some(90),
    ..PLAN
};

const PLANS: &[Plan] = &[
    Plan {
        name: "answer",
        scenario: "uas/answer",
        expected: "180, 200, ACK, BYE",
        plays: true,
        ..PLAN
    },
    Plan {
        name: "busy-486",
        scenario: "uas/refuse_486",
        expected: "ACK of the 486; busy",
        dispositions: &["busy"],
        ..PLAN
    },
    Plan {
        name: "unavailable-480",
        scenario: "uas/refuse_480",
        expected: "ACK of the 480; no answer",
        dispositions: &["no_answer"],
        ..PLAN
    },
    Plan {
        name: "not-found-404",
        scenario: "uas/refuse_404",
        expected: "ACK of the 404; no such number",
        dispositions: &["unallocated"],
        ..PLAN
    },
    Plan {
        name: "decline-603",
        scenario: "uas/refuse_603",
        expected: "ACK of the 603; rejected",
        dispositions: &["rejected"],
        ..PLAN
    },
    Plan {
        name: "congestion-503",
        scenario: "uas/refuse_503",
        expected: "ACK of the 503, Retry-After obeyed",
        dispositions: &["congestion"],
        calls: 3,
        apart_s: 2.0,
        ..PLAN
    },
    Plan {
        name: "early-media-183",
        scenario: "uas/early_media",
        expected: "183 with SDP, then 200",
        ..PLAN
    },
    Plan {
        name: "digest-401",
        scenario: "uas/digest_401",
        expected: "credentials that sipp verifies",
        password: Some("secret"),
        ..PLAN
    },
    Plan {
        name: "digest-407",
        scenario: "uas/digest_407",
        expected: "complete credentials",
        password: Some("secret"),
        ..PLAN
    },
    Plan {
        name: "loss-5",
        scenario: "uas/answer_lossy",
        expected: "5 % of the messages lost both ways, no call",
        calls: 100,
        lost_percent: 5,
        limit_s: 90,
        hold_ms: 3_000,
        ..PLAN
    },
    Plan {
        name: "cancel",
        scenario: "uas/cancel",
        expected: "CANCEL, 487, ACK",
        dispositions: &["no_answer"],
        ..PLAN
    },
    Plan {
        name: "late-answer",
        scenario: "uas/late_answer",
        expected: "200 after CANCEL: ACK and BYE",
        dispositions: CROSSED,
        ..PLAN
    },
    Plan {
        name: "cancel-after-407",
        scenario: "uas/cancel_after_407",
        expected: "branch and CSeq of the second INVITE",
        dispositions: &["no_answer"],
        password: Some("secret"),
        ..PLAN
    },
    Plan {
        name: "prack",
        scenario: "uas/prack",
        expected: "PRACK with RAck of the reliable 183",
        prack: true,
        ..PLAN
    },
    Plan {
        name: "repeated-200",
        scenario: "uas/repeated_answer",
        expected: "an ACK for each 200",
        hold_ms: 1_500,
        ..PLAN
    },
    Plan {
        name: "hang-up",
        scenario: "uas/hang_up",
        expected: "200 for the callee's BYE",
        dispositions: HUNG_UP,
        hold_ms: STAYS,
        ..PLAN
    },
    Plan {
        name: "hang-up-twice",
        scenario: "uas/hang_up_twice",
        expected: "481 or 200 for the second BYE",
        dispositions: HUNG_UP,
        stays: true,
        hold_ms: STAYS,
        ..PLAN
    },
    Plan {
        name: "reinvite-update",
        scenario: "uas/reinvite",
        expected: "hold, audio to the new port, UPDATE",
        dispositions: HUNG_UP,
        calls: 1,
        hold_ms: STAYS,
        plays: true,
        moves: true,
        ..PLAN
    },
    Plan {
        name: "refer",
        scenario: "uas/refer",
        expected: "603 for REFER inside the call",
        dispositions: HUNG_UP,
        hold_ms: STAYS,
        ..PLAN
    },
    Plan {
        name: "session-timer",
        scenario: "uas/session_timer",
        expected: "a refresh after half of 90 s",
        ..SESSION
    },
    Plan {
        name: "session-timer-491",
        scenario: "uas/session_timer_pending",
        expected: "a refused refresh is tried again",
        ..SESSION
    },
    Plan {
        name: "tcp",
        scenario: "uas/load",
        expected: "one connection, 180, 200, ACK, BYE",
        transport: Transport::Tcp,
        ..PLAN
    },
    Plan {
        name: "tcp-hang-up",
        scenario: "uas/hang_up",
        expected: "the callee's BYE comes over the connection",
        dispositions: HUNG_UP,
        transport: Transport::Tcp,
        hold_ms: STAYS,
        ..PLAN
    },
];

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    let case = |plan: Plan| Case {
        name: plan.name,
        peer: "sipp",
        expected: plan.expected,
        run: Box::new(move |stage| play(plan, stage)),
    };
    PLANS.iter().copied().map(case).collect()
}

fn play(plan: Plan, stage: &Stage<'_>) -> Result<String> {
    let (first, moved) = (Sink::open()?, Sink::open()?);
    let options = SippOptions {
        transport: plan.transport,
        limit_s: plan.limit_s,
        lost_percent: plan.lost_percent,
        audio_port: first.port(),
        moved_port: moved.port(),
        ..SippOptions::taking(plan.scenario, plan.calls)?
    };
    let mut sipp = Sipp::start(&options, &stage.folder.join("sipp"))?;
    let mut setup = setup(plan, stage, options.port)?;
    let mut numbers = numbers(plan.calls);
    // Lives until the case is over.
    let _ringing = if plan.stays {
        numbers.push(other_number(0));
        Some(ring_elsewhere(stage, &mut setup)?)
    } else {
        None
    };
    let dialling = stage.dial(&setup, &numbers)?;
    // sipp first: its log says more about what went wrong.
    let judged = sipp.verdict();
    let limit = Duration::from_secs(if judged.is_ok() { 40 } else { 1 });
    let ledger = dialling.verdict(limit, plan.dispositions);
    judged.with_context(|| match &ledger {
        Ok(words) => format!("the ledger has {words}"),
        Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
    })?;
    if plan.apart_s > 0.0 {
        apart(&sipp, plan.apart_s)?;
    }
    let (heard, heard_later) = (first.count(), moved.count());
    ensure!(!plan.plays || heard > 0, "no audio came to the callee");
    ensure!(!plan.moves || heard_later > 0, "no audio came to the port of the re-INVITE");
    Ok(format!("{} calls right, {}", plan.calls, ledger?))
}

fn setup(plan: Plan, stage: &Stage<'_>, port: u16) -> Result<Setup> {
    let trunk = Trunk {
        username: plan.password.map(|_| "outcall"),
        password: plan.password,
        prack: plan.prack,
        session_timer_s: plan.session_timer_s,
        ..Trunk::new("a", port, plan.transport)
    };
    let mut setup = Setup::handful(trunk)?;
    setup.conversation.hold_ms = plan.hold_ms;
    if plan.plays {
        let file = stage.folder.join("greeting.wav");
        audio::write(&file, &audio::noise(1, 4))?;
        setup.conversation.file = Some(file);
    }
    Ok(setup)
}

/// A phone that rings for as long as it may, on a trunk of its own.
fn ring_elsewhere(stage: &Stage<'_>, setup: &mut Setup) -> Result<Sipp> {
    let options = SippOptions::taking("uas/cancel", 1)?;
    let ringing = Sipp::start(&options, &stage.folder.join("sipp"))?;
    setup.trunks.push(Trunk::new("b", options.port, Transport::Udp));
    setup.routes = [("1202", "a"), (OTHER_PREFIX, "b")]
        .map(|(prefix, trunk)| Route { prefix, trunk, cost: 1.0 })
        .to_vec();
    Ok(ringing)
}

/// Fails when two calls came sooner after each other than they may.
fn apart(sipp: &Sipp, apart_s: f64) -> Result<()> {
    let arrivals_s = sipp.arrivals_s("INVITE")?;
    // A day may have passed.
    let gaps_s = arrivals_s.windows(2).map(|two| (two[1] - two[0]).rem_euclid(86_400.0));
    let nearest_s = gaps_s.fold(f64::INFINITY, f64::min);
    ensure!(nearest_s >= apart_s - TIMER_S, "two calls came within {nearest_s:.3} s");
    Ok(())
}
