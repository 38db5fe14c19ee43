//! Contact lists as CSV: which delimiter, then row by row.

use std::io::Read;

use crate::csv_records::{CsvFault, CsvRecords, RECORD_BYTES_MAX};
use crate::encoding::Detected;
use crate::error::ImportError;
use crate::raw_row::{Header, RawRow, RowConsumer};
use crate::reject::{RejectReason, Rejection};
use crate::report::FileFormat;
use crate::text_reader::TextReader;

/// In the order of preference when several fit equally well.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// How many records are looked at to find the delimiter.
const SAMPLE_RECORDS: usize = 50;

/// Reads the file. `head` is its beginning, for the detection; `forced` the user's delimiter.
pub(crate) fn read<'a>(
    file: &str,
    input: Box<dyn Read + 'a>,
    head: &[u8],
    detected: Detected,
    forced: Option<u8>,
    consumer: &mut dyn RowConsumer,
) -> Result<(), ImportError> {
    let fail = |fault| failure(file, fault);
    let sample = sample(head, &detected).map_err(|error| fail(CsvFault::Read(error)))?;
    let declared = declared_delimiter(&sample);
    let delimiter = forced.or(declared).unwrap_or_else(|| detect_delimiter(&sample));

    let text = TextReader::new(input, &detected).map_err(|error| fail(CsvFault::Read(error)))?;
    let mut records = CsvRecords::new(text, delimiter);
    let mut row = RawRow::default();
    let mut found = next(&mut records, &mut row).map_err(fail)?;
    if found && declared.is_some() {
        found = next(&mut records, &mut row).map_err(fail)?;
    }
    if !found {
        return Err(ImportError::Empty { file: file.to_owned() });
    }
    let columns: Vec<String> = row.cells().map(str::to_owned).collect();
    let count = columns.len();
    consumer.header(Header {
        line: row.line,
        columns,
        format: FileFormat::Csv,
        encoding: Some(detected.encoding.name()),
        delimiter: Some(char::from(delimiter)),
        sheet: None,
        notes: detected.note.into_iter().collect(),
    })?;
    while next(&mut records, &mut row).map_err(fail)? {
        if row.len() != count {
            let detail = format!("{} cells; the header has {count}", row.len());
            row.set_fault(Rejection::new(RejectReason::WrongCellCount, detail));
        }
        consumer.row(&row, records.bytes_read())?;
    }
    Ok(())
}

/// The next record with something in it.
fn next(records: &mut CsvRecords<'_>, row: &mut RawRow) -> Result<bool, CsvFault> {
    while records.next(row)? {
        if !row.is_blank() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn failure(file: &str, fault: CsvFault) -> ImportError {
    let file = file.to_owned();
    match fault {
        CsvFault::Read(source) => ImportError::Read { file, source },
        CsvFault::UnclosedQuote { line, suspect_line } => {
            let hint = suspect_line
                .map(|line| format!(" (the quoting may be wrong from line {line} on)"))
                .unwrap_or_default();
            ImportError::UnclosedQuote { file, line, hint }
        }
        CsvFault::RecordTooLarge { line } => {
            ImportError::RecordTooLarge { file, line, limit_mib: RECORD_BYTES_MAX / 1024 / 1024 }
        }
    }
}

/// The beginning of the file as text.
fn sample(head: &[u8], detected: &Detected) -> std::io::Result<String> {
    let mut reader = TextReader::new(Box::new(head), detected)?;
    while reader.fill()? {}
    Ok(reader.unread().to_owned())
}

/// Excel's own way to name the delimiter: a first line `sep=;`.
fn declared_delimiter(sample: &str) -> Option<u8> {
    let line = sample.lines().next()?.trim().trim_matches('"');
    let delimiter = *line.strip_prefix("sep=")?.as_bytes().first()?;
    delimiter.is_ascii().then_some(delimiter)
}

/// The delimiter that gives most records as many cells as the header has; of several, the one
/// with most columns. A list of one column has none, and is read as with commas.
fn detect_delimiter(sample: &str) -> u8 {
    let mut best = (0, 0, b',');
    for delimiter in DELIMITERS {
        let counts = cell_counts(sample, delimiter);
        let Some(&columns) = counts.first().filter(|&&columns| columns > 1) else { continue };
        let fitting = counts.iter().filter(|&&count| count == columns).count();
        let share = fitting * 100 / counts.len();
        if (share, columns) > (best.0, best.1) {
            best = (share, columns, delimiter);
        }
    }
    best.2
}

fn cell_counts(sample: &str, delimiter: u8) -> Vec<usize> {
    let utf8 = Detected { encoding: encoding_rs::UTF_8, mark_bytes: 0, note: None };
    let Ok(text) = TextReader::new(Box::new(sample.as_bytes()), &utf8) else { return Vec::new() };
    let mut records = CsvRecords::new(text, delimiter);
    let (mut row, mut counts) = (RawRow::default(), Vec::new());
    // The last record may be cut off where the sample ends; its count weighs one in many.
    while counts.len() < SAMPLE_RECORDS && matches!(next(&mut records, &mut row), Ok(true)) {
        counts.push(row.len());
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delimiter_is_found() {
        for delimiter in DELIMITERS {
            let text = "phone,name,city\n+4420,\"Ann, Bob; Co\",x\n+4421,y,z\n"
                .replace(',', &char::from(delimiter).to_string());
            assert_eq!(detect_delimiter(&text), delimiter, "{text}");
        }
    }

    #[test]
    fn a_delimiter_inside_of_cells_does_not_win() {
        let text = "name;phone;notes\nA;1;a,b,c\nB;2;d\nC;3;e,f\n";
        assert_eq!(detect_delimiter(text), b';');
    }

    #[test]
    fn a_list_of_one_column_is_read_with_commas() {
        assert_eq!(detect_delimiter("phone\n+442079460123\n"), b',');
        assert_eq!(detect_delimiter(""), b',');
    }

    #[test]
    fn the_delimiter_that_excel_declares_is_taken() {
        assert_eq!(declared_delimiter("sep=;\r\na,b;c\r\n"), Some(b';'));
        assert_eq!(declared_delimiter("separator,b\n"), None);
    }
}
