//! Whole sets, with an encoder that knows some words.

use std::sync::OnceLock;

use ndarray::Array2;
use proptest::prelude::*;

use super::encoder::{Encode, EncoderError, normalise};
use super::file::FileError;
use super::*;

/// So many that two words rarely share one.
const DIRECTIONS: usize = 256;

/// Each text is the sum of directions that its words have: a small encoder with no model.
struct Words;

impl Encode for Words {
    fn identity(&self) -> &str {
        "words:1"
    }

    fn encode(&mut self, texts: &[&str]) -> Result<Array2<f32>, EncoderError> {
        let mut all = Array2::zeros((texts.len(), DIRECTIONS));
        for (text, mut row) in texts.iter().zip(all.rows_mut()) {
            for word in sound::words(text) {
                let sum: usize = word.bytes().enumerate().map(|(i, b)| (i + 3) * b as usize).sum();
                row[sum % DIRECTIONS] += 1.0;
            }
        }
        normalise(&mut all);
        Ok(all)
    }
}

fn set() -> IntentSet {
    let examples: [(&str, &[&str]); 5] = [
        ("call_later", &["call me back tomorrow", "please ring later", "i am busy call later"]),
        (
            "wrong_number",
            &["you have the wrong number", "there is nobody of that name", "wrong person"],
        ),
        ("not_interested", &["i do not want that", "not interested thanks", "no i need nothing"]),
        (
            "payment_promise",
            &["i will pay on friday", "the payment comes next week", "i can pay soon"],
        ),
        ("who_is_this", &["who is calling", "what company is this", "who are you"]),
    ];
    let pairs = examples.iter().flat_map(|(name, texts)| texts.iter().map(move |t| (*t, *name)));
    IntentSet::from_pairs(pairs)
}

fn model(options: &Options) -> IntentModel {
    train(&set(), Some(&mut Words), options).unwrap()
}

/// Trained once for all tests that only read.
fn plain() -> &'static IntentModel {
    static MODEL: OnceLock<IntentModel> = OnceLock::new();
    MODEL.get_or_init(|| model(&Options::default()))
}

fn read(
    model: &IntentModel,
    heard: &[(&str, f32)],
    expected: &[String],
) -> crate::reading::Reading {
    let plan = model.plan(heard);
    let vectors = Words.encode(&plan.texts().collect::<Vec<_>>()).unwrap();
    model.read(&plan, Some(&vectors), expected)
}

fn best(reading: &crate::reading::Reading) -> &str {
    reading.intents.first().map_or("", |guess| guess.intent.as_str())
}

#[test]
fn a_handful_of_examples_is_enough_for_what_is_said_like_them() {
    let model = plain();
    for (text, intent) in [
        ("could you call me back tomorrow", "call_later"),
        ("that is the wrong number", "wrong_number"),
        ("i will pay next friday", "payment_promise"),
        ("who is this", "who_is_this"),
    ] {
        let reading = read(model, &[(text, 1.0)], &[]);
        assert_eq!(best(&reading), intent, "{text}");
        // So sure that a scenario takes it without asking again.
        let least = reading.out_of_scope.max(0.5);
        assert!(reading.intents[0].confidence >= least, "{text}: {reading:?}");
    }
}

#[test]
fn what_has_nothing_to_do_with_any_example_is_out_of_scope() {
    for text in ["purple elephants dance", "gloop", "seventeen bananas", "the sun was shining"] {
        let reading = read(plain(), &[(text, 1.0)], &[]);
        let least = reading.out_of_scope.max(0.5);
        let taken = reading.intents.iter().find(|guess| guess.confidence >= least);
        assert_eq!(taken, None, "{text}: {reading:?}");
    }
}

#[test]
fn an_example_word_for_word_is_as_sure_as_may_be_also_as_a_part_and_nothing_else_is() {
    let sure = |text: &str| read(plain(), &[(text, 1.0)], &[]).intents[0].clone();
    for (text, intent) in [
        ("Wrong person.", "wrong_number"),
        ("i can pay soon", "payment_promise"),
        ("i do not want that, and tomorrow the sun will shine", "not_interested"),
    ] {
        let guess = sure(text);
        assert_eq!((guess.intent.as_str(), guess.confidence), (intent, model::EXACT), "{text}");
    }
    assert!(sure("please ring later please").confidence < model::EXACT);
}

#[test]
fn a_negative_word_for_word_is_surely_not_its_intent() {
    let mut with = set();
    let who = with.intents.iter_mut().find(|intent| intent.name == "who_is_this").unwrap();
    who.negatives.push("who are you calling then".to_owned());
    let with = train(&with, Some(&mut Words), &Options::default()).unwrap();
    let reading = read(&with, &[("Who are you calling then?", 1.0)], &[]);
    assert!(reading.intents.iter().all(|guess| guess.intent != "who_is_this"), "{reading:?}");
}

