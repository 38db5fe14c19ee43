//! A folder of recordings with what is said in them: `prompts.tsv`, columns `file` and `text`.

use std::io;
use std::path::{Path, PathBuf};

use outcall_media::wav::{self, WavError};

/// A recording and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The file, as the list names it.
    pub file: String,
    /// What is said.
    pub text: String,
    /// 8 kHz, linear 16 bits.
    pub samples: Vec<i16>,
}

/// Why a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PromptsError {
    /// The list cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line of the list is not as it should be.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        /// The list.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A recording cannot be read.
    #[error("{}: {error}", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: WavError,
    },
}

/// Reads a list and its recordings, which lie in `sounds`.
///
/// # Errors
/// When the list or one of its recordings cannot be read.
pub fn read_prompts(list: &Path, sounds: &Path) -> Result<Vec<Prompt>, PromptsError> {
    let text = fs_err::read_to_string(list)?;
    let mut prompts = Vec::new();
    for (file, said) in prompt_lines(list, &text)? {
        let path = sounds.join(file);
        let samples = wav::read(&path).map_err(|error| PromptsError::Recording { path, error })?;
        prompts.push(Prompt { file: file.to_owned(), text: said.to_owned(), samples });
    }
    Ok(prompts)
}

/// The files and texts of a list; `list` is its name, for errors.
pub(crate) fn prompt_lines<'t>(
    list: &Path,
    text: &'t str,
) -> Result<Vec<(&'t str, &'t str)>, PromptsError> {
    let wrong = |line: usize, problem: &str| PromptsError::Line {
        path: list.to_owned(),
        line: line + 1,
        problem: problem.to_owned(),
    };
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        if line.is_empty() || (number == 0 && line == "file\ttext") {
            continue;
        }
        let (file, said) = line
            .split_once('\t')
            .ok_or_else(|| wrong(number, "a file, a tab and what is said in it are expected"))?;
        if file.split('/').any(|part| part == "..") || file.starts_with('/') {
            return Err(wrong(number, "a file is named from the folder of the recordings on"));
        }
        lines.push((file, said));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use outcall_media::wav::{Coding, WavWriter};

    use super::*;

    #[test]
    fn a_list_is_read_with_its_recordings_and_a_bad_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut wav =
            WavWriter::create(&folder.path().join("a.wav"), Coding::Linear16, 8_000, 1).unwrap();
        wav.append(&[1, 0, 2, 0]).unwrap();
        wav.finish().unwrap();
        let list = folder.path().join("prompts.tsv");
        fs_err::write(&list, "file\ttext\na.wav\tHello there.\n").unwrap();
        let prompts = read_prompts(&list, folder.path()).unwrap();
        assert_eq!((prompts.len(), &prompts[0].samples[..]), (1, &[1, 2][..]));
        for (line, problem) in [("a.wav Hello", "a tab"), ("../a.wav\tHello", "is named from")] {
            fs_err::write(&list, format!("file\ttext\n{line}\n")).unwrap();
            let text = read_prompts(&list, folder.path()).unwrap_err().to_string();
            assert!(text.contains("line 2") && text.contains(problem), "{text}");
        }
    }
}
