//! What a reply is written in: words, `{places}` that are filled in for each person, `[1200]` for
//! so many ms of silence, `[beep]` for a machine's beep, and `~` at the beginning for a mumble.

/// A machine's beep, in ms.
pub const BEEP_MS: u64 = 450;
/// The longest pause, in ms.
const PAUSE_MAX_MS: u64 = 10_000;

/// A part of what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words, with their places.
    Words(String),
    /// Silence, in ms.
    Pause(u64),
    /// A beep of 1 kHz.
    Beep,
}

/// A reply, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markup {
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Whether it is mumbled.
    pub mumbled: bool,
}

impl Markup {
    /// A reply as it is written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (text, mumbled) = match text.strip_prefix('~') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let mut parts = Vec::new();
        for (index, piece) in text.split('[').enumerate() {
            let words = if index == 0 {
                piece
            } else {
                let (sign, words) =
                    piece.split_once(']').ok_or_else(|| format!("'{text}': a ] is missing"))?;
                parts.push(sign_of(sign)?);
                words
            };
            if !words.trim().is_empty() {
                parts.push(Part::Words(words.trim().to_owned()));
            }
        }
        if parts.is_empty() {
            return Err("a variant is empty: write `nothing` as the answer instead".to_owned());
        }
        let markup = Self { parts, mumbled };
        if text.matches('{').count() != text.matches('}').count() {
            return Err(format!("'{text}': a brace is missing"));
        }
        Ok(markup)
    }

    /// The names in braces.
    pub fn places(&self) -> Vec<&str> {
        let words = self.parts.iter().filter_map(|part| match part {
            Part::Words(words) => Some(words.as_str()),
            Part::Pause(_) | Part::Beep => None,
        });
        words.flat_map(places_in).collect()
    }

    /// With its places filled in.
    ///
    /// # Errors
    /// The name that has no value.
    pub fn fill(&self, value: &impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut filled = self.clone();
        for part in &mut filled.parts {
            let Part::Words(words) = part else { continue };
            for place in places_in(&words.clone()) {
                let value = value(place).ok_or_else(|| place.to_owned())?;
                *words = words.replace(&format!("{{{place}}}"), &value);
            }
        }
        Ok(filled)
    }

    /// The words, as they are heard.
    pub fn text(&self) -> String {
        let words = self.parts.iter().map(|part| match part {
            Part::Words(words) => words.as_str(),
            Part::Pause(_) => "...",
            Part::Beep => "(beep)",
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

fn sign_of(sign: &str) -> Result<Part, String> {
    if sign == "beep" {
        return Ok(Part::Beep);
    }
    let pause = sign.parse().ok().filter(|ms| (1..=PAUSE_MAX_MS).contains(ms));
    pause.map(Part::Pause).ok_or_else(|| {
        format!("[{sign}]: write a pause of 1 to {PAUSE_MAX_MS} ms such as [1200], or [beep]")
    })
}

fn places_in(words: &str) -> Vec<&str> {
    words.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_beeps_and_mumbles_are_told_apart_from_words() {
        let markup = Markup::parse("~uh [1200] {wish.day}, {name} [beep]").unwrap();
        let words = |text: &str| Part::Words(text.to_owned());
        let parts = [words("uh"), Part::Pause(1_200), words("{wish.day}, {name}"), Part::Beep];
        assert_eq!(markup.parts, parts);
        assert!(markup.mumbled);
        assert_eq!(markup.places(), ["wish.day", "name"]);
        let value = |name: &str| (name != "name").then(|| "Monday".to_owned());
        assert_eq!(markup.fill(&value), Err("name".to_owned()));
        let filled = markup.fill(&|_| Some("Monday".to_owned())).unwrap();
        assert_eq!(filled.text(), "uh ... Monday, Monday (beep)");
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, problem) in [
            ("uh [12", "] is missing"),
            ("[0] yes", "1 to 10000"),
            ("[boop]", "[beep]"),
            (" ", "empty"),
            ("{name", "brace"),
        ] {
            let told = Markup::parse(text).unwrap_err();
            assert!(told.contains(problem), "{text}: {told}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            if let Ok(markup) = Markup::parse(&text) {
                prop_assert!(markup.fill(&|_| Some(String::new())).is_ok());
            }
        }
    }
}
