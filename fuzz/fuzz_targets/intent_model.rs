//! A trained intent model: any file is refused, and a body whose hash is right reads any utterance.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_understanding::intents::IntentModel;
use outcall_understanding::intents::file::read_any_body;

fuzz_target!(|bytes: &[u8]| {
    drop(IntentModel::from_bytes(bytes));
    read_any_body(bytes);
});
