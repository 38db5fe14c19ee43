//! Whether the settings can be used.

use std::collections::BTreeSet;

use outcall_campaign::rate::{CallRate, InvalidCallRate};
use outcall_campaign::{PhoneNumber, UnixMillis};

use super::{RouteSettings, SipSettings, Srtp, TrunkSettings};
use crate::sip::address::{Transport, TrunkAddress};

/// Why the settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sip.{field}: {problem}")]
pub struct InvalidSip {
    /// Where, for example `trunks[1].uri`.
    pub field: String,
    /// What is wrong, and what to write.
    pub problem: String,
}

/// The most trunks and routes, so that no list grows without bound.
const TRUNKS_MAX: usize = 1_000;
const ROUTES_MAX: usize = 100_000;

/// The most digits of an E.164 number.
const DIGITS_MAX: usize = 15;

struct Problems(Vec<InvalidSip>);

impl Problems {
    fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(InvalidSip { field: field.into(), problem: problem.into() });
    }

    fn require(&mut self, holds: bool, field: impl Into<String>, problem: impl Into<String>) {
        if !holds {
            self.add(field, problem);
        }
    }
}

/// A text that may stand in a header or a URI as it is: nothing ends the line or the URI early.
fn is_plain(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,?/@".contains(&b);
    !text.is_empty() && text.len() <= 255 && text.bytes().all(allowed)
}

