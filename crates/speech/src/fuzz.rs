//! The entries for fuzzing: any bytes as what this crate reads, any text as what is to be said.

use std::path::Path;
use std::sync::LazyLock;

use crate::evaluation::prompt_lines;
use crate::recognition::WhisperSettings;
use crate::synthesis::{Rules, read_table};

/// A small set of the tables that the voice's own are like.
const TABLES: &str = r#"{
    "titles": {"Mr": "Mr", "Dr": "Doctor", "St": "Saint"},
    "abbreviations": {"Mr.": "Mr", "St.": "Street", "e.g.": "for example", "vs": "versus"},
    "units": {"km": ["kilometer", "kilometers"], "kg": ["kilogram", "kilos"], "m²": ["a", "b"]},
    "symbols": {"=": "equals", "%": "percent", "&": "and", "+": "plus"},
    "currency": {"¥": ["yen", "yen"], "Rs": ["rupee", "rupees"], "USD": ["dollar", "dollars"]},
    "roman_cardinal": ["Chapter", "Part"],
    "roman_ordinal": ["King", "Henry"]
}"#;
/// Words that a dictionary would know.
const WORDS: &[&str] = &["nasa", "hello", "main", "o'brien", "mac", "acme", "ibm"];

/// Reads any text as a list of prompts.
///
/// # Panics
/// When a file that it names leads out of its folder: that is what a fuzzer looks for.
pub fn list_any_prompts(text: &str) {
    let Ok(lines) = prompt_lines(Path::new("prompts.tsv"), text) else { return };
    assert!(lines.len() <= text.lines().count(), "a line is one prompt at most");
    for (file, _) in lines {
        let path = Path::new("sounds").join(file);
        let leaves = |part| {
            use std::path::Component;
            !matches!(part, Component::Normal(_) | Component::CurDir)
        };
        assert!(!path.components().any(leaves), "{file} leads out of the folder");
    }
}

/// Reads any bytes as the settings of a model of recognition.
///
/// # Panics
/// When what is read breaks what a recogniser relies on.
pub fn read_any_recognition_settings(bytes: &[u8]) {
    if let Ok(settings) = WhisperSettings::parse(bytes) {
        settings.check();
    }
}

/// Reads any bytes as each table of a voice.
pub fn read_any_table(bytes: &[u8]) {
    read_table(bytes);
}

/// Makes any text into words, by small tables.
///
/// # Panics
/// When the words are out of proportion to the text.
pub fn normalise_any(text: &str) -> Vec<String> {
    static RULES: LazyLock<Option<Rules>> = LazyLock::new(|| Rules::new(TABLES.as_bytes()).ok());
    let Some(rules) = &*RULES else { panic!("the tables of this file are read") };
    let words = rules.sentences_by(text, WORDS);
    let length: usize = words.iter().map(String::len).sum();
    // "7" is "seven", and "$1" more yet; what is larger was made by a rule that feeds on itself.
    let most = 64 * text.len() + 256;
    assert!(length <= most, "{length} bytes of words from {} of text", text.len());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_tables_make_words() {
        let words = normalise_any("Mr. Smith owes $20.50 for 3 km on 5/6/2024. Call 555-1234!");
        assert!(words.len() >= 2 && words.concat().contains("kilometers"), "{words:?}");
    }

    #[test]
    fn what_is_no_table_is_read_without_a_failure() {
        for bytes in [&b""[..], b"{", b"[1]", b"\x1f\x8b\x08", TABLES.as_bytes()] {
            read_any_table(bytes);
            read_any_recognition_settings(bytes);
        }
        list_any_prompts("file\ttext\na.wav\tHello\n");
    }
}
