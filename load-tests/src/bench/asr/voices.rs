//! Voices that say what is recognised: our own, and flite's where it is installed. All of it is
//! composed: no person has said it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use outcall_media::wav;
use outcall_speech::synthesis::Voice;

use super::super::speech::Models;

/// flite's voices. The limits for yes and no were chosen on two others, on the same texts; how
/// terms are given was chosen on `slt`, on other names.
const FLITE: &[&str] = &["rms", "slt"];
/// Silence before and after what is said, in samples of 8 kHz.
const BEFORE: usize = 1_600;
const AFTER: usize = 480;

pub(super) struct Voices {
    own: Voice,
    flite: &'static [&'static str],
}

impl Voices {
    pub(super) fn load(models: &Models) -> Result<Self> {
        let own = Voice::load(&models.runtime, &models.store)?;
        let mut lists = Command::new("flite");
        let has_flite =
            lists.arg("-lv").stdout(Stdio::null()).status().is_ok_and(|it| it.success());
        Ok(Self { own, flite: if has_flite { FLITE } else { &[] } })
    }

    /// Who they are, for the table.
    pub(super) fn names(&self) -> String {
        if self.flite.is_empty() {
            return "hibari; flite is missing: install it".to_owned();
        }
        format!("hibari, flite {}", self.flite.join(", "))
    }

    /// What each of them says.
    pub(super) fn say(&mut self, text: &str) -> Result<Vec<Vec<i16>>> {
        let mut sounds = vec![self.own.speak(text)?];
        for voice in self.flite {
            sounds.push(flite(voice, text).with_context(|| format!("flite, '{text}'"))?);
        }
        let around = |sound: Vec<i16>| [vec![0; BEFORE], sound, vec![0; AFTER]].concat();
        Ok(sounds.into_iter().map(around).collect())
    }
}

fn flite(voice: &str, text: &str) -> Result<Vec<i16>> {
    let folder = tempfile::tempdir()?;
    let file: &Path = &folder.path().join("said.wav");
    let status =
        Command::new("flite").args(["-voice", voice, "-t", text, "-o"]).arg(file).status()?;
    ensure!(status.success(), "it ended with {status}");
    let sound = wav::decode(&fs_err::read(file)?)?;
    Ok(wav::to_8_khz(&sound.channel(0), sound.rate_hz))
}
