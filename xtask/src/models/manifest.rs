//! The manifest of `models/`, in the form that `outcall-inference` reads.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest's name.
pub(super) const NAME: &str = "manifest.json";

/// SHA-256 by file name.
pub(super) type Files = BTreeMap<String, String>;

/// What the folder holds.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Manifest {
    pub(super) models: BTreeMap<String, Entry>,
}

/// A model.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    pub(super) version: String,
    pub(super) licence: String,
    pub(super) sources: Vec<String>,
    pub(super) files: Files,
}

impl Manifest {
    /// The folder's manifest; an empty one where there is none.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        match fs_err::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{}: remove the folder and repeat", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a model is there as it would be made, its files unchanged.
    pub(super) fn has(&self, folder: &Path, name: &str, wanted: &Entry) -> bool {
        self.models.get(name).is_some_and(|entry| {
            let alike = Entry { files: entry.files.clone(), ..wanted.clone() };
            alike == *entry && hashes(&folder.join(name)).is_ok_and(|files| files == entry.files)
        })
    }

    /// Writes it beside the models, in one step.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("the manifest as JSON")?;
        let (new, path) = (folder.join("manifest.json.new"), folder.join(NAME));
        fs_err::write(&new, text + "\n")?;
        fs_err::rename(&new, &path)?;
        Ok(())
    }
}

/// The hashes of a folder's files.
pub(super) fn hashes(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for file in fs_err::read_dir(folder)? {
        let file = file?;
        files.insert(file.file_name().to_string_lossy().into_owned(), hash(&file.path())?);
    }
    Ok(files)
}

pub(super) fn hash(file: &Path) -> Result<String> {
    Ok(hash_of(&fs_err::read(file)?))
}

pub(super) fn hash_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_there_only_while_its_files_and_its_recipe_are_the_same() {
        let folder = std::env::temp_dir().join(format!("outcall-models-{}", std::process::id()));
        fs_err::create_dir_all(folder.join("a")).unwrap();
        fs_err::write(folder.join("a/a.onnx"), "abc").unwrap();
        let entry = Entry {
            version: "1".to_owned(),
            licence: "MIT".to_owned(),
            sources: vec!["recipe:1".to_owned()],
            files: hashes(&folder.join("a")).unwrap(),
        };
        let mut manifest = Manifest::default();
        manifest.models.insert("a".to_owned(), entry.clone());
        manifest.write(&folder).unwrap();
        let manifest = Manifest::read(&folder).unwrap();
        let wanted = Entry { files: Files::new(), ..entry };
        assert!(manifest.has(&folder, "a", &wanted));
        let newer = Entry { sources: vec!["recipe:2".to_owned()], ..wanted.clone() };
        assert!(!manifest.has(&folder, "a", &newer));
        fs_err::write(folder.join("a/a.onnx"), "abd").unwrap();
        assert!(!manifest.has(&folder, "a", &wanted));
        fs_err::remove_dir_all(&folder).unwrap();
    }
}
