//! Looks at a workbook before it is opened: what would fill the memory is refused.
//!
//! A few kilobytes of zip can hold gigabytes. The sizes that a zip file declares are not to be
//! believed, so every part is really inflated, through a counter.

use std::io::{Read, Seek};

use zip::ZipArchive;

/// How much a workbook may be, inflated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// All parts together.
    pub total_mib: u64,
    /// Each part that the reader keeps in memory as a whole.
    pub kept_part_mib: u64,
    /// The longest stretch without a `<`: a single cell or tag, which is held in memory at once.
    pub stretch_mib: u64,
}

/// What a list of 5 million rows needs, and a small machine can bear.
pub(crate) const LIMITS: Limits = Limits { total_mib: 512, kept_part_mib: 64, stretch_mib: 16 };

const MIB: u64 = 1024 * 1024;

const PARTS_MAX: usize = 10_000;

/// The fewest bytes that a shared string takes: `<si></si>`.
const SHARED_STRING_BYTES_MIN: u64 = 9;

/// Why a workbook is refused.
#[derive(Debug)]
pub(crate) enum Refused {
    TooLarge(String),
    Broken(String),
}

/// Inflates every part once.
pub(crate) fn check<R: Read + Seek>(reader: R, limits: Limits) -> Result<(), Refused> {
    let broken = |error: &dyn std::fmt::Display| Refused::Broken(error.to_string());
    let mut archive = ZipArchive::new(reader).map_err(|error| broken(&error))?;
    if archive.len() > PARTS_MAX {
        return Err(Refused::TooLarge(format!("more than {PARTS_MAX} parts")));
    }
    let mut total = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| broken(&error))?;
        let name = part.name().map_err(|error| broken(&error))?.into_owned();
        inflate(&mut part, &name, limits, &mut total)?;
    }
    Ok(())
}

fn inflate(
    part: &mut dyn Read,
    name: &str,
    limits: Limits,
    total: &mut u64,
) -> Result<(), Refused> {
    let lower = name.to_ascii_lowercase();
    let is_sheet = lower.contains("worksheets/");
    let is_shared_strings = lower.ends_with("sharedstrings.xml");
    let Limits { total_mib, kept_part_mib, stretch_mib } = limits;
    let (mut size, mut stretch) = (0_u64, 0_u64);
    let mut head = Vec::new();
    let mut block = vec![0; 64 * 1024];
    loop {
        let count = match part.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Refused::Broken(format!("{name}: {error}"))),
        };
        size += count as u64;
        *total += count as u64;
        let block = &block[..count];
        if head.len() < 4096 {
            head.extend_from_slice(&block[..count.min(4096 - head.len())]);
        }
        stretch = longest_stretch(block, stretch, stretch_mib * MIB).map_err(|()| {
            Refused::TooLarge(format!("a cell in {name} is larger than {stretch_mib} MiB"))
        })?;
        if *total > total_mib * MIB {
            return Err(Refused::TooLarge(format!("more than {total_mib} MiB when unpacked")));
        }
        if !is_sheet && size > kept_part_mib * MIB {
            return Err(Refused::TooLarge(format!("{name} is larger than {kept_part_mib} MiB")));
        }
    }
    // The reader reserves memory for as many strings as the part claims to have.
    if is_shared_strings && claimed_count(&head) > size / SHARED_STRING_BYTES_MIN + 1 {
        return Err(Refused::TooLarge(format!("{name} claims more texts than it has room for")));
    }
    Ok(())
}

/// The stretch without `<` that the block ends with, given the one it begins with.
fn longest_stretch(block: &[u8], mut stretch: u64, limit: u64) -> Result<u64, ()> {
    for piece in block.split_inclusive(|&byte| byte == b'<') {
        stretch += piece.len() as u64;
        if stretch > limit {
            return Err(());
        }
        if piece.ends_with(b"<") {
            stretch = 0;
        }
    }
    Ok(stretch)
}

/// The largest number that the head of the part gives as its `uniqueCount`.
fn claimed_count(head: &[u8]) -> u64 {
    let head = String::from_utf8_lossy(head);
    let mut claimed = 0;
    for piece in head.split("uniqueCount").skip(1) {
        let value = piece.trim_start().strip_prefix('=').unwrap_or("").trim_start();
        let digits: String = value
            .trim_start_matches(['"', '\''])
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if !digits.is_empty() {
            claimed = claimed.max(digits.parse().unwrap_or(u64::MAX));
        }
    }
    claimed
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn workbook(name: &str, blocks: usize, block: &[u8]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        for _ in 0..blocks {
            writer.write_all(block).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn refusal(bytes: &[u8]) -> String {
        // The limits of use would only make the test slow.
        let limits = Limits { total_mib: 8, kept_part_mib: 4, stretch_mib: 2 };
        match check(Cursor::new(bytes), limits) {
            Err(Refused::TooLarge(what) | Refused::Broken(what)) => what,
            Ok(()) => String::new(),
        }
    }

    #[test]
    fn a_small_zip_that_inflates_beyond_all_bounds_is_refused() {
        let block = b"<c/>".repeat(256 * 1024);
        let bomb = workbook("xl/worksheets/sheet1.xml", 9, &block);
        assert!(bomb.len() < 100 * 1024);
        assert_eq!(refusal(&bomb), "more than 8 MiB when unpacked");
        let bomb = workbook("xl/sharedStrings.xml", 5, &block);
        assert_eq!(refusal(&bomb), "xl/sharedStrings.xml is larger than 4 MiB");
    }

    #[test]
    fn one_giant_cell_is_refused() {
        let bomb = workbook("xl/worksheets/sheet1.xml", 3, &vec![b'x'; 1024 * 1024]);
        assert!(refusal(&bomb).contains("larger than 2 MiB"));
    }

    #[test]
    fn a_claim_of_more_texts_than_can_be_there_is_refused() {
        let claim = br#"<sst count="1" uniqueCount="99999999999999"><si><t>a</t></si></sst>"#;
        assert!(refusal(&workbook("xl/sharedStrings.xml", 1, claim)).contains("claims more"));
        let honest = br#"<sst count="1" uniqueCount="1"><si><t>a</t></si></sst>"#;
        assert_eq!(refusal(&workbook("xl/sharedStrings.xml", 1, honest)), "");
    }

    #[test]
    fn what_is_no_zip_is_broken() {
        assert!(matches!(
            check(Cursor::new(b"PK\x03\x04nothing"), LIMITS),
            Err(Refused::Broken(_))
        ));
    }
}
