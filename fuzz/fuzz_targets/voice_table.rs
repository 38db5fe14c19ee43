//! Any bytes as a table of a voice: dictionary, parts of speech, special cases, rules.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| outcall_speech::read_any_table(bytes));
