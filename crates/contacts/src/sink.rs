//! Where contacts go: the seam to the ledger.

use std::error::Error;

use serde::{Deserialize, Serialize};

use crate::contact::ContactRow;
use crate::report::ImportReport;

/// What a sink says when it cannot go on.
pub type SinkError = Box<dyn Error + Send + Sync>;

/// The file that an import reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its name, without the folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// What became of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkVerdict {
    /// It is in the list now.
    Added,
    /// The same contact came earlier in the same file.
    DuplicateInList {
        /// On which line, where the sink knows.
        first_line: Option<u64>,
    },
    /// The campaign has the contact already.
    DuplicateInCampaign,
    /// All its numbers are suppressed.
    Suppressed,
}

/// Takes the contacts of one file: all of them or none.
///
/// The calls come in this order: `begin`, any number of `add`, then either `finish` or `abort`.
/// After an error of any of them (also of `finish`) `abort` follows. `add` is called on a thread of
/// its own while the next rows are read; never are two calls made at once. A dry run uses a sink
/// that gives the same verdicts and keeps nothing.
pub trait ContactSink: Send {
    /// An import starts.
    ///
    /// # Errors
    /// When the sink cannot take contacts; the import ends.
    fn begin(&mut self, file: &FileFacts) -> Result<(), SinkError>;

    /// Takes about 1,000 contacts and returns a verdict for each, in their order.
    ///
    /// # Errors
    /// When they cannot be stored; the import ends.
    fn add(&mut self, rows: Vec<ContactRow>) -> Result<Vec<SinkVerdict>, SinkError>;

    /// Makes everything that was added durable.
    ///
    /// # Errors
    /// When that is not possible; then nothing may have been kept.
    fn finish(&mut self, report: &ImportReport) -> Result<(), SinkError>;

    /// Forgets everything since `begin`.
    fn abort(&mut self);
}
