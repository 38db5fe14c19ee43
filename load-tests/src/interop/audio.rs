//! Audio for the tests, and whether what was heard is what was played.
//!
//! Samples are compared after companding (G.711 mu-law): that is what goes over the wire. This is
//! written independently of the program's own media code, which is under test.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use outcall_telephony::simulated::random::SplitMix64;

/// Samples per second.
pub(crate) const RATE_HZ: usize = 8_000;

/// How many samples are searched for to find where two recordings meet: 50 ms.
const KEY: usize = 400;

/// A packet, in samples: 20 ms.
const PACKET: usize = 160;

/// How far a recording is moved against the other at once, in samples: 200 ms.
const SHIFT_MAX: isize = 1_600;

/// The sample that a mu-law code stands for (ITU-T G.711, table 2a).
fn expand(code: u8) -> i16 {
    let code = !code;
    let segment = u32::from(code >> 4 & 7);
    let step = i32::from(code & 15);
    let magnitude = (((step << 3) + 0x84) << segment) - 0x84;
    let sample = if code & 0x80 == 0 { magnitude } else { -magnitude };
    i16::try_from(sample).unwrap_or(i16::MAX)
}

/// The mu-law code of a sample. The two zeros are one here: nobody hears the difference.
fn compand(sample: i16) -> u8 {
    const CLIP: i32 = 32_635;
    let wide = i32::from(sample);
    let biased = wide.abs().min(CLIP) + 0x84;
    let segment = (31 - biased.leading_zeros()).saturating_sub(7);
    let step = (biased >> (segment + 3)) & 15;
    let sign = if sample < 0 && biased >= 0x84 + 4 { 0x80 } else { 0 };
    !(sign | (segment << 4) as u8 | step as u8)
}

/// Noise at half the full level, in values that mu-law keeps as they are, so that every right codec
/// gives the same. Zero is left out: it has two codes.
pub(crate) fn noise(seed: u64, seconds: usize) -> Vec<i16> {
    let mut random = SplitMix64::from_words(&[seed]);
    let code = |draw: u64| {
        let magnitude = 0x10 + (draw & 0x5F) as u8;
        // Codes count down from the smallest magnitude; the top bit is the sign.
        (0x7F - magnitude) | ((draw >> 8 & 1) as u8) << 7
    };
    (0..seconds * RATE_HZ).map(|_| expand(code(random.below(1 << 16)))).collect()
}

/// Writes a WAV file, mono, 16 bits, 8 kHz.
pub(crate) fn write(file: &Path, samples: &[i16]) -> Result<()> {
    let size = u32::try_from(samples.len() * 2)?;
    let rate = RATE_HZ as u32;
    let mut bytes = Vec::with_capacity(44 + samples.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1_u16, 1].iter().flat_map(|field| field.to_le_bytes()));
    bytes.extend([rate, rate * 2].iter().flat_map(|field| field.to_le_bytes()));
    bytes.extend([2_u16, 16].iter().flat_map(|field| field.to_le_bytes()));
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    fs_err::write(file, bytes)?;
    Ok(())
}

/// The channels of a WAV file of 8 kHz, in 16 bits or mu-law.
pub(crate) fn read(file: &Path) -> Result<Vec<Vec<i16>>> {
    let bytes = fs_err::read(file)?;
    parse(&bytes).with_context(|| format!("{}", file.display()))
}