#[test]
fn what_was_misheard_is_read_by_its_sound() {
    let model = plain();
    let reading = read(model, &[("eye will pey on fryday", 1.0)], &[]);
    assert_eq!(best(&reading), "payment_promise", "{reading:?}");
}

#[test]
fn two_things_in_one_utterance_are_both_named() {
    let model = plain();
    let said = "i will pay on friday but please call me back tomorrow";
    let reading = read(model, &[(said, 1.0)], &[]);
    let named: Vec<&str> = reading.intents.iter().take(2).map(|g| g.intent.as_str()).collect();
    assert!(named.contains(&"payment_promise") && named.contains(&"call_later"), "{reading:?}");
}

#[test]
fn an_intent_that_is_expected_is_likelier_and_a_second_text_can_tip_the_scales() {
    let model = plain();
    let of = |reading: &crate::reading::Reading, name: &str| {
        reading.intents.iter().find(|g| g.intent == name).map_or(0.0, |g| g.confidence)
    };
    let plain = read(model, &[("call who", 1.0)], &[]);
    let expected = read(model, &[("call who", 1.0)], &["who_is_this".to_owned()]);
    assert!(of(&expected, "who_is_this") > of(&plain, "who_is_this"), "{plain:?} {expected:?}");
    let both = read(model, &[("call who", 0.5), ("call later", 0.5)], &[]);
    assert!(of(&both, "call_later") > of(&plain, "call_later"));
}

#[test]
fn a_negative_is_not_its_intent() {
    let mut with = set();
    let text = "never call me back";
    let later = with.intents.iter_mut().find(|intent| intent.name == "call_later").unwrap();
    later.negatives.push(text.to_owned());
    let with = train(&with, Some(&mut Words), &Options::default()).unwrap();
    let confidence = |model: &IntentModel| {
        let reading = read(model, &[(text, 1.0)], &[]);
        reading.intents.iter().find(|g| g.intent == "call_later").map_or(0.0, |g| g.confidence)
    };
    assert!(confidence(&with) < confidence(plain()) / 2.0);
}

#[test]
fn logs_without_labels_teach_words_that_no_example_has() {
    let logs: Vec<String> = (0..30)
        .map(|at| ["ring me later at work", "pay the invoice on friday"][at % 2].to_owned())
        .collect();
    let options = Options { logs, self_training: true, ..Options::default() };
    let (with, without) = (model(&options), plain());
    let confidence = |model: &IntentModel| {
        let reading = read(model, &[("the invoice", 1.0)], &[]);
        reading.intents.iter().find(|g| g.intent == "payment_promise").map_or(0.0, |g| g.confidence)
    };
    assert!(
        confidence(&with) > confidence(without),
        "{} {}",
        confidence(&with),
        confidence(without)
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_bytes_give_the_model_back() {
    let bytes = plain().to_bytes();
    assert_eq!(bytes, model(&Options::default()).to_bytes());
    let back = IntentModel::from_bytes(&bytes).unwrap();
    assert_eq!(back.to_bytes(), bytes);
    assert_eq!(back.data_sha256(), set().sha256());
    assert_eq!(back.encoder(), Some("words:1"));
    let heard = [("call me tomorrow", 1.0)];
    assert_eq!(read(&back, &heard, &[]), read(plain(), &heard, &[]));
}

#[test]
fn without_an_encoder_letters_and_sounds_decide() {
    let model = train(&set(), None, &Options::default()).unwrap();
    assert_eq!(model.encoder(), None);
    let plan = model.plan(&[("please ring me later", 1.0)]);
    let reading = model.read(&plan, None, &[]);
    assert_eq!(best(&reading), "call_later", "{reading:?}");
}

#[test]
fn bytes_that_were_changed_are_refused() {
    let bytes = plain().to_bytes();
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    assert_eq!(IntentModel::from_bytes(&changed).unwrap_err(), FileError::Changed);
    assert_eq!(IntentModel::from_bytes(&bytes[..100]).unwrap_err(), FileError::Changed);
    assert_eq!(IntentModel::from_bytes(b"PK").unwrap_err(), FileError::Other);
    let mut newer = bytes;
    newer[6] = 9;
    assert_eq!(IntentModel::from_bytes(&newer).unwrap_err(), FileError::Version { found: 9 });
}

proptest! {
    #[test]
    fn confidences_are_probabilities_whatever_is_said(text in ".{0,120}", weight in -1.0f32..2.0) {
        let reading = read(plain(), &[(&text, weight)], &[]);
        for guess in &reading.intents {
            prop_assert!((0.0..=1.0001).contains(&guess.confidence), "{:?}", reading);
        }
        prop_assert!((0.0..=1.0).contains(&reading.out_of_scope));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(IntentModel::from_bytes(&bytes));
        file::read_any_body(&bytes);
    }
}
