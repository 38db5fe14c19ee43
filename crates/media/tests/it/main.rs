//! Media planes that talk to each other through real sockets on the loopback interface.

mod call;
mod far_end;
mod network;
mod relay;
mod support;
