//! Prompts with names in braces: `Hello {name}`. Doubled braces stand for themselves.

use outcall_understanding::slots::Language;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::values::{Values, spoken, written};

/// What does not stand for itself within a part of an address.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text with names in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    Text(String),
    Name(String),
}

impl Template {
    /// Reads a text. The error says what to do.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '{' | '}' if characters.next_if_eq(&character).is_some() => plain.push(character),
                '{' => {
                    let mut name = String::new();
                    loop {
                        match characters.next() {
                            Some('}') => break,
                            Some(part) if part != '{' => name.push(part),
                            _ => return Err("a brace is not closed: add '}'".to_owned()),
                        }
                    }
                    let name = name.trim();
                    if name.is_empty() {
                        return Err("braces without a name: write {name}".to_owned());
                    }
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Name(name.to_owned()));
                }
                '}' => return Err("a brace is closed that is not open: write '}}'".to_owned()),
                _ => plain.push(character),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// A text without names.
    pub(crate) fn plain(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// The text as it is spoken. A name without a value says nothing.
    pub(crate) fn say(&self, values: &Values, language: Language) -> String {
        self.fill(|name| values.get(name).map(|value| spoken(value, language)))
    }

    /// The text as it is spoken on every call, when it holds no name.
    pub(crate) fn fixed(&self) -> Option<String> {
        let is_text = |part: &Part| matches!(part, Part::Text(_));
        self.0.iter().all(is_text).then(|| self.fill(|_| None))
    }

    /// The text as an address, in which values are one segment or one parameter each, whatever they
    /// hold (RFC 3986, section 2.3: all but unreserved characters are encoded).
    pub(crate) fn address(&self, values: &Values) -> String {
        self.fill(|name| {
            let value = values.get(name).map(written)?;
            Some(utf8_percent_encode(&value, RESERVED).to_string())
        })
    }

    fn fill(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => filled.push_str(&value(name).unwrap_or_default()),
            }
        }
        filled
    }

    /// The names in it.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Renames every name.
    pub(crate) fn rename(&mut self, new: &impl Fn(&str) -> String) {
        for part in &mut self.0 {
            if let Part::Name(name) = part {
                *name = new(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use outcall_understanding::slots::Value;

    use super::*;

    #[test]
    fn a_value_stays_within_its_part_of_an_address() {
        let text = |text: &str| Value::Text(text.to_owned());
        let values = Values::from([
            ("who".to_owned(), text("../admin?all=1#é")),
            ("code".to_owned(), Value::Digits("42".to_owned())),
        ]);
        let template = Template::parse("https://a.example/of/{who}?code={code}").unwrap();
        assert_eq!(
            template.address(&values),
            "https://a.example/of/..%2Fadmin%3Fall%3D1%23%C3%A9?code=42"
        );
    }

    #[test]
    fn names_are_filled_in_and_doubled_braces_stay() {
        let values = Values::from([("code".to_owned(), Value::Digits("42".to_owned()))]);
        let template = Template::parse("{{a}} is {code}{nothing}.").unwrap();
        assert_eq!(template.say(&values, Language::En), "{a} is 4 2.");
        assert_eq!(template.address(&values), "{a} is 42.");
        for text in ["{", "}", "{}", "{a{b}}", "a } b"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
