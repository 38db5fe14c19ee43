//! Contact lists: from a file to validated contacts, a report and a file of rejected rows.
//!
//! There is no database here: contacts go to a [`ContactSink`], which the ledger implements.
//!
//! # Layout
//! - `source`: the file, surveyed once and opened as often as needed; which format it is in
//! - `encoding`, `text_reader`: bytes to text, with every undecodable place noted
//! - `csv_records`, `csv_source`: CSV with physical lines and limits; the delimiter
//! - `xlsx_guard`, `xlsx_source`: workbooks, after a look at what they would inflate to
//! - `jsonl_source`: JSON lines
//! - `raw_row`: what the three have in common
//! - `columns`, `header_names`: what each column is for
//! - `phone_reader`, `zone_names`, `validate`, `contact`: from cells to a contact
//! - `import`, `intake`, [`sink`](ContactSink): reading and judging on one thread, storing on
//!   another
//! - `reject`, `rejects_file`, `report`: what was not imported and why
//! - `fuzz`: any bytes as a list
//!
//! # Invariants
//! - Every row below the header that is not blank is either accepted or rejected with a reason.
//! - Nothing is replaced, cut or guessed silently: it is a rejected row, a warning or a note.
//! - Memory does not grow with the number of rows (for workbooks: beyond their shared texts).
//! - All rows of a file go into the sink, or none: an error ends in [`ContactSink::abort`].
//! - A report depends on the file, the options and the sink's verdicts only.

mod columns;
mod contact;
mod csv_records;
mod csv_source;
mod encoding;
mod error;
mod fuzz;
mod header_names;
mod import;
mod intake;
mod jsonl_source;
mod options;
mod phone_reader;
mod raw_row;
mod reject;
mod rejects_file;
mod report;
mod sink;
mod source;
mod text_reader;
mod validate;
mod xlsx_guard;
mod xlsx_source;
mod zone_names;

pub use columns::{Column, Found, InvalidMapping, Mapping, REJECT_COLUMNS, Role};
pub use contact::{ContactRow, NUMBERS_MAX, Number, NumberKind, ZoneSource};
pub use error::ImportError;
pub use fuzz::import_any;
pub use import::{Progress, import};
pub use options::{DefaultRegion, DefaultZone, EncodingName, ImportOptions, InvalidOption};
pub use reject::{RejectReason, Rejection};
pub use report::{Example, FileFormat, ImportReport, Tally};
pub use sink::{ContactSink, FileFacts, SinkError, SinkVerdict};
pub use source::ListSource;
