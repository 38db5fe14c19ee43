//! Cases with a proxy in the path, which keeps a log of what passed through it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::case::{Case, Stage, numbers};
use crate::peers::kamailio::{Kamailio, ProxyOptions};
use crate::peers::outcall::{Setup, Trunk};
use crate::peers::ports::Transport;
use crate::peers::sipp::{Sipp, SippOptions};

/// How many calls a case has.
const CALLS: u64 = 5;

#[derive(Clone, Copy)]
struct Plan {
    name: &'static str,
    expected: &'static str,
    transport: Transport,
    /// What callees do behind the proxy.
    callee: &'static str,
    /// Whether there is one before them that has no room.
    full: bool,
    password: Option<&'static str>,
    dispositions: &'static [&'static str],
}

const PLANS: &[Plan] = &[
    Plan {
        name: "proxy-route",
        expected: "ACK and BYE follow the recorded route",
        transport: Transport::Udp,
        callee: "uas/answer",
        full: false,
        password: None,
        dispositions: &["completed"],
    },
    Plan {
        name: "proxy-tcp",
        expected: "the same over TCP",
        transport: Transport::Tcp,
        callee: "uas/answer",
        full: false,
        password: None,
        dispositions: &["completed"],
    },
    Plan {
        name: "proxy-digest-407",
        expected: "credentials that kamailio verifies",
        transport: Transport::Udp,
        callee: "uas/answer",
        full: false,
        password: Some("secret"),
        dispositions: &["completed"],
    },
    Plan {
        name: "proxy-failover",
        expected: "503 on the first way, answered on the second",
        transport: Transport::Udp,
        callee: "uas/answer",
        full: true,
        password: None,
        dispositions: &["completed"],
    },
    Plan {
        name: "proxy-cancel",
        expected: "CANCEL through the proxy",
        transport: Transport::Udp,
        callee: "uas/cancel",
        full: false,
        password: Some("secret"),
        dispositions: &["no_answer"],
    },
];

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    let case = |plan: Plan| Case {
        name: plan.name,
        peer: "kamailio",
        expected: plan.expected,
        run: Box::new(move |stage| play(plan, stage)),
    };
    PLANS.iter().copied().map(case).collect()
}

fn play(plan: Plan, stage: &Stage<'_>) -> Result<String> {
    let callee = SippOptions::taking(plan.callee, CALLS)?;
    let mut callees = vec![Sipp::start(&callee, &stage.folder.join("sipp"))?];
    let mut options = ProxyOptions { password: plan.password, first: callee.port, second: None };
    if plan.full {
        let full = SippOptions::taking("uas/refuse_503", CALLS)?;
        callees.push(Sipp::start(&full, &stage.folder.join("sipp"))?);
        options = ProxyOptions { first: full.port, second: Some(callee.port), ..options };
    }
    let kamailio = Kamailio::start(&stage.folder.join("kamailio"), options)?;
    let trunk = Trunk {
        username: plan.password.map(|_| "outcall"),
        password: plan.password,
        ..Trunk::new("a", kamailio.port(), plan.transport)
    };
    let mut setup = Setup::handful(trunk)?;
    setup.conversation.hold_ms = 500;
    let dialling = stage.dial(&setup, &numbers(CALLS))?;
    for callee in &mut callees {
        callee.verdict().with_context(|| kamailio.last_words())?;
    }
    let ledger = dialling.verdict(Duration::from_secs(40), plan.dispositions)?;
    let count = |words: &str| kamailio.count(words);
    let wanted = CALLS as usize;
    if plan.dispositions == ["completed"] {
        for words in ["invited", "routed ACK", "routed BYE"] {
            let count = count(words)?;
            ensure!(count >= wanted, "'{words}' {count} times: {}", kamailio.last_words());
        }
    }
    ensure!(!plan.full || count("second way")? == wanted, "the second way was not taken");
    let stray = count("stray ACK")? + count("stray BYE")?;
    ensure!(stray == 0, "{stray} requests off the route: {}", kamailio.last_words());
    Ok(format!("{} routed BYE, {ledger}", count("routed BYE")?))
}
