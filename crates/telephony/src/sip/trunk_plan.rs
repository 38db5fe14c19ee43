//! What calls on a trunk have in common, made once from its settings.

use outcall_campaign::PhoneNumber;
use outcall_media::g711::Law;
use outcall_media::sdp::Security;
use outcall_sip::{AllowedSources, Credentials, Registration, Watch};

use super::address::TrunkAddress;
use super::routing::Rewrite;
use super::settings::{InvalidSip, Srtp, TrunkCodec, TrunkSettings};

/// A trunk, ready to place calls on.
#[derive(Clone, Debug)]
pub(super) struct TrunkPlan {
    pub(super) settings: TrunkSettings,
    /// The host part of request URIs.
    domain: String,
    pub(super) next_hop: String,
    pub(super) credentials: Option<Credentials>,
    pub(super) laws: Vec<Law>,
    pub(super) security: Security,
    pub(super) allowed_sources: AllowedSources,
}

fn host_text(address: &TrunkAddress) -> String {
    let host = if address.host.contains(':') {
        format!("[{}]", address.host)
    } else {
        address.host.clone()
    };
    match address.port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

impl TrunkPlan {
    /// The plan of a trunk.
    ///
    /// # Errors
    /// When its addresses cannot be read.
    pub(super) fn new(settings: &TrunkSettings) -> Result<Self, InvalidSip> {
        let read = |field: &str, text: &str| {
            text.parse::<TrunkAddress>().map_err(|error| InvalidSip {
                field: format!("trunks.{}.{field}", settings.name),
                problem: error.to_string(),
            })
        };
        let own = read("uri", &settings.uri)?;
        let hop = match &settings.proxy {
            Some(proxy) => read("proxy", proxy)?,
            None => own.clone(),
        };
        let credentials =
            settings.auth_name().filter(|_| !settings.password.is_empty()).map(|username| {
                Credentials {
                    username: username.to_owned(),
                    password: settings.password.reveal().to_owned(),
                    realm: settings.realm.clone(),
                }
            });
        let laws = settings.codecs.iter().map(|codec| match codec {
            TrunkCodec::Pcmu => Law::Mu,
            TrunkCodec::Pcma => Law::A,
        });
        Ok(Self {
            domain: host_text(&own),
            next_hop: hop.to_string(),
            credentials,
            laws: laws.collect(),
            security: match settings.srtp {
                Srtp::Never => Security::Never,
                Srtp::WhenAsked => Security::WhenAsked,
                Srtp::Always => Security::Always,
            },
            allowed_sources: {
                let networks = settings.allowed_sources.clone();
                AllowedSources::new(move |from| networks.iter().any(|one| one.contains(from)))
            },
            settings: settings.clone(),
        })
    }

    /// The request URI for a number.
    pub(super) fn to(&self, number: PhoneNumber, rewrite: Rewrite<'_>) -> String {
        let format = self.settings.number_format;
        let user = format.write_routed(number, rewrite.strip, rewrite.prepend);
        format!("sip:{}@{}", user.replace('#', "%23"), self.domain)
    }

    /// The address that we call from: the number to present, else the trunk's user name.
    pub(super) fn from(&self, caller_id: Option<PhoneNumber>) -> String {
        let user = match (caller_id, &self.settings.username) {
            (Some(number), _) => self.settings.number_format.write(number),
            (None, Some(name)) => name.clone(),
            (None, None) => "anonymous".to_owned(),
        };
        format!("sip:{user}@{}", self.settings.from_domain.as_ref().unwrap_or(&self.domain))
    }

    /// What keeps an eye on the trunk.
    pub(super) fn watch(&self) -> Option<Watch> {
        (self.settings.options_every_s > 0).then(|| Watch {
            name: self.settings.name.clone(),
            next_hop: self.next_hop.clone(),
            every_s: self.settings.options_every_s,
            credentials: self.credentials.clone(),
        })
    }

    /// The registration that the trunk wants.
    pub(super) fn registration(&self) -> Option<Registration> {
        let credentials = self.credentials.clone().filter(|_| self.settings.register)?;
        let user = self.settings.username.as_ref().unwrap_or(&credentials.username);
        let domain = self.settings.from_domain.as_ref().unwrap_or(&self.domain);
        Some(Registration {
            name: self.settings.name.clone(),
            address_of_record: format!("sip:{user}@{domain}"),
            registrar: format!("sip:{}", self.domain),
            next_hop: self.next_hop.clone(),
            credentials,
            expires_s: self.settings.register_expires_s,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::settings::Secret;

    fn plan(change: impl FnOnce(&mut TrunkSettings)) -> TrunkPlan {
        let mut settings = TrunkSettings::new("a", "sip:carrier.example;transport=tcp");
        change(&mut settings);
        TrunkPlan::new(&settings).unwrap()
    }

    #[test]
    fn a_number_is_called_at_the_trunks_domain_through_its_proxy() {
        let plan = plan(|trunk| trunk.proxy = Some("10.0.0.1:5080".to_owned()));
        let number: PhoneNumber = "+442079460123".parse().unwrap();
        let plain = Rewrite { strip: 0, prepend: "" };
        assert_eq!(plan.to(number, plain), "sip:+442079460123@carrier.example");
        let service = Rewrite { strip: 0, prepend: "99#" };
        assert!(plan.to(number, service).starts_with("sip:99%23"));
        assert_eq!(plan.next_hop, "sip:10.0.0.1:5080;transport=udp");
        assert_eq!(plan.from(Some(number)), "sip:+442079460123@carrier.example");
        assert_eq!(plan.from(None), "sip:anonymous@carrier.example");
    }

    #[test]
    fn a_trunk_registers_only_when_told_and_with_a_password() {
        assert!(plan(|_| {}).registration().is_none());
        let registered = plan(|trunk| {
            trunk.register = true;
            trunk.username = Some("us".to_owned());
            trunk.password = Secret::try_from("secret".to_owned()).unwrap();
        });
        let registration = registered.registration().unwrap();
        assert_eq!(registration.address_of_record, "sip:us@carrier.example");
        assert_eq!(registered.from(None), "sip:us@carrier.example");
        assert_eq!(registration.registrar, "sip:carrier.example");
        assert_eq!(registration.next_hop, "sip:carrier.example;transport=tcp");
    }
}
