//! Whole files through the whole import.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as the tests themselves do")]

mod bad_input;
mod formats;
mod memory_sink;
mod properties;
mod rejects;
mod workbook;

use outcall_contacts::{
    ImportError, ImportOptions, ImportReport, ListSource, RejectReason, import,
};

use memory_sink::MemorySink;

/// Options with a region, as nearly every campaign has.
fn british() -> ImportOptions {
    ImportOptions { default_region: Some("GB".parse().unwrap()), ..ImportOptions::default() }
}

fn run(name: &str, bytes: &[u8]) -> (Result<ImportReport, ImportError>, MemorySink) {
    run_with(name, bytes, &british())
}

fn run_with(
    name: &str,
    bytes: &[u8],
    options: &ImportOptions,
) -> (Result<ImportReport, ImportError>, MemorySink) {
    let mut sink = MemorySink::default();
    let source = ListSource::Bytes { name, bytes };
    let report = import(&source, options, None, &mut sink, &mut |_| {});
    (report, sink)
}

/// The rejections as reason, line and column.
fn rejections(report: &ImportReport) -> Vec<(RejectReason, u64, Option<&str>)> {
    let mut found = Vec::new();
    for tally in &report.rejections {
        for example in &tally.examples {
            found.push((tally.reason, example.line, example.column.as_deref()));
        }
    }
    found
}

/// The message of a file that is refused as a whole.
fn refusal(name: &str, bytes: &[u8]) -> String {
    let (result, sink) = run(name, bytes);
    assert!(sink.kept.is_empty(), "nothing is imported");
    result.unwrap_err().to_string()
}
