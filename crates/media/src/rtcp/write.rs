//! Writing compound packets (RFC 3550 section 6.1).

use super::{BYE, RECEIVER_REPORT, ReportBlock, SENDER_REPORT, SOURCE_DESCRIPTION, SenderInfo};

/// Blocks that one report has room for.
pub const BLOCKS_MAX: usize = 31;

/// Writes a report with the source's name: a sender report when `sender` is given, a receiver
/// report otherwise. `out` is emptied first, so that a buffer can be used again without allocation.
///
/// Blocks above [`BLOCKS_MAX`] and bytes of `cname` above 255 are left out.
pub fn write_sender_report(
    out: &mut Vec<u8>,
    ssrc: u32,
    sender: Option<SenderInfo>,
    blocks: &[ReportBlock],
    cname: &str,
) {
    out.clear();
    write_report(out, ssrc, sender, blocks);
    write_name(out, ssrc, cname);
}

/// Writes the end of a source: an empty report, its name, a BYE. `out` is emptied first.
pub fn write_bye(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    write_sender_report(out, ssrc, None, &[], cname);
    let start = begin(out, BYE, 1);
    out.extend(ssrc.to_be_bytes());
    finish(out, start);
}

fn write_report(out: &mut Vec<u8>, ssrc: u32, sender: Option<SenderInfo>, blocks: &[ReportBlock]) {
    let blocks = &blocks[..blocks.len().min(BLOCKS_MAX)];
    let count = u8::try_from(blocks.len()).expect("invariant: BLOCKS_MAX fits");
    let packet_type = if sender.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    let start = begin(out, packet_type, count);
    out.extend(ssrc.to_be_bytes());
    if let Some(info) = sender {
        out.extend(info.ntp.to_be_bytes());
        out.extend(info.rtp_timestamp.to_be_bytes());
        out.extend(info.packets.to_be_bytes());
        out.extend(info.octets.to_be_bytes());
    }
    for block in blocks {
        let [_, lost @ ..] = block.cumulative_lost.to_be_bytes();
        out.extend(block.ssrc.to_be_bytes());
        out.push(block.fraction_lost);
        out.extend(lost);
        out.extend(block.highest_sequence.to_be_bytes());
        out.extend(block.jitter.to_be_bytes());
        out.extend(block.last_sender_report.to_be_bytes());
        out.extend(block.delay_since_last_sender_report.to_be_bytes());
    }
    finish(out, start);
}

/// The item of a source description that holds its canonical name (section 6.5.1).
const CNAME: u8 = 1;

fn write_name(out: &mut Vec<u8>, ssrc: u32, cname: &str) {
    let name = &cname.as_bytes()[..cname.floor_char_boundary(255)];
    let start = begin(out, SOURCE_DESCRIPTION, 1);
    out.extend(ssrc.to_be_bytes());
    out.push(CNAME);
    out.push(u8::try_from(name.len()).expect("invariant: cut to 255 above"));
    out.extend_from_slice(name);
    // At least one zero ends the items; more fill up the word (section 6.5).
    let padding = 4 - (out.len() - start) % 4;
    out.extend(&[0; 4][..padding]);
    finish(out, start);
}

fn begin(out: &mut Vec<u8>, packet_type: u8, count: u8) -> usize {
    let start = out.len();
    out.extend([2 << 6 | count, packet_type, 0, 0]);
    start
}

/// Fills in the length: words after the first.
fn finish(out: &mut [u8], start: usize) {
    let words = (out.len() - start) / 4 - 1;
    let words = u16::try_from(words).expect("invariant: 31 blocks and one name are below 1 KiB");
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_report_is_written_as_the_standard_draws_it() {
        let mut out = vec![1, 2, 3];
        let block = ReportBlock {
            ssrc: 0x0a0b_0c0d,
            fraction_lost: 25,
            cumulative_lost: -2,
            highest_sequence: 0x1_0002,
            jitter: 8,
            last_sender_report: 5,
            delay_since_last_sender_report: 6,
        };
        write_sender_report(&mut out, 1, None, &[block], "ab");
        let expected = [
            [0x81, 201, 0, 7].as_slice(),
            &[0, 0, 0, 1, 0x0a, 0x0b, 0x0c, 0x0d, 25, 0xff, 0xff, 0xfe, 0, 1, 0, 2],
            &[0, 0, 0, 8, 0, 0, 0, 5, 0, 0, 0, 6],
            &[0x81, 202, 0, 3, 0, 0, 0, 1, 1, 2, b'a', b'b', 0, 0, 0, 0],
        ];
        assert_eq!(out, expected.concat());
    }

    #[test]
    fn a_bye_follows_a_report_and_a_name() {
        let mut out = Vec::new();
        write_bye(&mut out, 9, "abc");
        let expected = [
            [0x80, 201, 0, 1, 0, 0, 0, 9].as_slice(),
            &[0x81, 202, 0, 3, 0, 0, 0, 9, 1, 3, b'a', b'b', b'c', 0, 0, 0],
            &[0x81, 203, 0, 1, 0, 0, 0, 9],
        ];
        assert_eq!(out, expected.concat());
    }
}
