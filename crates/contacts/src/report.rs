//! What an import did: the same for a dry run and a real one, so without times.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::columns::Column;
use crate::contact::ZoneSource;
use crate::reject::{RejectReason, Rejection};
use crate::sink::FileFacts;

/// So many examples of each reason are in the report; all of them are in the rejects file.
const EXAMPLES: usize = 5;

/// The formats of contact lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Comma-separated values, with any delimiter.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
}

/// What an import did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The file read.
    pub file: FileFacts,
    /// Its format.
    pub format: FileFormat,
    /// Its encoding; workbooks have none.
    pub encoding: Option<String>,
    /// Its delimiter, for CSV.
    pub delimiter: Option<char>,
    /// The sheet read, for workbooks.
    pub sheet: Option<String>,
    /// Its columns, what they were taken for and why.
    pub columns: Vec<Column>,
    /// The telephone columns by name, in dial order.
    pub dial_order: Vec<String>,
    /// Rows below the header that are not blank: `accepted + rejected`.
    pub rows: u64,
    /// Contacts added.
    pub accepted: u64,
    /// Rows not imported.
    pub rejected: u64,
    /// Telephone numbers of the accepted contacts.
    pub numbers: u64,
    /// Why rows were rejected.
    pub rejections: Vec<Tally>,
    /// What was left out of rows that were otherwise good.
    pub warnings: Vec<Tally>,
    /// Accepted contacts by where their time zone comes from.
    pub zones: BTreeMap<ZoneSource, u64>,
    /// What else the user should know.
    pub notes: Vec<String>,
}

/// One reason, how often, and where first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The reason.
    pub reason: RejectReason,
    /// How many rows (for warnings: how many places).
    pub count: u64,
    /// What to do about it.
    pub advice: String,
    /// The first few.
    pub examples: Vec<Example>,
}

/// One place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The physical line (for a workbook, the row), counted from 1.
    pub line: u64,
    /// The column's name, when one column is at fault.
    pub column: Option<String>,
    /// The particulars; telephone numbers are masked.
    pub detail: String,
}

/// Counts by reason.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tallies(BTreeMap<RejectReason, (u64, Vec<Example>)>);

impl Tallies {
    pub(crate) fn add(&mut self, line: u64, rejection: &Rejection, columns: &[Column]) {
        let (count, examples) = self.0.entry(rejection.reason).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            let column = rejection.column.and_then(|index| columns.get(index));
            examples.push(Example {
                line,
                column: column.map(|column| column.name.clone()),
                detail: rejection.detail.clone(),
            });
        }
    }

    pub(crate) fn into_report(self) -> Vec<Tally> {
        let tally = |(reason, (count, examples)): (RejectReason, _)| Tally {
            reason,
            count,
            advice: reason.advice().to_owned(),
            examples,
        };
        self.0.into_iter().map(tally).collect()
    }
}
