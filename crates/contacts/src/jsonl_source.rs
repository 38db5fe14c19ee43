//! Contact lists as JSON lines: one object a line.
//!
//! The file is read twice, since the columns are whatever keys its objects have.

use std::fmt;
use std::io::{self, Read};

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use crate::encoding::Detected;
use crate::error::ImportError;
use crate::raw_row::{CELL_BYTES_MAX, COLUMNS_MAX, Header, RawRow, RowConsumer};
use crate::reject::{RejectReason, Rejection};
use crate::report::FileFormat;
use crate::text_reader::TextReader;

/// The longest line, in bytes of text.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Reads the file, which `open` opens as often as it is asked to.
pub(crate) fn read<'a>(
    file: &str,
    open: &dyn Fn() -> io::Result<Box<dyn Read + 'a>>,
    detected: &Detected,
    consumer: &mut dyn RowConsumer,
) -> Result<(), ImportError> {
    let fail = |source| ImportError::Read { file: file.to_owned(), source };
    let mut columns = Columns::default();
    let mut lines = Lines::open(open, detected).map_err(fail)?;
    let mut anything = false;
    while let Some(line) = lines.next().map_err(fail)? {
        anything = true;
        if let Ok(object) = serde_json::from_str::<Object>(lines.text(&line)) {
            for (key, _) in object.0 {
                columns.add(key);
            }
        }
        if columns.names.len() > COLUMNS_MAX {
            return Err(ImportError::TooManyColumns {
                file: file.to_owned(),
                line: line.number,
                columns: columns.names.len(),
                limit: COLUMNS_MAX,
            });
        }
        lines.consume(&line);
    }
    if !anything {
        return Err(ImportError::Empty { file: file.to_owned() });
    }
    consumer.header(Header {
        line: 1,
        columns: columns.names.clone(),
        format: FileFormat::Jsonl,
        encoding: Some(detected.encoding.name()),
        delimiter: None,
        sheet: None,
        notes: detected.note.iter().cloned().collect(),
    })?;

    let mut lines = Lines::open(open, detected).map_err(fail)?;
    let mut row = RawRow::default();
    let mut cells = Vec::new();
    while let Some(line) = lines.next().map_err(fail)? {
        row.clear(line.number);
        take_apart(&lines, &line, &columns, &mut cells, &mut row);
        row.resize(columns.names.len());
        lines.consume(&line);
        consumer.row(&row, lines.text.bytes_read())?;
    }
    Ok(())
}

/// Fills the row from a line, or notes why that is not possible.
fn take_apart(
    lines: &Lines<'_>,
    line: &Line,
    columns: &Columns,
    cells: &mut Vec<String>,
    row: &mut RawRow,
) {
    let text = lines.text(line);
    let fault = if line.too_large {
        let detail = format!("more than {LINE_BYTES_MAX} bytes");
        Some(Rejection::new(RejectReason::LineTooLarge, detail))
    } else if lines.text.fault_within(line.length).is_some() {
        let detail = "bytes that are no text in the file's encoding";
        Some(Rejection::new(RejectReason::Encoding, detail))
    } else {
        match serde_json::from_str::<Object>(text) {
            Ok(object) => {
                fill(object, columns, cells, row);
                None
            }
            Err(error) => {
                let detail = format!("character {}: {}", error.column(), without_place(&error));
                Some(Rejection::new(RejectReason::Json, detail))
            }
        }
    };
    if let Some(fault) = fault {
        row.set_fault(fault);
        row.unparsed = Some(text.to_owned());
    }
}

fn fill(object: Object, columns: &Columns, cells: &mut Vec<String>, row: &mut RawRow) {
    cells.clear();
    cells.resize(columns.names.len(), String::new());
    for (key, value) in object.0 {
        if let Some(&index) = columns.indices.get(&key) {
            cells[index] = cell_text(value);
        }
    }
    for (index, cell) in cells.iter().enumerate() {
        if cell.len() > CELL_BYTES_MAX {
            let detail = format!("{} bytes; at most {CELL_BYTES_MAX} are kept", cell.len());
            let fault = Rejection::new(RejectReason::CellTooLarge, detail).in_column(index);
            row.set_fault(fault);
        }
        row.push(cell);
    }
}

