//! Folders, disk, ledger, clock.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use nix::sys::statvfs::statvfs;
use outcall_application::doctor::machine::{Clock, Data, Keeper, Space};
use outcall_ledger::sqlite::connection::{EngineLock, NEWEST_FORMAT, Paths, format};

use super::conversation::recordings;
use crate::config::Config;

/// A zone that everybody has.
const ZONE: &str = "America/New_York";

/// What keeps the clock and leaves a trace while it runs: the trace, the name, and the command that
/// tells how well it does. The kernel's own word on it (adjtimex) has no safe interface.
const KEEPERS: &[(&str, &str, &str)] = &[
    ("/run/chrony/chronyd.pid", "chrony", "chronyc tracking"),
    ("/run/chronyd.pid", "chrony", "chronyc tracking"),
    ("/run/ntpd-rs/observe", "ntpd-rs", "ntp-ctl status"),
    ("/run/ntpd.pid", "ntpd", "ntpq -p"),
    ("/run/ntpd.sock", "OpenNTPD", "ntpctl -s status"),
];
/// systemd-timesyncd's folder, and what it writes there once the clock is right.
const TIMESYNC: &str = "/run/systemd/timesync";
const SYNCHRONISED: &str = "synchronized";

/// The data folder and its ledger.
pub(super) fn data(config: &Config) -> Data {
    let folder = config.folder();
    let paths = Paths::in_folder(folder);
    let mut folders = vec![folder.to_owned()];
    folders.extend(recordings(&config.settings));
    folders.dedup();
    let database = format(&paths).map(|format| format.map(|format| (format, NEWEST_FORMAT)));
    Data {
        folder: folder.to_owned(),
        exists: folder.is_dir(),
        writable: writable(folder),
        spaces: folders.into_iter().map(space).collect(),
        database: database.map_err(|error| error.to_string()),
        holder: EngineLock::holder(&paths),
    }
}

/// Whether a folder can be written, by writing; one that is not there, whether it can be made. Says
/// nothing of the disk afterwards: what was written is taken away.
pub(super) fn writable(folder: &Path) -> Result<(), String> {
    let there = nearest(folder);
    let probe = there.join(format!(".outcall-doctor-{}", std::process::id()));
    let written = fs_err::write(&probe, b"outcall").and_then(|()| fs_err::remove_file(&probe));
    written.map_err(|error| {
        if error.kind() == ErrorKind::NotADirectory {
            return format!("{} is no folder", there.display());
        }
        error.to_string()
    })
}

/// The folder, or the first above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    let above = folder.ancestors().find(|folder| folder.exists());
    match above {
        Some(above) if !above.as_os_str().is_empty() => above.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn space(folder: PathBuf) -> Space {
    let free = statvfs(&nearest(&folder)).map(|disk| {
        // Its unit is the fragment (statvfs(3)).
        let unit: u64 = disk.fragment_size();
        unit.saturating_mul(disk.blocks_available())
    });
    Space { folder, free: free.map_err(|error| error.to_string()) }
}

/// The clock and the zones.
pub(super) fn clock() -> Clock {
    let zones = TimeZone::get(ZONE).map(drop).map_err(|error| error.to_string());
    Clock { keeper: keeper(Path::new("/")), zones }
}

fn keeper(root: &Path) -> Keeper {
    let is_there = |path: &str| root.join(path.trim_start_matches('/')).exists();
    let timesyncd = "systemd-timesyncd";
    if is_there(&format!("{TIMESYNC}/{SYNCHRONISED}")) {
        return Keeper::Synchronised(timesyncd);
    }
    let running = KEEPERS.iter().find(|(trace, _, _)| is_there(trace));
    match running {
        Some((_, who, how)) => Keeper::Runs(who, how),
        None if is_there(TIMESYNC) => Keeper::NotYet(timesyncd),
        None => Keeper::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_the_clock_is_known_by_what_they_leave() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path.trim_start_matches('/'));
        assert_eq!(keeper(root.path()), Keeper::Nobody);
        fs_err::create_dir_all(at(TIMESYNC)).unwrap();
        assert_eq!(keeper(root.path()), Keeper::NotYet("systemd-timesyncd"));
        fs_err::create_dir_all(at("/run/chrony")).unwrap();
        fs_err::write(at("/run/chrony/chronyd.pid"), "7").unwrap();
        assert_eq!(keeper(root.path()), Keeper::Runs("chrony", "chronyc tracking"));
        fs_err::write(at(TIMESYNC).join(SYNCHRONISED), "").unwrap();
        assert_eq!(keeper(root.path()), Keeper::Synchronised("systemd-timesyncd"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_the_one_above_and_nothing_stays() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(writable(&root.path().join("a/b")), Ok(()));
        assert_eq!(fs_err::read_dir(root.path()).unwrap().count(), 0);
        let file = root.path().join("file");
        fs_err::write(&file, "").unwrap();
        assert!(writable(&file.join("a")).unwrap_err().contains("is no folder"));
        assert_eq!(nearest(Path::new("no-such-folder-here/a")), Path::new("."));
    }
}
