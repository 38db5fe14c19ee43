//! A sink in memory that judges as the ledger does.

use std::collections::{HashMap, HashSet};

use outcall_contacts::{ContactRow, ContactSink, FileFacts, ImportReport, SinkError, SinkVerdict};

/// Keeps what is finished; a contact is known by its first number.
#[derive(Default)]
pub(crate) struct MemorySink {
    pub kept: Vec<ContactRow>,
    pub suppressed: HashSet<String>,
    pub dry_run: bool,
    /// Fails at the chunk with this index.
    pub fails_at: Option<usize>,
    pub aborted: bool,
    pub chunks: usize,
    pub pending: Vec<ContactRow>,
    pub lines: HashMap<String, u64>,
}

impl MemorySink {
    pub(crate) fn numbers(&self) -> Vec<String> {
        self.kept.iter().map(key).collect()
    }
}

fn key(row: &ContactRow) -> String {
    row.numbers[0].phone.e164()
}

impl ContactSink for MemorySink {
    fn begin(&mut self, _file: &FileFacts) -> Result<(), SinkError> {
        self.pending.clear();
        self.lines.clear();
        Ok(())
    }

    fn add(&mut self, rows: Vec<ContactRow>) -> Result<Vec<SinkVerdict>, SinkError> {
        if self.fails_at == Some(self.chunks) {
            return Err("the disk is full".into());
        }
        self.chunks += 1;
        let mut verdicts = Vec::new();
        for row in rows {
            let key = key(&row);
            verdicts.push(if self.suppressed.contains(&key) {
                SinkVerdict::Suppressed
            } else if let Some(&line) = self.lines.get(&key) {
                SinkVerdict::DuplicateInList { first_line: Some(line) }
            } else if self.numbers().contains(&key) {
                SinkVerdict::DuplicateInCampaign
            } else {
                self.lines.insert(key, row.line);
                self.pending.push(row);
                SinkVerdict::Added
            });
        }
        Ok(verdicts)
    }

    fn finish(&mut self, _report: &ImportReport) -> Result<(), SinkError> {
        if !self.dry_run {
            self.kept.append(&mut self.pending);
        }
        Ok(())
    }

    fn abort(&mut self) {
        self.aborted = true;
        self.pending.clear();
    }
}
