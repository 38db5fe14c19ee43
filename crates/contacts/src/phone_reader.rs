//! A telephone number out of what people and spreadsheets write into a cell.

use outcall_campaign::PhoneNumber;
use rlibphonenumber::{
    NotANumberError, PHONE_NUMBER_UTIL, ParseError, PhoneNumber as Parsed, PhoneNumberType,
    PhoneNumberUtil, Region,
};

use crate::contact::{Number, NumberKind};
use crate::reject::{RejectReason, masked};

/// The numbers of emergency services around the world. No numbering plan's data is needed to know
/// that a robot must not dial them.
const EMERGENCY: [&str; 26] = [
    "000", "08", "100", "101", "102", "103", "104", "108", "110", "111", "112", "113", "114",
    "115", "116", "117", "118", "119", "120", "122", "15", "17", "18", "190", "911", "999",
];

/// Numbers with fewer digits work within one country only.
const SHORT_CODE_DIGITS_MAX: usize = 6;

/// More digits than any number with prefixes and extension has.
const DIGITS_MAX: usize = 40;

/// A number and what came with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadNumber {
    pub number: Number,
    /// Digits to be dialled once the line is open.
    pub extension: Option<String>,
}

/// Why a text is not a number that can be dialled.
pub(crate) type Refusal = (RejectReason, String);

/// Reads numbers in the light of a list's default region.
pub(crate) struct PhoneReader {
    plans: &'static PhoneNumberUtil,
    /// Which 1 to 3 digits are a country calling code.
    calling_codes: Vec<bool>,
    /// The region of each North American area code, once it was looked up: the library tries the
    /// 25 countries one by one.
    area_codes: Vec<Option<Region>>,
    /// Numbers without + and without a region are read as international.
    plus_optional: bool,
}

impl PhoneReader {
    pub(crate) fn new(plus_optional: bool) -> Self {
        let plans = &*PHONE_NUMBER_UTIL;
        let mut calling_codes = vec![false; 1000];
        for code in plans.get_supported_calling_codes() {
            if let Some(known) = usize::try_from(code).ok().and_then(|c| calling_codes.get_mut(c)) {
                *known = true;
            }
        }
        Self { plans, calling_codes, area_codes: vec![None; 1000], plus_optional }
    }

    /// Reads a cell that holds one number.
    pub(crate) fn read(
        &mut self,
        cell: &str,
        region: Option<Region>,
    ) -> Result<ReadNumber, Refusal> {
        let text = without_habits(cell);
        if let Some(number) = self.international(text) {
            return number.map_err(|(reason, _)| (reason, masked(cell)));
        }
        let refuse = |reason: RejectReason| Err((reason, masked(cell)));
        if is_scientific(text) {
            return refuse(RejectReason::ScientificNotation);
        }
        let digits: String = text.chars().filter_map(ascii_digit).collect();
        if EMERGENCY.contains(&digits.as_str()) {
            return refuse(RejectReason::EmergencyNumber);
        }
        if !begins_like_a_number(text) || digits.is_empty() || digits.len() > DIGITS_MAX {
            return refuse(RejectReason::InvalidPhone);
        }
        let has_plus = text.starts_with(['+', '＋']);
        let rewritten;
        let mut text = text;
        if !has_plus && region.is_none() {
            if let Some(rest) = digits.strip_prefix("00") {
                rewritten = format!("+{rest}");
            } else if self.plus_optional {
                rewritten = format!("+{digits}");
            } else if digits.len() <= SHORT_CODE_DIGITS_MAX {
                return refuse(RejectReason::ShortCode);
            } else {
                return refuse(RejectReason::NoCountryCode);
            }
            text = &rewritten;
        }
        let too_short = digits.len() <= SHORT_CODE_DIGITS_MAX;
        let invalid = if too_short { RejectReason::ShortCode } else { RejectReason::InvalidPhone };
        match self.plans.parse(text, region) {
            Ok(parsed) => self
                .judge(&parsed)
                .unwrap_or_else(|| refuse(invalid))
                .map_err(|(reason, _)| (reason, masked(cell))),
            Err(ParseError::NotANumber(NotANumberError::FailedToParseNumberAsInt(_))) => {
                refuse(RejectReason::InvalidPhone)
            }
            Err(_) => refuse(invalid),
        }
    }

