//! Packets in any order, of any length, at any time: blocks come out, and nothing grows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_media::jitter::{BLOCK, JitterBuffer, JitterSettings};

fuzz_target!(|bytes: &[u8]| {
    let mut buffer = JitterBuffer::new(JitterSettings::default());
    let mut block = [0; BLOCK];
    let samples = [100; 4_000];
    let mut now = 0_u32;
    for step in bytes.chunks_exact(6) {
        let sequence = u16::from_le_bytes([step[0], step[1]]);
        let timestamp = u32::from(step[2]) * 80 + (u32::from(step[3]) << 24);
        now = now.wrapping_add(u32::from(step[4]) * 8);
        match step[5] % 8 {
            0 => buffer.restart(),
            1 => buffer.pass(sequence),
            2 | 3 => drop(buffer.pull(&mut block)),
            length => {
                let length = usize::from(length) * 400;
                let _ = buffer.insert(sequence, timestamp, &samples[..length], now);
            }
        }
        assert!(buffer.target_ms() <= JitterSettings::MAX_MS);
    }
});
