//! The user agent on rsipstack: the only module that names it.
//!
//! - [`endpoint`]: the stack set up: listeners, timers, limits. [`udp`]: our UDP socket, which
//!   knows strangers and keeps the trace. [`trace_streams`]: the trace of TCP and TLS.
//! - [`dispatch`]: requests that come in. [`upkeep`]: OPTIONS and REGISTER that we send again and
//!   again. [`examine`]: the same, once.
//! - [`call`]: one call: its state, and its task's loop. [`outgoing`], [`incoming`]: up to the
//!   answer, from either side. [`session`]: from the answer on.
//! - [`challenge`]: requests sent again with our credentials.
//! - [`dialog`]: what requests in a dialog look like. [`client`]: requests other than the INVITE.
//! - [`wire`]: reading and making messages. [`resolve`]: names and connections.
//! - [`slot`]: how messages reach a call. [`timer`]: one timer for all of them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the stack's enums of methods, headers and statuses are long, foreign and open"
)]

mod call;
mod challenge;
mod client;
mod dialog;
mod dispatch;
mod endpoint;
mod examine;
mod incoming;
mod outgoing;
mod probe;
mod reach;
mod resolve;
mod session;
mod slot;
mod timer;
mod trace_streams;
mod udp;
mod upkeep;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use rsipstack::transaction::endpoint::EndpointInnerRef;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::resolve::Resolver;
use self::slot::{Calls, Input, lock};
use self::timer::Timers;
use self::udp::Peers;
use crate::agent::{Addresses, AgentError};
use crate::message::{AgentEvent, CallEnd, CallEvent, CallKey, Command, EndedBy, EventSink};
use crate::settings::AgentSettings;
use crate::trace::TraceBook;

/// Does with any bytes what is done with a message before anything is sent.
pub(crate) fn probe(bytes: &[u8]) {
    probe::probe(bytes);
}

/// What every part of the agent shares.
struct Core {
    endpoint: EndpointInnerRef,
    settings: AgentSettings,
    sink: EventSink,
    calls: Mutex<Calls>,
    timers: Timers,
    resolver: Resolver,
    peers: Arc<Peers>,
    incoming: AtomicU64,
}

impl Core {
    fn tell(&self, call: CallKey, event: CallEvent) {
        (self.sink)(AgentEvent::Call { call, event });
    }

    fn next_incoming(&self) -> CallKey {
        CallKey(CallKey::INCOMING | self.incoming.fetch_add(1, Ordering::Relaxed))
    }
}

/// Runs an agent until it is stopped. Says once, through `ready`, whether it listens.
pub(crate) fn run(
    settings: AgentSettings,
    sink: EventSink,
    traces: &Arc<Mutex<TraceBook>>,
    orders: mpsc::Receiver<Command>,
    stop: &CancellationToken,
    ready: &SyncSender<Result<Addresses, AgentError>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            drop(ready.send(Err(AgentError::Thread(error))));
            return;
        }
    };
    runtime.block_on(async {
        let peers = Arc::new(Peers::new(settings.strangers_per_s, settings.known.clone()));
        let built = endpoint::build(&settings, &peers, traces, stop).await;
        let (endpoint, addresses) = match built {
            Ok(built) => built,
            Err(error) => {
                drop(ready.send(Err(error)));
                return;
            }
        };
        let core = Arc::new(Core {
            endpoint: Arc::clone(&endpoint.inner),
            settings,
            sink,
            calls: Mutex::new(Calls::default()),
            timers: Timers::default(),
            resolver: Resolver::new(),
            peers,
            incoming: AtomicU64::new(0),
        });
        let incoming = match endpoint.incoming_transactions() {
            Ok(incoming) => incoming,
            Err(error) => {
                drop(ready.send(Err(AgentError::Stack(error.to_string()))));
                return;
            }
        };
        let announce = async {
            drop(ready.send(endpoint::listening(addresses).await));
            std::future::pending::<()>().await;
        };
        let timers = async { core.timers.run().await };
        tokio::select! {
            () = endpoint.serve() => {}
            () = dispatch::requests(&core, incoming) => {}
            () = obey(&core, orders) => {}
            () = timers => {}
            () = announce => {}
            () = stop.cancelled() => {}
        }
    });
}

/// Carries out what the user wants.
async fn obey(core: &Arc<Core>, mut orders: mpsc::Receiver<Command>) {
    while let Some(command) = orders.recv().await {
        match command {
            Command::Invite(invite) => outgoing::place(core, invite),
            Command::Watch(watch) => upkeep::watch(core, *watch),
            Command::Register(registration) => upkeep::register(core, *registration),
            Command::Examine(wanted) => examine::examine(core, *wanted),
            Command::HangUp { call }
            | Command::Respond { call, .. }
            | Command::AnswerCancel { call, .. }
            | Command::Answer { call, .. }
            | Command::Offer { call, .. }
            | Command::Refer { call, .. }
            | Command::Info { call, .. } => pass_on(core, call, command),
        }
    }
    // Every handle is gone: nobody is left who could stop the agent, or hear of it.
}

fn pass_on(core: &Core, call: CallKey, command: Command) {
    // A call that is over is not known any more: hang-ups cross.
    let Some(slot) = lock(&core.calls).of_key(call) else { return };
    if slot.send(Input::Command(Box::new(command))).is_err() {
        tracing::warn!(call = call.0, "a call's queue is full; a command was dropped");
    }
}

/// The end of a call that never came into being.
fn stillborn(by: EndedBy, detail: String) -> CallEnd {
    CallEnd {
        by,
        status: None,
        q850: None,
        retry_after_ms: None,
        rang: false,
        answered: false,
        detail,
    }
}
