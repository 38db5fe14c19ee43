//! A telephone hears what the robot plays, and the robot records what the telephone says.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::audio;
use super::case::{Case, Stage, numbers};
use crate::peers::baresip::Baresip;
use crate::peers::outcall::{Conversation, Setup, Trunk};
use crate::peers::ports::Transport;

/// How long the robot plays, in s.
const GREETING_S: usize = 4;

/// How long the telephone talks, in s: longer than the call, since it hangs up afterwards.
const TALK_S: usize = 20;

/// How many samples in a row must be equal at least: 2 s of the 4 s. Nothing is lost on the way, so
/// that whole sentences must arrive as they are.
const EQUAL_MIN: usize = 16_000;

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    vec![Case {
        name: "audio-both-ways",
        peer: "baresip",
        expected: "every sample as it was played",
        run: Box::new(play),
    }]
}

fn play(stage: &Stage<'_>) -> Result<String> {
    let (greeting, talk) = (audio::noise(1, GREETING_S), audio::noise(2, TALK_S));
    let (greeting_file, talk_file) =
        (stage.folder.join("ours.wav"), stage.folder.join("theirs.wav"));
    audio::write(&greeting_file, &greeting)?;
    audio::write(&talk_file, &talk)?;
    let numbers = numbers(1);
    let phone = Baresip::start(&stage.folder.join("baresip"), &numbers, &talk_file)?;
    let recordings = stage.folder.join("recordings");
    fs_err::create_dir_all(&recordings)?;
    let mut setup = Setup::handful(Trunk::new("a", phone.port(), Transport::Udp))?;
    setup.conversation =
        Conversation { file: Some(greeting_file), hold_ms: 500, record: Some(recordings.clone()) };
    let ledger = stage
        .dial(&setup, &numbers)?
        .verdict(Duration::from_secs(30), &["completed"])
        .with_context(|| format!("baresip is at port {}", phone.port()))?;
    let heard = compare("what the telephone heard", &greeting, &phone.heard()?)?;
    let recorded = compare("what the robot recorded", &talk, &only_wav(&recordings)?)?;
    Ok(format!("{ledger}; equal samples: heard {heard}, recorded {recorded}"))
}

/// Compares on every channel, and takes the one that is most alike.
fn compare(what: &str, played: &[i16], file: &Path) -> Result<String> {
    let channels = audio::read(file)?;
    let best = channels
        .iter()
        .filter_map(|channel| audio::align(played, channel))
        .max_by_key(|likeness| likeness.longest)
        .with_context(|| format!("{what} has nothing in common with what was played"))?;
    let share = format!("{:.2} %", best.equal as f64 * 100.0 / best.compared as f64);
    ensure!(
        best.longest >= EQUAL_MIN,
        "{what}: {share} of the samples are equal, but at most {} in a row, not {EQUAL_MIN} ({})",
        best.longest,
        file.display()
    );
    Ok(share)
}

/// The only WAV file in the folder or below it.
fn only_wav(folder: &Path) -> Result<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "wav") {
                found.push(path);
            }
        }
    }
    ensure!(found.len() == 1, "{} recordings in {}, not 1", found.len(), folder.display());
    Ok(found.remove(0))
}
