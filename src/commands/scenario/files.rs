//! Scenarios on the disk.

use std::path::{Path, PathBuf};

use outcall_dialogue::{Files, FilesError, SIZE_MAX};

/// The name of a scenario's file in its folder.
const NAME: &str = "scenario.yaml";

/// Files of the disk; includes are beside the file that names them.
pub(super) struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, FilesError> {
        let size = fs_err::metadata(path).map_err(|error| FilesError(error.to_string()))?.len();
        if size > SIZE_MAX as u64 {
            return Err(FilesError(format!("{path} is larger than {SIZE_MAX} bytes: split it")));
        }
        fs_err::read_to_string(path).map_err(|error| FilesError(error.to_string()))
    }

    fn beside(&self, file: &str, include: &str) -> String {
        let folder = Path::new(file).parent().unwrap_or_else(|| Path::new(""));
        let mut path = PathBuf::new();
        for part in folder.join(include).components() {
            // So that a library that two files include is read once.
            let up = part == std::path::Component::ParentDir;
            if up && path.file_name().is_some_and(|name| name != "..") {
                path.pop();
            } else {
                path.push(part);
            }
        }
        path.to_string_lossy().into_owned()
    }
}

/// The scenarios that paths name: files, and those in folders and the folders in them.
pub(super) fn scenarios(paths: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_file() {
            found.push(path.to_string_lossy().into_owned());
            continue;
        }
        let before = found.len();
        let mut folders = vec![path.clone()];
        for entry in fs_err::read_dir(path)? {
            let entry = entry?.path();
            if entry.is_dir() {
                folders.push(entry);
            }
        }
        folders.sort();
        let files = folders.iter().map(|folder| folder.join(NAME)).filter(|file| file.is_file());
        found.extend(files.map(|file| file.to_string_lossy().into_owned()));
        let path = path.display();
        anyhow::ensure!(found.len() > before, "{path} holds no {NAME}: name the file itself");
    }
    Ok(found)
}