impl SipSettings {
    /// Whether the settings can be used. Files are not opened and names not looked up.
    ///
    /// # Errors
    /// With the first of [`SipSettings::problems`].
    pub fn validate(&self) -> Result<(), InvalidSip> {
        self.problems().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that is wrong, in the order of the fields.
    pub fn problems(&self) -> Vec<InvalidSip> {
        let mut problems = Problems(Vec::new());
        self.check_process(&mut problems);
        self.check_trunks(&mut problems);
        self.check_routes(&mut problems);
        self.check_causes(&mut problems);
        self.check_inbound(&mut problems);
        problems.0
    }

    fn check_process(&self, problems: &mut Problems) {
        let listens = self.udp.is_some() || self.tcp.is_some() || self.tls.is_some();
        problems.require(
            listens || (self.trunks.is_empty() && self.inbound.is_empty()),
            "udp",
            "there is no address to listen at: set udp, tcp or tls, for example 0.0.0.0:5060",
        );
        let printable = self.user_agent.bytes().all(|b| (b' '..=b'~').contains(&b));
        problems.require(
            printable && self.user_agent.len() <= 255,
            "user_agent",
            "write at most 255 printable ASCII characters",
        );
        let unspecified = self.public_address.is_some_and(|ip| ip.is_unspecified());
        problems.require(!unspecified, "public_address", "nobody is reached there: write our own");
        problems.require((50..=5_000).contains(&self.t1_ms), "t1_ms", "write 50 to 5000 ms");
        // An intent must be sent within 5 s.
        problems.require(self.order_wait_ms <= 4_000, "order_wait_ms", "write 0 to 4000 ms");
        problems.require(self.trace.calls <= 100_000, "trace.calls", "write 0 to 100000");
        let point = self.dscp.signalling;
        let field = "dscp.signalling";
        problems.require(point < 64, field, format!("{point}: write 0 to 63 (RFC 2474)"));
        if let Some(identity) = &self.identity {
            problems.require(
                identity.certificate_url.starts_with("https://")
                    && identity.certificate_url.bytes().all(|b| b.is_ascii_graphic())
                    && !identity.certificate_url.contains(['<', '>', '"']),
                "identity.certificate_url",
                "write the https:// address of the certificate (RFC 8226)",
            );
        }
    }

    fn check_trunks(&self, problems: &mut Problems) {
        let count = self.trunks.len();
        problems.require(
            count <= TRUNKS_MAX,
            "trunks",
            format!("{count} are more than {TRUNKS_MAX}: leave some out"),
        );
        let mut names = BTreeSet::new();
        for (index, trunk) in self.trunks.iter().enumerate().take(TRUNKS_MAX) {
            let mut own = Problems(Vec::new());
            own.require(
                names.insert(trunk.name.as_str()),
                "name",
                format!("another trunk is called '{}': give each its own name", trunk.name),
            );
            trunk.check(self, &mut own);
            for InvalidSip { field, problem } in own.0 {
                problems.add(format!("trunks[{index}].{field}"), problem);
            }
        }
    }

    fn check_routes(&self, problems: &mut Problems) {
        let count = self.routes.len();
        problems.require(
            count <= ROUTES_MAX,
            "routes",
            format!("{count} are more than {ROUTES_MAX}: join some"),
        );
        let trunks: BTreeSet<&str> = self.trunks.iter().map(|trunk| trunk.name.as_str()).collect();
        let mut seen = BTreeSet::new();
        for (index, route) in self.routes.iter().enumerate().take(ROUTES_MAX) {
            let field = |name: &str| format!("routes[{index}].{name}");
            let RouteSettings { prefix, trunk, cost, strip, prepend } = route;
            problems.require(
                prefix.len() <= DIGITS_MAX && prefix.bytes().all(|b| b.is_ascii_digit()),
                field("prefix"),
                format!("'{prefix}': write the first digits, country code first, without +"),
            );
            problems.require(
                trunks.contains(trunk.as_str()),
                field("trunk"),
                format!("there is no trunk '{trunk}': write the name of one in trunks"),
            );
            problems.require(
                (0.0..=1e9).contains(cost),
                field("cost"),
                format!("{cost}: write a figure from 0 to 1000000000"),
            );
            // Every number has 4 digits at least, and those of the prefix.
            let strip_max = prefix.len().max(3);
            problems.require(
                usize::from(*strip) <= strip_max,
                field("strip"),
                format!("{strip}: too little of the number would be left, write 0 to {strip_max}"),
            );
            let dials = |b: u8| b.is_ascii_digit() || b"+*#".contains(&b);
            problems.require(
                prepend.len() <= 32 && prepend.bytes().all(dials),
                field("prepend"),
                format!("'{prepend}': write at most 32 of the characters 0-9 + * #"),
            );
            problems.require(
                seen.insert((prefix.as_str(), trunk.as_str())),
                field("trunk"),
                format!("prefix '{prefix}' names trunk '{trunk}' twice: keep one of the routes"),
            );
        }
    }

    fn check_causes(&self, problems: &mut Problems) {
        let mut seen = BTreeSet::new();
        for (index, own) in self.causes.iter().enumerate() {
            let field = |name: &str| format!("causes[{index}].{name}");
            problems.require(
                (300..700).contains(&own.status),
                field("status"),
                format!("{} ends no call: write 300 to 699", own.status),
            );
            problems.require(
                own.q850.is_none_or(|cause| (1..=127).contains(&cause)),
                field("q850"),
                "write 1 to 127 (ITU-T Q.850)",
            );
            problems.require(
                seen.insert((own.status, own.q850)),
                field("status"),
                format!("{} is read in two ways: keep one", own.status),
            );
        }
    }

    fn check_inbound(&self, problems: &mut Problems) {
        let mut seen: BTreeSet<Option<PhoneNumber>> = BTreeSet::new();
        for (index, own) in self.inbound.iter().enumerate() {
            problems.require(
                seen.insert(own.number),
                format!("inbound[{index}].number"),
                "it has two scenarios: keep one",
            );
            problems.require(
                !own.scenario.trim().is_empty(),
                format!("inbound[{index}].scenario"),
                "it is empty: write the name of a scenario",
            );
        }
        let takes_none = self.inbound_per_s == 0 || self.inbound_max == 0;
        problems.require(
            self.inbound.is_empty() || !takes_none,
            "inbound_max",
            "inbound_per_s or inbound_max is 0, which refuses every call: leave out inbound",
        );
    }
}

impl TrunkSettings {
    fn check(&self, process: &SipSettings, problems: &mut Problems) {
        problems.require(
            is_plain(&self.name) && self.name.len() <= 64,
            "name",
            "write 1 to 64 letters, digits or the characters -_.",
        );
        let next_hop = self.check_addresses(process, problems);
        let texts = [
            ("username", &self.username),
            ("auth_user", &self.auth_user),
            ("from_domain", &self.from_domain),
        ];
        for (field, text) in texts {
            let plain = text.as_deref().is_none_or(is_plain);
            problems.require(plain, field, "it has characters that a SIP address cannot hold");
        }
        let realm = self.realm.as_deref().unwrap_or("-");
        let plain_realm = realm.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"');
        problems.require(plain_realm, "realm", "it has characters that a realm cannot hold");
        problems.require(
            self.password.is_empty() || self.auth_name().is_some(),
            "username",
            "there is a password and no name: set username or auth_user",
        );
        problems.require(
            !self.register || self.username.is_some(),
            "username",
            "a registration needs the name that it is for: set username, or register = false",
        );
        problems.require(
            !self.register || !self.password.is_empty(),
            "password",
            "a registration is challenged: set password, or register = false",
        );
        self.check_figures(problems);
        problems.require(
            !self.codecs.is_empty(),
            "codecs",
            "no codec is offered: write pcmu, pcma",
        );
        let twice = (1..self.codecs.len()).any(|at| self.codecs[..at].contains(&self.codecs[at]));
        problems.require(!twice, "codecs", "a codec stands there twice: write each once");
        let tls = next_hop.is_none_or(|address| address.transport == Some(Transport::Tls));
        problems.require(
            self.srtp != Srtp::Always || tls,
            "srtp",
            "the keys would be sent in clear: use transport=tls in uri, or srtp = 'when_asked'",
        );
    }

