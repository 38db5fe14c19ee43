//! Any text as a list of prompts: no file that it names lies outside of its folder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| outcall_speech::list_any_prompts(text));
