//! Any text as one that is to be said: its words are in proportion to it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| drop(outcall_speech::normalise_any(text)));
