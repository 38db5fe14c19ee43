//! The voice behind a pool of threads.

use outcall_inference::pool;

use super::{SynthesisError, Voice};

/// What is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The text, or a part of it that is a sentence of its own.
    pub text: String,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 8 kHz, linear 16 bits.
    pub samples: Vec<i16>,
}

/// A voice of one thread.
#[derive(Debug)]
pub struct Worker {
    voice: Voice,
}

impl Worker {
    /// Speaks with this voice.
    pub fn new(voice: Voice) -> Self {
        Self { voice }
    }

    fn say(&mut self, request: &Request) -> Result<Reply, SynthesisError> {
        Ok(Reply { samples: self.voice.speak(&request.text)? })
    }
}

impl pool::Worker for Worker {
    type Request = Request;
    type Reply = Reply;

    /// Bytes of the text.
    fn length(request: &Request) -> u32 {
        u32::try_from(request.text.len()).unwrap_or(u32::MAX)
    }

    fn run(&mut self, batch: Vec<Request>) -> Vec<Result<Reply, String>> {
        batch.iter().map(|request| self.say(request).map_err(|error| error.to_string())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use outcall_inference::pool::{Pool, PoolSettings, Priority};

    use super::*;
    use crate::synthesis::testing;

    #[test]
    fn a_pool_says_what_it_is_asked() {
        let Some(voice) = testing::voice() else { return };
        let voice = Mutex::new(Some(voice));
        let make = move || {
            let voice = voice.lock().ok().and_then(|mut voice| voice.take());
            voice.map(Worker::new).ok_or_else(|| io::Error::other("one worker only"))
        };
        let (pool, _) = Pool::start("synthesis", PoolSettings::default(), make).unwrap();
        let request = Request { text: "Good morning.".to_owned() };
        let done = pool.ask(request, Priority::Interactive, later()).unwrap().wait().unwrap();
        assert!(done.reply.samples.len() > 4_000, "half a second at least");
    }

    #[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }
}
