//! A row as it stands in the file, before anything is made of it, and where rows go.

use crate::error::ImportError;
use crate::reject::Rejection;
use crate::report::FileFormat;

/// The most columns a list may have.
pub(crate) const COLUMNS_MAX: usize = 512;

/// The largest cell that is accepted, in bytes.
pub(crate) const CELL_BYTES_MAX: usize = 64 * 1024;

/// The cells of one row in one buffer, which is used again for the next row.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawRow {
    /// The physical line (for a workbook, the row) on which it starts, counted from 1.
    pub line: u64,
    text: String,
    ends: Vec<usize>,
    /// What is wrong with the row as such.
    pub fault: Option<Rejection>,
    /// A line that could not be taken apart into cells.
    pub unparsed: Option<String>,
}

impl RawRow {
    pub(crate) fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        // A single giant cell must not hold its memory for the rest of the import.
        self.text.shrink_to(4 * CELL_BYTES_MAX);
        self.ends.clear();
        self.fault = None;
        self.unparsed = None;
    }

    pub(crate) fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell's text; empty beyond the last cell.
    pub(crate) fn cell(&self, index: usize) -> &str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.cell(index))
    }

    /// All cells after each other.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing but blanks in it.
    pub(crate) fn is_blank(&self) -> bool {
        self.fault.is_none() && self.unparsed.is_none() && self.text.trim().is_empty()
    }

    /// Adds empty cells, or takes cells away, until there are `count`.
    pub(crate) fn resize(&mut self, count: usize) {
        self.ends.truncate(count);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
        self.ends.resize(count, self.text.len());
    }

    /// Notes what is wrong; the first fault stays.
    pub(crate) fn set_fault(&mut self, fault: Rejection) {
        self.fault.get_or_insert(fault);
    }

    /// The memory it holds, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<usize>()
    }
}

/// What a source knows once it has read the header.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// The line of the header.
    pub line: u64,
    /// The columns' names, as they stand in the file.
    pub columns: Vec<String>,
    pub format: FileFormat,
    pub encoding: Option<&'static str>,
    pub delimiter: Option<char>,
    pub sheet: Option<String>,
    /// Things to tell about how the file was read.
    pub notes: Vec<String>,
}

/// Where a source delivers what it reads: the header once, then each row that is not blank.
pub(crate) trait RowConsumer {
    fn header(&mut self, header: Header) -> Result<(), ImportError>;

    /// `bytes_read` of the file so far, for the progress bar.
    fn row(&mut self, row: &RawRow, bytes_read: u64) -> Result<(), ImportError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_resized_keeps_its_first_cells_and_reads_empty_beyond() {
        let mut row = RawRow::default();
        row.clear(3);
        for cell in ["a", "", "ccc"] {
            row.push(cell);
        }
        row.resize(2);
        assert_eq!(row.cells().collect::<Vec<_>>(), ["a", ""]);
        row.resize(4);
        assert_eq!(row.cells().collect::<Vec<_>>(), ["a", "", "", ""]);
        assert_eq!((row.cell(0), row.cell(9)), ("a", ""));
    }
}
