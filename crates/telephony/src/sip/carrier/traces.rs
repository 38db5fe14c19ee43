//! The messages of calls that failed, or of all, written as pcap files off the carrier's thread.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError, bounded};
use outcall_sip::pcap::write_pcap;
use outcall_sip::trace::{CallTrace, TraceBook};

use crate::sip::call::SipCall;
use crate::sip::lines::LineId;
use crate::sip::settings::{TraceSettings, TraceWhich};

/// How many calls may wait to be written. What comes above that is not written, and counted in the
/// log: a disk that is too slow must not hold up calls.
const QUEUED_CALLS: usize = 256;

/// How many calls of strangers who never acknowledged our answer are written in the life of a
/// process: whoever makes up INVITEs must not fill the disk.
const STRANGERS_MAX: u32 = 1_000;

/// The messages of a call, and the file that they go to.
struct Order {
    file: PathBuf,
    call: CallTrace,
}

/// The book of traces, and who writes them down.
pub(super) struct Traces {
    book: Arc<Mutex<TraceBook>>,
    writer: Option<Writer>,
}

struct Writer {
    folder: PathBuf,
    which: TraceWhich,
    strangers_left: u32,
    orders: Sender<Order>,
    thread: JoinHandle<()>,
}

impl Traces {
    /// Begins to write into a folder, if there is one.
    pub(super) fn new(
        book: Arc<Mutex<TraceBook>>,
        settings: &TraceSettings,
    ) -> std::io::Result<Self> {
        let writer = settings.folder.as_deref().map(|folder| Writer::start(folder, settings.which));
        Ok(Self { book, writer: writer.transpose()? })
    }

    /// A call is over: what was said on its tries is written down, where that is wanted. Every try
    /// but the last one was given up for the next, and so has failed.
    pub(super) fn call_over(&mut self, call: &SipCall, last_failed: bool) {
        let tries = call.report.tries.len();
        for (number, one) in (1..).zip(&call.report.tries) {
            let failed = last_failed || number < tries;
            let file = match call.line {
                LineId::Attempt(_) => file_name(&one.call_id),
                // A stranger's Call-ID must not take the name of a call of ours.
                LineId::Incoming(_) => format!("incoming-{}", file_name(&one.call_id)),
            };
            let unproven = matches!(call.line, LineId::Incoming(_)) && !call.was_answered();
            let wanted = self.writer.as_mut().is_some_and(|writer| writer.wants(failed, unproven));
            self.ended(&one.call_id, wanted.then_some(file));
        }
    }

    /// A call is over; with a name of a file, its messages are written there.
    pub(super) fn ended(&self, call_id: &str, file: Option<String>) {
        // Nothing under this lock panics.
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if !book.is_on() {
            return;
        }
        let (Some(writer), Some(file)) = (self.writer.as_ref(), file) else {
            return book.ended(call_id);
        };
        let Some(call) = book.take(call_id) else { return };
        let order = Order { file: writer.folder.join(file), call };
        if let Err(TrySendError::Full(order)) = writer.orders.try_send(order) {
            let call_id = order.call.call_id;
            tracing::warn!(call_id, "too many traces at once: one is not written");
        }
    }
}

impl Writer {
    fn start(folder: &Path, which: TraceWhich) -> std::io::Result<Self> {
        fs_err::create_dir_all(folder)?;
        let (orders, queue) = bounded::<Order>(QUEUED_CALLS);
        let thread = std::thread::Builder::new().name("traces".to_owned()).spawn(move || {
            for order in queue {
                if let Err(error) = write(&order) {
                    tracing::warn!(%error, "the trace of a call cannot be written");
                }
            }
        })?;
        let folder = folder.to_owned();
        Ok(Self { folder, which, strangers_left: STRANGERS_MAX, orders, thread })
    }

    fn wants(&mut self, failed: bool, unproven: bool) -> bool {
        if !failed && self.which == TraceWhich::Failed {
            return false;
        }
        if unproven {
            let left = self.strangers_left.checked_sub(1);
            self.strangers_left = left.unwrap_or(0);
            return left.is_some();
        }
        true
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some(Writer { orders, thread, .. }) = self.writer.take() {
            drop(orders);
            // A panic of the writer has been reported by the panic hook.
            drop(thread.join());
        }
    }
}

fn file_name(call_id: &str) -> String {
    let name: String = call_id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-.@".contains(c) { c } else { '_' })
        .take(120)
        .collect();
    format!("{name}.pcap")
}

/// A file that is there already stays: a Call-ID that comes again is a stranger's.
fn write(order: &Order) -> std::io::Result<()> {
    let file = fs_err::OpenOptions::new().write(true).create_new(true).open(&order.file)?;
    write_pcap(std::io::BufWriter::new(file), [&order.call])
}

#[cfg(test)]
mod tests {
    use outcall_campaign::{AttemptId, CampaignId, ContactId, UnixMillis};
    use outcall_sip::trace::{Direction, TraceLimits};

    use super::*;
    use crate::sip::report::TryReport;

    fn ours() -> LineId {
        let (campaign, contact) = (CampaignId(1), ContactId(1));
        LineId::Attempt(AttemptId { campaign, contact, attempt_no: 1 })
    }

    fn call(line: LineId, call_ids: &[&str]) -> SipCall {
        let mut call = SipCall::new(line, None, UnixMillis(0));
        let one = |id: &&str| TryReport { call_id: (*id).to_owned(), ..TryReport::default() };
        call.report.tries = call_ids.iter().map(one).collect();
        call
    }

    fn written(name: &str, which: TraceWhich, act: impl FnOnce(&mut Traces)) -> Vec<String> {
        let name = format!("outcall-traces-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let mut book = TraceBook::new(TraceLimits::for_calls(10));
        for call_id in ["good@x", "../bad@x", "retried@x"] {
            let message = format!("BYE sip:x SIP/2.0\r\nCall-ID: {call_id}\r\n\r\n");
            let at = "127.0.0.1:5060".parse().unwrap();
            book.note(0, Direction::Out, "UDP", at, at, message.as_bytes());
        }
        let settings = TraceSettings { calls: 10, folder: Some(folder.clone()), which };
        let mut traces = Traces::new(Arc::new(Mutex::new(book)), &settings).unwrap();
        act(&mut traces);
        drop(traces);
        let mut files: Vec<_> = fs_err::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        fs_err::remove_dir_all(&folder).unwrap();
        files.sort();
        files
    }

    #[test]
    fn only_tries_that_failed_are_written_unless_all_are_wanted() {
        let act = |traces: &mut Traces| {
            traces.call_over(&call(ours(), &["retried@x", "good@x"]), false);
            traces.call_over(&call(ours(), &["../bad@x"]), true);
        };
        assert_eq!(written("a", TraceWhich::Failed, act), [".._bad@x.pcap", "retried@x.pcap"]);
        assert_eq!(written("b", TraceWhich::All, act).len(), 3);
    }

    #[test]
    fn calls_of_strangers_have_names_of_their_own_and_do_not_fill_the_disk() {
        let act = |traces: &mut Traces| {
            let incoming = LineId::Incoming(0);
            traces.call_over(&call(incoming, &["good@x"]), true);
            traces.writer.as_mut().unwrap().strangers_left = 0;
            traces.call_over(&call(incoming, &["../bad@x"]), true);
        };
        assert_eq!(written("c", TraceWhich::All, act), ["incoming-good@x.pcap"]);
    }
}
