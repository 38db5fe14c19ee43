//! A kept sound as a file: WAV of 16 bits at 8 kHz, with the hash of its samples in a chunk of its
//! own at the end, which players pass over.

use sha2::{Digest, Sha256};

use crate::synthesis::RATE_HZ;

/// Bytes before the samples.
const HEADER: usize = 44;
/// The chunk of the hash: its name, its length, and the hash.
const TAIL: usize = 8 + 32;

/// The file of samples.
pub fn encode(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut out = header(data.len());
    out.extend_from_slice(&data);
    out.extend_from_slice(b"hash");
    out.extend_from_slice(&32_u32.to_le_bytes());
    out.extend_from_slice(&Sha256::digest(&data));
    out
}

/// The samples of a file that is as [`encode`] writes it, and not damaged.
pub fn decode(bytes: &[u8]) -> Option<Vec<i16>> {
    let (rest, hash) = bytes.split_last_chunk::<32>()?;
    let rest = rest.strip_suffix(&32_u32.to_le_bytes())?.strip_suffix(b"hash")?;
    let (head, data) = rest.split_at_checked(HEADER)?;
    let is_whole = head == header(data.len()) && Sha256::digest(data)[..] == hash[..];
    let sample = |pair: &[u8]| i16::from_le_bytes([pair[0], pair[1]]);
    is_whole.then(|| data.chunks_exact(2).map(sample).collect())
}

/// The header of a WAV file of one channel with this many bytes of samples.
fn header(size: usize) -> Vec<u8> {
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(HEADER);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&size.saturating_add((HEADER - 8 + TAIL) as u32).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    // Linear, one channel.
    out.extend_from_slice(&[1, 0, 1, 0]);
    out.extend_from_slice(&RATE_HZ.to_le_bytes());
    out.extend_from_slice(&(2 * RATE_HZ).to_le_bytes());
    // Two bytes, sixteen bits.
    out.extend_from_slice(&[2, 0, 16, 0]);
    out.extend_from_slice(b"data");
    out.extend_from_slice(&size.to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_wav_file_that_others_read() {
        let wanted: Vec<i16> = (-500..500).collect();
        let bytes = encode(&wanted);
        assert_eq!(decode(&bytes).as_deref(), Some(wanted.as_slice()));
        let sound = outcall_media::wav::decode(&bytes).unwrap();
        assert_eq!((sound.rate_hz, sound.channels, sound.samples), (RATE_HZ, 1, wanted));
    }
}
