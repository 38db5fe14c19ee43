//! The records of a CSV text, with physical lines and limits.
//!
//! The rules are those of the `csv` crate (RFC 4180, and lenient beyond it), which a test compares
//! with. It is not used for reading, since it neither says where a quote was opened that is never
//! closed, nor bounds a record.

use std::io;

use crate::raw_row::{CELL_BYTES_MAX, COLUMNS_MAX, RawRow};
use crate::reject::{RejectReason, Rejection};
use crate::text_reader::TextReader;

/// The largest record, in bytes of text. It is held in memory at once.
pub(crate) const RECORD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A quoted cell as long as this, over several lines, is not meant to be one: then its quote is
/// reported, not the size of the record.
const QUOTED_LINES_SUSPECT: u64 = 1_000;

/// What ends the reading of records.
#[derive(Debug)]
pub(crate) enum CsvFault {
    Read(io::Error),
    UnclosedQuote {
        line: u64,
        /// Where the first broken cell was opened.
        suspect_line: Option<u64>,
    },
    RecordTooLarge {
        line: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// After a quote within a quoted cell: the end of it, or the first half of a doubled quote.
    QuoteInQuoted,
}

/// Where a cell stands in the record.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    quoted: bool,
    /// There is more to do than to take the outer quotes off.
    escaped: bool,
    /// The line on which it was opened, when it runs over several and goes on after its closing
    /// quote: then the quote that closed it was surely meant to open another cell.
    broken_on: Option<u64>,
}

/// Reads one record after the other.
pub(crate) struct CsvRecords<'a> {
    text: TextReader<'a>,
    delimiter: u8,
    /// The physical line of the next byte.
    line: u64,
    after_cr: bool,
    suspect_line: Option<u64>,
    spans: Vec<Span>,
}

/// The record that is being read.
struct Scan {
    at: usize,
    state: State,
    cell: Span,
    quote_line: u64,
    first_line: u64,
}

impl Span {
    fn at(start: usize) -> Self {
        Self { start, end: start, quoted: false, escaped: false, broken_on: None }
    }
}

impl<'a> CsvRecords<'a> {
    pub(crate) fn new(text: TextReader<'a>, delimiter: u8) -> Self {
        Self { text, delimiter, line: 1, after_cr: false, suspect_line: None, spans: Vec::new() }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.text.bytes_read()
    }

    /// Reads the next record that is not an empty line; `false` at the end.
    pub(crate) fn next(&mut self, row: &mut RawRow) -> Result<bool, CsvFault> {
        let mut scan = Scan {
            at: 0,
            state: State::CellStart,
            cell: Span::at(0),
            quote_line: self.line,
            first_line: self.line,
        };
        self.spans.clear();
        loop {
            if let Some((record, with_end)) = self.scan(&mut scan) {
                if record == 0 {
                    self.text.consume(with_end);
                    scan.at = 0;
                    scan.cell = Span::at(0);
                    scan.first_line = self.line;
                    self.spans.clear();
                    continue;
                }
                self.deliver(row, &scan, record);
                self.text.consume(with_end);
                return Ok(true);
            }
            self.check_size(&scan)?;
            if self.text.fill().map_err(CsvFault::Read)? {
                continue;
            }
            if scan.state == State::Quoted {
                return Err(self.unclosed(&scan));
            }
            let record = self.text.unread().len();
            if record == 0 {
                return Ok(false);
            }
            self.end_cell(&mut scan, record);
            self.deliver(row, &scan, record);
            self.text.consume(record);
            return Ok(true);
        }
    }

    fn unclosed(&self, scan: &Scan) -> CsvFault {
        let suspect_line = self.suspect_line.filter(|&line| line < scan.quote_line);
        CsvFault::UnclosedQuote { line: scan.quote_line, suspect_line }
    }

