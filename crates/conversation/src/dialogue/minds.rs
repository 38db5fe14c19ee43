//! Who says what was meant, and which strategy to take.

use std::pin::Pin;
use std::time::Duration;

use outcall_dialogue::policy::{Choice, Question};
use outcall_understanding::intents::worker::ReadingRequest;
use outcall_understanding::reading::Reading;

/// Something that is on its way.
pub type Meaning<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Understands and chooses for calls. Actors in front of pools do it; whatever becomes of these, an
/// answer comes within the time.
pub trait Minds: Send {
    /// What was meant; the words alone when there was no time.
    fn understand(&self, request: ReadingRequest, within: Duration) -> Meaning<Reading>;

    /// Which of the strategies to take; the scenario's own order when there was no time. `None`
    /// when none is allowed.
    fn choose(&self, question: Question, within: Duration) -> Meaning<Option<Choice>>;
}
