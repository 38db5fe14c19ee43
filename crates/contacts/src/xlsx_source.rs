//! Contact lists as XLSX workbooks.

use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use crate::error::ImportError;
use crate::raw_row::{CELL_BYTES_MAX, COLUMNS_MAX, Header, RawRow, RowConsumer};
use crate::reject::{RejectReason, Rejection};
use crate::report::FileFormat;
use crate::xlsx_guard::{self, LIMITS, Refused};

/// Reads one sheet: the named one, or the first that is visible.
pub(crate) fn read<R: Read + Seek>(
    file: &str,
    mut reader: R,
    sheet: Option<&str>,
    consumer: &mut dyn RowConsumer,
) -> Result<(), ImportError> {
    xlsx_guard::check(&mut reader, LIMITS).map_err(|refused| match refused {
        Refused::TooLarge(what) => ImportError::WorkbookTooLarge { file: file.to_owned(), what },
        Refused::Broken(what) => broken(file, &what),
    })?;
    reader.rewind().map_err(|source| ImportError::Read { file: file.to_owned(), source })?;
    let mut workbook = guarded(file, || Xlsx::new(reader))?;
    let sheet = choose(file, &workbook, sheet)?;
    let mut cells = guarded(file, || workbook.worksheet_cells_reader(&sheet))?;
    let mut rows = Rows { consumer, sheet, columns: None, row: RawRow::default() };
    let mut cell_values: Vec<String> = Vec::new();
    let mut current = None;
    while let Some(cell) = guarded(file, || cells.next_cell())? {
        let (line, column) = cell.get_position();
        if current != Some(line) {
            if current.is_some_and(|before| line < before) {
                return Err(broken(file, &"the rows are out of order"));
            }
            rows.deliver(current, &mut cell_values)?;
            current = Some(line);
        }
        let text = cell_text(cell.get_value());
        let column = column as usize;
        if text.is_empty() {
            continue;
        }
        if column >= COLUMNS_MAX {
            return Err(ImportError::TooManyColumns {
                file: file.to_owned(),
                line: u64::from(line) + 1,
                columns: column + 1,
                limit: COLUMNS_MAX,
            });
        }
        if cell_values.len() <= column {
            cell_values.resize(column + 1, String::new());
        }
        cell_values[column] = text;
    }
    rows.deliver(current, &mut cell_values)?;
    if rows.columns.is_none() {
        return Err(ImportError::Empty { file: file.to_owned() });
    }
    Ok(())
}

/// The rows on their way to the consumer.
struct Rows<'a> {
    consumer: &'a mut dyn RowConsumer,
    sheet: String,
    /// How many there are, once the header was seen.
    columns: Option<usize>,
    row: RawRow,
}

impl Rows<'_> {
    fn deliver(&mut self, index: Option<u32>, cells: &mut Vec<String>) -> Result<(), ImportError> {
        let (Some(index), false) = (index, cells.iter().all(|cell| cell.trim().is_empty())) else {
            cells.clear();
            return Ok(());
        };
        let line = u64::from(index) + 1;
        let Some(columns) = self.columns else {
            self.columns = Some(cells.len());
            return self.consumer.header(Header {
                line,
                columns: std::mem::take(cells),
                format: FileFormat::Xlsx,
                encoding: None,
                delimiter: None,
                sheet: Some(self.sheet.clone()),
                notes: Vec::new(),
            });
        };
        self.row.clear(line);
        for (column, cell) in cells.iter().enumerate() {
            if cell.len() > CELL_BYTES_MAX {
                let detail = format!("{} bytes; at most {CELL_BYTES_MAX} are kept", cell.len());
                let fault = Rejection::new(RejectReason::CellTooLarge, detail);
                self.row.set_fault(fault.in_column(column));
            }
            self.row.push(cell);
        }
        if cells.len() > columns {
            let detail = format!("{} cells; the header has {columns}", cells.len());
            self.row.set_fault(Rejection::new(RejectReason::WrongCellCount, detail));
        } else {
            self.row.resize(columns);
        }
        cells.clear();
        // How far the reader is within the zip is not known; the row's number stands for it.
        self.consumer.row(&self.row, 0)
    }
}

/// Calls the workbook reader. It is made for files that Excel wrote, not for hostile ones, and a
/// panic in it must not be more than a file that cannot be read.
fn guarded<T>(file: &str, call: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, ImportError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(broken(file, &error)),
        Err(_) => Err(broken(file, &"the reader failed")),
    }
}

fn broken(file: &str, what: &dyn std::fmt::Display) -> ImportError {
    ImportError::BrokenWorkbook { file: file.to_owned(), what: what.to_string() }
}

fn choose<R: Read + Seek>(
    file: &str,
    workbook: &Xlsx<R>,
    sheet: Option<&str>,
) -> Result<String, ImportError> {
    let mut sheets =
        workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match sheet {
        Some(name) => sheets.find(|candidate| candidate.name == name),
        None => sheets.find(|candidate| candidate.visible == SheetVisible::Visible),
    };
    found.map(|found| found.name.clone()).ok_or_else(|| {
        let names: Vec<String> =
            workbook.sheet_names().iter().map(|name| format!("'{name}'")).collect();
        ImportError::UnknownSheet {
            file: file.to_owned(),
            sheet: sheet.unwrap_or_default().to_owned(),
            sheets: names.join(", "),
        }
    })
}

/// A value as text: numbers in digits without exponent, dates as ISO 8601, errors as nothing.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float_text(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(instant) => date_text(instant),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn float_text(number: f64) -> String {
    if number.is_finite() { number.to_string() } else { String::new() }
}

fn date_text(instant: &ExcelDateTime) -> String {
    let days = instant.as_f64();
    // Excel's calendar ends with the year 9999; beyond it is a number that looks like a date.
    if !(0.0..2_958_466.0).contains(&days) {
        return float_text(days);
    }
    let (year, month, day, hour, minute, second, _) = instant.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if days < 1.0 {
        time
    } else if time == "00:00:00" {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{time}")
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn a_number_becomes_digits_without_exponent() {
        assert_eq!(cell_text(&DataRef::Float(447_911_123_456.0)), "447911123456");
        assert_eq!(cell_text(&DataRef::Float(1e15)), "1000000000000000");
        assert_eq!(cell_text(&DataRef::Float(0.25)), "0.25");
        assert_eq!(cell_text(&DataRef::Float(f64::NAN)), "");
    }

    #[test]
    fn a_date_becomes_iso_8601() {
        let date = |days| date_text(&ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false));
        assert_eq!(date(45_292.0), "2024-01-01");
        assert_eq!(date(45_292.75), "2024-01-01T18:00:00");
        assert_eq!(date(0.5), "12:00:00");
        assert_eq!(date(447_911_123_456.0), "447911123456");
    }
}
