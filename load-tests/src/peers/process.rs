//! A program that runs until it ends or is dropped.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::procfs::{self, now};

/// How often a program is looked at.
const POLL: Duration = Duration::from_millis(10);

/// How long a program may take to end when it is asked to, before it is killed.
const FAREWELL: Duration = Duration::from_secs(2);

/// How much of a log is shown in an error.
const TAIL_LINES: usize = 12;

/// A program that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// Processor time, user and system, in s.
    pub cpu_s: f64,
    /// The most memory it was seen to hold, in MiB.
    pub rss_peak_mib: f64,
}

/// A program, with the folder of its logs.
///
/// It leads a group of processes of its own. When it is dropped, it is asked to end, and then the
/// group is killed.
pub(crate) struct Peer {
    name: String,
    child: Child,
    folder: PathBuf,
    ended: Option<Ended>,
    rss_peak_mib: f64,
}

impl Peer {
    /// Starts a program; what it prints goes to `NAME.log` in the folder.
    pub(crate) fn start(name: &str, folder: &Path, command: &mut Command) -> Result<Self> {
        fs_err::create_dir_all(folder)?;
        let log = fs_err::File::create(folder.join(format!("{name}.log")))?.into_parts().0;
        command.current_dir(folder).process_group(0).stdin(Stdio::null());
        let child = command
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {name}: is it installed? ({command:?})"))?;
        let (name, folder) = (name.to_owned(), folder.to_owned());
        Ok(Self { name, child, folder, ended: None, rss_peak_mib: 0.0 })
    }

    /// What it is called in messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub(crate) fn log(&self) -> Result<String> {
        let printed = fs_err::read(self.folder.join(format!("{}.log", self.name)))?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        if self.ended.is_some() {
            return Ok(true);
        }
        let pid = self.child.id();
        if let Some(peak_mib) = procfs::rss_peak_mib(pid) {
            self.rss_peak_mib = self.rss_peak_mib.max(peak_mib);
        }
        let Some(stat) = procfs::stat(pid) else { bail!("{} is gone", self.name) };
        if !stat.ended {
            return Ok(false);
        }
        // Its figures can be read until it is asked for its exit code.
        let status = self.child.wait()?;
        let rss_peak_mib = self.rss_peak_mib;
        self.ended = Some(Ended { status, cpu_s: stat.cpu_s, rss_peak_mib });
        Ok(true)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it has not ended by then; with its last words.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<Ended> {
        let deadline = now() + limit;
        while !self.has_ended()? {
            if now() > deadline {
                let limit_s = limit.as_secs();
                bail!("{} has not ended within {limit_s} s: {}", self.name, self.last_words());
            }
            std::thread::sleep(POLL);
        }
        self.ended.context("invariant: has_ended has set it")
    }

    /// Asks it to end (SIGTERM).
    pub(crate) fn terminate(&mut self) {
        if self.ended.is_none() {
            // It may have ended meanwhile, which is what was asked for.
            kill(self.pid(), Signal::SIGTERM).unwrap_or_default();
        }
    }

    /// The last lines of every log that is in its folder under its name.
    pub(crate) fn last_words(&self) -> String {
        let mut text = format!("logs are in {}", self.folder.display());
        let Ok(entries) = fs_err::read_dir(&self.folder) else { return text };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let own = name.starts_with(&self.name)
                && (name.ends_with(".log") || name.ends_with(".errors"));
            if let Some(printed) = own.then(|| fs_err::read(&file).ok()).flatten() {
                let printed = String::from_utf8_lossy(&printed).into_owned();
                let lines: Vec<&str> = printed.lines().collect();
                let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
                text.push_str(&format!("\n--- {name}\n{tail}"));
            }
        }
        text
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(i32::MAX))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.terminate();
        // What cannot be waited for is killed below.
        drop(self.wait(FAREWELL));
        // It may have left children behind, and an empty group is what is wanted.
        killpg(self.pid(), Signal::SIGKILL).unwrap_or_default();
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(folder: &Path, script: &str) -> Peer {
        Peer::start("shell", folder, Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn an_end_is_seen_with_its_code_and_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut peer = shell(folder.path(), "echo farewell; exit 3");
        let ended = peer.wait(Duration::from_secs(20)).unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert!(peer.last_words().ends_with("farewell"), "{}", peer.last_words());
    }

    #[test]
    fn children_of_a_dropped_program_are_dead() {
        let folder = tempfile::tempdir().unwrap();
        let peer = shell(folder.path(), "trap '' TERM; cat /dev/zero > /dev/null & echo $!; wait");
        let mut printed = String::new();
        while !printed.ends_with('\n') {
            printed = peer.log().unwrap();
        }
        let child: u32 = printed.trim().parse().unwrap();
        assert!(procfs::stat(child).is_some_and(|stat| !stat.ended));
        drop(peer);
        // A kill is carried out when the child is next scheduled, and an orphan's remains are
        // buried by whoever inherits it, at any time.
        let deadline = now() + Duration::from_secs(20);
        while procfs::stat(child).is_some_and(|stat| !stat.ended) {
            assert!(now() < deadline, "the child {child} lives on");
            std::thread::sleep(POLL);
        }
    }
}
