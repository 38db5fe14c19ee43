//! The stack, set up: listeners, timers, limits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::sip::Method;
use rsipstack::transaction::Endpoint;
use rsipstack::transaction::endpoint::EndpointOption;
use rsipstack::transport::tcp_listener::TcpListenerConnection;
use rsipstack::transport::tls::{TlsConfig, TlsListenerConnection};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipConnection, TransportLayer};
use tokio_util::sync::CancellationToken;

use super::reach::{Built, InTime};
use super::resolve::Chosen;
use super::trace_streams::{StreamTrace, Traces};
use super::udp::{GuardedSocket, Peers};
use crate::agent::{Addresses, AgentError};
use crate::settings::{AgentSettings, TlsListen};
use crate::trace::TraceBook;

/// How long a stream may be silent before it is closed.
const STREAM_IDLE: Duration = Duration::from_secs(600);

/// How often, and how far apart, a listener is looked for before it counts as not opened.
const LISTEN_TRIES: u32 = 200;
const LISTEN_PAUSE: Duration = Duration::from_millis(10);

/// How long a phone may ring before the stack itself gives up. Our own limits come first.
const RING_MAX: Duration = Duration::from_secs(600);

/// Builds the stack and opens its listeners.
pub(super) async fn build(
    settings: &AgentSettings,
    peers: &Arc<Peers>,
    traces: &Arc<Mutex<TraceBook>>,
    stop: &CancellationToken,
) -> Result<(Endpoint, Addresses), AgentError> {
    let traces = Traces::new(Arc::clone(traces));
    let transports = TransportLayer::new_with_domain_resolver(stop.clone(), Chosen::boxed());
    transports.set_stream_idle_timeout(STREAM_IDLE);
    let mut addresses = Addresses::default();
    if let Some(bind) = settings.udp {
        addresses.udp = Some(udp(settings, bind, peers, &traces, stop, &transports).await?);
    }
    if let Some(bind) = settings.tcp {
        let bind = free_port("tcp", bind)?;
        let listener = TcpListenerConnection::new(bind, external(settings, bind))
            .await
            .map_err(|error| AgentError::Stack(error.to_string()))?;
        transports.add_transport(SipConnection::TcpListener(listener));
        addresses.tcp = Some(bind);
    }
    tls(settings, &transports, &mut addresses).await?;
    let t1 = Duration::from_millis(settings.t1_ms);
    let option =
        EndpointOption { t1, t1x64: t1 * 64, timerc: RING_MAX, ..EndpointOption::default() };
    let mut builder = EndpointBuilder::new();
    builder
        .with_user_agent(&settings.user_agent)
        .with_cancel_token(stop.clone())
        .with_option(option)
        .with_allows(vec![Method::Invite, Method::Bye, Method::Options]);
    if traces.is_on() && (settings.tcp.is_some() || settings.tls.is_some()) {
        builder.with_inspector(Box::new(StreamTrace::new(traces, addresses)));
    }
    builder.with_transport_layer(transports);
    let built = Built::default();
    builder.with_target_locator(Box::new(InTime(Arc::clone(&built))));
    let endpoint = builder.build();
    built.set(Arc::downgrade(&endpoint.inner)).expect("invariant: it is built once");
    Ok((endpoint, addresses))
}

async fn udp(
    settings: &AgentSettings,
    bind: SocketAddr,
    peers: &Arc<Peers>,
    traces: &Traces,
    stop: &CancellationToken,
    transports: &TransportLayer,
) -> Result<SocketAddr, AgentError> {
    let transport = "udp";
    let socket = GuardedSocket::bind(bind, settings.dscp, Arc::clone(peers), traces.clone())
        .map_err(|source| AgentError::Listen { transport, address: bind, source })?;
    let local = rsipstack::platform::net::UdpSocket::local_addr(&socket)
        .map_err(|error| AgentError::Stack(error.to_string()))?;
    let socket = Arc::new(socket);
    let connection =
        UdpConnection::from_socket(socket, external(settings, local), Some(stop.child_token()))
            .await
            .map_err(|error| AgentError::Stack(error.to_string()))?;
    transports.add_transport(SipConnection::Udp(connection));
    Ok(local)
}

async fn tls(
    settings: &AgentSettings,
    transports: &TransportLayer,
    addresses: &mut Addresses,
) -> Result<(), AgentError> {
    let mut config = TlsConfig { ca_certs: Some(authorities(settings)?), ..TlsConfig::default() };
    if let Some(TlsListen { bind, certificate, key }) = &settings.tls {
        config.cert = Some(read(certificate)?);
        config.key = Some(read(key)?);
        let bind = free_port("tls", *bind)?;
        let listener = TlsListenerConnection::new(bind, external(settings, bind), config.clone())
            .await
            .map_err(|error| AgentError::Tls { problem: error.to_string() })?;
        transports.add_transport(SipConnection::TlsListener(listener));
        addresses.tls = Some(bind);
    }
    transports.set_tls_config(config);
    Ok(())
}

/// The authorities that this machine trusts, and those that the settings add, PEM.
fn authorities(settings: &AgentSettings) -> Result<Vec<u8>, AgentError> {
    let mut trusted = Vec::new();
    // A machine without any is no error: its trunks may do without TLS, or name their own.
    let usual = openssl_probe::probe().cert_file;
    for file in usual.iter().chain(&settings.authorities) {
        trusted.extend(read(file)?);
        trusted.push(b'\n');
    }
    Ok(trusted)
}

fn read(file: &std::path::Path) -> Result<Vec<u8>, AgentError> {
    fs_err::read(file).map_err(|error| AgentError::Tls { problem: error.to_string() })
}

/// The address to present instead of the one that is listened on.
fn external(settings: &AgentSettings, local: SocketAddr) -> Option<SocketAddr> {
    let public =
        settings.public_address.map(|public: IpAddr| SocketAddr::new(public, local.port()));
    // Nobody could call back to 0.0.0.0.
    let own = || Some(local).filter(|it| it.ip().is_unspecified());
    public.or_else(|| own().map(SipConnection::resolve_bind_address))
}

/// Waits until the stream listeners, which the stack opens in the background, can be reached.
pub(super) async fn listening(addresses: Addresses) -> Result<Addresses, AgentError> {
    for (transport, address) in [("tcp", addresses.tcp), ("tls", addresses.tls)] {
        let Some(address) = address else { continue };
        let mut to = address;
        if to.ip().is_unspecified() {
            to.set_ip(match to {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        let mut last = None;
        for _ in 0..LISTEN_TRIES {
            match tokio::net::TcpStream::connect(to).await {
                Ok(_) => {
                    last = None;
                    break;
                }
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(LISTEN_PAUSE).await;
        }
        if let Some(source) = last {
            return Err(AgentError::Listen { transport, address, source });
        }
    }
    Ok(addresses)
}

/// The stack opens stream listeners in the background and only logs when it cannot. So the port is
/// tried here first, and a port of 0 is replaced by a free one.
fn free_port(transport: &'static str, bind: SocketAddr) -> Result<SocketAddr, AgentError> {
    let tried = std::net::TcpListener::bind(bind).and_then(|listener| listener.local_addr());
    tried.map_err(|source| AgentError::Listen { transport, address: bind, source })
}
