//! Intent sets out of files: our own YAML, CSV, and a subset of Rasa's NLU training data.
//!
//! Of Rasa's YAML, `nlu` with `intent` and `examples` is read; the mark-up of entities becomes
//! plain words, and `synonym`, `regex` and `lookup` are counted and left out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::data::{IntentData, IntentSet};

/// Bytes of a file at most.
pub const FILE_MAX: usize = 64 << 20;

/// Why a file is no intent set.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not YAML, or not as expected.
    #[error("not an intent set: {problem}")]
    Yaml {
        /// What is wrong, with its line.
        problem: String,
    },
    /// A row of a CSV file.
    #[error("line {line}, column {column}: {problem}")]
    Row {
        /// The line, from 1.
        line: u64,
        /// The column in characters, from 1.
        column: u64,
        /// What is wrong.
        problem: String,
    },
    /// No intents.
    #[error("no intents: write `intents:` with names and examples, or Rasa's `nlu:`")]
    Empty,
    /// Longer than may be.
    #[error("{size} bytes: at most {FILE_MAX} are read, split the set")]
    Size {
        /// Bytes of the file.
        size: usize,
    },
}

/// A set, and what of the file was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The set.
    pub set: IntentSet,
    /// Blocks of Rasa's that are not intents: synonyms, expressions, tables.
    pub left_out: usize,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    intents: Vec<IntentData>,
    #[serde(default)]
    nlu: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    intent: Option<String>,
    #[serde(default)]
    examples: Examples,
}

/// Rasa writes examples as one text with a dash before each, or as a list of records.
#[derive(Deserialize)]
#[serde(untagged)]
enum Examples {
    Lines(String),
    Records(Vec<Record>),
}

impl Default for Examples {
    fn default() -> Self {
        Self::Lines(String::new())
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Record {
    Plain(String),
    Full { text: String },
}

/// Reads our own YAML, or Rasa's.
///
/// # Errors
/// When it is neither, with the line.
pub fn yaml(text: &str) -> Result<Imported, ImportError> {
    if text.len() > FILE_MAX {
        return Err(ImportError::Size { size: text.len() });
    }
    let file: File = serde_saphyr::from_str(text)
        .map_err(|error| ImportError::Yaml { problem: error.to_string() })?;
    let mut intents = file.intents;
    let mut left_out = 0;
    let mut of_rasa: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for block in file.nlu {
        let Some(name) = block.intent else {
            left_out += 1;
            continue;
        };
        of_rasa.entry(name).or_default().extend(examples(block.examples));
    }
    for (name, examples) in of_rasa {
        intents.push(IntentData { name, examples, ..IntentData::default() });
    }
    if intents.is_empty() {
        return Err(ImportError::Empty);
    }
    Ok(Imported { set: IntentSet { intents }, left_out })
}

fn examples(examples: Examples) -> Vec<String> {
    let texts: Vec<String> = match examples {
        Examples::Lines(lines) => return example_lines(&lines),
        Examples::Records(records) => records
            .into_iter()
            .map(|record| match record {
                Record::Plain(text) | Record::Full { text } => text,
            })
            .collect(),
    };
    let plain = texts.iter().map(|text| without_entities(text.trim()));
    plain.filter(|text| !text.is_empty()).collect()
}

/// The examples of Rasa's short form, one a line after a dash, without the marks of entities.
pub fn example_lines(lines: &str) -> Vec<String> {
    let texts = lines.lines().filter_map(|line| line.trim().strip_prefix('-'));
    let plain = texts.map(|text| without_entities(text.trim()));
    plain.filter(|text| !text.is_empty()).collect()
}

/// `to [Berlin](city)` and `to [Berlin]{"entity": "city"}` are "to Berlin".
pub fn without_entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let after = &rest[open + 1..];
        let Some((words, tail)) = after.split_once(']') else { break };
        let end = match tail.chars().next() {
            Some('(') => tail.find(')'),
            Some('{') => tail.find('}'),
            Some(_) | None => None,
        };
        plain += &rest[..open];
        match end {
            Some(end) => {
                plain += words;
                rest = &tail[end + 1..];
            }
            // Brackets that mark nothing stay.
            None => {
                plain += &rest[open..open + 1 + words.len() + 1];
                rest = tail;
            }
        }
    }
    plain + rest
}

