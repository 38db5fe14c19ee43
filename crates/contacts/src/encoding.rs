//! Which encoding a file is in.
//!
//! A byte order mark decides; else UTF-16 shows in where its zero bytes stand; else a file that is
//! UTF-8 from its first byte to its last is UTF-8; else the bytes that are not UTF-8 are judged:
//! Chinese text in GB18030, or UTF-8 with broken rows. The single-byte encodings are never
//! guessed, since any bytes are a text in them: they are taken only when the user names one.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, UTF_16BE};
use encoding_rs::{DecoderResult, UTF_16LE};

/// How a file's bytes become text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Detected {
    pub encoding: &'static Encoding,
    /// Bytes to skip at the front.
    pub mark_bytes: usize,
    /// To be told in the report.
    pub note: Option<String>,
}

/// What the bytes of a file say about their encoding, gathered in one pass over all of them.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    head: Vec<u8>,
    /// The bytes around the first few places that are not UTF-8.
    suspect: Vec<u8>,
    /// The start of a character whose rest is in the next block.
    carry: Vec<u8>,
    /// Multi-byte characters of UTF-8 that were well formed.
    utf8_characters: u64,
    /// Places that are not UTF-8.
    utf8_faults: u64,
}

const HEAD_BYTES: usize = 64 * 1024;
const SUSPECT_BYTES: usize = 256 * 1024;

impl Evidence {
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Takes the next block of the file.
    pub(crate) fn feed(&mut self, block: &[u8]) {
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(&block[..missing.min(block.len())]);
        if block.is_ascii() && self.carry.is_empty() {
            return;
        }
        let joined;
        let mut rest = if self.carry.is_empty() {
            block
        } else {
            let mut bytes = std::mem::take(&mut self.carry);
            bytes.extend_from_slice(block);
            joined = bytes;
            &joined
        };
        let faults_before = self.utf8_faults;
        let whole = rest;
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.utf8_characters += multi_byte_characters(text.as_bytes());
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    self.utf8_characters += multi_byte_characters(valid);
                    let Some(length) = error.error_len() else {
                        self.carry = after.to_vec();
                        break;
                    };
                    self.utf8_faults += 1;
                    rest = &after[length..];
                }
            }
        }
        if self.utf8_faults > faults_before {
            let missing = SUSPECT_BYTES.saturating_sub(self.suspect.len());
            // What is carried over comes again at the front of the next block.
            let new = whole.len() - self.carry.len();
            self.suspect.extend_from_slice(&whole[..missing.min(new)]);
        }
    }

    /// Decides, once the whole file was fed. `forced` is the user's word.
    pub(crate) fn decide(&self, forced: Option<&'static Encoding>) -> Detected {
        let detected = |encoding, mark_bytes| Detected { encoding, mark_bytes, note: None };
        let mark = Encoding::for_bom(&self.head);
        if let Some(encoding) = forced {
            let mark_bytes = mark.filter(|(marked, _)| *marked == encoding).map_or(0, |m| m.1);
            return detected(encoding, mark_bytes);
        }
        if let Some((encoding, mark_bytes)) = mark {
            return detected(encoding, mark_bytes);
        }
        if let Some(encoding) = utf_16(&self.head) {
            return detected(encoding, 0);
        }
        let faults = self.utf8_faults + u64::from(!self.carry.is_empty());
        if faults == 0 {
            return detected(UTF_8, 0);
        }
        // In another encoding hardly a character happens to be well-formed UTF-8.
        if self.utf8_characters >= faults {
            let note = format!("{faults} places are not UTF-8; their rows are rejected");
            return Detected { encoding: UTF_8, mark_bytes: 0, note: Some(note) };
        }
        let suspect = if self.suspect.is_empty() { &self.head } else { &self.suspect };
        let guess = guess(suspect);
        if guess == GB18030 {
            return detected(GB18030, 0);
        }
        let note = format!(
            "the file is read as UTF-8, but {faults} places are not; their rows are rejected; the \
             file may be in {}: name it with --encoding",
            guess.name().to_ascii_lowercase()
        );
        Detected { encoding: UTF_8, mark_bytes: 0, note: Some(note) }
    }
}

