//! The folder of models: a manifest, and a folder for each model.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest's name in the folder.
pub const MANIFEST: &str = "manifest.json";

/// Why a model cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no manifest.
    #[error("no models in {}: `cargo xtask models` fetches them", folder.display())]
    Absent {
        /// The folder that was looked into.
        folder: PathBuf,
    },
    /// The manifest does not hold this model.
    #[error("model {name} is not in {}: `cargo xtask models` fetches it", manifest.display())]
    Unknown {
        /// The model's name.
        name: String,
        /// The manifest.
        manifest: PathBuf,
    },
    /// The manifest names no such file for the model.
    #[error(
        "model {model} has no file {file} in its manifest: fetch it anew with `cargo xtask models`"
    )]
    NoFile {
        /// The model's name.
        model: String,
        /// The file.
        file: String,
    },
    /// The manifest is not one.
    #[error("{}: {problem}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, with line and column.
        problem: String,
    },
    /// A file is not the one that the manifest names.
    #[error(
        "{} is not the file that the manifest names (sha256 {found}, not {expected}): \
         remove it and run `cargo xtask models`", path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// What the manifest says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// The file system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What the folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// By name.
    pub models: BTreeMap<String, Entry>,
}

impl Manifest {
    /// Reads a manifest; `path` is its name, for errors. No name in it leads out of the folder.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(path: &Path, text: &str) -> Result<Self, StoreError> {
        let wrong = |problem| StoreError::Manifest { path: path.to_owned(), problem };
        let manifest: Self =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (model, entry) in &manifest.models {
            let names = entry.files.keys().chain([model]);
            if let Some(name) = names.into_iter().find(|name| !is_name(name)) {
                return Err(wrong(format!("model '{model}': '{name}' is no name of a file")));
            }
        }
        Ok(manifest)
    }
}

/// Whether it names something in a folder, and nothing outside.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', '\0']) && name != "." && name != ".."
}

/// A model in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version of its source.
    pub version: String,
    /// SPDX expression of its licence.
    pub licence: String,
    /// The packages that it was made from, as `pypi:NAME==VERSION`.
    pub sources: Vec<String>,
    /// SHA-256 of each file, by its name in the model's folder, in lower-case hexadecimal.
    pub files: BTreeMap<String, String>,
}

/// A folder of models.
#[derive(Clone, Debug)]
pub struct ModelStore {
    folder: PathBuf,
    manifest: Manifest,
}

impl ModelStore {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(MANIFEST);
        let text = match fs_err::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Absent { folder: folder.to_owned() });
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::parse(&path, &text)? })
    }

    /// What the folder holds.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// One model of it.
    ///
    /// # Errors
    /// When the manifest does not hold it.
    pub fn model(&self, name: &str) -> Result<Model<'_>, StoreError> {
        let found = self.manifest.models.get_key_value(name);
        let (name, entry) = found.ok_or_else(|| StoreError::Unknown {
            name: name.to_owned(),
            manifest: self.folder.join(MANIFEST),
        })?;
        Ok(Model { name, entry, folder: self.folder.join(name) })
    }
}

/// A model of a store.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    name: &'a str,
    entry: &'a Entry,
    folder: PathBuf,
}

