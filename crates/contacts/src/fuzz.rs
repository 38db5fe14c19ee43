//! The entry for fuzzing: any bytes as a list.

use crate::contact::ContactRow;
use crate::error::ImportError;
use crate::import::import;
use crate::options::ImportOptions;
use crate::report::ImportReport;
use crate::sink::{ContactSink, FileFacts, SinkError, SinkVerdict};
use crate::source::ListSource;

/// Imports any bytes into nothing.
///
/// # Errors
/// As [`import`](crate::import()).
///
/// # Panics
/// When the report does not add up: that is what a fuzzer looks for.
pub fn import_any(bytes: &[u8]) -> Result<ImportReport, ImportError> {
    let mut sink = Counter { added: 0 };
    let source = ListSource::Bytes { name: "any", bytes };
    let report = import(&source, &ImportOptions::default(), None, &mut sink, &mut |_| {})?;
    assert_eq!(report.rows, report.accepted + report.rejected, "every row is counted once");
    assert_eq!(report.accepted, sink.added, "the sink has what the report says");
    let rejected: u64 = report.rejections.iter().map(|tally| tally.count).sum();
    assert_eq!(report.rejected, rejected, "every rejected row has its reason");
    Ok(report)
}

struct Counter {
    added: u64,
}

impl ContactSink for Counter {
    fn begin(&mut self, _file: &FileFacts) -> Result<(), SinkError> {
        Ok(())
    }

    fn add(&mut self, rows: Vec<ContactRow>) -> Result<Vec<SinkVerdict>, SinkError> {
        self.added += rows.len() as u64;
        Ok(vec![SinkVerdict::Added; rows.len()])
    }

    fn finish(&mut self, _report: &ImportReport) -> Result<(), SinkError> {
        Ok(())
    }

    fn abort(&mut self) {}
}