    fn check_size(&self, scan: &Scan) -> Result<(), CsvFault> {
        if scan.at <= RECORD_BYTES_MAX {
            return Ok(());
        }
        let lines = self.line - scan.quote_line;
        if scan.state == State::Quoted && lines >= QUOTED_LINES_SUSPECT {
            return Err(self.unclosed(scan));
        }
        Err(CsvFault::RecordTooLarge { line: scan.first_line })
    }

    /// Goes on through the text that is there. At the end of the record: its length without and
    /// with the line end.
    fn scan(&mut self, scan: &mut Scan) -> Option<(usize, usize)> {
        let bytes = self.text.unread().as_bytes();
        let delimiter = self.delimiter;
        let mut at = scan.at;
        while at < bytes.len() {
            let byte = bytes[at];
            if scan.state == State::Quoted {
                match byte {
                    b'"' => scan.state = State::QuoteInQuoted,
                    b'\r' => self.line += 1,
                    b'\n' if bytes[at - 1] != b'\r' => self.line += 1,
                    _ => {}
                }
                at += 1;
                continue;
            }
            match byte {
                b'"' if scan.state == State::CellStart => {
                    scan.state = State::Quoted;
                    scan.cell.quoted = true;
                    scan.quote_line = self.line;
                }
                b'"' if scan.state == State::QuoteInQuoted => {
                    scan.state = State::Quoted;
                    scan.cell.escaped = true;
                }
                byte if byte == delimiter => {
                    scan.cell.end = at;
                    self.spans.push(scan.cell);
                    scan.cell = Span::at(at + 1);
                    scan.state = State::CellStart;
                }
                // The second half of a line end whose first half ended the last record.
                b'\n' if at == 0 && self.after_cr => {
                    self.after_cr = false;
                    return Some((0, 1));
                }
                b'\r' | b'\n' => {
                    self.line += 1;
                    self.after_cr = byte == b'\r';
                    scan.cell.end = at;
                    self.spans.push(scan.cell);
                    scan.at = at;
                    return Some((at, at + 1));
                }
                _ => {
                    if scan.state == State::QuoteInQuoted {
                        scan.cell.escaped = true;
                        if self.line > scan.quote_line {
                            scan.cell.broken_on = Some(scan.quote_line);
                            self.suspect_line.get_or_insert(scan.quote_line);
                        }
                    }
                    scan.state = State::Plain;
                    let plain = |&b: &u8| b == delimiter || b == b'\n' || b == b'\r';
                    at += bytes[at..].iter().position(plain).unwrap_or(bytes.len() - at);
                    continue;
                }
            }
            at += 1;
        }
        scan.at = at;
        None
    }

    fn end_cell(&mut self, scan: &mut Scan, end: usize) {
        scan.cell.end = end;
        self.spans.push(scan.cell);
    }

    fn deliver(&self, row: &mut RawRow, scan: &Scan, record: usize) {
        let text = &self.text.unread()[..record];
        row.clear(scan.first_line);
        // Far more cells than columns can exist are kept apart by the caller's count only.
        for span in self.spans.iter().take(2 * COLUMNS_MAX) {
            let cell = &text[span.start..span.end];
            if cell.len() > CELL_BYTES_MAX {
                let detail = format!("{} bytes; at most {CELL_BYTES_MAX} are kept", cell.len());
                let fault = Rejection::new(RejectReason::CellTooLarge, detail);
                row.set_fault(fault.in_column(row.len()));
            }
            if let Some(line) = span.broken_on {
                let detail = format!("text follows the closing quote of the cell of line {line}");
                row.set_fault(Rejection::new(RejectReason::Quoting, detail).in_column(row.len()));
            }
            match (span.quoted, span.escaped) {
                (false, _) => row.push(cell),
                (true, false) => row.push(inner(cell)),
                (true, true) => row.push(&unescape(cell)),
            }
        }
        if self.spans.len() > 2 * COLUMNS_MAX {
            let detail = format!("{} cells", self.spans.len());
            row.set_fault(Rejection::new(RejectReason::WrongCellCount, detail));
        }
        if let Some(fault) = self.text.fault_within(record) {
            let column = self.spans.iter().position(|span| fault < span.end.max(span.start + 1));
            let mut rejection = Rejection::new(
                RejectReason::Encoding,
                "bytes that are no text in the file's encoding",
            );
            rejection.column = column;
            row.fault = Some(rejection);
        }
    }
}

