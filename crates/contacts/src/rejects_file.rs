//! The file of rejected rows: correct it, and import it again.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::columns::{Column, REJECT_COLUMNS};
use crate::raw_row::RawRow;
use crate::reject::Rejection;

/// Excel takes a CSV file for UTF-8 only when it begins with this.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Writes rejected rows under a temporary name, which becomes the real one at the end.
///
/// Nothing is written as long as nothing is rejected. A file that was not published is removed.
pub(crate) struct RejectsFile {
    path: PathBuf,
    partial: PathBuf,
    writer: Option<csv::Writer<BufWriter<fs::File>>>,
    /// Which columns of the file are written: not those of an earlier rejects file.
    kept: Vec<usize>,
    names: Vec<String>,
}

impl RejectsFile {
    pub(crate) fn new(path: &Path, names: &[String]) -> Self {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let kept = |&index: &usize| !REJECT_COLUMNS.contains(&names[index].trim());
        Self {
            path: path.to_owned(),
            partial: partial.into(),
            writer: None,
            kept: (0..names.len()).filter(kept).collect(),
            names: names.to_vec(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write(
        &mut self,
        row: &RawRow,
        rejection: &Rejection,
        columns: &[Column],
    ) -> io::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let writer = open(&self.partial, &self.kept, &self.names)?;
                self.writer.insert(writer)
            }
        };
        for &index in &self.kept {
            writer.write_field(row.cell(index))?;
        }
        writer.write_field(rejection.reason.code())?;
        let column = rejection.column.and_then(|index| columns.get(index));
        writer.write_field(column.map_or("", |column| column.name.as_str()))?;
        writer.write_field(row.line.to_string())?;
        writer.write_field(detail(row, rejection, self.names.len()))?;
        writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Brings what was written to the disk, still under the temporary name.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.flush()?;
        writer.get_ref().get_ref().sync_all()
    }

    /// Gives the file its real name.
    pub(crate) fn publish(mut self) -> io::Result<()> {
        if self.writer.take().is_some() {
            fs::rename(&self.partial, &self.path)?;
        }
        Ok(())
    }
}

impl Drop for RejectsFile {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // Of no use to anybody; that it may stay behind on a full disk does no harm.
            let _removed = fs::remove_file(&self.partial);
        }
    }
}

fn open(
    path: &Path,
    kept: &[usize],
    names: &[String],
) -> io::Result<csv::Writer<BufWriter<fs::File>>> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    file.write_all(BYTE_ORDER_MARK)?;
    let mut writer = csv::WriterBuilder::new().from_writer(file);
    for &index in kept {
        writer.write_field(&names[index])?;
    }
    for name in REJECT_COLUMNS {
        writer.write_field(name)?;
    }
    writer.write_record(None::<&[u8]>)?;
    Ok(writer)
}

/// The particulars, with the text that has no column to stand in.
fn detail(row: &RawRow, rejection: &Rejection, columns: usize) -> String {
    let mut detail = rejection.detail.clone();
    if let Some(line) = &row.unparsed {
        detail.push_str("; the line was: ");
        detail.push_str(line);
    }
    if row.len() > columns {
        let surplus: Vec<&str> = row.cells().skip(columns).collect();
        detail.push_str("; left over: ");
        detail.push_str(&surplus.join(" | "));
    }
    detail
}
