//! What robots say: sentences of such calls with a name, an amount and a date in them, so that
//! none is like another.

use std::io;
use std::time::{Duration, Instant};

use anyhow::Result;
use outcall_inference::pool::{Pending, Pool, PoolSettings, Priority};
use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;
use outcall_speech::synthesis::Voice;
use outcall_speech::synthesis::worker::{Reply, Request, Worker};
use outcall_telephony::simulated::random::SplitMix64;

/// A text that takes longer is not said.
const DEADLINE: Duration = Duration::from_secs(20);
const NAMES: [&str; 10] = [
    "Ann Miller",
    "Mr. O'Brien",
    "Dr. Nguyen",
    "Mrs. Kowalczyk",
    "Juan",
    "Priya Raman",
    "Ms. Schmidt",
    "Zbigniew",
    "Aoife",
    "Tom",
];
const MONTHS: [&str; 6] = ["January", "March", "May", "Aug.", "October", "Dec."];

/// The pool of voices.
pub(crate) struct Voices {
    pool: Pool<Worker>,
}

impl Voices {
    /// # Errors
    /// When a model is missing.
    pub(crate) fn start(store: &ModelStore, workers: usize) -> Result<Self> {
        let runtime = Runtime::load(store)?;
        // The dictionaries are loaded once.
        let first = std::sync::Mutex::new(Voice::load(&runtime, store)?);
        let store = store.clone();
        let make = move || {
            let first = first.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let voice = first.sharing(&runtime, &store).map_err(io::Error::other)?;
            Ok::<_, io::Error>(Worker::new(voice))
        };
        let settings = PoolSettings { workers, ..PoolSettings::default() };
        let (pool, _) = Pool::start("synthesis", settings, make)?;
        Ok(Self { pool })
    }

    /// Asks for the next thing to say; `None` when there is no room.
    pub(crate) fn ask(&self, random: &mut SplitMix64) -> Option<Pending<Reply>> {
        let request = Request::Whole(format!("{} {}", text(random), text(random)));
        self.pool.ask(request, Priority::Interactive, now() + DEADLINE).ok()
    }

    /// How many wait to be said.
    pub(crate) fn waiting(&self) -> usize {
        self.pool.waiting()
    }
}

fn text(random: &mut SplitMix64) -> String {
    let name = NAMES[random.below(NAMES.len() as u64) as usize];
    let month = MONTHS[random.below(MONTHS.len() as u64) as usize];
    let (day, number) = (1 + random.below(28), random.below(100_000));
    match random.below(7) {
        0 => format!("Hello, {name}, this is Clara from the bank. Do you have a minute?"),
        1 => format!("The amount of ${}.{:02} is due on {month} {day}.", number / 10, day),
        2 => format!("Thank you, {name}. I have made a note of that."),
        3 => format!("Your number is {number:05}, is that right?"),
        4 => format!("Shall I move it to {month} {day}, at {}:30 p.m.?", 1 + day % 11),
        5 => "I am sorry, I did not understand you. Could you say that again, please?".to_owned(),
        _ => format!("Please come to {} Main St. at {} o'clock.", 1 + number % 900, 1 + day % 12),
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of requests are of the real clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
