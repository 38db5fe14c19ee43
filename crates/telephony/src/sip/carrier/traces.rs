//! The messages of calls that failed, written as pcap files off the carrier's thread.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError, bounded};
use outcall_sip::pcap::write_pcap;
use outcall_sip::trace::{CallTrace, TraceBook};

/// How many calls may wait to be written. What comes above that is not written, and counted in the
/// log: a disk that is too slow must not hold up calls.
const QUEUED_CALLS: usize = 256;

/// The book of traces, and who writes them down.
pub(super) struct Traces {
    book: Arc<Mutex<TraceBook>>,
    writer: Option<(Sender<CallTrace>, JoinHandle<()>)>,
}

impl Traces {
    /// Begins to write into a folder, if there is one.
    pub(super) fn new(book: Arc<Mutex<TraceBook>>, folder: Option<&Path>) -> std::io::Result<Self> {
        let Some(folder) = folder else { return Ok(Self { book, writer: None }) };
        fs_err::create_dir_all(folder)?;
        let (sender, calls) = bounded::<CallTrace>(QUEUED_CALLS);
        let folder = folder.to_owned();
        let thread = std::thread::Builder::new().name("traces".to_owned()).spawn(move || {
            for call in calls {
                if let Err(error) = write(&folder, &call) {
                    tracing::warn!(%error, "the trace of a call cannot be written");
                }
            }
        })?;
        Ok(Self { book, writer: Some((sender, thread)) })
    }

    /// A call is over; when it failed, its messages are written down.
    pub(super) fn ended(&self, call_id: &str, failed: bool) {
        // Nothing under this lock panics.
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if !book.is_on() {
            return;
        }
        let Some((sender, _)) = self.writer.as_ref().filter(|_| failed) else {
            return book.ended(call_id);
        };
        if let Some(call) = book.take(call_id)
            && let Err(TrySendError::Full(call)) = sender.try_send(call)
        {
            tracing::warn!(call_id = call.call_id, "too many traces at once: one is not written");
        }
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.writer.take() {
            drop(sender);
            // A panic of the writer has been reported by the panic hook.
            drop(thread.join());
        }
    }
}

fn write(folder: &Path, call: &CallTrace) -> std::io::Result<()> {
    let name: String = call
        .call_id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-.@".contains(c) { c } else { '_' })
        .take(120)
        .collect();
    let path: PathBuf = folder.join(format!("{name}.pcap"));
    let file = fs_err::File::create(path)?;
    write_pcap(std::io::BufWriter::new(file), [call])
}

#[cfg(test)]
mod tests {
    use outcall_sip::trace::{Direction, TraceLimits};

    use super::*;

    #[test]
    fn only_calls_that_failed_are_written() {
        let folder = std::env::temp_dir().join(format!("outcall-traces-{}", std::process::id()));
        let mut book = TraceBook::new(TraceLimits::for_calls(10));
        for call_id in ["good@x", "../bad@x"] {
            let message = format!("BYE sip:x SIP/2.0\r\nCall-ID: {call_id}\r\n\r\n");
            let at = "127.0.0.1:5060".parse().unwrap();
            book.note(0, Direction::Out, "UDP", at, at, message.as_bytes());
        }
        let traces = Traces::new(Arc::new(Mutex::new(book)), Some(&folder)).unwrap();
        traces.ended("good@x", false);
        traces.ended("../bad@x", true);
        drop(traces);
        let files: Vec<_> = fs_err::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        fs_err::remove_dir_all(&folder).unwrap();
        assert_eq!(files, [".._bad@x.pcap"]);
    }
}
