//! Measures an import into nothing: `cargo run --release --example measure -- FILE [REJECTS]`.
//!
//! Prints the CPU time of the reading thread's process and the peak memory, as the kernel knows
//! them.

use std::path::{Path, PathBuf};

use outcall_contacts::{
    ContactRow, ContactSink, FileFacts, ImportOptions, ImportReport, ListSource, SinkError,
    SinkVerdict, import,
};

struct Nothing;

impl ContactSink for Nothing {
    fn begin(&mut self, _file: &FileFacts) -> Result<(), SinkError> {
        Ok(())
    }

    fn add(&mut self, rows: Vec<ContactRow>) -> Result<Vec<SinkVerdict>, SinkError> {
        Ok(vec![SinkVerdict::Added; rows.len()])
    }

    fn finish(&mut self, _report: &ImportReport) -> Result<(), SinkError> {
        Ok(())
    }

    fn abort(&mut self) {}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("name a file")?;
    let rejects = arguments.next().map(PathBuf::from);
    let options = ImportOptions { default_region: Some("GB".parse()?), ..ImportOptions::default() };
    let source = ListSource::Path(Path::new(&file));
    let report = import(&source, &options, rejects.as_deref(), &mut Nothing, &mut |_| {})?;
    println!("rows {} accepted {} rejected {}", report.rows, report.accepted, report.rejected);
    let status = fs_err::read_to_string("/proc/self/status")?;
    for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
        println!("{line}");
    }
    Ok(())
}
