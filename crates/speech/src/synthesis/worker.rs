//! The voice behind a pool of threads.

use std::sync::{Arc, Mutex, PoisonError};

use outcall_inference::pool;

use super::cache::Cache;
use super::prompt;
use super::{Phrase, SynthesisError, Voice};

/// What is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A whole text that differs from call to call. It is not kept: it is personal.
    Whole(String),
    /// A whole text that is the same in each call: from the cache, or into it.
    Fixed(String),
    /// The first phrase of a text; the reply names the others.
    Begin(String),
    /// One phrase.
    Phrase(Phrase),
}

/// What is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// 8 kHz, linear 16 bits.
    pub samples: Vec<i16>,
    /// The phrases that follow, of [`Request::Begin`].
    pub rest: Vec<Phrase>,
}

/// A voice of one thread.
#[derive(Debug)]
pub struct Worker {
    voice: Voice,
    cache: Option<Arc<Mutex<Cache>>>,
}

impl Worker {
    /// Speaks with this voice, and keeps nothing.
    pub fn new(voice: Voice) -> Self {
        Self { voice, cache: None }
    }

    /// Keeps fixed texts in a cache that it shares with others.
    pub fn keeping(voice: Voice, cache: Arc<Mutex<Cache>>) -> Self {
        Self { voice, cache: Some(cache) }
    }

    fn say(&mut self, request: &Request) -> Result<Reply, SynthesisError> {
        let samples = match request {
            Request::Whole(text) => self.voice.speak(text)?,
            Request::Fixed(text) => self.fixed(text)?,
            Request::Begin(text) => return self.begin(text),
            Request::Phrase(phrase) => self.voice.render(phrase)?,
        };
        Ok(Reply { samples, rest: Vec::new() })
    }

    fn begin(&mut self, text: &str) -> Result<Reply, SynthesisError> {
        let mut phrases = self.voice.phrases(text)?.into_iter();
        let Some(first) = phrases.next() else { return Ok(Reply::default()) };
        Ok(Reply { samples: self.voice.render(&first)?, rest: phrases.collect() })
    }

    /// The cache is free while the voice speaks: others look into it meanwhile.
    fn fixed(&mut self, text: &str) -> Result<Vec<i16>, SynthesisError> {
        let Some(cache) = &self.cache else { return prompt::render(&mut self.voice, text) };
        let key = prompt::key(&self.voice, text);
        let locked = || cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(samples) = locked().get(&key) {
            return Ok(samples.to_vec());
        }
        let samples = prompt::render(&mut self.voice, text)?;
        locked().put(key, samples.as_slice().into());
        Ok(samples)
    }
}

impl pool::Worker for Worker {
    type Request = Request;
    type Reply = Reply;

    /// Bytes of the text.
    fn length(request: &Request) -> u32 {
        let length = match request {
            Request::Whole(text) | Request::Fixed(text) | Request::Begin(text) => text.len(),
            Request::Phrase(phrase) => phrase.text().len(),
        };
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    fn run(&mut self, batch: Vec<Request>) -> Vec<Result<Reply, String>> {
        batch.iter().map(|request| self.say(request).map_err(|error| error.to_string())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::testing;

    #[test]
    fn a_fixed_text_is_said_once_and_a_variable_one_is_not_kept() {
        let Some(voice) = testing::voice() else { return };
        let cache = Arc::new(Mutex::new(Cache::in_memory(1 << 20)));
        let mut worker = Worker::keeping(voice, Arc::clone(&cache));
        let text = || "Good morning.".to_owned();
        let key = prompt::key(&worker.voice, "Good morning.");
        let whole = worker.say(&Request::Whole(text())).unwrap();
        assert!(whole.samples.len() > 4_000, "half a second at least");
        assert_eq!(cache.lock().unwrap().get(&key), None);
        let fixed = worker.say(&Request::Fixed(text())).unwrap();
        assert_eq!(fixed, whole);
        cache.lock().unwrap().put(key, [7; 8].into());
        assert_eq!(worker.say(&Request::Fixed(text())).unwrap().samples, [7; 8], "it was kept");
    }
}
