//! G.711: the two companding laws of telephony, eight bits a sample at 8,000 samples a second
//! (ITU-T G.711, November 1988, tables 1a to 2b).
//!
//! Both directions are table look-ups. A decode table has 256 entries. An encode table has one
//! entry for each value that the law can tell apart: 14 bits for mu-law (16 KiB), 12 bits for
//! A-law (4 KiB), so that the tables stay in a core's first caches beside the packets.

use serde::{Deserialize, Serialize};

/// A companding law of G.711.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Mu-law, "PCMU": North America and Japan.
    Mu,
    /// A-law, "PCMA": the rest of the world and all international links.
    A,
}

/// Samples in a second of either law, and the RTP clock of both (RFC 3551 section 6, table 4).
pub const CLOCK_HZ: u32 = 8_000;

impl Law {
    /// The 16-bit linear sample of a code.
    #[must_use]
    pub fn decode(self, code: u8) -> i16 {
        self.decode_table()[usize::from(code)]
    }

    /// The code whose interval holds a 16-bit linear sample.
    #[must_use]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => MU_ENCODE[mu_index(sample)],
            Self::A => A_ENCODE[a_index(sample)],
        }
    }

    /// Decodes as many codes as both slices have room for; returns how many.
    pub fn decode_into(self, codes: &[u8], samples: &mut [i16]) -> usize {
        let table = self.decode_table();
        for (sample, code) in samples.iter_mut().zip(codes) {
            *sample = table[usize::from(*code)];
        }
        samples.len().min(codes.len())
    }

    /// Encodes as many samples as both slices have room for; returns how many.
    pub fn encode_into(self, samples: &[i16], codes: &mut [u8]) -> usize {
        match self {
            Self::Mu => {
                for (code, sample) in codes.iter_mut().zip(samples) {
                    *code = MU_ENCODE[mu_index(*sample)];
                }
            }
            Self::A => {
                for (code, sample) in codes.iter_mut().zip(samples) {
                    *code = A_ENCODE[a_index(*sample)];
                }
            }
        }
        samples.len().min(codes.len())
    }

    /// The code of silence: that of the sample zero.
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Self::Mu => 0xff,
            Self::A => 0xd5,
        }
    }

    /// The static RTP payload type (RFC 3551 section 6, table 4).
    #[must_use]
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Mu => 0,
            Self::A => 8,
        }
    }

    /// The encoding's name in SDP (RFC 3551 section 4.5.14).
    #[must_use]
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Self::Mu => "PCMU",
            Self::A => "PCMA",
        }
    }

    /// All 256 linear values, for a caller that decodes in its own loop.
    #[must_use]
    pub const fn decode_table(self) -> &'static [i16; 256] {
        match self {
            Self::Mu => &MU_DECODE,
            Self::A => &A_DECODE,
        }
    }
}

static MU_DECODE: [i16; 256] = mu_decode_table();
static A_DECODE: [i16; 256] = a_decode_table();
static MU_ENCODE: [u8; MU_VALUES] = mu_encode_table();
static A_ENCODE: [u8; A_VALUES] = a_encode_table();

/// Mu-law's decision values are integers of 14 bits.
const MU_VALUES: usize = 1 << 14;
/// A-law's decision values are integers of 13 bits, all of them even: 12 bits tell them apart.
const A_VALUES: usize = 1 << 12;

const fn mu_index(sample: i16) -> usize {
    // The sample's own bits, as an index: negative samples fill the upper half of the table.
    (sample as u16 >> 2) as usize
}

const fn a_index(sample: i16) -> usize {
    (sample as u16 >> 4) as usize
}

const fn mu_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        // All bits are sent inverted (table 2a, note 2).
        let bits = !(code as u8);
        let segment = (bits >> 4) & 7;
        let step = (bits & 15) as i16;
        // In 14 bits a segment begins at 33 * 2^segment - 33; two more bits make 16.
        let magnitude = (((2 * step + 33) << segment) - 33) * 4;
        table[code] = if bits & 0x80 == 0 { magnitude } else { -magnitude };
        code += 1;
    }
    table
}

const fn a_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        // The even bits are sent inverted (table 1a, note 2).
        let bits = code as u8 ^ 0x55;
        let segment = (bits >> 4) & 7;
        let step = (bits & 15) as i16;
        // In units of half a step of 13 bits: the middle of the interval.
        let magnitude =
            if segment == 0 { (2 * step + 1) * 8 } else { ((2 * step + 33) * 8) << (segment - 1) };
        table[code] = if bits & 0x80 != 0 { magnitude } else { -magnitude };
        code += 1;
    }
    table
}

const fn mu_encode_table() -> [u8; MU_VALUES] {
    let mut table = [0; MU_VALUES];
    let mut index = 0;
    while index < MU_VALUES {
        let negative = index >= MU_VALUES / 2;
        // A negative number's magnitude by inversion: its decision values then lie as on the
        // positive side, one unit of 14 bits apart at most.
        let magnitude = if negative { MU_VALUES - 1 - index } else { index };
        let clipped = if magnitude > 8158 { 8158 } else { magnitude };
        let biased = clipped + 33;
        let segment = biased.ilog2() - 5;
        let step = (biased >> (segment + 1)) & 15;
        let bits = ((segment as u8) << 4) | step as u8;
        table[index] = if negative { !(bits | 0x80) } else { !bits };
        index += 1;
    }
    table
}

