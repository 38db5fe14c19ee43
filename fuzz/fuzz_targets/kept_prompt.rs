//! Any bytes as a kept prompt: what is read is what was written, byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_speech::synthesis::cache::format;

fuzz_target!(|bytes: &[u8]| {
    if let Some(samples) = format::decode(bytes) {
        assert_eq!(format::encode(&samples), bytes);
    }
    // Few inputs carry the right hash: the same samples, whole and with a byte changed.
    let samples: Vec<i16> = bytes.chunks(2).map(|pair| i16::from(pair[0])).collect();
    let mut file = format::encode(&samples);
    assert_eq!(format::decode(&file), Some(samples));
    let place = bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>() % file.len();
    file[place] ^= 1;
    assert_eq!(format::decode(&file), None);
});
