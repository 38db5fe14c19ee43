//! Listeners, ports of the audio, limits of the system.

use std::net::SocketAddr;

use super::{Finding, bytes};

/// Files of the process besides those of calls: database, log, threads of the system.
const FILES_OWN: u64 = 64;
/// Of each call: RTP, RTCP, and its recording.
const FILES_PER_CALL: u64 = 3;
/// What each call a second wants of the SIP socket's buffer, in bytes: 8 MiB are a second of a
/// thousand calls.
const SIP_BUFFER_PER_CALL: f64 = 8.0 * 1024.0;
/// What each socket of audio wants, in bytes: 2 s of it.
const MEDIA_BUFFER: u64 = 128 << 10;

/// Sockets and limits.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Where we listen for SIP.
    pub listeners: Vec<Listener>,
    /// The ports of the audio.
    pub media: Media,
    /// How many calls there can be at once, those that come in with them.
    pub calls: u32,
    /// How many calls may be placed per second.
    pub calls_per_second: f64,
    /// How many streams of audio there can be at once.
    pub streams_max: u64,
    /// How many files the process may open, and how many it could be allowed to; `None` when there
    /// is no limit.
    pub files: Option<(u64, u64)>,
    /// The most that a socket may ask to buffer, in bytes, where the system tells.
    pub buffer_max: Option<u64>,
    /// The process that dials from the ledger now: it has ports of its own.
    pub holder: Option<String>,
}

/// Where we listen for SIP.
#[derive(Clone, Debug)]
pub struct Listener {
    /// `udp`, `tcp` or `tls`.
    pub transport: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// Whether it is free; or what the system says.
    pub free: Result<(), Bind>,
}

/// Why a port cannot be bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Another program has it.
    Taken,
    /// This machine has no such address, or we may not.
    Refused(String),
}

/// The ports of the audio.
#[derive(Clone, Debug)]
pub struct Media {
    /// The first and the last.
    pub range: (u16, u16),
    /// Pairs in it: RTP on an even port, RTCP on the odd one above.
    pub pairs: u32,
    /// Pairs that are free.
    pub free: u32,
    /// What the system says when it is not that a port is taken.
    pub refused: Option<String>,
}

/// Judges sockets and limits.
pub fn findings(facts: &Ports) -> Vec<Finding> {
    let listeners = facts.listeners.iter().map(|it| listener(it, facts.holder.as_deref()));
    let mut all: Vec<Finding> = listeners.collect();
    all.push(media(facts));
    all.push(files(facts));
    all.extend(buffer(facts));
    all
}

fn listener(facts: &Listener, holder: Option<&str>) -> Finding {
    let check = "sip_port";
    let Listener { transport, address, free } = facts;
    let finding = match (free, holder) {
        (Ok(()), _) => Finding::ok(check, format!("{address} is free")),
        (Err(Bind::Taken), Some(holder)) => Finding::ok(
            check,
            format!("{address} is in use, as it seems by {holder}, which dials now"),
        ),
        (Err(Bind::Taken), None) => Finding::failed(
            check,
            format!("{address} is in use by another program"),
            format!("`ss -lnp` tells which: end it, or set sip.{transport} to another port"),
        ),
        (Err(Bind::Refused(problem)), _) => Finding::failed(
            check,
            format!("{address} cannot be bound: {problem}"),
            format!("set sip.{transport} to an address of this machine, for example 0.0.0.0:5060"),
        ),
    };
    finding.of(*transport)
}

fn media(facts: &Ports) -> Finding {
    let check = "media_ports";
    let Media { range: (first, last), pairs, free, refused } = &facts.media;
    let calls = facts.calls;
    if let Some(problem) = refused {
        return Finding::failed(
            check,
            format!("{first} to {last} cannot be bound: {problem}"),
            "set media.bind to an address of this machine, for example 0.0.0.0",
        );
    }
    let found = format!("{first} to {last}: {free} of {pairs} pairs free, for {calls} calls");
    let widen = format!("widen media.ports to {} ports, or lower channels", u64::from(calls) * 2);
    if *free == 0 {
        return Finding::failed(check, found, widen);
    }
    // A process that dials has taken some of them for its own calls.
    let usable = if facts.holder.is_some() { pairs } else { free };
    if *usable < calls {
        let found = format!("{found}: the calls above that find no ports");
        return Finding::warning(check, found, widen);
    }
    if facts.streams_max < u64::from(calls) {
        let found = format!("{found}, and media.streams_max allows {}", facts.streams_max);
        return Finding::warning(check, found, format!("raise media.streams_max to {calls}"));
    }
    Finding::ok(check, found)
}