fn multi_byte_characters(valid: &[u8]) -> u64 {
    valid.iter().map(|&byte| u64::from(byte >= 0xC0)).sum()
}

/// UTF-16 without a mark: a list has digits and line ends, whose upper bytes are zero, and no
/// other text has zero bytes.
fn utf_16(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if pairs < 2 {
        None
    } else if odd * 10 >= pairs && even * 20 <= odd {
        Some(UTF_16LE)
    } else if even * 10 >= pairs && odd * 20 <= even {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The likeliest encoding of bytes that are not UTF-8.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let (decodes, common) = chinese(bytes);
    let other_asian = [BIG5, EUC_JP, EUC_KR, SHIFT_JIS].contains(&guess);
    let is_chinese = guess == GBK || guess == GB18030 || (common && !other_asian);
    if decodes && is_chinese { GB18030 } else { guess }
}

/// Whether the bytes are (almost) free of errors as GB18030, and whether most characters outside
/// of ASCII are of the two common levels of GB 2312, which chance hits rarely.
fn chinese(bytes: &[u8]) -> (bool, bool) {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() * 2);
    let (mut rest, mut errors) = (bytes, 0_usize);
    loop {
        text.reserve(rest.len() * 2 + 16);
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, false);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => errors += 1,
        }
    }
    let (mut characters, mut common) = (0_usize, 0_usize);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        let trail = bytes.get(at + 1).copied().unwrap_or(0xFF);
        characters += 1;
        common += usize::from((0xB0..=0xF7).contains(&bytes[at]) && trail >= 0xA1);
        at += 2;
    }
    (errors * 50 <= characters, common * 10 >= characters * 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(bytes: &[u8]) -> Detected {
        let mut evidence = Evidence::default();
        // Odd blocks, so that characters are cut in the middle.
        for block in bytes.chunks(7) {
            evidence.feed(block);
        }
        evidence.decide(None)
    }

    const CHINESE: &str = "姓名,手机\n王小明,13800138000\n李芳,13900139000\n";

    #[test]
    fn a_valid_utf_8_file_is_utf_8_with_and_without_a_mark() {
        assert_eq!(decide(CHINESE.as_bytes()).encoding, UTF_8);
        let marked = decide(format!("\u{FEFF}{CHINESE}").as_bytes());
        assert_eq!((marked.encoding, marked.mark_bytes), (UTF_8, 3));
        assert_eq!(decide(b"phone\n+442079460123\n").encoding, UTF_8);
    }

    #[test]
    fn utf_16_is_found_by_its_mark_and_by_its_zero_bytes() {
        let little: Vec<u8> = CHINESE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = CHINESE.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decide(&little).encoding, UTF_16LE);
        assert_eq!(decide(&big).encoding, UTF_16BE);
        let marked = [&[0xFF, 0xFE], little.as_slice()].concat();
        assert_eq!((decide(&marked).encoding, decide(&marked).mark_bytes), (UTF_16LE, 2));
    }

    #[test]
    fn chinese_in_gb18030_is_found_even_far_down_the_file() {
        let (bytes, _, _) = GB18030.encode(CHINESE);
        assert_eq!(decide(&bytes).encoding, GB18030);
        let late = ["name,phone\n".repeat(20_000).as_bytes(), &bytes].concat();
        assert_eq!(decide(&late).encoding, GB18030);
    }

    #[test]
    fn a_few_broken_bytes_do_not_turn_a_utf_8_file_into_another() {
        let mut bytes = CHINESE.as_bytes().to_vec();
        bytes.extend_from_slice(b"\xFF\xFE,13700137000\n");
        let detected = decide(&bytes);
        assert_eq!(detected.encoding, UTF_8);
        assert!(detected.note.is_some());
    }

    #[test]
    fn a_single_byte_encoding_is_never_guessed_but_named_in_the_note() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(
            "Name,Telefon\nMüller,+493012345678\nGrün,+493012345679\nKöhler,+493012345670\n",
        );
        let detected = decide(&bytes);
        assert_eq!(detected.encoding, UTF_8);
        assert!(detected.note.unwrap().contains("windows-1252"));
    }
}
