//! A telephone hears what the robot plays, and the robot records what the telephone says.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::audio::{self, Likeness};
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

/// How many of the samples that stand opposite each other must be equal at least, in percent. What
/// is sent is equal to the last sample. Of what is heard a busy machine had 97 % once: the program
/// reported no packet lost or late, but 60 ms concealed.
const EQUAL_MIN_PCT: f64 = 90.0;

/// How often a jitter buffer may grow or shrink in these seconds. On a quiet machine none does; on
/// one whose processors are taken by others packets come late, and then that is its task.
const SHIFTS_MAX: usize = 3;

/// Who is on which channel of our recordings: the far end on the left, the robot on the right.
const FAR_END: usize = 0;
const ROBOT: usize = 1;

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    vec![Case {
        name: "audio-both-ways",
        peer: "baresip",
        expected: "90 % of samples as played, on their channel",
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
    let heard = audio::read(&phone.heard()?)?;
    let recorded = audio::read(&only_wav(&recordings)?)?;
    ensure!(recorded.len() == 2, "our recording has {} channels, not 2", recorded.len());
    let heard = heard.first().context("the telephone's recording has no channel")?;
    let heard = compare("what the telephone heard", &greeting, heard)?;
    let theirs = compare("the far end in our recording", &talk, &recorded[FAR_END])?;
    let ours = compare("the robot in our recording", &greeting, &recorded[ROBOT])?;
    Ok(format!("{ledger}; equal samples: heard {heard}, recorded {theirs} and our own {ours}"))
}

/// Compares what was played with what one channel has of it, and says the share that is equal.
fn compare(what: &str, played: &[i16], channel: &[i16]) -> Result<String> {
    let likeness = audio::align(played, channel)
        .with_context(|| format!("{what} has nothing in common with what was played"))?;
    judge(likeness).with_context(|| what.to_owned())
}

fn judge(likeness: Likeness) -> Result<String> {
    let Likeness { compared, equal, longest, shifts } = likeness;
    let equal_pct = equal as f64 * 100.0 / compared.max(1) as f64;
    ensure!(
        longest >= EQUAL_MIN,
        "{equal_pct:.2} % of {compared} samples are equal, but at most {longest} in a row, not \
         {EQUAL_MIN}"
    );
    ensure!(
        shifts <= SHIFTS_MAX,
        "the sound was moved {shifts} times against what was played, not at most {SHIFTS_MAX}"
    );
    ensure!(
        equal_pct >= EQUAL_MIN_PCT,
        "{equal_pct:.2} % of {compared} samples are equal, not {EQUAL_MIN_PCT} %"
    );
    let moved = if shifts == 0 { String::new() } else { format!(", moved {shifts} times") };
    Ok(format!("{equal_pct:.2} %{moved}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_must_hold_what_was_played_in_one_piece_and_nearly_all_of_it() {
        let (ours, theirs) = (audio::noise(1, GREETING_S), audio::noise(2, GREETING_S));
        assert_eq!(compare("ours", &ours, &ours).unwrap(), "100.00 %");
        let swapped = compare("ours", &ours, &theirs).unwrap_err();
        assert!(swapped.to_string().contains("nothing in common"), "{swapped}");
        let mut holed = ours.clone();
        holed[ours.len() * 4 / 5..].fill(0);
        let holed = format!("{:#}", compare("ours", &ours, &holed).unwrap_err());
        assert!(holed.contains("80.00 %") && holed.contains("not 90 %"), "{holed}");
        let short = format!("{:#}", compare("ours", &ours, &ours[..8_000]).unwrap_err());
        assert!(short.contains("in a row"), "{short}");
    }
}
