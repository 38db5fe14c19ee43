//! Why a whole file cannot be imported, as opposed to a single row.

use std::io;

use crate::sink::SinkError;

/// The file is refused; nothing of it was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The operating system refused to read it.
    #[error("{file}: cannot be read")]
    Read {
        /// The file's name.
        file: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// 0 bytes, or nothing but a byte order mark and empty lines.
    #[error("{file}: the file is empty; expected a header line and one line for each contact")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// A header and nothing below it.
    #[error("{file}: there is a header but no contact below it")]
    HeaderOnly {
        /// The file's name.
        file: String,
    },
    /// The first line holds a telephone number.
    #[error(
        "{file}, line {line}: the first line looks like a contact and not like a header; add a \
         line above it that names the columns, for example phone,name"
    )]
    MissingHeader {
        /// The file's name.
        file: String,
        /// The physical line, counted from 1.
        line: u64,
    },
    /// No column could be taken for telephone numbers.
    #[error(
        "{file}: no column holds telephone numbers; the columns are {columns}; name one with \
         --map phone=COLUMN"
    )]
    NoPhoneColumn {
        /// The file's name.
        file: String,
        /// The names seen, quoted.
        columns: String,
    },
    /// A mapping names a column that is not there.
    #[error("{file}: --map {role}={column}: there is no such column; the columns are {columns}")]
    UnknownColumn {
        /// The file's name.
        file: String,
        /// The role it was to have.
        role: String,
        /// The column asked for.
        column: String,
        /// The names seen, quoted.
        columns: String,
    },
    /// More columns than any list has.
    #[error("{file}, line {line}: {columns} columns; at most {limit} are supported")]
    TooManyColumns {
        /// The file's name.
        file: String,
        /// The physical line of the header.
        line: u64,
        /// How many there are.
        columns: usize,
        /// How many are supported.
        limit: usize,
    },
    /// A quoted cell that runs to the end of the file.
    #[error(
        "{file}, line {line}: the quote opened here is never closed{hint}; close it, or write \
         every \" inside a cell twice"
    )]
    UnclosedQuote {
        /// The file's name.
        file: String,
        /// The physical line of the opening quote.
        line: u64,
        /// Where the quoting went wrong first, when that was seen; else empty.
        hint: String,
    },
    /// A record that does not end.
    #[error(
        "{file}, line {line}: the record that starts here is larger than {limit_mib} MiB; is \
         another delimiter, encoding or format meant?"
    )]
    RecordTooLarge {
        /// The file's name.
        file: String,
        /// The physical line on which the record starts.
        line: u64,
        /// The limit, in MiB.
        limit_mib: usize,
    },
    /// The content is of a kind that is not supported.
    #[error("{file}: {found}; save it as CSV in UTF-8 and import that")]
    Unsupported {
        /// The file's name.
        file: String,
        /// What it seems to be.
        found: String,
    },
    /// A workbook that would fill the memory when opened, or is made to.
    #[error("{file}: the workbook is too large to be opened safely: {what}; save it as CSV")]
    WorkbookTooLarge {
        /// The file's name.
        file: String,
        /// The limit that was exceeded.
        what: String,
    },
    /// A workbook that is damaged.
    #[error("{file}: the workbook cannot be read: {what}; save it again, or save it as CSV")]
    BrokenWorkbook {
        /// The file's name.
        file: String,
        /// What the reader said.
        what: String,
    },
    /// The sheet asked for does not exist.
    #[error("{file}: there is no sheet '{sheet}'; the sheets are {sheets}")]
    UnknownSheet {
        /// The file's name.
        file: String,
        /// The sheet asked for; empty when there is no visible sheet.
        sheet: String,
        /// The names seen, quoted.
        sheets: String,
    },
    /// The file grew or shrank during the import.
    #[error("{file}: the file was changed while it was read; import it again")]
    Changed {
        /// The file's name.
        file: String,
    },
    /// The rejects file cannot be written.
    #[error("{path}: the rejects file cannot be written; {state}")]
    Rejects {
        /// Where it was to be.
        path: String,
        /// Whether the contacts were imported.
        state: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The place where the contacts go refused.
    #[error("{file}: the contacts cannot be stored; nothing was imported")]
    Sink {
        /// The file's name.
        file: String,
        /// What it said.
        #[source]
        source: SinkError,
    },
    /// The storing side ended without saying why.
    #[error("{file}: the import was interrupted; nothing was imported")]
    Interrupted {
        /// The file's name.
        file: String,
    },
}
