//! What all robots on a line have in common, whatever they say.
//!
//! # Layout
//! - [`EarlyRecord`]: what is heard before the answer. [`LineRecord`]: what is written down of it
//!   and of who answered.
//! - `playing`: a sound of it, in one piece or phrase by phrase. `recording`: names of files.
//! - `put_down`, `wake_by`: to the carrier's record, and from whoever has something new.

mod early;
mod playing;
mod record;
mod recording;

use std::sync::Arc;
use std::task::{Wake, Waker as TaskWaker};

use outcall_telephony::Waker;
use outcall_telephony::sip::lines::{LineId, Lines};
use serde::Serialize;

pub use early::EarlyRecord;
pub(crate) use playing::{End, Playing};
pub use record::LineRecord;
pub(crate) use recording::{free_file, recording_name};

/// Puts what is known so far with the line: the call may be over at any moment.
pub(crate) fn put_down(lines: &Lines, line: LineId, record: &impl Serialize) {
    match serde_json::to_value(record) {
        Ok(record) => lines.write_down(line, record),
        Err(error) => tracing::error!(%error, "what was heard cannot be written down"),
    }
}

/// Wakes whoever polls.
struct WakeBy(Waker);

impl Wake for WakeBy {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// A waker of tasks that wakes whoever polls.
pub(crate) fn wake_by(waker: Waker) -> TaskWaker {
    TaskWaker::from(Arc::new(WakeBy(waker)))
}