/// A value as a cell: text as it is, nothing for null, anything else as JSON.
fn cell_text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            value.to_string()
        }
    }
}

/// The message of serde_json without its `at line 1 column 9`.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(place) => text[..place].to_owned(),
        None => text,
    }
}

/// The keys seen, in the order in which they came.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    indices: std::collections::HashMap<String, usize>,
}

impl Columns {
    fn add(&mut self, key: String) {
        if !self.indices.contains_key(&key) {
            self.names.push(key.clone());
            self.indices.insert(key, self.names.len() - 1);
        }
    }
}

/// An object whose keys are all different.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries: Vec<(String, Value)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if !seen.insert(key.clone()) {
                        return Err(serde::de::Error::custom("a key is given twice"));
                    }
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// One line of the text.
#[derive(Clone, Copy)]
struct Line {
    number: u64,
    /// Bytes of the unread text, without the line end.
    length: usize,
    with_end: usize,
    too_large: bool,
}

/// The lines that are not blank.
struct Lines<'a> {
    text: TextReader<'a>,
    number: u64,
}

impl<'a> Lines<'a> {
    fn open(
        open: &dyn Fn() -> io::Result<Box<dyn Read + 'a>>,
        detected: &Detected,
    ) -> io::Result<Self> {
        Ok(Self { text: TextReader::new(open()?, detected)?, number: 0 })
    }

    fn text(&self, line: &Line) -> &str {
        &self.text.unread()[..line.length]
    }

    fn consume(&mut self, line: &Line) {
        self.text.consume(line.with_end);
        if line.too_large {
            // Its rest is skipped without being kept; the caller saw its beginning.
            self.skip_line();
        }
    }

    fn skip_line(&mut self) {
        loop {
            if let Some(end) = self.text.unread().find('\n') {
                self.text.consume(end + 1);
                return;
            }
            self.text.consume(self.text.unread().len());
            // An error shows up again at the next line.
            if !matches!(self.text.fill(), Ok(true)) {
                return;
            }
        }
    }

    fn next(&mut self) -> io::Result<Option<Line>> {
        let mut searched = 0;
        loop {
            let unread = self.text.unread();
            if let Some(end) = unread.as_bytes()[searched..].iter().position(|&b| b == b'\n') {
                self.number += 1;
                let length = searched + end;
                if unread[..length].trim().is_empty() {
                    self.text.consume(length + 1);
                    searched = 0;
                    continue;
                }
                let too_large = length > LINE_BYTES_MAX;
                let line = Line { number: self.number, length, with_end: length + 1, too_large };
                return Ok(Some(if too_large { cut(unread, line) } else { line }));
            }
            searched = unread.len();
            if searched > LINE_BYTES_MAX {
                self.number += 1;
                let line = Line { number: self.number, length: 0, with_end: 0, too_large: true };
                return Ok(Some(cut(unread, line)));
            }
            if !self.text.fill()? {
                let length = self.text.unread().len();
                if self.text.unread().trim().is_empty() {
                    return Ok(None);
                }
                self.number += 1;
                let number = self.number;
                return Ok(Some(Line { number, length, with_end: length, too_large: false }));
            }
        }
    }
}

/// A line of which only the beginning is looked at.
fn cut(unread: &str, line: Line) -> Line {
    let mut length = CELL_BYTES_MAX.min(unread.len());
    while !unread.is_char_boundary(length) {
        length -= 1;
    }
    Line { length, with_end: length, ..line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_given_twice_is_refused() {
        assert!(serde_json::from_str::<Object>(r#"{"a":1,"b":2}"#).is_ok());
        let error = serde_json::from_str::<Object>(r#"{"a":1,"a":2}"#).err().unwrap();
        assert_eq!(without_place(&error), "a key is given twice");
    }

    #[test]
    fn a_number_is_a_cell_without_exponent_and_an_object_stays_json() {
        let text = |json: &str| cell_text(serde_json::from_str(json).unwrap());
        assert_eq!(text("447911123456"), "447911123456");
        assert_eq!(text(r#"{"b":[1]}"#), r#"{"b":[1]}"#);
        assert_eq!(text("null"), "");
        assert_eq!(text(r#""x""#), "x");
    }
}