fn parse(bytes: &[u8]) -> Result<Vec<Vec<i16>>> {
    ensure!(bytes.get(..4) == Some(b"RIFF") && bytes.get(8..12) == Some(b"WAVE"), "no WAV file");
    let (mut at, mut channels, mut companded) = (12, 0, false);
    while let (Some(name), Some(size)) = (bytes.get(at..at + 4), bytes.get(at + 4..at + 8)) {
        let size = u32::from_le_bytes(size.try_into()?) as usize;
        let rest = &bytes[at + 8..];
        // A file that was cut off, or is still being written, holds what it holds.
        let body = &rest[..size.min(rest.len())];
        let field =
            |at: usize| body.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        match name {
            b"fmt " => {
                channels = usize::from(field(2).context("no channels")?);
                let rate = field(4).context("no rate")?;
                ensure!(usize::from(rate) == RATE_HZ, "{rate} Hz, not {RATE_HZ}");
                companded = field(0) == Some(7);
                let bits = if companded { 8 } else { 16 };
                ensure!(field(14) == Some(bits), "{:?} bits a sample, not {bits}", field(14));
            }
            b"data" if channels > 0 => {
                let linear = |two: &[u8]| i16::from_le_bytes([two[0], two[1]]);
                let samples: Vec<i16> = if companded {
                    body.iter().map(|&code| expand(code)).collect()
                } else {
                    body.chunks_exact(2).map(linear).collect()
                };
                let channel = |nth| samples.iter().skip(nth).step_by(channels).copied().collect();
                return Ok((0..channels).map(channel).collect());
            }
            _ => {}
        }
        at += 8 + size + size % 2;
    }
    bail!("the file has no samples");
}

/// How alike two recordings are where they overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Likeness {
    /// How many samples stand opposite each other.
    pub compared: usize,
    /// How many of them are equal.
    pub equal: usize,
    /// The most that are equal in a row.
    pub longest: usize,
    /// How often the one had to be moved against the other: a jitter buffer that grows or shrinks
    /// in the middle of a call does that.
    pub shifts: usize,
}

/// Lays the played samples over the heard ones where most of 50 ms agree, and compares all of them,
/// a packet at a time; where they no longer agree it looks for a place nearby where they do. None
/// when no place is found for the beginning.
pub(crate) fn align(played: &[i16], heard: &[i16]) -> Option<Likeness> {
    let played: Vec<u8> = played.iter().map(|&sample| compand(sample)).collect();
    let heard: Vec<u8> = heard.iter().map(|&sample| compand(sample)).collect();
    // From the first second, which a call cannot have been too short for.
    let key_at = (RATE_HZ / 2).min(played.len().checked_sub(KEY)? / 2);
    let key = &played[key_at..key_at + KEY];
    let at = find(key, &heard, 0..heard.len())?;
    let mut offset = signed(at) - signed(key_at);
    let mut likeness = Likeness { compared: 0, equal: 0, longest: 0, shifts: 0 };
    let mut row = 0;
    for (nth, packet) in played.chunks(PACKET).enumerate() {
        let start = nth * PACKET;
        if agreeing(packet, &heard, signed(start) + offset) * 2 < packet.len()
            && let Some(moved) = moved(&played[start..], &heard, signed(start) + offset)
        {
            offset += moved;
            likeness.shifts += 1;
            row = 0;
        }
        for (nth, played) in packet.iter().enumerate() {
            let place = usize::try_from(signed(start + nth) + offset).ok();
            let Some(heard) = place.and_then(|place| heard.get(place)) else { continue };
            likeness.compared += 1;
            row = if played == heard { row + 1 } else { 0 };
            likeness.equal += usize::from(played == heard);
            likeness.longest = likeness.longest.max(row);
        }
    }
    Some(likeness)
}

/// How far from where it should be the beginning of what was played is heard, if it is nearby.
fn moved(played: &[u8], heard: &[u8], should_be: isize) -> Option<isize> {
    let key = played.get(..KEY)?;
    let from = usize::try_from(should_be - SHIFT_MAX).unwrap_or(0);
    let to = usize::try_from(should_be + SHIFT_MAX).ok()?;
    let at = find(key, heard, from..to)?;
    Some(signed(at) - should_be).filter(|&moved| moved != 0)
}

/// Where most of a key agrees best with what was heard, of the places that it may begin at.
fn find(key: &[u8], heard: &[u8], places: Range<usize>) -> Option<usize> {
    let agree = |at: usize| (agreeing(key, heard, signed(at)), at);
    let last = heard.len().checked_sub(key.len())?;
    let places = places.start..places.end.min(last + 1);
    let (count, at) = places.map(agree).max_by_key(|&(count, at)| (count, usize::MAX - at))?;
    (count * 2 >= key.len()).then_some(at)
}

