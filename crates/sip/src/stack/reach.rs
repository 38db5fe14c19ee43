//! Where an ACK goes: to the peer's Contact, if that can be reached in time.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use rsipstack::sip::Uri;
use rsipstack::transaction::endpoint::{EndpointInner, TargetLocator};
use rsipstack::transport::SipAddr;
use tokio::time::timeout;

/// How long the Contact of an answer may take to be looked up and connected to. The stack does it
/// inside of the call's transaction: for so long the call hears nothing. Past it the ACK goes to
/// where the answer came from.
const LIMIT: Duration = Duration::from_secs(1);

/// The stack, once it is built.
pub(super) type Built = Arc<OnceLock<Weak<EndpointInner>>>;

/// Bounds the stack's own look-ups.
pub(super) struct InTime(pub(super) Built);

#[async_trait::async_trait]
impl TargetLocator for InTime {
    async fn locate(&self, uri: &Uri) -> rsipstack::Result<SipAddr> {
        let to = SipAddr::try_from(uri)?;
        let Some(endpoint) = self.0.get().and_then(Weak::upgrade) else { return Ok(to) };
        match timeout(LIMIT, endpoint.transport_layer.lookup(&to, None)).await {
            Ok(found) => found.map(|(_, at)| at),
            Err(_) => Err(rsipstack::Error::EndpointError(format!("{to} cannot be reached"))),
        }
    }
}
