//! Writing a file while its audio comes in.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::{Coding, WavError};

/// What a length says until the file is closed. Readers take it for "to the end of the file", so
/// that a file whose process was killed can still be heard.
const LENGTH_UNKNOWN: u32 = u32::MAX;
/// `RIFF` and its length, which counts everything after it.
const RIFF_HEADER: u32 = 8;
/// The number of samples in front of the data chunk's header (name and length).
const BEFORE_DATA: i64 = -12;

/// A WAV file that is being written. Writes go straight to the file: give it blocks.
#[derive(Debug)]
pub struct WavWriter {
    file: fs_err::File,
    coding: Coding,
    /// Bytes of a sample of all channels.
    frame_size: u32,
    header_size: u32,
    data_size: u32,
}

impl WavWriter {
    /// Creates or replaces the file and writes its header.
    ///
    /// # Errors
    /// When the file cannot be created or written; the error names it.
    pub fn create(
        path: &Path,
        coding: Coding,
        rate_hz: u32,
        channels: u16,
    ) -> Result<Self, WavError> {
        let mut file = fs_err::File::create(path)?;
        let header = header(coding, rate_hz, channels);
        file.write_all(&header)?;
        let frame_size = u32::from(channels) * u32::from(coding.size());
        Ok(Self { file, coding, frame_size, header_size: header.len() as u32, data_size: 0 })
    }

    /// Appends samples that are already in the file's coding, channels in turn.
    ///
    /// # Errors
    /// When the disk refuses, or the file would be larger than the form can say: 4 GiB, 74 hours
    /// of G.711 in stereo.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), WavError> {
        let grown =
            u32::try_from(bytes.len()).ok().and_then(|size| self.data_size.checked_add(size));
        let max = LENGTH_UNKNOWN - self.header_size - 1;
        let Some(size) = grown.filter(|&size| size <= max) else {
            return Err(io::Error::other("a WAV file cannot hold more than 4 GiB").into());
        };
        self.file.write_all(bytes)?;
        self.data_size = size;
        Ok(())
    }

    /// Writes the lengths into the header and closes the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> Result<(), WavError> {
        // Chunks have an even length; what fills one up does not count as its own.
        let padding = self.data_size % 2;
        self.file.write_all(&[0][..padding as usize])?;
        let size = self.header_size - RIFF_HEADER + self.data_size + padding;
        self.file.seek(SeekFrom::Start(4))?;
        self.file.write_all(&size.to_le_bytes())?;
        self.file.seek(SeekFrom::Start(u64::from(self.header_size)))?;
        if self.coding != Coding::Linear16 {
            let frames = self.data_size / self.frame_size.max(1);
            self.file.seek(SeekFrom::Current(BEFORE_DATA))?;
            self.file.write_all(&frames.to_le_bytes())?;
            self.file.seek(SeekFrom::Start(u64::from(self.header_size)))?;
        }
        self.file.seek(SeekFrom::Current(-4))?;
        self.file.write_all(&self.data_size.to_le_bytes())?;
        Ok(())
    }
}

/// All up to the first sample. Forms other than linear PCM also say how many bytes follow their
/// format (none) and how many samples there are ("New Multimedia Data Types and Data Techniques",
/// revision 3.0, Microsoft, 1994).
fn header(coding: Coding, rate_hz: u32, channels: u16) -> Vec<u8> {
    let frame_size = channels * coding.size();
    let linear = coding == Coding::Linear16;
    let mut bytes = Vec::with_capacity(58);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&LENGTH_UNKNOWN.to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&if linear { 16_u32 } else { 18 }.to_le_bytes());
    bytes.extend_from_slice(&coding.tag().to_le_bytes());
    bytes.extend_from_slice(&channels.to_le_bytes());
    bytes.extend_from_slice(&rate_hz.to_le_bytes());
    bytes.extend_from_slice(&(rate_hz * u32::from(frame_size)).to_le_bytes());
    bytes.extend_from_slice(&frame_size.to_le_bytes());
    bytes.extend_from_slice(&(8 * coding.size()).to_le_bytes());
    if !linear {
        bytes.extend_from_slice(&0_u16.to_le_bytes());
        bytes.extend_from_slice(b"fact");
        bytes.extend_from_slice(&4_u32.to_le_bytes());
        bytes.extend_from_slice(&LENGTH_UNKNOWN.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&LENGTH_UNKNOWN.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::*;
    use crate::g711::Law;

    #[test]
    fn a_file_can_be_read_while_it_is_written_and_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let mut writer = WavWriter::create(&path, Coding::Linear16, 8_000, 2).unwrap();
        writer.append(&[1, 0, 2, 0]).unwrap();
        writer.append(&[3, 0, 4, 0]).unwrap();
        let killed = decode(&fs_err::read(&path).unwrap()).unwrap();
        assert_eq!(killed.samples, [1, 2, 3, 4]);
        writer.finish().unwrap();
        let bytes = fs_err::read(&path).unwrap();
        assert_eq!(bytes[40..44], 8_u32.to_le_bytes(), "length of the audio");
        assert_eq!(bytes[4..8], 44_u32.to_le_bytes(), "length of the rest of the file");
        assert_eq!(decode(&bytes).unwrap(), killed);
        assert_eq!((killed.rate_hz, killed.channels), (8_000, 2));
    }

    #[test]
    fn a_file_of_a_law_holds_its_codes_and_says_how_many() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        for law in [Law::Mu, Law::A] {
            let mut writer = WavWriter::create(&path, Coding::Law(law), 8_000, 1).unwrap();
            writer.append(&[0x12, 0xF0, 0x55]).unwrap();
            writer.finish().unwrap();
            let bytes = fs_err::read(&path).unwrap();
            assert_eq!(bytes.len(), 58 + 4, "filled up to an even length");
            assert_eq!(bytes[4..8], 54_u32.to_le_bytes(), "length of the rest of the file");
            assert_eq!(bytes[46..50], 3_u32.to_le_bytes(), "samples");
            assert_eq!(bytes[54..58], 3_u32.to_le_bytes(), "length of the audio");
            let sound = decode(&bytes).unwrap();
            assert_eq!(sound.samples, [0x12, 0xF0, 0x55].map(|code| law.decode(code)));
        }
    }

    #[test]
    fn a_file_that_cannot_be_created_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/call.wav");
        let text = WavWriter::create(&path, Coding::Linear16, 8_000, 2).unwrap_err().to_string();
        assert!(text.contains("missing/call.wav"), "{text}");
    }
}