fn agreeing(key: &[u8], heard: &[u8], at: isize) -> usize {
    let inside = usize::try_from(at).ok().and_then(|at| heard.get(at..));
    inside.map_or(0, |heard| key.iter().zip(heard).filter(|(a, b)| a == b).count())
}

fn signed(place: usize) -> isize {
    isize::try_from(place).unwrap_or(isize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_but_the_second_zero_survives_expansion() {
        for code in 0..=255 {
            let expected = if code == 0x7F { 0xFF } else { code };
            assert_eq!(compand(expand(code)), expected, "{code:#x}");
        }
        assert_eq!((expand(0x80), expand(0x00)), (32_124, -32_124));
    }

    #[test]
    fn noise_is_loud_varied_and_without_zeros() {
        let noise = noise(1, 1);
        assert_eq!(noise.len(), RATE_HZ);
        assert!(noise.iter().all(|&sample| sample != 0 && sample.unsigned_abs() < 17_000));
        assert!(noise.iter().filter(|&&sample| sample > 4_000).count() > RATE_HZ / 20);
        assert_ne!(noise, super::noise(2, 1));
    }

    #[test]
    fn a_file_reads_back_and_so_does_one_with_two_channels() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        write(&file, &[1, -2, 3, -4]).unwrap();
        assert_eq!(read(&file).unwrap(), [[1, -2, 3, -4]]);
        let mut bytes = fs_err::read(&file).unwrap();
        bytes[22] = 2;
        assert_eq!(parse(&bytes).unwrap(), [[1, 3], [-2, -4]]);
        assert!(parse(&bytes[..30]).is_err() && parse(b"RIFFxxxxWAVEfmt ").is_err());
    }

    #[test]
    fn a_shifted_recording_is_found_and_a_lost_packet_counts() {
        let played = noise(1, 2);
        let mut heard = vec![0; 777];
        heard.extend(&played);
        let all = played.len();
        let whole = Likeness { compared: all, equal: all, longest: all, shifts: 0 };
        assert_eq!(align(&played, &heard), Some(whole));
        heard[777 + 12_000..777 + 12_160].fill(0);
        let holed = Likeness { compared: all, equal: all - 160, longest: 12_000, shifts: 0 };
        assert_eq!(align(&played, &heard), Some(holed));
        // The beginning is missing.
        let late = align(&played, &played[1_000..]).unwrap();
        assert_eq!((late.compared, late.longest), (all - 1_000, all - 1_000));
    }

    #[test]
    fn a_buffer_that_shrinks_and_grows_moves_what_follows_and_that_is_counted() {
        let played = noise(1, 4);
        // 60 ms are left out after 1 s, and 40 ms put in after 2 s more.
        let shorter = [&played[..8_000], &played[8_480..24_000]].concat();
        let heard = [&shorter[..], &[0; 320], &played[24_000..]].concat();
        let likeness = align(&played, &heard).unwrap();
        assert_eq!(likeness.shifts, 2);
        let equal_pct = likeness.equal as f64 * 100.0 / likeness.compared as f64;
        assert!((95.0..100.0).contains(&equal_pct), "{equal_pct}");
        assert!(likeness.longest >= 15_000, "{likeness:?}");
        // Noise of another kind is nowhere.
        let other = [&played[..8_000], &noise(2, 3)[..]].concat();
        let half = align(&played, &other).unwrap();
        assert!(half.shifts == 0 && half.equal < half.compared / 3, "{half:?}");
    }

    #[test]
    fn strangers_are_not_alike() {
        assert_eq!(align(&noise(1, 2), &noise(2, 2)), None);
        assert_eq!(align(&noise(1, 2), &[]), None);
        assert_eq!(align(&[], &noise(1, 1)), None);
    }
}
