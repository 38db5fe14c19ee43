//! baresip, a telephone: it answers by itself, plays a file, and records both directions.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::ports::{self, Transport};
use super::process::Peer;

/// Where packages put its modules.
const MODULE_FOLDERS: &[&str] = &[
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib/aarch64-linux-gnu/baresip/modules",
    "/usr/local/lib/baresip/modules",
];

/// A telephone at work.
pub(crate) struct Baresip {
    peer: Peer,
    folder: PathBuf,
    port: u16,
}

impl Baresip {
    /// Starts a telephone that has the numbers and plays the file (mono, 8 kHz) to whoever calls.
    /// When the file is over it hangs up: give it a long one.
    pub(crate) fn start(folder: &Path, numbers: &[String], plays: &Path) -> Result<Self> {
        let port = ports::free()?;
        // Its TLS takes the port behind that of its SIP.
        let _of_tls = ports::free()?;
        let media = ports::media_range()?;
        fs_err::create_dir_all(folder)?;
        let folder = fs_err::canonicalize(folder)?;
        fs_err::write(folder.join("config"), config(&folder, port, media, plays)?)?;
        let accounts: String = numbers
            .iter()
            .map(|number| {
                let parameters = "regint=0;answermode=auto;audio_codecs=PCMU";
                format!("<sip:{number}@127.0.0.1>;{parameters}\n")
            })
            .collect();
        fs_err::write(folder.join("accounts"), accounts)?;
        let mut command = Command::new("baresip");
        command.arg("-v").arg("-f").arg(&folder);
        let mut peer = Peer::start("baresip", &folder, &mut command)?;
        ports::wait_bound(&mut peer, port, Transport::Udp)?;
        Ok(Self { peer, folder, port })
    }

    /// Where it takes calls.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The recording of what it heard in its only call.
    pub(crate) fn heard(&self) -> Result<PathBuf> {
        self.recording("-dec.wav")
    }

    /// The recording of what it said in its only call.
    pub(crate) fn said(&self) -> Result<PathBuf> {
        self.recording("-enc.wav")
    }

    fn recording(&self, ending: &str) -> Result<PathBuf> {
        let mut found = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
        match found.as_slice() {
            [one] => Ok(one.clone()),
            _ => bail!("{} recordings, not 1: {}", found.len(), self.peer.last_words()),
        }
    }
}

fn config(folder: &Path, port: u16, media: (u16, u16), plays: &Path) -> Result<String> {
    let modules = MODULE_FOLDERS.iter().find(|one| Path::new(one).is_dir());
    let modules = modules.context("baresip's modules are in none of the usual folders")?;
    let plays = plays.to_str().context("the file's path is no text")?;
    ensure!(!plays.contains(char::is_whitespace), "baresip takes no blanks in a path: {plays}");
    let folder = folder.display();
    let (first, last) = media;
    Ok(format!(
        "net_interface 127.0.0.1\n\
         sip_listen 127.0.0.1:{port}\n\
         poll_method epoll\n\
         call_max_calls 8\n\
         audio_source aufile,{plays}\n\
         audio_txmode thread\n\
         ausrc_srate 8000\n\
         auplay_srate 8000\n\
         ausrc_channels 1\n\
         auplay_channels 1\n\
         jitter_buffer_delay 0-0\n\
         rtp_ports {first}-{last}\n\
         snd_path {folder}\n\
         module_path {modules}\n\
         module g711.so\n\
         module aufile.so\n\
         module sndfile.so\n\
         module_tmp account.so\n\
         module_app menu.so\n"
    ))
}
