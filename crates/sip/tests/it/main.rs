//! Two agents talk to each other over loopback.

mod calls;
mod strangers;
mod support;
mod tls;
