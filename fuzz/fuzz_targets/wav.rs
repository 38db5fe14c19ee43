//! Any bytes as a WAV file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_media::wav;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(sound) = wav::decode(bytes) {
        assert!(sound.samples.len() <= bytes.len());
        let mixed = sound.mixed();
        assert!(mixed.len() <= sound.samples.len());
        for index in 0..usize::from(sound.channels) {
            assert!(sound.channel(index).len() >= mixed.len());
        }
    }
});
