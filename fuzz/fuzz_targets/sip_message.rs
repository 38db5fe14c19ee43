//! Any bytes as a SIP message: what our side of the stack does with it before anything is sent.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| outcall_sip::fuzz::message(bytes));
