//! Any bytes as a contact list: every row is counted once, whatever it is.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // What the list cannot be read for is the error's business; the counts are checked inside.
    drop(outcall_contacts::import_any(bytes));
});
