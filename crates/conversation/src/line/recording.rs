//! What recordings are called.

use std::path::{Path, PathBuf};

use outcall_campaign::UnixMillis;
use outcall_telephony::sip::lines::LineId;

/// What a recording is called. Calls that come in are numbered anew by each process: the instant
/// comes first, so that the files sort by it, and the salt keeps two processes apart.
pub(crate) fn recording_name(line: LineId, now: UnixMillis, salt: &str) -> String {
    match line {
        LineId::Attempt(attempt) => attempt.to_string(),
        LineId::Incoming(number) => {
            let instant = now.to_string().replace(['-', ':'], "");
            format!("incoming-{instant}-{number}-{salt}")
        }
    }
}

/// A file that is not there yet: no recording ever takes the place of another.
pub(crate) fn free_file(folder: &Path, name: &str) -> PathBuf {
    let mut path = folder.join(format!("{name}.wav"));
    for number in 2_u32.. {
        if !path.exists() {
            break;
        }
        path = folder.join(format!("{name}-{number}.wav"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_sort_by_their_instant_and_differ_between_processes() {
        let (first, later) = (UnixMillis(1_000), UnixMillis(86_400_000));
        let name = recording_name(LineId::Incoming(0), first, "ab");
        assert_eq!(name, "incoming-19700101T000001.000Z-0-ab");
        assert!(name < recording_name(LineId::Incoming(0), later, "ab"));
        assert_ne!(name, recording_name(LineId::Incoming(0), first, "cd"));
    }

    #[test]
    fn no_recording_takes_the_place_of_another() {
        let folder = std::env::temp_dir().join(format!("outcall-names-{}", std::process::id()));
        fs_err::create_dir_all(&folder).unwrap();
        for expected in ["a.wav", "a-2.wav", "a-3.wav"] {
            let path = free_file(&folder, "a");
            assert_eq!(path, folder.join(expected));
            fs_err::write(path, "").unwrap();
        }
        fs_err::remove_dir_all(&folder).unwrap();
    }
}