impl Model<'_> {
    /// What the manifest says of it.
    pub fn entry(&self) -> &Entry {
        self.entry
    }

    /// Reads a file of it, and refuses one whose hash is not the manifest's.
    ///
    /// # Errors
    /// When the file is missing, not in the manifest, or changed.
    pub fn read(&self, file: &str) -> Result<Vec<u8>, StoreError> {
        let expected = self.expected(file)?;
        let path = self.folder.join(file);
        let bytes = fs_err::read(&path)?;
        let found = hex(&Sha256::digest(&bytes));
        if &found != expected {
            return Err(StoreError::Changed { path, expected: expected.clone(), found });
        }
        Ok(bytes)
    }

    /// The path of a file of it whose hash is the manifest's: for a library that the system loads.
    ///
    /// # Errors
    /// As for [`Model::read`].
    pub fn verified_path(&self, file: &str) -> Result<PathBuf, StoreError> {
        self.read(file)?;
        Ok(self.folder.join(file))
    }

    /// Reads every file of it, and says how many bytes they have.
    ///
    /// # Errors
    /// As for [`Model::read`], with the first file that is missing or changed.
    pub fn verify(&self) -> Result<u64, StoreError> {
        let files = self.entry.files.keys();
        files.map(|file| Ok(self.read(file)?.len() as u64)).sum()
    }

    fn expected(&self, file: &str) -> Result<&String, StoreError> {
        self.entry.files.get(file).ok_or_else(|| StoreError::NoFile {
            model: self.name.to_owned(),
            file: file.to_owned(),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn store(folder: &Path) -> ModelStore {
        let entry = Entry {
            version: "1.0".to_owned(),
            licence: "MIT".to_owned(),
            sources: vec!["pypi:abc==1.0".to_owned()],
            files: [("abc.onnx".to_owned(), HASH_OF_ABC.to_owned())].into(),
        };
        let manifest = Manifest { models: [("abc".to_owned(), entry)].into() };
        let text = serde_json::to_string(&manifest).unwrap();
        fs_err::write(folder.join(MANIFEST), text).unwrap();
        fs_err::create_dir(folder.join("abc")).unwrap();
        fs_err::write(folder.join("abc/abc.onnx"), "abc").unwrap();
        ModelStore::open(folder).unwrap()
    }

    #[test]
    fn a_file_is_read_when_its_hash_is_right_and_refused_when_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let model = store.model("abc").unwrap();
        assert_eq!(model.read("abc.onnx").unwrap(), b"abc");
        assert_eq!(model.entry().licence, "MIT");
        assert_eq!(model.verify().unwrap(), 3);
        fs_err::write(folder.path().join("abc/abc.onnx"), "abd").unwrap();
        let text = model.read("abc.onnx").unwrap_err().to_string();
        assert!(text.contains("abc.onnx is not the file") && text.contains(HASH_OF_ABC), "{text}");
        assert!(model.verified_path("abc.onnx").is_err());
        assert!(model.verify().is_err());
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let text = ModelStore::open(folder.path()).unwrap_err().to_string();
        assert!(text.starts_with("no models in") && text.contains("cargo xtask models"), "{text}");
        let store = store(folder.path());
        let text = store.model("whisper").unwrap_err().to_string();
        assert!(text.starts_with("model whisper is not in"), "{text}");
        let text = store.model("abc").unwrap().read("b.onnx").unwrap_err().to_string();
        assert!(text.starts_with("model abc has no file b.onnx"), "{text}");
    }

    #[test]
    fn a_manifest_that_is_none_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join(MANIFEST), "{\"models\": 7}").unwrap();
        let text = ModelStore::open(folder.path()).unwrap_err().to_string();
        assert!(text.contains("manifest.json") && text.contains("line 1"), "{text}");
    }

    #[test]
    fn a_manifest_with_a_name_that_leads_out_of_the_folder_is_refused() {
        let manifest = |model: &str, file: &str| {
            let text = format!(
                r#"{{"models": {{"{model}": {{"version": "1", "licence": "MIT", "sources": [],
                "files": {{"{file}": "00"}}}}}}}}"#
            );
            Manifest::parse(Path::new(MANIFEST), &text).map_err(|error| error.to_string())
        };
        assert!(manifest("abc", "abc.onnx").is_ok());
        for name in ["..", ".", "", "../abc", "/etc/passwd", "a\\\\b", "a\\u0000"] {
            let text = manifest(name, "abc.onnx").unwrap_err();
            assert!(text.contains("is no name of a file"), "{name}: {text}");
            assert!(manifest("abc", name).is_err(), "{name}");
        }
    }
}
