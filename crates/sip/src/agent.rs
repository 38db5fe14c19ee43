//! The handle of a user agent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::message::{Command, EventSink};
use crate::settings::AgentSettings;
use crate::stack;
use crate::trace::TraceBook;

/// Why an agent cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// A listener cannot be opened.
    #[error("cannot listen on {transport} {address}: {source}; is another program using it?")]
    Listen {
        /// `udp`, `tcp` or `tls`.
        transport: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the TLS settings cannot be used.
    #[error("TLS: {problem}")]
    Tls {
        /// Which file, and why.
        problem: String,
    },
    /// The agent's thread cannot be started.
    #[error("cannot start the agent's thread: {0}")]
    Thread(std::io::Error),
    /// The stack has refused.
    #[error("the SIP stack cannot start: {0}")]
    Stack(String),
}

/// The agent has more to do than its queue holds: nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the SIP agent is busy or has ended; the command was dropped")]
pub struct AgentBusy;

/// Where an agent listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// For UDP.
    pub udp: Option<SocketAddr>,
    /// For TCP.
    pub tcp: Option<SocketAddr>,
    /// For TLS.
    pub tls: Option<SocketAddr>,
}

struct Shared {
    commands: mpsc::Sender<Command>,
    addresses: Addresses,
    traces: Arc<Mutex<TraceBook>>,
    stop: CancellationToken,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A SIP user agent on a thread of its own. Clones are handles to the same agent.
#[derive(Clone)]
pub struct UserAgent {
    shared: Arc<Shared>,
}

impl UserAgent {
    /// Opens the listeners and starts the agent. `traces` keeps what is said on the wire.
    ///
    /// # Errors
    /// When a listener cannot be opened or a TLS file cannot be used.
    pub fn start(
        settings: AgentSettings,
        sink: EventSink,
        traces: TraceBook,
    ) -> Result<Self, AgentError> {
        let (commands, orders) = mpsc::channel(settings.queue.max(1));
        let traces = Arc::new(Mutex::new(traces));
        let stop = CancellationToken::new();
        let (ready, started) = std::sync::mpsc::sync_channel(1);
        let (stop_inside, traces_inside) = (stop.clone(), Arc::clone(&traces));
        let thread = std::thread::Builder::new()
            .name("sip".to_owned())
            .spawn(move || {
                stack::run(settings, sink, &traces_inside, orders, &stop_inside, &ready);
            })
            .map_err(AgentError::Thread)?;
        let addresses = started
            .recv()
            .unwrap_or_else(|_| Err(AgentError::Stack("its thread has ended".to_owned())))?;
        let thread = Mutex::new(Some(thread));
        Ok(Self { shared: Arc::new(Shared { commands, addresses, traces, stop, thread }) })
    }

    /// Tells the agent something.
    ///
    /// # Errors
    /// When its queue is full, or it has ended. Nothing of the command was done then.
    pub fn send(&self, command: Command) -> Result<(), AgentBusy> {
        self.shared.commands.try_send(command).map_err(|_| AgentBusy)
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.shared.addresses
    }

    /// Where it listens for UDP.
    pub fn udp_addr(&self) -> Option<SocketAddr> {
        self.shared.addresses.udp
    }

    /// Where it listens for TCP.
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.shared.addresses.tcp
    }

    /// What was said on the wire.
    pub fn traces(&self) -> Arc<Mutex<TraceBook>> {
        Arc::clone(&self.shared.traces)
    }

    /// Ends the agent. Calls that are still alive are dropped without a word: hang them up before.
    pub fn stop(&self) {
        self.shared.stop.cancel();
        let thread = self.shared.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            // A panic of the agent has been reported by the panic hook.
            drop(thread.join());
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