    /// The usual case without the regular expressions of the parser: a plus and digits.
    fn international(&mut self, text: &str) -> Option<Result<ReadNumber, Refusal>> {
        let digits = text.strip_prefix('+')?;
        if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let split = (1..=3).find(|&end| {
            digits[..end].parse::<usize>().is_ok_and(|code| code > 0 && self.calling_codes[code])
        })?;
        let (code, national) = digits.split_at(split);
        let zeros = national.bytes().take_while(|&b| b == b'0').count();
        let parsed = Parsed {
            country_code: code.parse().ok()?,
            national_number: national.parse().ok()?,
            italian_leading_zero: (zeros > 0).then_some(true),
            number_of_leading_zeros: if zeros > 1 { i32::try_from(zeros).ok() } else { None },
            ..Parsed::default()
        };
        // What is not valid as it stands may still be after the parser's corrections.
        self.judge(&parsed)
    }

    /// What the numbering plan says of a number; `None` when it has no such number.
    fn judge(&mut self, parsed: &Parsed) -> Option<Result<ReadNumber, Refusal>> {
        let region = self.region_of(parsed)?;
        let kind = match self.plans.get_number_type(parsed) {
            PhoneNumberType::Unknown => return None,
            PhoneNumberType::PremiumRate => {
                return Some(Err((RejectReason::PremiumRate, String::new())));
            }
            PhoneNumberType::FixedLine => NumberKind::Fixed,
            PhoneNumberType::Mobile => NumberKind::Mobile,
            PhoneNumberType::FixedLineOrMobile => NumberKind::FixedOrMobile,
            PhoneNumberType::TollFree => NumberKind::TollFree,
            PhoneNumberType::VoIP => NumberKind::Voip,
            PhoneNumberType::SharedCost
            | PhoneNumberType::PersonalNumber
            | PhoneNumberType::Pager
            | PhoneNumberType::UAN
            | PhoneNumberType::VoiceMail => NumberKind::Other,
        };
        let phone = PhoneNumber::from_digits(e164_digits(parsed)?).ok()?;
        let extension = parsed.extension.clone().filter(|extension| !extension.is_empty());
        Some(Ok(ReadNumber { number: Number { phone, region: iso(region), kind }, extension }))
    }

    fn region_of(&mut self, parsed: &Parsed) -> Option<Region> {
        if parsed.country_code != 1 {
            return self.plans.get_region_for_number(parsed);
        }
        let area_code = usize::try_from(parsed.national_number / 10_000_000).ok()?;
        let known = self.area_codes.get(area_code).copied().flatten();
        if known.is_some() {
            return known;
        }
        let region = self.plans.get_region_for_number(parsed)?;
        if let Some(slot) = self.area_codes.get_mut(area_code) {
            *slot = Some(region);
        }
        Some(region)
    }
}

/// The code of a region as the library knows it, when numbers can be read in it.
pub(crate) fn region(code: &str) -> Option<Region> {
    let code = code.trim().to_ascii_uppercase();
    let code = if code == "UK" { "GB" } else { &code };
    let region = code.parse::<Region>().ok()?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| region)
}

/// Countries by the names that lists write out.
const COUNTRIES: &[(&str, Region)] = &[
    ("united kingdom", Region::GB),
    ("great britain", Region::GB),
    ("united states", Region::US),
    ("united states of america", Region::US),
    ("usa", Region::US),
    ("canada", Region::CA),
    ("ireland", Region::IE),
    ("australia", Region::AU),
    ("new zealand", Region::NZ),
    ("india", Region::IN),
    ("singapore", Region::SG),
    ("hong kong", Region::HK),
    ("china", Region::CN),
    ("中国", Region::CN),
    ("germany", Region::DE),
    ("deutschland", Region::DE),
    ("austria", Region::AT),
    ("österreich", Region::AT),
    ("switzerland", Region::CH),
    ("schweiz", Region::CH),
    ("france", Region::FR),
    ("spain", Region::ES),
    ("españa", Region::ES),
    ("italy", Region::IT),
    ("netherlands", Region::NL),
    ("belgium", Region::BE),
    ("portugal", Region::PT),
    ("poland", Region::PL),
    ("japan", Region::JP),
    ("mexico", Region::MX),
    ("méxico", Region::MX),
    ("brazil", Region::BR),
];

