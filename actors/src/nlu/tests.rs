use std::io;

use outcall_inference::pool::PoolSettings;
use outcall_understanding::intents::encoder::EncoderError;
use outcall_understanding::intents::{IntentModel, IntentSet, Options, train};

use super::*;

const LONG: Duration = Duration::from_secs(20);

/// No vectors, but a wait for a word before there are none.
struct Held(Option<crossbeam_channel::Receiver<()>>);

impl Encode for Held {
    fn identity(&self) -> &str {
        "held"
    }

    fn encode(&mut self, texts: &[&str]) -> Result<ndarray::Array2<f32>, EncoderError> {
        if let Some(word) = &self.0 {
            let _told_or_gone = word.recv();
        }
        Ok(ndarray::Array2::zeros((texts.len(), 4)))
    }
}

fn model() -> Arc<IntentModel> {
    let set = IntentSet::from_pairs([
        ("call me back tomorrow", "call_later"),
        ("please ring me later", "call_later"),
        ("you have the wrong number", "wrong_number"),
        ("there is nobody of that name", "wrong_number"),
    ]);
    Arc::new(train(&set, None, &Options::default()).expect("it is a set"))
}

fn ask(
    word: Option<crossbeam_channel::Receiver<()>>,
    text: &str,
    within: Duration,
) -> (Understood, u64, u64) {
    let heard = vec![(text.to_owned(), 1.0)];
    let request = ReadingRequest { model: model(), heard, expected: Vec::new() };
    System::new().block_on(async move {
        let make = move || Ok::<_, io::Error>(ReadingWorker::new(Some(Held(word.clone()))));
        let (pool, _) = Pool::start("nlu", PoolSettings::default(), make).expect("it starts");
        let nlu = Nlu::new(pool, 4);
        let counts = nlu.counts();
        let understood = nlu.start().send(Understand { request, within }).await;
        (understood.expect("it lives"), counts.asked(), counts.unanswered())
    })
}

#[test]
fn an_utterance_is_understood() {
    let (understood, asked, unread) = ask(None, "you have the wrong number", LONG);
    assert_eq!(understood.unread, None);
    assert_eq!(understood.reading.intents[0].intent, "wrong_number");
    assert_eq!((asked, unread), (1, 0));
}

#[test]
fn a_call_does_not_wait_for_a_pool_that_does_not_answer_and_keeps_the_words() {
    let (hold, word) = crossbeam_channel::bounded(0);
    let (understood, asked, unread) = ask(Some(word), "hello", Duration::from_millis(20));
    drop(hold);
    assert_eq!(understood.reading.text, "hello");
    assert!(understood.reading.intents.is_empty() && understood.reading.out_of_scope == 1.0);
    assert!(understood.unread.is_some_and(|why| why.contains("within 20 ms")));
    assert_eq!((asked, unread), (1, 1));
}
