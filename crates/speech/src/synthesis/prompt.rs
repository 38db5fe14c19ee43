//! Prompts: fixed texts, texts that differ from call to call, and recordings, in one sound.
//!
//! Fixed texts are rendered ahead and kept by their content. What differs is rendered by itself
//! and put in between phrases: silence is cut at the joints, synthetic parts are brought to the
//! level of the recordings (of the fixed texts where there is none), and a short crossfade joins
//! them.

mod splice;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcall_media::wav;

use super::cache::{Cache, Key};
use super::{SynthesisError, Voice};
pub(super) use splice::Level;
use splice::{Origin, Piece};

/// The pause after a recording that no mark follows, in milliseconds.
const AFTER_RECORDING_MS: u32 = 40;

/// A part of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A text that is the same in each call. It is kept when it is rendered.
    Fixed(String),
    /// A text of this call: a name, an amount. It is not kept: it is personal.
    Variable(String),
    /// A WAV file, as [`wav::read`] takes it.
    Recorded(PathBuf),
}

/// A prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    parts: Vec<Part>,
}

/// A part whose marks at its beginning have gone to the part before it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    part: Part,
    /// The mark that ends it.
    mark: Option<char>,
}

impl Prompt {
    /// Parts in the order in which they are said. Marks at the beginning of a text belong to the
    /// part before it: "Hello", NAME, ", how are you?".
    pub fn new(parts: Vec<Part>) -> Self {
        Self { parts }
    }

    /// Renders the fixed parts that the cache does not hold, and says how many it rendered.
    ///
    /// # Errors
    /// When a network fails.
    pub fn prepare(&self, voice: &mut Voice, cache: &mut Cache) -> Result<usize, SynthesisError> {
        let mut rendered = 0;
        for said in self.said() {
            if let Part::Fixed(text) = &said.part {
                let key = key(voice, text);
                if cache.get(&key).is_none() {
                    cache.put(key, render(voice, text)?.into());
                    rendered += 1;
                }
            }
        }
        Ok(rendered)
    }

    /// Whether the cache holds all its fixed parts.
    pub fn is_kept(&self, voice: &Voice, cache: &mut Cache) -> bool {
        self.said().iter().all(|said| match &said.part {
            Part::Fixed(text) => cache.get(&key(voice, text)).is_some(),
            Part::Variable(_) | Part::Recorded(_) => true,
        })
    }

    /// Its fixed parts are in use as long as the cache is open: their files stay.
    pub fn pin(&self, voice: &Voice, cache: &mut Cache) {
        for said in self.said() {
            if let Part::Fixed(text) = &said.part {
                cache.pin(key(voice, text));
            }
        }
    }

    /// The whole prompt, 8 kHz. Fixed parts come from the cache, or go into it.
    ///
    /// # Errors
    /// When a network fails or a recording cannot be read.
    pub fn render(&self, voice: &mut Voice, cache: &mut Cache) -> Result<Vec<i16>, SynthesisError> {
        let mut pieces = Vec::new();
        for Said { part, mark } in self.said() {
            let (samples, origin): (Arc<[i16]>, Origin) = match part {
                Part::Fixed(text) => (fixed(voice, cache, &text)?, Origin::Fixed),
                Part::Variable(text) => (render(voice, &text)?.into(), Origin::Variable),
                Part::Recorded(path) => (recorded(&path)?.into(), Origin::Recorded),
            };
            pieces.push(Piece { samples, origin, pause_ms: pause_ms(origin, mark) });
        }
        Ok(splice::spliced(&pieces))
    }

    fn said(&self) -> Vec<Said> {
        let mut out: Vec<Said> = Vec::new();
        for part in &self.parts {
            let (rest, marks) = match part {
                Part::Recorded(_) => (part.clone(), String::new()),
                Part::Fixed(text) => {
                    let (marks, rest) = leading(text);
                    (Part::Fixed(rest), marks)
                }
                Part::Variable(text) => {
                    let (marks, rest) = leading(text);
                    (Part::Variable(rest), marks)
                }
            };
            if let Some(last) = out.last_mut().filter(|_| !marks.is_empty()) {
                last.end_with(&marks);
            }
            let mark = match &rest {
                Part::Recorded(_) => None,
                Part::Fixed(text) | Part::Variable(text) if text.is_empty() => continue,
                Part::Fixed(text) | Part::Variable(text) => final_mark(text),
            };
            out.push(Said { part: rest, mark });
        }
        out
    }
}

