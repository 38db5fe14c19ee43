//! A file's bytes as text, in bounded memory, with every undecodable place noted.

use std::collections::VecDeque;
use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};

use crate::encoding::Detected;

const BLOCK_BYTES: usize = 64 * 1024;

/// The decoded text of a stream, a window at a time.
///
/// What cannot be decoded becomes U+FFFD, and its place is kept, so that the row that it is in can
/// be rejected: nothing is replaced silently.
pub(crate) struct TextReader<'a> {
    input: Box<dyn Read + 'a>,
    decoder: Decoder,
    block: Vec<u8>,
    at_end: bool,
    text: String,
    start: usize,
    /// How much text was consumed before `text[start]`.
    consumed: u64,
    /// Where replacements stand, counted like `consumed`, in order.
    faults: VecDeque<u64>,
    bytes_read: u64,
}

impl<'a> TextReader<'a> {
    pub(crate) fn new(input: Box<dyn Read + 'a>, detected: &Detected) -> io::Result<Self> {
        let mut reader = Self {
            input,
            decoder: detected.encoding.new_decoder_without_bom_handling(),
            block: vec![0; BLOCK_BYTES],
            at_end: false,
            text: String::new(),
            start: 0,
            consumed: 0,
            faults: VecDeque::new(),
            bytes_read: 0,
        };
        let mut mark = [0; 4];
        reader.input.read_exact(&mut mark[..detected.mark_bytes])?;
        reader.bytes_read = detected.mark_bytes as u64;
        Ok(reader)
    }

    /// The text that is decoded and not yet consumed.
    pub(crate) fn unread(&self) -> &str {
        &self.text[self.start..]
    }

    /// Moves on by this many bytes of text.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start += bytes;
        self.consumed += bytes as u64;
        while self.faults.front().is_some_and(|&fault| fault < self.consumed) {
            self.faults.pop_front();
        }
    }

    /// The first replacement within the next `bytes` of text, relative to the unread text.
    pub(crate) fn fault_within(&self, bytes: usize) -> Option<usize> {
        let relative = usize::try_from(self.faults.front()?.checked_sub(self.consumed)?).ok()?;
        (relative < bytes).then_some(relative)
    }

    /// Bytes of the file read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Decodes another block onto the unread text; `false` at the end of the file.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        if self.at_end {
            return Ok(false);
        }
        self.text.drain(..self.start);
        self.start = 0;
        self.text.shrink_to(4 * BLOCK_BYTES.max(self.text.len()));
        // Of what is unread, only the first fault can matter: rows are judged as a whole, and a
        // fill means that no row ends in it.
        self.faults.truncate(1);
        let count = loop {
            match self.input.read(&mut self.block) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.bytes_read += count as u64;
        self.at_end = count == 0;
        self.decode(count);
        Ok(true)
    }

    fn decode(&mut self, count: usize) {
        let mut rest = &self.block[..count];
        loop {
            let room = self.decoder.max_utf8_buffer_length_without_replacement(rest.len());
            self.text.reserve(room.unwrap_or(4 * BLOCK_BYTES));
            let (result, read) = self.decoder.decode_to_string_without_replacement(
                rest,
                &mut self.text,
                self.at_end,
            );
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.faults.push_back(self.consumed + (self.text.len() - self.start) as u64);
                    self.text.push('\u{FFFD}');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16LE};

    use super::*;

    fn decode(bytes: &[u8], encoding: &'static Encoding) -> (String, Vec<u64>) {
        let detected = Detected { encoding, mark_bytes: 0, note: None };
        let mut reader = TextReader::new(Box::new(bytes), &detected).unwrap();
        while reader.fill().unwrap() {}
        (reader.unread().to_owned(), reader.faults.iter().copied().collect())
    }

    #[test]
    fn what_cannot_be_decoded_is_noted_where_it_stands() {
        let (text, faults) = decode(b"ab\xFFcd", UTF_8);
        assert_eq!((text.as_str(), faults), ("ab\u{FFFD}cd", vec![2]));
        let (text, faults) = decode("a\u{FFFD}b".as_bytes(), UTF_8);
        assert_eq!((text.as_str(), faults), ("a\u{FFFD}b", vec![]), "a real one is no fault");
    }

    #[test]
    fn a_character_cut_off_at_the_end_is_a_fault() {
        assert_eq!(decode(b"ab\xE7\x8E", UTF_8).1, [2]);
        assert_eq!(decode(b"a\0b", UTF_16LE).1, [1]);
        assert_eq!(decode(&GB18030.encode("王").0[..1], GB18030).1, [0]);
    }

    #[test]
    fn a_text_longer_than_a_block_comes_out_whole() {
        let long = "王小明🦀".repeat(BLOCK_BYTES / 7);
        assert_eq!(decode(long.as_bytes(), UTF_8), (long, vec![]));
    }
}