fn files(facts: &Ports) -> Finding {
    let check = "open_files";
    let calls = facts.calls;
    let wanted = FILES_OWN + u64::from(calls) * FILES_PER_CALL;
    match facts.files {
        None => Finding::ok(check, "no limit"),
        Some((soft, _)) if soft >= wanted => {
            Finding::ok(check, format!("{soft} allowed, {wanted} wanted by {calls} calls"))
        }
        Some((soft, hard)) => {
            let how = if hard >= wanted {
                format!(
                    "`ulimit -n {wanted}` before the start, or LimitNOFILE={wanted} in the unit"
                )
            } else {
                format!("LimitNOFILE={wanted} in the unit, or lower channels")
            };
            let found = format!("{soft} allowed, {wanted} wanted by {calls} calls");
            Finding::warning(check, found, how)
        }
    }
}

fn buffer(facts: &Ports) -> Option<Finding> {
    let check = "receive_buffer";
    let max = facts.buffer_max?;
    let wanted = (facts.calls_per_second * SIP_BUFFER_PER_CALL) as u64;
    let wanted = wanted.max(MEDIA_BUFFER);
    let found = format!("{} allowed, {} wanted", bytes(max), bytes(wanted));
    Some(if max >= wanted {
        Finding::ok(check, found)
    } else {
        let found = format!("{found}: packets are lost when many come at once");
        Finding::warning(check, found, format!("sysctl -w net.core.rmem_max={wanted}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn facts() -> Ports {
        let address = "0.0.0.0:5060".parse().unwrap();
        Ports {
            listeners: vec![Listener { transport: "udp", address, free: Ok(()) }],
            media: Media { range: (20_000, 20_199), pairs: 100, free: 100, refused: None },
            calls: 100,
            calls_per_second: 10.0,
            streams_max: 4_000,
            files: Some((1_024, 4_096)),
            buffer_max: Some(212_992),
            holder: None,
        }
    }

    fn states(facts: &Ports) -> Vec<State> {
        findings(facts).iter().map(|finding| finding.state).collect()
    }

    #[test]
    fn enough_of_everything_is_well() {
        assert_eq!(states(&facts()), [State::Ok; 4]);
    }

    #[test]
    fn a_port_that_is_taken_fails_unless_a_process_of_ours_dials() {
        let mut taken = facts();
        taken.listeners[0].free = Err(Bind::Taken);
        assert_eq!(states(&taken)[0], State::Failed);
        taken.holder = Some("process 7".to_owned());
        assert_eq!(states(&taken)[0], State::Ok);
        taken.listeners[0].free = Err(Bind::Refused("cannot assign".to_owned()));
        assert_eq!(states(&taken)[0], State::Failed);
    }

    #[test]
    fn each_call_needs_a_pair_of_ports() {
        let mut few = facts();
        few.media.free = 99;
        assert_eq!(states(&few)[1], State::Warning);
        let advice = findings(&few)[1].advice.clone().unwrap();
        assert!(advice.contains("to 200 ports"), "{advice}");
        few.holder = Some("process 7".to_owned());
        assert_eq!(states(&few)[1], State::Ok, "its own calls have them");
        few.media.free = 0;
        assert_eq!(states(&few)[1], State::Failed);
        let narrow = Ports { streams_max: 99, ..facts() };
        assert_eq!(states(&narrow)[1], State::Warning);
        let mut foreign = facts();
        foreign.media.refused = Some("cannot assign".to_owned());
        assert_eq!(states(&foreign)[1], State::Failed);
    }

    #[test]
    fn the_limit_of_files_is_held_against_the_calls() {
        let wanted = FILES_OWN + 100 * FILES_PER_CALL;
        let of = |files| findings(&Ports { files, ..facts() })[2].clone();
        assert_eq!(of(None).state, State::Ok);
        assert_eq!(of(Some((wanted, wanted))).state, State::Ok);
        let soft = of(Some((wanted - 1, wanted)));
        assert_eq!(soft.state, State::Warning);
        assert!(soft.advice.unwrap().contains("ulimit -n 364"));
        let hard = of(Some((wanted - 1, wanted - 1)));
        assert!(!hard.advice.unwrap().contains("ulimit"));
    }

    #[test]
    fn the_receive_buffer_is_held_against_the_calls_per_second() {
        let of = |calls_per_second, buffer_max| {
            let facts = Ports { calls_per_second, buffer_max, ..facts() };
            findings(&facts).get(3).map(|finding| finding.state)
        };
        assert_eq!(of(10.0, Some(212_992)), Some(State::Ok));
        assert_eq!(of(27.0, Some(212_992)), Some(State::Warning));
        assert_eq!(of(1.0, Some(65_536)), Some(State::Warning), "audio wants some too");
        assert_eq!(of(10.0, None), None);
    }
}
