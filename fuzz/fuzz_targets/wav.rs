//! Any bytes as a WAV file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(sound) = outcall_media::wav::decode(bytes) {
        assert!(sound.samples.len() <= bytes.len());
    }
});
