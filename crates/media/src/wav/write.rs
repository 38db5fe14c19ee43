//! Writing a file while its audio comes in.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::WavError;

const HEADER_SIZE: u32 = 44;
/// What a length says until the file is closed. Readers take it for "to the end of the file", so
/// that a file whose process was killed can still be heard.
const LENGTH_UNKNOWN: u32 = u32::MAX;
/// The form cannot say more. At 8 kHz in stereo that is 37 hours.
const DATA_SIZE_MAX: u32 = LENGTH_UNKNOWN - HEADER_SIZE;

/// A WAV file of 16-bit PCM that is being written. Writes go straight to the file: give it blocks.
#[derive(Debug)]
pub struct WavWriter {
    file: fs_err::File,
    data_size: u32,
}

impl WavWriter {
    /// Creates or replaces the file and writes its header.
    ///
    /// # Errors
    /// When the file cannot be created or written; the error names it.
    pub fn create(path: &Path, rate_hz: u32, channels: u16) -> Result<Self, WavError> {
        let mut file = fs_err::File::create(path)?;
        file.write_all(&header(rate_hz, channels))?;
        Ok(Self { file, data_size: 0 })
    }

    /// Appends samples that are already in the file's form: 16 bits, the low byte first, channels
    /// in turn.
    ///
    /// # Errors
    /// When the disk refuses, or the file would be larger than the form can say (4 GiB).
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), WavError> {
        let grown =
            u32::try_from(bytes.len()).ok().and_then(|size| self.data_size.checked_add(size));
        let Some(size) = grown.filter(|&size| size <= DATA_SIZE_MAX) else {
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
        self.file.seek(SeekFrom::Start(4))?;
        self.file.write_all(&(self.data_size + HEADER_SIZE - 8).to_le_bytes())?;
        self.file.seek(SeekFrom::Start(u64::from(HEADER_SIZE) - 4))?;
        self.file.write_all(&self.data_size.to_le_bytes())?;
        Ok(())
    }
}

fn header(rate_hz: u32, channels: u16) -> Vec<u8> {
    let frame_size = channels * 2;
    let mut bytes = Vec::with_capacity(HEADER_SIZE as usize);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&LENGTH_UNKNOWN.to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes()); // linear PCM
    bytes.extend_from_slice(&channels.to_le_bytes());
    bytes.extend_from_slice(&rate_hz.to_le_bytes());
    bytes.extend_from_slice(&(rate_hz * u32::from(frame_size)).to_le_bytes());
    bytes.extend_from_slice(&frame_size.to_le_bytes());
    bytes.extend_from_slice(&16_u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&LENGTH_UNKNOWN.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::*;

    #[test]
    fn a_file_can_be_read_while_it_is_written_and_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let mut writer = WavWriter::create(&path, 8_000, 2).unwrap();
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
    fn a_file_that_cannot_be_created_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/call.wav");
        let text = WavWriter::create(&path, 8_000, 2).unwrap_err().to_string();
        assert!(text.contains("missing/call.wav"), "{text}");
    }
}
