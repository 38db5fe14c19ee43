//! Each trunk: its name, its answer, its registration, its clock.

use std::net::SocketAddr;

use outcall_telephony::sip::examine::{Answer, Examination, Reply, TrunkExamination};

use super::address::{self, Ours};
use super::{Finding, State};

/// Said of everything that only calls over SIP need.
pub(super) const NO_TRUNK: &str = "no trunk is configured";

/// A trunk's clock and ours may differ by this, in ms. A Date is cut to whole seconds.
const CLOCKS_APART_MS: i64 = 2_000;

/// The trunks.
#[derive(Clone, Debug)]
pub enum Trunks {
    /// None is configured.
    None,
    /// They were not looked at, because of this.
    Skipped(String),
    /// They could not be looked at.
    Failed(String),
    /// They were.
    Examined(Vec<Trunk>),
}

/// One trunk.
#[derive(Clone, Debug)]
pub struct Trunk {
    /// What was found.
    pub examination: TrunkExamination,
    /// How we are configured towards it.
    pub ours: Ours,
    /// Whether there are credentials for it.
    pub has_credentials: bool,
    /// Whether it is to be asked by OPTIONS during calls.
    pub is_watched: bool,
    /// Why no registration was tried, when there is one to try.
    pub not_registered: Option<String>,
    /// For how long an answer was waited, in s.
    pub within_s: u64,
}

/// Judges the trunks.
pub fn findings(facts: &Trunks) -> Vec<Finding> {
    match facts {
        Trunks::None => {
            let none = Finding::skipped("trunks", NO_TRUNK);
            vec![none.advise("docs/guide/trunks.md begins with the smallest file that works")]
        }
        Trunks::Skipped(why) => vec![Finding::skipped("trunks", why)],
        Trunks::Failed(problem) => {
            vec![Finding::failed("trunks", problem, "mend what is told above, and ask again")]
        }
        Trunks::Examined(trunks) => trunks.iter().flat_map(of_trunk).collect(),
    }
}

fn of_trunk(trunk: &Trunk) -> Vec<Finding> {
    let examined = &trunk.examination;
    let Some(found) = &examined.found else {
        let lost = "the look at it was broken off";
        return vec![Finding::failed("trunk_answer", lost, "ask again").of(examined.name.as_str())];
    };
    let places = match &found.addresses {
        Ok(places) => places,
        Err(problem) => {
            let advice = "see whether uri (or proxy) is written right, and whether this machine \
                          can look names up";
            let lost = Finding::failed("trunk_name", problem, advice);
            return vec![lost.of(examined.name.as_str())];
        }
    };
    let mut all = vec![name(examined, places), answer(trunk, &found.options)];
    all.extend(registration(trunk, found));
    let told = found.options.answer().or_else(|| found.registration.as_ref()?.answer());
    if let Some(told) = told {
        all.extend(clock(examined, told));
        all.extend(told.seen.map(|seen| address::finding(&trunk.ours, &seen, examined.local)));
    }
    all.into_iter().map(|finding| finding.of(examined.name.as_str())).collect()
}

fn name(examined: &TrunkExamination, places: &[SocketAddr]) -> Finding {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    Finding::ok("trunk_name", format!("{} is {}", examined.next_hop, places.join(", ")))
}

/// What credentials are to be compared with.
const CREDENTIALS: &str = "compare username, auth_user, password and realm with what the carrier \
                           gave you";

fn answer(trunk: &Trunk, reply: &Reply) -> Finding {
    let check = "trunk_answer";
    let answer = match unanswered(check, trunk, reply) {
        Ok(answer) => answer,
        // A trunk that is never asked by OPTIONS may not know them.
        Err(silence) if !trunk.is_watched && *reply == Reply::Silence => {
            return Finding { state: State::Warning, ..silence };
        }
        Err(silence) => return silence,
    };
    let (status, took) = (answer.status, took(answer));
    match status {
        401 | 403 | 407 if answer.authenticated => {
            Finding::failed(check, format!("our credentials are refused ({status})"), CREDENTIALS)
        }
        401 | 407 if trunk.has_credentials => Finding::failed(
            check,
            format!("its challenge ({status}) is not for our credentials"),
            "set realm as the trunk says it, or leave it out",
        ),
        401 | 407 => Finding::warning(
            check,
            format!("it asks who we are ({status}), and there are no credentials"),
            "write username and password, if it asks on calls too",
        ),
        403 => Finding::warning(
            check,
            format!("forbidden ({status}), without a question who we are"),
            "let the carrier allow this machine's address",
        ),
        503 => Finding::failed(
            check,
            format!("it is out of service ({status})"),
            "ask the carrier; calls go over other trunks meanwhile, where there are some",
        ),
        200..300 => Finding::ok(check, format!("{status} in {took}")),
        _ => Finding::ok(check, format!("{status} in {took}: it is there")),
    }
}