/// Reads a CSV file with a header line: columns `text` and `intent` (or `category`, `label`), and,
/// where there is one, `negative`: a row in which it is 1, `yes` or `true` is expressly not the
/// intent.
///
/// # Errors
/// When a column or a value is missing, with the line.
pub fn csv(text: &str) -> Result<Imported, ImportError> {
    if text.len() > FILE_MAX {
        return Err(ImportError::Size { size: text.len() });
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| row(1, &error.to_string()))?.clone();
    let column = |names: &[&str]| {
        header.iter().position(|name| names.contains(&name.trim().to_lowercase().as_str()))
    };
    let missing = |name: &str| row(1, &format!("no column '{name}': name the columns"));
    let text_at = column(&["text", "example", "utterance"]).ok_or_else(|| missing("text"))?;
    let intent_at = column(&["intent", "category", "label"]).ok_or_else(|| missing("intent"))?;
    let negative_at = column(&["negative"]);
    let mut intents: BTreeMap<String, IntentData> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            row(error.position().map_or(0, csv::Position::line), &error.to_string())
        })?;
        let value = |at: usize| record.get(at).map_or("", str::trim);
        let (said, name) = (value(text_at), value(intent_at));
        if let Some(&empty) = [text_at, intent_at].iter().find(|&&at| value(at).is_empty()) {
            // A record's place may be that of the end of the line before it.
            let start = record.position().map_or(0, csv::Position::byte);
            let rest = text.get(usize::try_from(start).unwrap_or(0)..).unwrap_or("");
            let rest = rest.trim_start_matches(['\r', '\n']);
            let before = &text[..text.len() - rest.len()];
            let line = 1 + before.bytes().filter(|&byte| byte == b'\n').count() as u64;
            let problem = "the text or its intent is empty".to_owned();
            return Err(ImportError::Row { line, column: column_of(rest, empty), problem });
        }
        let is_negative = negative_at.is_some_and(|at| matches!(value(at), "1" | "yes" | "true"));
        let intent = intents.entry(name.to_owned()).or_default();
        intent.name = name.to_owned();
        let list = if is_negative { &mut intent.negatives } else { &mut intent.examples };
        list.push(said.to_owned());
    }
    if intents.is_empty() {
        return Err(ImportError::Empty);
    }
    Ok(Imported { set: IntentSet { intents: intents.into_values().collect() }, left_out: 0 })
}

fn row(line: u64, problem: &str) -> ImportError {
    ImportError::Row { line, column: 1, problem: problem.to_owned() }
}

/// Where a field of a record begins, in characters from 1; where the line ends when it has none.
fn column_of(record: &str, field: usize) -> u64 {
    let (mut column, mut fields, mut quoted) = (1, 0, false);
    for letter in record.chars() {
        if fields == field || (!quoted && letter == '\n') {
            break;
        }
        quoted ^= letter == '"';
        fields += usize::from(letter == ',' && !quoted);
        column += 1;
    }
    column
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn our_own_yaml_is_read_with_titles_and_negatives() {
        let text = "intents:\n- name: later\n  title: call me later\n  examples: [not now]\n  \
                    negatives:\n  - call me never\n- name: no\n  examples: [no]\n";
        let set = yaml(text).unwrap().set;
        assert_eq!(set.intents[0].title, "call me later");
        assert_eq!(set.intents[0].negatives, ["call me never"]);
        let error = yaml("intents:\n- name: a\n  exampels: []\n").unwrap_err().to_string();
        assert!(error.contains("line 3") || error.contains("exampels"), "{error}");
    }

    #[test]
    fn the_nlu_yaml_of_rasa_is_read_without_the_marks_of_entities() {
        let text = "version: \"3.1\"\nnlu:\n- intent: book\n  examples: |\n    - to \
                    [Berlin](city)\n    - to [Ulm]{\"entity\": \"city\"} [now]\n- synonym: x\n  \
                    examples: |\n    - y\n- intent: greet\n  examples:\n  - text: |\n      hey\n";
        let imported = yaml(text).unwrap();
        assert_eq!(imported.left_out, 1);
        assert_eq!(imported.set.intents[0].examples, ["to Berlin", "to Ulm [now]"]);
        assert_eq!(imported.set.intents[1].examples, ["hey"]);
    }

    #[test]
    fn rows_of_a_csv_become_intents_and_an_empty_one_is_named_by_its_line() {
        let set = csv("text,category,negative\nyes,a,\nyes no,a,1\nno,b,0\n").unwrap().set;
        assert_eq!(set.intents[0].examples, ["yes"]);
        assert_eq!(set.intents[0].negatives, ["yes no"]);
        assert_eq!(set.intents[1].examples, ["no"]);
        let error = csv("text,intent\nyes,a\nno,\n").unwrap_err().to_string();
        assert!(error.starts_with("line 3, column 4: "), "{error}");
        let error = csv("intent,text\r\na,\"yes, \"\"so\"\"\"\r\n\"b,b\", \r\n").unwrap_err();
        assert!(error.to_string().starts_with("line 3, column 7: "), "{error}");
        assert!(csv("a,b\n1,2\n").unwrap_err().to_string().contains("no column 'text'"));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in ".{0,200}") {
            drop(yaml(&text));
            drop(csv(&text));
            without_entities(&text);
        }
    }
}
