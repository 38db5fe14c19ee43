//! From a next hop to addresses (RFC 3263), and to a connection.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use rsipstack::resolver::SipResolver;
use rsipstack::sip::{Domain, Host, HostWithPort, Scheme, Transport, Uri};
use rsipstack::transport::transport_layer::{DefaultDomainResolver, DomainResolver};
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::time::{Instant, timeout};

use super::slot::lock;
use super::{Core, wire};

/// How long a name's addresses are kept. Records say longer or shorter; a minute follows a change
/// fast enough, and spares a look-up per call.
const KEEP: Duration = Duration::from_secs(60);

/// How long a look-up may take before the trunk counts as unreachable.
const LOOKUP_LIMIT: Duration = Duration::from_secs(5);

/// How long a connection may take to be opened.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How many names are remembered.
const NAMES_MAX: usize = 1_024;

/// Why a next hop cannot be reached. Nothing was sent to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreachable {
    #[error("'{0}' is no SIP address: write sip:HOST:PORT, with ;transport=tcp or tls if needed")]
    NoAddress(String),
    #[error("{name} has no address: {problem}")]
    NotFound { name: String, problem: String },
    #[error("no connection to {address}: {problem}")]
    NotConnected { address: String, problem: String },
}

/// What names stand for.
pub(super) struct Resolver {
    names: SipResolver,
    kept: Mutex<HashMap<String, (Instant, Vec<SipAddr>)>>,
    /// What the certificate at an address has to say, where that is a name (RFC 5922, 7.1). Only
    /// names that the user has given are here, none that peers write into messages.
    certified: Mutex<HashMap<SocketAddr, Domain>>,
}

impl Resolver {
    pub(super) fn new() -> Self {
        Self {
            names: SipResolver::new(),
            kept: Mutex::new(HashMap::new()),
            certified: Mutex::new(HashMap::new()),
        }
    }

    /// The addresses of a next hop that the user has named, the best first.
    pub(super) async fn addresses(&self, next_hop: &str) -> Result<Vec<SipAddr>, Unreachable> {
        let uri =
            Uri::try_from(next_hop).map_err(|_| Unreachable::NoAddress(next_hop.to_owned()))?;
        let found = self.of_uri(&uri).await?;
        if let Host::Domain(name) = uri.host() {
            let secure = found.iter().filter(|it| it.r#type == Some(Transport::Tls));
            let mut certified = lock(&self.certified);
            if certified.len() >= NAMES_MAX {
                certified.clear();
            }
            for at in secure.filter_map(|it| it.get_socketaddr().ok()) {
                certified.insert(at, name.clone());
            }
        }
        Ok(found)
    }

    /// The addresses that a SIP address stands for, the best first.
    pub(super) async fn of_uri(&self, uri: &Uri) -> Result<Vec<SipAddr>, Unreachable> {
        let secure = uri.scheme == Some(Scheme::Sips);
        let transport = wire::transport(uri).or(secure.then_some(Transport::Tls));
        let port = uri.host_with_port.port;
        if let Some(ip) = wire::ip(uri) {
            let transport = transport.unwrap_or(Transport::Udp);
            let default = if transport == Transport::Tls { 5061 } else { 5060 };
            let port = port.map_or(default, |port| port.value());
            return Ok(vec![address(SocketAddr::new(ip, port), transport)]);
        }
        let Host::Domain(name) = uri.host() else {
            return Err(Unreachable::NoAddress(uri.to_string()));
        };
        let key = format!("{name}|{port:?}|{transport:?}");
        if let Some((at, kept)) = lock(&self.kept).get(&key)
            && at.elapsed() < KEEP
        {
            return Ok(kept.clone());
        }
        // On the heap: a look-up is rare, and its state would be part of every call's.
        let found = Box::pin(self.look_up(name, uri, transport, secure)).await?;
        let mut kept = lock(&self.kept);
        if kept.len() >= NAMES_MAX {
            kept.clear();
        }
        kept.insert(key, (Instant::now(), found.clone()));
        Ok(found)
    }

    async fn look_up(
        &self,
        name: &Domain,
        uri: &Uri,
        transport: Option<Transport>,
        secure: bool,
    ) -> Result<Vec<SipAddr>, Unreachable> {
        let port = uri.host_with_port.port;
        let lookup = self.names.lookup(name, port, transport, secure);
        let problem = match timeout(LOOKUP_LIMIT, lookup).await {
            Ok(Ok(found)) if !found.is_empty() => {
                return Ok(found.into_iter().map(|it| address(it.addr, it.transport)).collect());
            }
            Ok(Ok(_)) => "no records".to_owned(),
            Ok(Err(problem)) => problem,
            Err(_) => "the name servers do not answer".to_owned(),
        };
        Err(Unreachable::NotFound { name: name.to_string(), problem })
    }
}

fn address(at: SocketAddr, transport: Transport) -> SipAddr {
    SipAddr::new(transport, HostWithPort::from(at))
}

tokio::task_local! {
    /// The address that a name stands for in the connection that is being made.
    static CHOSEN: SipAddr;
}

/// What the stack asks when it is given a name. It takes the identity to check a certificate
/// against from the address that it is to connect to, so [`connect`] gives it the name there, and
/// which address was chosen here.
pub(super) struct Chosen(DefaultDomainResolver);

impl Chosen {
    pub(super) fn boxed() -> Box<Self> {
        Box::new(Self(DefaultDomainResolver::new()))
    }
}

#[async_trait::async_trait]
impl DomainResolver for Chosen {
    async fn resolve(&self, target: &SipAddr) -> rsipstack::Result<SipAddr> {
        match CHOSEN.try_with(SipAddr::clone) {
            Ok(chosen) => Ok(chosen),
            Err(_) => self.0.resolve(target).await,
        }
    }
}

/// The connection to an address; for UDP, our listener. When this fails, nothing was sent.
pub(super) async fn connect(core: &Core, to: &SipAddr) -> Result<SipConnection, Unreachable> {
    let not = |problem: String| Unreachable::NotConnected { address: to.to_string(), problem };
    let mut named = to.clone();
    if to.r#type == Some(Transport::Tls)
        && let Ok(at) = to.get_socketaddr()
        && let Some(name) = lock(&core.resolver.certified).get(&at)
    {
        named.addr.host = Host::Domain(name.clone());
    }
    let lookup = core.endpoint.transport_layer.lookup(&named, None);
    let lookup = Box::pin(CHOSEN.scope(to.clone(), lookup));
    match timeout(CONNECT_LIMIT, lookup).await {
        Ok(Ok((connection, _))) => Ok(connection),
        Ok(Err(error)) => Err(not(error.to_string())),
        Err(_) => Err(not(format!("no answer in {} s", CONNECT_LIMIT.as_secs()))),
    }
}
