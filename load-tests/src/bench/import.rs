//! A list of a million rows through the program's own import.

use anyhow::Result;

use super::callees::write_list;
use super::{BenchArgs, Figure, child, tenth};

const ROWS: u64 = 1_000_000;

const ZONES: [&str; 4] =
    ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"];

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let program = args.program()?;
    let rows = args.scaled(ROWS);
    let file = folder.path().join("list.csv");
    write_list(&file, 1, rows, &ZONES)?;
    let data = folder.path().join("data");
    child::ask(&program, &data, &["campaign", "create", "--name", "import"])?;
    let file = file.to_string_lossy();
    let cost = child::measure(&program, &data, &["contacts", "import", "--campaign", "1", &file])?;
    let accepted = cost.answer["report"]["accepted"].as_u64().unwrap_or(0);
    Ok(vec![
        Figure::new("rows", rows, ""),
        Figure::new("accepted", accepted, "all"),
        Figure::new("rows_per_s", (rows as f64 / cost.wall_s).round(), "> 100,000"),
        Figure::new("peak_rss_mib", tenth(cost.peak_rss_mib), "< 200"),
        Figure::new("cpu_us_per_row", tenth(cost.cpu_s * 1e6 / rows as f64), ""),
    ])
}
