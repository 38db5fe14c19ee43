//! A set of intents with its splits: `train.csv`, and `fewshot/NAME/seq.in` with `label` beside it.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use outcall_understanding::intents::chance::Chance;
use outcall_understanding::intents::import;

use super::text_of;

/// Texts with their intents.
pub(super) type Texts = Vec<(String, String)>;

/// The set.
pub(super) struct Corpus {
    folder: PathBuf,
    pub(super) train: Texts,
    pub(super) valid: Texts,
    pub(super) test: Texts,
}

impl Corpus {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let set = import::csv(&text_of(&folder.join("train.csv"))?)?.set;
        let texts = |intent: outcall_understanding::intents::IntentData| {
            let name = plain(&intent.name);
            intent.examples.into_iter().map(move |text| (text, name.clone()))
        };
        let train = set.intents.into_iter().flat_map(texts).collect();
        let (valid, test) = (split(folder, "valid")?, split(folder, "test")?);
        Ok(Self { folder: folder.to_owned(), train, valid, test })
    }

    /// The published examples, so many of each intent.
    pub(super) fn published(&self, each: usize) -> Result<Texts> {
        split(&self.folder, &format!("train_{each}"))
    }

    /// The training set without the texts of the validation split.
    pub(super) fn rest(&self) -> Texts {
        let held: HashSet<String> = self.valid.iter().map(|(text, _)| key(text)).collect();
        self.train.iter().filter(|(text, _)| !held.contains(&key(text))).cloned().collect()
    }

    /// So many of each intent, out of those.
    pub(super) fn sample(&self, each: usize, seed: u64) -> Texts {
        let mut by_intent: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (text, intent) in self.rest() {
            by_intent.entry(intent).or_default().push(text);
        }
        let mut chance = Chance::new(seed);
        let mut sample = Vec::new();
        for (intent, mut texts) in by_intent {
            chance.shuffle(&mut texts);
            sample.extend(texts.into_iter().take(each).map(|text| (text, intent.clone())));
        }
        sample
    }
}

fn split(folder: &Path, name: &str) -> Result<Texts> {
    let folder = folder.join("fewshot").join(name);
    let (texts, labels) = (text_of(&folder.join("seq.in"))?, text_of(&folder.join("label"))?);
    let pairs: Texts = texts
        .lines()
        .zip(labels.lines())
        .map(|(text, label)| (text.to_owned(), plain(label)))
        .collect();
    ensure!(!pairs.is_empty(), "{} is empty", folder.display());
    ensure!(texts.lines().count() == pairs.len(), "{}: a label is missing", folder.display());
    Ok(pairs)
}

/// Names are written differently in the files of one set.
fn plain(name: &str) -> String {
    name.trim().trim_end_matches('?').replace('\'', "").to_lowercase()
}

fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The splits of CLINC150, in one file.
pub(super) fn clinc(folder: &Path) -> Result<BTreeMap<String, Texts>> {
    let path = folder.join("data_full.json");
    serde_json::from_str(&text_of(&path)?).with_context(|| path.display().to_string())
}
