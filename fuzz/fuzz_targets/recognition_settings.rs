//! Any bytes as the settings of a model of recognition: what a recogniser relies on holds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| outcall_speech::read_any_recognition_settings(bytes));
