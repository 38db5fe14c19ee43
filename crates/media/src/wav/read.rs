//! From the bytes of a file to samples. The bytes come from outside: nothing here trusts a length.

use super::{Coding, Sound, WavError};
use crate::g711::Law;

const EXTENSIBLE: u16 = 0xFFFE;
const RATES_HZ: [u32; 6] = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000];
/// `RIFF`, a length, `WAVE`.
const FILE_HEADER: usize = 12;
/// A name and a length.
const CHUNK_HEADER: usize = 8;

/// Decodes a whole file in memory.
///
/// A data chunk that claims more than there is ends with the file: so does a recording whose
/// process was killed before it could write the length.
///
/// # Errors
/// When this is not a WAV file of a form that [`super::read`] takes.
pub fn decode(bytes: &[u8]) -> Result<Sound, WavError> {
    if bytes.len() < FILE_HEADER || &bytes[..4] != b"RIFF" || &bytes[8..FILE_HEADER] != b"WAVE" {
        return Err(WavError::NotWav);
    }
    let mut form = None;
    let mut offset = FILE_HEADER;
    while let Some(chunk) = Chunk::at(bytes, offset) {
        match (chunk.name, &form) {
            (b"fmt ", _) => form = Some(Form::parse(&chunk)?),
            (b"data", Some(form)) => return Ok(form.decode(chunk.body)),
            (b"data", None) => return Err(chunk.wrong("audio comes before its format ('fmt ')")),
            _ => {}
        }
        offset = chunk.next;
    }
    let missing = if form.is_some() { "data" } else { "fmt " };
    let problem = "not found before the end of the file".to_owned();
    Err(WavError::Chunk { chunk: missing.to_owned(), offset: bytes.len(), problem })
}

struct Chunk<'a> {
    name: &'a [u8; 4],
    offset: usize,
    body: &'a [u8],
    next: usize,
}

impl<'a> Chunk<'a> {
    fn at(bytes: &'a [u8], offset: usize) -> Option<Self> {
        let rest = bytes.get(offset..)?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let body = &rest[..length.min(rest.len())];
        // Chunks begin at even offsets.
        let next = offset + CHUNK_HEADER + length + length % 2;
        Some(Self { name, offset, body, next })
    }

    fn wrong(&self, problem: impl Into<String>) -> WavError {
        WavError::Chunk {
            chunk: String::from_utf8_lossy(self.name).into_owned(),
            offset: self.offset,
            problem: problem.into(),
        }
    }

    fn u16_at(&self, offset: usize) -> Option<u16> {
        let bytes = self.body.get(offset..)?.first_chunk::<2>()?;
        Some(u16::from_le_bytes(*bytes))
    }

    fn u32_at(&self, offset: usize) -> Option<u32> {
        let bytes = self.body.get(offset..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    }
}

struct Form {
    coding: Coding,
    channels: u16,
    rate_hz: u32,
}

impl Form {
    fn parse(chunk: &Chunk<'_>) -> Result<Self, WavError> {
        let short = || chunk.wrong(format!("{} bytes, at least 16 needed", chunk.body.len()));
        let mut tag = chunk.u16_at(0).ok_or_else(short)?;
        let channels = chunk.u16_at(2).ok_or_else(short)?;
        let rate_hz = chunk.u32_at(4).ok_or_else(short)?;
        let bits = chunk.u16_at(14).ok_or_else(short)?;
        if tag == EXTENSIBLE {
            // The sub-format's first two bytes are the tag that the plain form would have.
            tag = chunk.u16_at(24).ok_or_else(|| chunk.wrong("extensible form without a tag"))?;
        }
        let codings = [Coding::Linear16, Coding::Law(Law::A), Coding::Law(Law::Mu)];
        let fits = |coding: &Coding| (coding.tag(), coding.size() * 8) == (tag, bits);
        let Some(coding) = codings.into_iter().find(fits) else {
            let problem = format!(
                "coding {tag} with {bits} bits: save as 16-bit PCM, or 8-bit mu-law or A-law"
            );
            return Err(chunk.wrong(problem));
        };
        if !(1..=2).contains(&channels) {
            return Err(chunk.wrong(format!("{channels} channels: save with one or two")));
        }
        if !RATES_HZ.contains(&rate_hz) {
            let problem = format!("{rate_hz} samples a second: save with one of {RATES_HZ:?}");
            return Err(chunk.wrong(problem));
        }
        Ok(Self { coding, channels, rate_hz })
    }

    fn decode(&self, body: &[u8]) -> Sound {
        let mut samples: Vec<i16> = match self.coding {
            Coding::Linear16 => {
                body.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
            }
            Coding::Law(law) => body.iter().map(|&byte| law.decode(byte)).collect(),
        };
        // A file cut in the middle of a frame: both channels keep the same length.
        samples.truncate(samples.len() / usize::from(self.channels) * usize::from(self.channels));
        Sound { rate_hz: self.rate_hz, channels: self.channels, samples }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(tag: u16, channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEjunk\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&channels.to_le_bytes());
        bytes.extend_from_slice(&rate_hz.to_le_bytes());
        bytes.extend_from_slice(&[0; 6]);
        bytes.extend_from_slice(&bits.to_le_bytes());
        bytes.extend_from_slice(b"data");
        bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn linear_stereo_is_read_past_a_chunk_of_odd_length() {
        let sound = decode(&file(1, 2, 16_000, 16, &[1, 0, 2, 0, 3, 0, 4, 0, 9])).unwrap();
        assert_eq!(sound, Sound { rate_hz: 16_000, channels: 2, samples: vec![1, 2, 3, 4] });
        assert_eq!(sound.channel(1), [2, 4]);
        assert_eq!(sound.mixed(), [1, 3]);
    }

    #[test]
    fn both_laws_are_read() {
        for (tag, law) in [(6, Law::A), (7, Law::Mu)] {
            let sound = decode(&file(tag, 1, 8_000, 8, &[0x12, 0xF0])).unwrap();
            assert_eq!(sound.samples, [law.decode(0x12), law.decode(0xF0)]);
        }
    }

    #[test]
    fn audio_that_claims_more_than_the_file_holds_ends_with_the_file() {
        let mut bytes = file(1, 1, 8_000, 16, &[5, 0, 6, 0]);
        let length_at = bytes.len() - 8;
        bytes[length_at..length_at + 4].copy_from_slice(&[0xFF; 4]);
        assert_eq!(decode(&bytes).unwrap().samples, [5, 6]);
    }

    #[test]
    fn an_error_names_the_chunk_its_offset_and_the_way_out() {
        let text = decode(&file(3, 1, 8_000, 32, &[])).unwrap_err().to_string();
        assert_eq!(
            text,
            "chunk 'fmt ' at offset 24: coding 3 with 32 bits: save as 16-bit PCM, \
             or 8-bit mu-law or A-law"
        );
        let text = decode(b"RIFF\0\0\0\0WAVEdata\0\0\0\0").unwrap_err().to_string();
        assert!(text.starts_with("chunk 'data' at offset 12: audio comes before"), "{text}");
        let text = decode(b"RIFF\0\0\0\0WAVE").unwrap_err().to_string();
        assert!(text.starts_with("chunk 'fmt ' at offset 12: not found"), "{text}");
    }

    proptest! {
        #[test]
        fn no_file_causes_a_panic(
            head in prop::bool::ANY,
            mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            if head {
                let mut whole = file(1, 2, 8_000, 16, &bytes);
                let cut = bytes.len() * 7 % whole.len();
                whole.truncate(cut);
                bytes = whole;
            }
            drop(decode(&bytes)); // only its panics matter here
        }
    }
}
