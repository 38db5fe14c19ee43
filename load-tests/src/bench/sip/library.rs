//! A caller on the bare SIP library, with nothing else: no ledger, no media, no rules.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::sip::{StatusCodeKind, Uri};
use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::{EndpointBuilder, dialog::dialog::DialogStateSender};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::peers::outcall::number;
use crate::peers::procfs::now;

/// Threads of the library: as many as the machine of the published figures has cores.
const THREADS: usize = 2;

/// How often calls are placed.
const TICK: Duration = Duration::from_millis(5);

const OFFER: &str = "v=0\r\no=caller 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n\
                     t=0 0\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n\
                     a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n";

/// What the caller is told.
#[derive(Args, Debug)]
pub(crate) struct CallerArgs {
    /// The callee.
    #[arg(long)]
    to: SocketAddr,
    /// The own address.
    #[arg(long)]
    from: SocketAddr,
    #[arg(long)]
    calls_per_second: u64,
    #[arg(long)]
    calls: u64,
}

/// Places the calls and prints what became of them, as JSON.
pub(super) fn run(args: &CallerArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .context("threads for the library")?;
    runtime.block_on(place(args))
}

async fn place(args: &CallerArgs) -> Result<()> {
    let token = CancellationToken::new();
    let transport = TransportLayer::new(token.clone());
    let socket = UdpConnection::create_connection(args.from, None, Some(token.child_token()));
    transport.add_transport(socket.await?.into());
    let mut builder = EndpointBuilder::new();
    builder.with_cancel_token(token.clone()).with_transport_layer(transport);
    let endpoint = builder.build();
    let layer = Arc::new(DialogLayer::new(endpoint.inner.clone()));
    let (states, mut told) = layer.new_dialog_state_channel();
    let serving = tokio::spawn(async move { endpoint.serve().await });
    // Nobody waits for the states, but what is never taken would pile up.
    let listening = tokio::spawn(async move { while told.recv().await.is_some() {} });

    let from = Uri::try_from(format!("sip:caller@{}", args.from))?;
    let failed = Arc::new(AtomicU64::new(0));
    let mut calls = JoinSet::new();
    let start = now();
    let mut ticks = tokio::time::interval(TICK);
    let mut placed = 0;
    while placed < args.calls {
        ticks.tick().await;
        let due = (start.elapsed().as_secs_f64() * args.calls_per_second as f64) as u64;
        while placed < due.min(args.calls) {
            let to = Uri::try_from(format!("sip:{}@{}", number(placed), args.to))?;
            let (layer, states) = (Arc::clone(&layer), states.clone());
            let (from, failed) = (from.clone(), Arc::clone(&failed));
            calls.spawn(async move {
                if !call(&layer, states, from, to).await {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            });
            placed += 1;
        }
        while calls.try_join_next().is_some() {}
    }
    while calls.join_next().await.is_some() {}
    let failed = failed.load(Ordering::Relaxed);
    println!("{}", json!({ "failed": failed, "seconds": start.elapsed().as_secs_f64() }));
    serving.abort();
    listening.abort();
    Ok(())
}

/// One call: whether it was answered and hung up.
async fn call(layer: &DialogLayer, states: DialogStateSender, from: Uri, to: Uri) -> bool {
    let options = InviteOption {
        caller: from.clone(),
        contact: from,
        callee: to,
        content_type: Some("application/sdp".to_owned()),
        offer: Some(OFFER.as_bytes().to_vec()),
        ..InviteOption::default()
    };
    let Ok((dialog, answer)) = Box::pin(layer.do_invite(options, states)).await else {
        return false;
    };
    let answered = answer.is_some_and(|one| one.status_code.kind() == StatusCodeKind::Successful);
    let ended = Box::pin(dialog.bye()).await.is_ok();
    layer.remove_dialog(&dialog.id());
    answered && ended
}