impl Said {
    fn end_with(&mut self, marks: &str) {
        self.mark = final_mark(marks);
        match &mut self.part {
            Part::Fixed(text) | Part::Variable(text) => text.push_str(marks),
            Part::Recorded(_) => {}
        }
    }
}

fn is_mark(c: char) -> bool {
    ",.;:!?…".contains(c)
}

/// Marks at the beginning, and the text after them, without white space at its ends.
fn leading(text: &str) -> (String, String) {
    let text = text.trim();
    let rest = text.trim_start_matches(is_mark);
    (text[..text.len() - rest.len()].to_owned(), rest.trim_start().to_owned())
}

fn final_mark(text: &str) -> Option<char> {
    text.trim_end_matches(['"', '”', ')', ' ']).chars().last().filter(|&c| is_mark(c))
}

fn pause_ms(origin: Origin, mark: Option<char>) -> u32 {
    match mark {
        Some('.' | '!' | '?' | '…') => 320,
        Some(';' | ':') => 220,
        Some(_) => 160,
        None if origin == Origin::Recorded => AFTER_RECORDING_MS,
        None => 0,
    }
}

pub(super) fn key(voice: &Voice, text: &str) -> Key {
    Key::new(&voice.identity(), &voice.normalised(text))
}

fn fixed(voice: &mut Voice, cache: &mut Cache, text: &str) -> Result<Arc<[i16]>, SynthesisError> {
    let key = key(voice, text);
    if let Some(samples) = cache.get(&key) {
        return Ok(samples);
    }
    let samples: Arc<[i16]> = render(voice, text)?.into();
    cache.put(key, Arc::clone(&samples));
    Ok(samples)
}

/// A text that does not end with a mark goes on: the voice stays up, as it does before a comma.
pub(super) fn render(voice: &mut Voice, text: &str) -> Result<Vec<i16>, SynthesisError> {
    match final_mark(text) {
        Some(_) => voice.speak(text),
        None => voice.speak(&format!("{text},")),
    }
}

fn recorded(path: &Path) -> Result<Vec<i16>, SynthesisError> {
    wav::read(path).map_err(|error| SynthesisError::Recording {
        path: path.display().to_string(),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed_part(text: &str) -> Part {
        Part::Fixed(text.to_owned())
    }

    fn variable(text: &str) -> Part {
        Part::Variable(text.to_owned())
    }

    #[test]
    fn marks_go_to_the_part_before_them() {
        let prompt =
            Prompt::new(vec![fixed_part("Hello "), variable("Ann"), fixed_part(", how are you?")]);
        let said: Vec<(Part, Option<char>)> =
            prompt.said().into_iter().map(|said| (said.part, said.mark)).collect();
        let wanted = [
            (fixed_part("Hello"), None),
            (variable("Ann,"), Some(',')),
            (fixed_part("how are you?"), Some('?')),
        ];
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_part_of_marks_alone_only_ends_the_one_before() {
        let recorded = Part::Recorded("balance.wav".into());
        let prompt = Prompt::new(vec![recorded.clone(), variable("$20"), fixed_part(".")]);
        let said = prompt.said();
        assert_eq!(said.len(), 2);
        assert_eq!((&said[0].part, said[0].mark), (&recorded, None));
        assert_eq!((&said[1].part, said[1].mark), (&variable("$20."), Some('.')));
    }

    #[test]
    fn fixed_parts_are_rendered_once_and_the_prompt_is_said_in_one_sound() {
        let Some(mut voice) = crate::synthesis::testing::voice() else { return };
        let mut cache = Cache::in_memory(1 << 20);
        let prompt = |name: &str| {
            Prompt::new(vec![fixed_part("Hello"), variable(name), fixed_part(", how are you?")])
        };
        assert!(!prompt("Ann").is_kept(&voice, &mut cache));
        assert_eq!(prompt("Ann").prepare(&mut voice, &mut cache).unwrap(), 2);
        assert!(prompt("Tom").is_kept(&voice, &mut cache));
        assert_eq!(prompt("John").prepare(&mut voice, &mut cache).unwrap(), 0);
        let said = prompt("John").render(&mut voice, &mut cache).unwrap();
        assert!((8_000..24_000).contains(&said.len()), "{} samples", said.len());
        let missing = Prompt::new(vec![Part::Recorded("no/such.wav".into())]);
        let error = missing.render(&mut voice, &mut cache).unwrap_err().to_string();
        assert!(error.starts_with("recorded prompt no/such.wav:"), "{error}");
    }
}