/// A quoted cell's content, when there are no quotes in it.
fn inner(cell: &str) -> &str {
    let cell = cell.strip_prefix('"').unwrap_or(cell);
    cell.strip_suffix('"').unwrap_or(cell)
}

/// A quoted cell's content: doubled quotes become one, and what follows the closing quote is
/// taken as it is.
fn unescape(cell: &str) -> String {
    let mut content = String::with_capacity(cell.len());
    let mut rest = cell.strip_prefix('"').unwrap_or(cell);
    while let Some(quote) = rest.find('"') {
        content.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                content.push('"');
                rest = after;
            }
            None => break,
        }
    }
    content.push_str(rest);
    content
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;
    use proptest::prelude::*;

    use super::*;
    use crate::encoding::Detected;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, CsvFault> {
        read_from(Box::new(FewAtATime(bytes)))
    }

    fn read_from(input: Box<dyn io::Read + '_>) -> Result<Vec<(u64, Vec<String>)>, CsvFault> {
        let detected = Detected { encoding: UTF_8, mark_bytes: 0, note: None };
        let text = TextReader::new(input, &detected).unwrap();
        let mut records = CsvRecords::new(text, b',');
        let (mut row, mut all) = (RawRow::default(), Vec::new());
        while records.next(&mut row)? {
            all.push((row.line, row.cells().map(str::to_owned).collect()));
        }
        Ok(all)
    }

    /// Reads a few bytes at a time, so that every cut is seen.
    struct FewAtATime<'a>(&'a [u8]);

    impl io::Read for FewAtATime<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(3);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn lines(text: &str) -> Vec<u64> {
        read(text.as_bytes()).unwrap().into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn lines_are_physical_whatever_ends_them() {
        assert_eq!(lines("a\n\nb\nc"), [1, 3, 4]);
        assert_eq!(lines("a\r\n\r\nb\r\nc\r\n"), [1, 3, 4]);
        assert_eq!(lines("a\r\rb\rc\r"), [1, 3, 4]);
        assert_eq!(lines("\"a\nb\"\n\"c\r\nd\re\"\nf\n"), [1, 3, 6]);
    }

    #[test]
    fn a_quote_never_closed_names_the_line_where_it_was_opened() {
        let fault = read(b"a,b\nc,\"d\ne,f\ng,h\n").unwrap_err();
        assert!(matches!(fault, CsvFault::UnclosedQuote { line: 2, suspect_line: None }));
        let fault = read(b"a,b\n\"c,d\n\"e\",f\n\"g,h\n").unwrap_err();
        let CsvFault::UnclosedQuote { line, suspect_line } = fault else { panic!("{fault:?}") };
        assert_eq!((line, suspect_line), (4, Some(2)));
    }

    #[test]
    fn a_record_larger_than_the_limit_ends_the_reading_with_its_line() {
        let huge = [b"a\n\"".as_slice(), &vec![b'x'; RECORD_BYTES_MAX + 100_000]].concat();
        assert!(matches!(read_from(Box::new(&*huge)), Err(CsvFault::RecordTooLarge { line: 2 })));
        let lines = [b"a\nb,\"".as_slice(), &b"1,2\n".repeat(5_000_000)].concat();
        assert!(matches!(
            read_from(Box::new(&*lines)),
            Err(CsvFault::UnclosedQuote { line: 2, .. })
        ));
    }

    proptest! {
        #[test]
        fn every_text_reads_as_the_csv_crate_reads_it(text in "[ab,\"\r\n é]{0,40}") {
            let Ok(ours) = read(text.as_bytes()) else { return Ok(()) };
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let ours: Vec<Vec<String>> = ours.into_iter().map(|(_, cells)| cells).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