/// A region by its ISO code, its calling code or its name.
pub(crate) fn region_by_any_name(cell: &str) -> Option<Region> {
    let text = cell.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    if let Ok(code) = digits.parse::<i32>() {
        return PHONE_NUMBER_UTIL
            .get_region_for_country_code(code)
            .filter(|&region| region != Region::World);
    }
    let lower = text.to_lowercase();
    let named = COUNTRIES.iter().find(|(name, _)| *name == lower).map(|(_, region)| *region);
    named.or_else(|| region(text))
}

/// The parts of a cell that holds several numbers: `020 7946 0123 / 07911 123456`.
pub(crate) fn several(cell: &str) -> Option<Vec<&str>> {
    const SEPARATORS: [char; 6] = [';', '/', '|', ',', '\n', '、'];
    const DIGITS_MIN: usize = 7;
    if !cell.contains(SEPARATORS) {
        return None;
    }
    let parts: Vec<&str> =
        cell.split(SEPARATORS).map(str::trim).filter(|part| !part.is_empty()).collect();
    let whole =
        |part: &&str| part.chars().filter(|&c| ascii_digit(c).is_some()).count() >= DIGITS_MIN;
    (parts.len() > 1 && parts.iter().all(whole)).then_some(parts)
}

fn iso(region: Region) -> [u8; 2] {
    match region.as_region_str().as_str().as_bytes() {
        [first, second] => [*first, *second],
        _ => *b"ZZ",
    }
}

fn e164_digits(parsed: &Parsed) -> Option<u64> {
    let zeros = if parsed.italian_leading_zero() {
        u32::try_from(parsed.number_of_leading_zeros()).ok()?.max(1)
    } else {
        0
    };
    let length = parsed.national_number.checked_ilog10()? + 1 + zeros;
    let code = u64::try_from(parsed.country_code).ok()?;
    code.checked_mul(10_u64.checked_pow(length)?)?.checked_add(parsed.national_number)
}

/// Takes off what spreadsheets and exports put around a number: `="447911123456"`, a leading
/// apostrophe, `tel:`, the `.0` of a number that was read as a float.
pub(crate) fn without_habits(cell: &str) -> &str {
    let mut text = trim(cell);
    if let Some(formula) = text.strip_prefix('=') {
        text = formula;
    }
    text = trim(text.trim_matches('"').trim_start_matches(['\'', '’', '`']));
    if text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:")) {
        text = trim(&text[4..]);
    }
    match text.strip_suffix(".0") {
        Some(whole) if whole.bytes().all(|b| b.is_ascii_digit()) => whole,
        _ => text,
    }
}

/// Blanks, and the marks for writing direction that copied numbers are wrapped in.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{FEFF}')
    })
}

/// `4.47911E+11`, also with a comma.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let mantissa_ok = mantissa.starts_with(|c: char| c.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    let exponent = exponent.trim_start_matches(['+', '-']);
    mantissa_ok && !exponent.is_empty() && exponent.bytes().all(|b| b.is_ascii_digit())
}

fn begins_like_a_number(text: &str) -> bool {
    text.starts_with(|c: char| {
        matches!(c, '+' | '＋' | '(' | '（' | '[') || ascii_digit(c).is_some()
    })
}

