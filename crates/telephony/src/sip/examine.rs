//! Trunks looked at before any call is placed: the same agent, the same addresses and the same
//! credentials as calls have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::bounded;
use jiff::fmt::rfc2822::DateTimeParser;
use outcall_campaign::UnixMillis;
use outcall_sip::trace::TraceBook;
use outcall_sip::{AgentEvent, Command, Examine, UserAgent};
pub use outcall_sip::{Answer, Examination, Reply, Seen};

use super::carrier::{SipStartError, agent_settings};
use super::settings::{InvalidSip, SipSettings};
use super::trunk_plan::TrunkPlan;

/// How trunks are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Examining {
    /// How long a look-up may take, and then each answer.
    pub within: Duration,
    /// Whether to register where the settings say so, and to take it back. A registrar may hold one
    /// registration only: not beside a process that needs its own.
    pub register: bool,
}

/// What was found of a trunk.
#[derive(Clone, Debug)]
pub struct TrunkExamination {
    /// The trunk's name.
    pub name: String,
    /// Where requests are sent, as the settings have it.
    pub next_hop: String,
    /// What was found; `None` when the agent had ended first.
    pub found: Option<Examination>,
    /// When it was told.
    pub told_at: UnixMillis,
    /// The address of ours from which the system sends to it.
    pub local: Option<IpAddr>,
}

impl TrunkExamination {
    /// The instant that an answer's Date names, and when it came by our clock.
    pub fn clocks(&self, answer: &Answer) -> Option<(UnixMillis, UnixMillis)> {
        let date = DateTimeParser::new().parse_timestamp(answer.date.as_deref()?).ok()?;
        let age_ms = i64::try_from(answer.age.as_millis()).ok()?;
        Some((UnixMillis::from_jiff(date), self.told_at - age_ms))
    }
}

/// Looks at all trunks at once. Three times `within` is the longest that it takes.
///
/// # Errors
/// When a setting cannot be used, or a port is taken.
pub fn examine(
    settings: &SipSettings,
    how: Examining,
    now: &dyn Fn() -> UnixMillis,
) -> Result<Vec<TrunkExamination>, SipStartError> {
    settings.validate()?;
    let plans =
        settings.trunks.iter().map(TrunkPlan::new).collect::<Result<Vec<_>, InvalidSip>>()?;
    let (sender, events) = bounded(plans.len().max(1));
    // An error says that nobody waits any more.
    let sink = Arc::new(move |event| drop(sender.try_send(event)));
    let agent = UserAgent::start(agent_settings(settings), sink, TraceBook::default())?;
    let within_ms = u32::try_from(how.within.as_millis()).unwrap_or(u32::MAX);
    for plan in &plans {
        let wanted = Examine {
            name: plan.settings.name.clone(),
            next_hop: plan.next_hop.clone(),
            credentials: plan.credentials.clone(),
            registration: plan.registration().filter(|_| how.register),
            within_ms,
        };
        let sent = agent.send(Command::Examine(Box::new(wanted)));
        sent.map_err(|error| outcall_sip::agent::AgentError::Stack(error.to_string()))?;
    }
    let mut trunks: Vec<TrunkExamination> = plans.iter().map(|plan| unseen(plan, now())).collect();
    // A look-up, a registration and its end, and what a busy machine needs besides.
    let patience = how.within * 3 + Duration::from_secs(1);
    let mut waiting = trunks.len();
    while waiting > 0 {
        let Ok(event) = events.recv_timeout(patience) else { break };
        let AgentEvent::Examined(found) = event else { continue };
        let Some(trunk) = trunks.iter_mut().find(|trunk| trunk.name == found.name) else {
            continue;
        };
        let place = found.addresses.as_ref().ok().and_then(|places| places.first());
        trunk.local = place.and_then(|place| local_towards(*place));
        trunk.told_at = now();
        trunk.found = Some(*found);
        waiting -= 1;
    }
    agent.stop();
    Ok(trunks)
}

fn unseen(plan: &TrunkPlan, now: UnixMillis) -> TrunkExamination {
    TrunkExamination {
        name: plan.settings.name.clone(),
        next_hop: plan.next_hop.clone(),
        found: None,
        told_at: now,
        local: None,
    }
}

/// The address that the system would send from. Nothing is sent: a UDP socket that is connected
/// only looks up the route.
fn local_towards(place: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match place {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(place).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_a_trunk_is_compared_with_ours_when_its_answer_came() {
        let answer = Answer {
            status: 200,
            authenticated: false,
            took: Duration::from_millis(20),
            age: Duration::from_secs(3),
            date: Some("Mon, 02 Mar 2026 14:00:00 GMT".to_owned()),
            seen: None,
        };
        let plan = TrunkPlan::new(&crate::sip::settings::TrunkSettings::new("a", "sip:a.example"));
        let trunk = unseen(&plan.unwrap(), UnixMillis(1_772_460_010_000));
        let (theirs, ours) = trunk.clocks(&answer).unwrap();
        assert_eq!((theirs.0, ours.0), (1_772_460_000_000, 1_772_460_007_000));
        let wrong = Answer { date: Some("yesterday".to_owned()), ..answer };
        assert_eq!(trunk.clocks(&wrong), None);
    }

    #[test]
    fn the_way_to_the_machine_itself_begins_at_its_own_address() {
        let local = local_towards("127.0.0.1:5060".parse().unwrap());
        assert_eq!(local, Some("127.0.0.1".parse().unwrap()));
    }
}