const fn a_encode_table() -> [u8; A_VALUES] {
    let mut table = [0; A_VALUES];
    let mut index = 0;
    while index < A_VALUES {
        let negative = index >= A_VALUES / 2;
        let magnitude = if negative { A_VALUES - 1 - index } else { index };
        let bits = if magnitude < 32 {
            magnitude as u8
        } else {
            let segment = magnitude.ilog2() - 3;
            ((segment as u8) << 4) | ((magnitude >> (segment - 1)) & 15) as u8
        };
        table[index] = (if negative { bits } else { bits | 0x80 }) ^ 0x55;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 2a of the standard: the decision values that bound each segment, in 14 bits.
    const MU_SEGMENT_ENDS: [i16; 8] = [31, 95, 223, 479, 991, 2015, 4063, 8159];
    /// Table 1a: the same for A-law, in 13 bits; the table's first segment is two of the code's.
    const A_SEGMENT_ENDS: [i16; 8] = [32, 64, 128, 256, 512, 1024, 2048, 4096];

    #[test]
    fn the_codes_of_table_2a_have_their_values() {
        // Character signal before and after its decision value: the output values y of the table.
        for (code, value) in
            [(0x80, 8031), (0x8f, 4191), (0x9f, 2079), (0xaf, 1023), (0xff, 0), (0xfe, 2)]
        {
            assert_eq!(Law::Mu.decode(code), value * 4, "code {code:#x}");
            assert_eq!(Law::Mu.decode(code & 0x7f), -value * 4, "code {:#x}", code & 0x7f);
        }
    }

    #[test]
    fn the_codes_of_table_1a_have_their_values() {
        // 13-bit output values; the codes are those of the table with the even bits inverted.
        for (number, value) in [(127u8, 4032), (112, 2112), (96, 1056), (64, 264), (32, 66), (0, 1)]
        {
            let code = (number | 0x80) ^ 0x55;
            assert_eq!(Law::A.decode(code), value * 8, "character signal {number}");
            assert_eq!(Law::A.decode(code ^ 0x80), -value * 8, "character signal {number}");
        }
    }

    #[test]
    fn a_new_segment_begins_at_each_decision_value_of_the_standard() {
        for (segment, end) in MU_SEGMENT_ENDS.iter().enumerate().take(7) {
            let code = |value: i16| usize::from(!Law::Mu.encode(value * 4) >> 4);
            assert_eq!((code(end - 1), code(*end)), (segment, segment + 1), "at {end}");
        }
        for (segment, end) in A_SEGMENT_ENDS.iter().enumerate().take(7) {
            let code = |value: i16| usize::from((Law::A.encode(value * 8) ^ 0x55) >> 4 & 7);
            assert_eq!((code(end - 1), code(*end)), (segment, segment + 1), "at {end}");
        }
    }

    #[test]
    fn a_code_survives_decoding_and_encoding() {
        for law in [Law::Mu, Law::A] {
            for code in 0..=255 {
                let again = law.encode(law.decode(code));
                // Mu-law has two zeros; the encoder sends the positive one.
                let expected = if law == Law::Mu && code == 0x7f { 0xff } else { code };
                assert_eq!(again, expected, "{law:?} {code:#x}");
            }
        }
    }

    #[test]
    fn a_louder_sample_never_decodes_to_a_softer_one() {
        for law in [Law::Mu, Law::A] {
            let mut before = i16::MIN;
            for sample in i16::MIN..=i16::MAX {
                let value = law.decode(law.encode(sample));
                assert!(value >= before, "{law:?} {sample}: {value} after {before}");
                before = value;
            }
        }
    }

    #[test]
    fn a_sample_is_at_most_half_a_step_from_its_code() {
        for law in [Law::Mu, Law::A] {
            let loudest = law.decode(law.encode(i16::MAX));
            for sample in -loudest..=loudest {
                let code = law.encode(sample);
                let error = (i32::from(law.decode(code)) - i32::from(sample)).abs();
                let half_step = match law {
                    // One unit of 14 bits more, which inverting a negative number costs.
                    Law::Mu => (4 << (!code >> 4 & 7)) + 4,
                    Law::A => 8 << ((code ^ 0x55) >> 4 & 7).saturating_sub(1),
                };
                assert!(error <= half_step, "{law:?} {sample}: {error} above {half_step}");
            }
        }
    }

    #[test]
    fn silence_is_the_code_of_zero() {
        for law in [Law::Mu, Law::A] {
            assert_eq!(law.silence(), law.encode(0));
        }
    }

    #[test]
    fn slices_of_unequal_length_are_converted_as_far_as_both_reach() {
        let mut samples = [7; 4];
        assert_eq!(Law::A.decode_into(&[0xd5, 0x55], &mut samples), 2);
        assert_eq!(samples, [8, -8, 7, 7]);
        let mut codes = [1; 2];
        assert_eq!(Law::Mu.encode_into(&[0, 0, 0], &mut codes), 2);
        assert_eq!(codes, [0xff, 0xff]);
    }
}