/// The answer, or the finding that there is none.
fn unanswered<'a>(
    check: &'static str,
    trunk: &Trunk,
    reply: &'a Reply,
) -> Result<&'a Answer, Finding> {
    let elsewhere = trunk.ours.is_shut_in(&trunk.examination);
    let advice = if elsewhere {
        "we listen on the loopback address, which leads nowhere else: set \
         sip.udp = \"0.0.0.0:5060\""
    } else {
        "see whether uri and its transport are right, whether a firewall lets SIP out and its \
         answers in, and whether the carrier knows this machine's address"
    };
    match reply {
        Reply::Answer(answer) => Ok(answer),
        Reply::Silence => {
            let within_s = trunk.within_s;
            Err(Finding::failed(check, format!("no answer within {within_s} s"), advice))
        }
        Reply::NotSent { problem } => {
            Err(Finding::failed(check, format!("nothing could be sent: {problem}"), advice))
        }
    }
}

fn took(answer: &Answer) -> String {
    format!("{} ms", answer.took.as_millis())
}

fn registration(trunk: &Trunk, found: &Examination) -> Option<Finding> {
    let check = "trunk_registration";
    if let Some(why) = &trunk.not_registered {
        return Some(Finding::skipped(check, why));
    }
    let answer = match unanswered(check, trunk, found.registration.as_ref()?) {
        Ok(answer) => answer,
        Err(silence) => return Some(silence),
    };
    let (status, took) = (answer.status, took(answer));
    Some(match status {
        200..300 if found.taken_back == Some(true) => {
            Finding::ok(check, format!("{status} in {took}, and taken back"))
        }
        200..300 => Finding::warning(
            check,
            format!("{status} in {took}, but it could not be taken back"),
            "calls may come here until it lapses: see register_expires_s",
        ),
        401 | 403 | 407 if answer.authenticated => {
            Finding::failed(check, format!("our credentials are refused ({status})"), CREDENTIALS)
        }
        401 | 407 => Finding::failed(
            check,
            format!("its challenge ({status}) is not for our credentials"),
            "set realm as the trunk says it, or leave it out",
        ),
        403 => Finding::failed(
            check,
            format!("forbidden ({status}), without a question who we are"),
            "see whether the carrier knows our user name and allows this machine's address",
        ),
        404 => Finding::failed(
            check,
            format!("it knows no such user ({status})"),
            "compare username and from_domain with what the carrier gave you",
        ),
        _ => Finding::failed(
            check,
            format!("refused with {status}"),
            "ask the carrier, or set register = false where it wants no registration",
        ),
    })
}

fn clock(examined: &TrunkExamination, answer: &Answer) -> Option<Finding> {
    let check = "trunk_clock";
    let (theirs, ours) = examined.clocks(answer)?;
    // The Date is cut to seconds: on average it is half a second old when it is written.
    let apart_ms = ours.0 - (theirs.0 + 500);
    let seconds = apart_ms.unsigned_abs() as f64 / 1_000.0;
    let way = if apart_ms > 0 { "ahead of" } else { "behind" };
    let found = format!("ours is {seconds:.1} s {way} the trunk's");
    Some(if apart_ms.abs() <= CLOCKS_APART_MS {
        Finding::ok(check, found)
    } else {
        let advice = "compare with a third clock: set ours by a time server, or tell the carrier";
        Finding::warning(check, found, advice)
    })
}

#[cfg(test)]
mod tests;
