//! Two agents talk to each other over loopback.

mod calls;
mod carriers;
mod hostile;
mod peer;
mod strangers;
mod support;
mod tls;
mod torture;