    fn check_addresses(
        &self,
        process: &SipSettings,
        problems: &mut Problems,
    ) -> Option<TrunkAddress> {
        let mut next_hop = None;
        // The proxy, when there is one, is where requests go: last, so that it is what stays.
        for (field, uri) in [("uri", Some(&self.uri)), ("proxy", self.proxy.as_ref())] {
            match uri.map(|uri| uri.parse::<TrunkAddress>()) {
                None => {}
                Some(Ok(address)) => next_hop = Some((field, address)),
                Some(Err(error)) => problems.add(field, error.to_string()),
            }
        }
        let (field, address) = next_hop?;
        problems.require(
            address.transport != Some(Transport::Udp) || process.udp.is_some(),
            field,
            "it is reached over UDP and sip.udp is not set: set it",
        );
        Some(address)
    }

    fn check_figures(&self, problems: &mut Problems) {
        let figures = [
            ("register_expires_s", self.register_expires_s, 60, 86_400),
            ("options_every_s", self.options_every_s.max(1), 1, 3_600),
            ("channels", self.channels, 1, 1_000_000),
            ("weight", self.weight, 1, 1_000),
            // RFC 4028 section 4: shorter than 90 s is refused by everybody.
            ("session_timer_s", self.session_timer_s.max(90), 90, 86_400),
        ];
        for (field, value, least, most) in figures {
            problems.require(
                (least..=most).contains(&value),
                field,
                format!("{value}: write a figure from {least} to {most}"),
            );
        }
        let timer = self.session_timer_s;
        problems.require(
            timer == 0 || timer >= 90,
            "session_timer_s",
            format!("{timer}: write 0 for none, or 90 and more (RFC 4028 section 4)"),
        );
        match CallRate::new(&self.call_rate(), UnixMillis(0)) {
            Ok(_) => {}
            Err(InvalidCallRate::NoBurst) => {
                problems.add("burst", "0 would stop every call, write 1 or more");
            }
            Err(InvalidCallRate::RampFalls { from, to }) => problems.add(
                "ramp_from",
                format!("{from} is more than calls_per_second = {to}, a ramp rises"),
            ),
            Err(InvalidCallRate::OutOfRange { field, value }) => {
                let own = if field == "per_second" { "calls_per_second" } else { "ramp_from" };
                problems.add(own, format!("{value}: write a figure from 0.001 to 100000"));
            }
        }
    }
}
