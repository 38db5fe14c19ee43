//! Lists and worlds for the benchmarks.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use outcall_campaign::UnixMillis;
use outcall_simulation::People;

use crate::crash::list::{OpenPlace, open_place};

/// A place where calls are allowed now and for hours to come.
pub(super) fn open_now() -> Result<OpenPlace> {
    #[expect(clippy::disallowed_methods, reason = "the harness runs in the world's time")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is not set")?;
    open_place(UnixMillis(i64::try_from(now.as_millis())?))
}

/// Writes a list of people with consent; `zones` are given to them in turn.
pub(super) fn write_list(file: &Path, seed: u64, count: u64, zones: &[&str]) -> Result<()> {
    let mut out = BufWriter::new(fs_err::File::create(file)?);
    writeln!(out, "phone,name,time_zone,consent,plan,renewal")?;
    for (index, person) in People::new(seed, count).enumerate() {
        let zone = zones[index % zones.len()];
        let number = person.numbers[0].e164();
        let name = &person.name;
        let day = 1 + index % 28;
        writeln!(out, "{number},{name},{zone},express_written,basic,2026-12-{day:02}")?;
    }
    out.flush()?;
    Ok(())
}
