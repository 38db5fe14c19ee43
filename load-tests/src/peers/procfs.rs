//! What a process costs, read from `/proc` (proc(5)).

use std::time::Instant;

/// Clock ticks per second in `/proc/PID/stat`: fixed at 100 for user space on Linux.
const TICKS_PER_S: f64 = 100.0;

/// A line of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stat {
    /// Whether it has ended and only waits to be asked for its exit code.
    pub ended: bool,
    /// Processor time of all its threads, user and system, in s.
    pub cpu_s: f64,
    /// Processor time of its children that have ended and were waited for, in s.
    pub children_cpu_s: f64,
    /// How many threads it has.
    pub threads: u64,
}

/// What `/proc/PID/stat` says; none when there is no such process.
pub(crate) fn stat(pid: u32) -> Option<Stat> {
    let text = fs_err::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse(&text)
}

fn parse(text: &str) -> Option<Stat> {
    // The name, in parentheses, may hold blanks: fields count from behind it.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some(Stat {
        ended: matches!(*fields.first()?, "Z" | "X"),
        cpu_s: (ticks(11)? + ticks(12)?) / TICKS_PER_S,
        children_cpu_s: (ticks(13)? + ticks(14)?) / TICKS_PER_S,
        threads: fields.get(17)?.parse().ok()?,
    })
}

/// A field of `/proc/PID/status` such as `VmRSS:`, in MiB.
fn status_mib(pid: u32, field: &str) -> Option<f64> {
    let text = fs_err::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with(field))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// The memory that the process holds now, in MiB.
pub(crate) fn rss_mib(pid: u32) -> Option<f64> {
    status_mib(pid, "VmRSS:")
}

/// The most memory that the process ever held, in MiB.
pub(crate) fn rss_peak_mib(pid: u32) -> Option<f64> {
    status_mib(pid, "VmHWM:")
}

/// How many files, sockets among them, the process has open.
pub(crate) fn open_files(pid: u32) -> Option<u64> {
    let entries = fs_err::read_dir(format!("/proc/{pid}/fd")).ok()?;
    Some(entries.count() as u64)
}

/// The instant now.
#[expect(clippy::disallowed_methods, reason = "the harness measures the world's time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_shifts_no_field() {
        let line = "12 (a (b) c) S 1 12 12 0 -1 4194560 1 0 0 0 250 50 30 20 20 0 7 0 1 1 1";
        let stat = parse(line).unwrap();
        assert_eq!((stat.ended, stat.threads), (false, 7));
        assert!((stat.cpu_s - 3.0).abs() < 1e-9, "{stat:?}");
        assert!((stat.children_cpu_s - 0.5).abs() < 1e-9, "{stat:?}");
        assert!(parse(&line.replace(") S ", ") Z ")).unwrap().ended);
    }

    #[test]
    fn this_process_has_memory_files_and_threads() {
        let own = std::process::id();
        assert!(rss_mib(own).unwrap() > 0.5 && rss_peak_mib(own) >= rss_mib(own));
        assert!(open_files(own).unwrap() >= 3 && stat(own).unwrap().threads >= 1);
    }
}