/// ASCII and full-width digits.
fn ascii_digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str, default: &str) -> Result<String, RejectReason> {
        PhoneReader::new(false)
            .read(cell, region(default))
            .map(|read| read.number.phone.e164())
            .map_err(|(reason, _)| reason)
    }

    #[test]
    fn numbers_are_read_however_they_are_written() {
        for cell in [
            "+442079460123",
            "020 7946 0123",
            "(020) 7946-0123",
            "+44 (0)20 7946 0123",
            "tel:+44-20-7946-0123",
            "0044 20 7946 0123",
            "=\"442079460123\"",
            "'02079460123",
            "０２０７９４６０１２３",
            "＋４４２０７９４６０１２３",
            "442079460123.0",
            "\u{202D}020 7946 0123\u{202C}",
            "+4402079460123",
        ] {
            assert_eq!(read(cell, "GB").as_deref(), Ok("+442079460123"), "{cell}");
        }
        assert_eq!(read("138 0013 8000", "CN").as_deref(), Ok("+8613800138000"));
        assert_eq!(read("+39 06 698 12345", "").as_deref(), Ok("+390669812345"));
    }

    #[test]
    fn what_must_not_be_dialled_is_refused_with_its_reason() {
        use RejectReason as R;
        for (cell, default, reason) in [
            ("4.47911E+11", "GB", R::ScientificNotation),
            ("4,47911e11", "GB", R::ScientificNotation),
            ("112", "GB", R::EmergencyNumber),
            ("911", "US", R::EmergencyNumber),
            ("60123", "GB", R::ShortCode),
            ("09098790123", "GB", R::PremiumRate),
            ("+19002345678", "", R::PremiumRate),
            ("020 7946 0123", "", R::NoCountryCode),
            ("+449999999999999", "", R::InvalidPhone),
            ("+999123456789", "", R::InvalidPhone),
            ("ask Bob", "GB", R::InvalidPhone),
            ("Bob 020 7946 0123", "GB", R::InvalidPhone),
            ("-", "GB", R::InvalidPhone),
        ] {
            assert_eq!(read(cell, default), Err(reason), "{cell}");
        }
    }

    #[test]
    fn an_extension_is_split_off() {
        let number = PhoneReader::new(false).read("020 7946 0123 ext. 45", region("GB")).unwrap();
        assert_eq!(number.number.phone.e164(), "+442079460123");
        assert_eq!(number.extension.as_deref(), Some("45"));
    }

    #[test]
    fn the_short_way_agrees_with_the_parser_for_every_region_and_kind() {
        let mut reader = PhoneReader::new(false);
        let mut checked = 0;
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            let Ok(example) = PHONE_NUMBER_UTIL.get_example_number(region) else { continue };
            let text = format!("+{}", e164_digits(&example).unwrap());
            let parsed = PHONE_NUMBER_UTIL.parse(&text, None).unwrap();
            let long = reader.judge(&parsed);
            assert_eq!(reader.international(&text), long, "{text}");
            let read = long.unwrap().unwrap();
            assert_eq!(read.number.phone.e164(), text);
            checked += 1;
        }
        assert!(checked > 200, "{checked}");
    }

    #[test]
    fn a_region_is_two_letters_of_a_country_with_telephones() {
        let mut reader = PhoneReader::new(false);
        assert_eq!(&reader.read("+18765550123", None).unwrap().number.region, b"JM");
        assert_eq!(&reader.read("+14155550123", None).unwrap().number.region, b"US");
        assert_eq!(&reader.read("+80012345678", None).unwrap().number.region, b"ZZ");
        assert_eq!(region("uk"), region("GB"));
        assert_eq!(region("XX"), None);
    }

    #[test]
    fn without_a_plus_a_number_is_international_only_when_the_list_says_so() {
        let mut reader = PhoneReader::new(true);
        let number = reader.read("442079460123", None).unwrap();
        assert_eq!(number.number.phone.e164(), "+442079460123");
    }

    #[test]
    fn a_cell_with_several_whole_numbers_is_taken_apart() {
        let parts = several("020 7946 0123 / 07911 123456").unwrap();
        assert_eq!(parts, ["020 7946 0123", "07911 123456"]);
        assert_eq!(several("0711/1234567"), None, "a German area code");
        assert_eq!(several("020 7946 0123"), None);
    }
}
