//! Files of the repository, and files of a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outcall_dialogue::{Files, FilesError};

/// Files by name.
#[derive(Default)]
pub(crate) struct Shelf(pub(crate) BTreeMap<String, String>);

impl Shelf {
    pub(crate) fn with(name: &str, text: &str) -> Self {
        Self(BTreeMap::from([(name.to_owned(), text.to_owned())]))
    }
}

impl Files for Shelf {
    fn read(&self, path: &str) -> Result<String, FilesError> {
        self.0.get(path).cloned().ok_or_else(|| FilesError(format!("there is no file {path}")))
    }

    fn beside(&self, _: &str, include: &str) -> String {
        include.to_owned()
    }
}

/// The repository.
pub(crate) struct Repository;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Files for Repository {
    fn read(&self, path: &str) -> Result<String, FilesError> {
        fs_err::read_to_string(root().join(path)).map_err(|error| FilesError(error.to_string()))
    }

    fn beside(&self, _: &str, include: &str) -> String {
        format!("scenarios/{}", include.trim_start_matches("../"))
    }
}

/// The scenarios of the repository.
pub(crate) fn scenarios() -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(root().join("scenarios")).expect("the folder of scenarios") {
        let entry = entry.expect("an entry of that folder");
        if entry.path().join("scenario.yaml").is_file() {
            let folder = entry.file_name();
            found.push(format!("scenarios/{}/scenario.yaml", folder.to_string_lossy()));
        }
    }
    found.sort();
    found
}
