//! Any bytes as a line of the carrier in another process: what is read can be written and read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_telephony::CarrierEvent;
use outcall_telephony::remote::wire::{Greeting, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    again::<Request>(bytes);
    again::<Greeting>(bytes);
    again::<CarrierEvent>(bytes);
});

fn again<T: DeserializeOwned + Serialize>(bytes: &[u8]) {
    let Ok(message) = serde_json::from_slice::<T>(bytes) else { return };
    let text = serde_json::to_string(&message).expect("what was read can be written");
    let read: T = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&read).expect("it can be written"), text);
}
