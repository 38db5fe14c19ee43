//! From the cells of a row to a contact, or to the reason why it is none.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use outcall_campaign::zones_of_number::zones_of_number;
use rlibphonenumber::Region;

use crate::columns::{Columns, EXTENSION_VARIABLE, Role};
use outcall_campaign::Consent;

use crate::contact::{ContactRow, NUMBERS_MAX, Number, ZoneSource, read_consent};
use crate::options::ImportOptions;
use crate::phone_reader::{self, PhoneReader};
use crate::raw_row::RawRow;
use crate::reject::{RejectReason, Rejection, masked};
use crate::zone_names::ZoneNames;

const PRIORITY_MAX: i32 = 1000;

/// What people write into a telephone cell to say that there is no number.
const NO_NUMBER: &[&str] =
    &["", "-", "--", "n/a", "na", "none", "null", "nil", "unknown", "#n/a", "无", "没有"];

/// Judges row after row of one file.
pub(crate) struct Validator {
    phones: Vec<usize>,
    name: Option<usize>,
    first_name: Option<usize>,
    last_name: Option<usize>,
    time_zone: Option<usize>,
    language: Option<usize>,
    external_id: Option<usize>,
    consent: Option<usize>,
    priority: Option<usize>,
    region: Option<usize>,
    /// Each attribute's column and its key as JSON with a colon.
    attributes: Vec<(usize, Vec<u8>)>,
    default_region: Option<Region>,
    default_zone: Option<Arc<str>>,
    reader: PhoneReader,
    zone_names: ZoneNames,
    /// The table's zone keys as shared texts, by their address.
    zone_keys: HashMap<usize, Arc<str>>,
}

/// The numbers of a row.
#[derive(Default)]
struct Numbers {
    good: Vec<Number>,
    extension: Option<String>,
    bad: Vec<Rejection>,
}

impl Validator {
    pub(crate) fn new(columns: &Columns, options: &ImportOptions) -> Self {
        let attribute = |(index, identifier): (usize, &String)| (index, json_key(identifier));
        let attributes = columns.columns.iter().enumerate();
        Self {
            phones: columns.phones.clone(),
            name: columns.first(Role::Name),
            first_name: columns.first(Role::FirstName),
            last_name: columns.first(Role::LastName),
            time_zone: columns.first(Role::TimeZone),
            language: columns.first(Role::Language),
            external_id: columns.first(Role::ExternalId),
            consent: columns.first(Role::Consent),
            priority: columns.first(Role::Priority),
            region: columns.first(Role::Region),
            attributes: attributes
                .filter_map(|(index, column)| Some((index, column.identifier.as_ref()?)))
                .map(attribute)
                .collect(),
            default_region: options.default_region.map(|region| region.0),
            default_zone: options.default_zone.clone().map(|zone| zone.0),
            reader: PhoneReader::new(options.plus_optional),
            zone_names: ZoneNames::new(),
            zone_keys: HashMap::new(),
        }
    }

    /// The contact of a row. What is left out of it is added to `warnings`.
    pub(crate) fn validate(
        &mut self,
        row: &RawRow,
        warnings: &mut Vec<(u64, Rejection)>,
    ) -> Result<ContactRow, Rejection> {
        if let Some(fault) = &row.fault {
            return Err(fault.clone());
        }
        if row.text().contains('\0') {
            let rejection = Rejection::new(RejectReason::NulCharacter, "");
            let column = row.cells().position(|cell| cell.contains('\0'));
            return Err(Rejection { column, ..rejection });
        }
        let numbers = self.numbers(row)?;
        let (zones, zone_source) = self.zones(row, &numbers.good)?;
        let consent = self.consent(row)?;
        let priority = self.priority(row)?;
        let language = self.language(row).unwrap_or_else(|warning| {
            warnings.push((row.line, warning));
            None
        });
        warnings.extend(numbers.bad.into_iter().map(|bad| (row.line, bad)));
        Ok(ContactRow {
            line: row.line,
            name: self.full_name(row),
            zones,
            zone_source,
            language,
            external_id: self.external_id(row),
            consent,
            priority,
            attributes: self.attributes(row, numbers.extension.as_deref()),
            numbers: numbers.good,
        })
    }

    fn numbers(&mut self, row: &RawRow) -> Result<Numbers, Rejection> {
        let region = self.row_region(row);
        let mut numbers = Numbers::default();
        for index in 0..self.phones.len() {
            let column = self.phones[index];
            let cell = row.cell(column);
            if cell.is_empty() || NO_NUMBER.contains(&cell.trim().to_lowercase().as_str()) {
                continue;
            }
            match phone_reader::several(cell) {
                None => self.number(cell, column, &region, &mut numbers),
                Some(parts) => {
                    for part in parts {
                        self.number(part, column, &region, &mut numbers);
                    }
                }
            }
        }
        if !numbers.good.is_empty() {
            return Ok(numbers);
        }
        if numbers.bad.is_empty() {
            let rejection = Rejection::new(RejectReason::NoPhone, "every telephone cell is empty");
            return Err(rejection.in_column(self.phones[0]));
        }
        Err(numbers.bad.swap_remove(0))
    }

    fn number(
        &mut self,
        cell: &str,
        column: usize,
        region: &Result<Option<Region>, Rejection>,
        numbers: &mut Numbers,
    ) {
        let needs_region = || !phone_reader::without_habits(cell).starts_with(['+', '＋']);
        let region = match region {
            Ok(region) => *region,
            Err(bad) if needs_region() => return numbers.bad.push(bad.clone()),
            Err(_) => None,
        };
        let read = match self.reader.read(cell, region) {
            Ok(read) => read,
            Err((reason, detail)) => {
                return numbers.bad.push(Rejection::new(reason, detail).in_column(column));
            }
        };
        if numbers.good.iter().any(|known| known.phone == read.number.phone) {
            return;
        }
        if numbers.good.len() == NUMBERS_MAX {
            let detail = format!("{} is left out", read.number.phone.masked());
            let warning = Rejection::new(RejectReason::TooManyNumbers, detail);
            return numbers.bad.push(warning.in_column(column));
        }
        if numbers.extension.is_none() {
            numbers.extension = read.extension;
        }
        numbers.good.push(read.number);
    }

    /// The region in which the row's national numbers are read.
    fn row_region(&self, row: &RawRow) -> Result<Option<Region>, Rejection> {
        let Some((column, cell)) = filled(row, self.region) else {
            return Ok(self.default_region);
        };
        phone_reader::region_by_any_name(cell)
            .map(Some)
            .ok_or_else(|| Rejection::new(RejectReason::BadRegion, masked(cell)).in_column(column))
    }

    fn zones(
        &mut self,
        row: &RawRow,
        numbers: &[Number],
    ) -> Result<(Arc<str>, ZoneSource), Rejection> {
        if let Some((column, cell)) = filled(row, self.time_zone) {
            return match self.zone_names.resolve(cell) {
                Some(zone) => Ok((zone, ZoneSource::Column)),
                None => {
                    let rejection = Rejection::new(RejectReason::BadTimeZone, masked(cell));
                    Err(rejection.in_column(column))
                }
            };
        }
        if let Some(zones) = self.zones_of(numbers) {
            return Ok((zones, ZoneSource::Number));
        }
        match &self.default_zone {
            Some(zone) => Ok((Arc::clone(zone), ZoneSource::Default)),
            None => {
                let detail = "the number's prefix belongs to no zone";
                let rejection = Rejection::new(RejectReason::NoTimeZone, detail);
                Err(rejection.in_column(self.phones[0]))
            }
        }
    }

    /// The zones of all numbers together: the person may be in any of them.
    fn zones_of(&mut self, numbers: &[Number]) -> Option<Arc<str>> {
        let mut keys = numbers.iter().filter_map(|number| zones_of_number(number.phone));
        let first = keys.next()?;
        let others: Vec<&str> = keys.filter(|key| *key != first).collect();
        if others.is_empty() {
            let address = first.as_ptr() as usize;
            return Some(Arc::clone(
                self.zone_keys.entry(address).or_insert_with(|| Arc::from(first)),
            ));
        }
        let zones: BTreeSet<&str> =
            others.into_iter().chain([first]).flat_map(|key| key.split('|')).collect();
        Some(Arc::from(zones.into_iter().collect::<Vec<_>>().join("|")))
    }

    fn full_name(&self, row: &RawRow) -> String {
        if let Some((_, name)) = filled(row, self.name) {
            return name.to_owned();
        }
        let first = filled(row, self.first_name).map_or("", |(_, text)| text);
        let last = filled(row, self.last_name).map_or("", |(_, text)| text);
        let is_han = |text: &str| text.starts_with(|c| ('\u{3400}'..='\u{9FFF}').contains(&c));
        if is_han(first) && is_han(last) {
            return format!("{last}{first}");
        }
        format!("{first} {last}").trim().to_owned()
    }

    fn external_id(&self, row: &RawRow) -> Option<String> {
        let (_, cell) = filled(row, self.external_id)?;
        let quoted = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
        Some(quoted.unwrap_or(cell).to_owned())
    }

    fn language(&self, row: &RawRow) -> Result<Option<String>, Rejection> {
        let Some((column, cell)) = filled(row, self.language) else { return Ok(None) };
        language_tag(cell).map(Some).ok_or_else(|| {
            Rejection::new(RejectReason::BadLanguage, masked(cell)).in_column(column)
        })
    }

    fn consent(&self, row: &RawRow) -> Result<Option<Consent>, Rejection> {
        let Some((column, cell)) = filled(row, self.consent) else { return Ok(None) };
        read_consent(cell)
            .map(Some)
            .ok_or_else(|| Rejection::new(RejectReason::BadConsent, masked(cell)).in_column(column))
    }

    fn priority(&self, row: &RawRow) -> Result<i32, Rejection> {
        let Some((column, cell)) = filled(row, self.priority) else { return Ok(0) };
        let priority = cell.strip_suffix(".0").unwrap_or(cell).parse::<i32>().ok();
        priority.filter(|value| value.abs() <= PRIORITY_MAX).ok_or_else(|| {
            Rejection::new(RejectReason::BadPriority, masked(cell)).in_column(column)
        })
    }

    fn attributes(&self, row: &RawRow, extension: Option<&str>) -> String {
        let mut json = Vec::with_capacity(row.text().len() + 16);
        json.push(b'{');
        for (column, key) in &self.attributes {
            push_entry(&mut json, key, row.cell(*column));
        }
        if let Some(extension) = extension {
            push_entry(&mut json, &json_key(EXTENSION_VARIABLE), extension);
        }
        json.push(b'}');
        String::from_utf8(json).expect("invariant: serde_json writes UTF-8")
    }
}

/// The cell of a role, when there is such a column and something in it.
fn filled(row: &RawRow, column: Option<usize>) -> Option<(usize, &str)> {
    let column = column?;
    let cell = row.cell(column).trim();
    (!cell.is_empty()).then_some((column, cell))
}

fn json_key(identifier: &str) -> Vec<u8> {
    let mut key = Vec::new();
    push_json(&mut key, identifier);
    key.push(b':');
    key
}

fn push_entry(json: &mut Vec<u8>, key: &[u8], value: &str) {
    if value.is_empty() {
        return;
    }
    if json.len() > 1 {
        json.push(b',');
    }
    json.extend_from_slice(key);
    push_json(json, value);
}

fn push_json(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("invariant: a text is written to memory");
}

/// A language tag in its usual form, `zh-CN`.
fn language_tag(cell: &str) -> Option<String> {
    const NAMES: &[(&str, &str)] = &[
        ("english", "en"),
        ("chinese", "zh"),
        ("mandarin", "zh"),
        ("german", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("italian", "it"),
        ("portuguese", "pt"),
        ("中文", "zh"),
        ("汉语", "zh"),
        ("英文", "en"),
        ("英语", "en"),
        ("deutsch", "de"),
        ("français", "fr"),
        ("español", "es"),
    ];
    let lower = cell.to_lowercase();
    if let Some((_, tag)) = NAMES.iter().find(|(name, _)| *name == lower) {
        return Some((*tag).to_owned());
    }
    let mut parts = lower.split(['-', '_']);
    let language = parts.next()?;
    if !(2..=3).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut tag = language.to_owned();
    for part in parts {
        if !(2..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            _ => tag.push_str(part),
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(
        columns: &[&str],
        cells: &[&str],
    ) -> (Result<ContactRow, Rejection>, Vec<(u64, Rejection)>) {
        let names: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        let columns = Columns::resolve("list.csv", &names, &[]).unwrap();
        let options =
            ImportOptions { default_region: Some("GB".parse().unwrap()), ..Default::default() };
        let mut row = RawRow::default();
        row.clear(2);
        for cell in cells {
            row.push(cell);
        }
        let mut warnings = Vec::new();
        let contact = Validator::new(&columns, &options).validate(&row, &mut warnings);
        (contact, warnings)
    }

    fn reason(columns: &[&str], cells: &[&str]) -> (RejectReason, Option<usize>) {
        let rejection = judge(columns, cells).0.unwrap_err();
        (rejection.reason, rejection.column)
    }

    #[test]
    fn a_full_row_becomes_a_contact() {
        let (contact, warnings) = judge(
            &[
                "id",
                "First Name",
                "Last Name",
                "phone",
                "phone2",
                "tz",
                "lang",
                "consent",
                "prio",
                "Order No.",
            ],
            &[
                "7",
                "Zoë 🦀",
                "Fox",
                "020 7946 0123",
                "+12125550123",
                "Europe/Paris",
                "en_gb",
                "yes",
                "5",
                "A \"1\"",
            ],
        );
        let contact = contact.unwrap();
        let numbers: Vec<String> =
            contact.numbers.iter().map(|number| number.phone.e164()).collect();
        assert_eq!(numbers, ["+442079460123", "+12125550123"]);
        assert_eq!((contact.name.as_str(), &*contact.zones), ("Zoë 🦀 Fox", "Europe/Paris"));
        assert_eq!(contact.language.as_deref(), Some("en-GB"));
        assert_eq!((contact.consent, contact.priority), (Some(Consent::Express), 5));
        assert_eq!(contact.external_id.as_deref(), Some("7"));
        assert_eq!(contact.attributes, r#"{"order_no":"A \"1\""}"#);
        assert_eq!(warnings, []);
    }

    #[test]
    fn the_zones_of_all_numbers_count() {
        let (contact, _) = judge(&["phone", "phone2"], &["+12125550123", "+4930901820"]);
        assert_eq!(&*contact.unwrap().zones, "America/New_York|Europe/Berlin");
    }

    #[test]
    fn one_bad_number_among_good_ones_is_a_warning() {
        let (contact, warnings) =
            judge(&["phone", "mobile", "home"], &["123456789012", "07911 123456", "07911123456"]);
        assert_eq!(contact.unwrap().numbers.len(), 1, "the same number twice is one");
        assert_eq!(warnings[0].1.reason, RejectReason::InvalidPhone);
        assert_eq!(warnings[0].1.detail, "*********012");
    }

    #[test]
    fn each_cell_that_cannot_be_understood_rejects_the_row_and_names_its_column() {
        use RejectReason as R;
        let good = "+442079460123";
        assert_eq!(reason(&["name", "phone"], &["A", " n/a "]), (R::NoPhone, Some(1)));
        assert_eq!(reason(&["phone", "tz"], &[good, "EST"]), (R::BadTimeZone, Some(1)));
        assert_eq!(reason(&["phone", "consent"], &[good, "maybe"]), (R::BadConsent, Some(1)));
        assert_eq!(reason(&["phone", "prio"], &[good, "high"]), (R::BadPriority, Some(1)));
        assert_eq!(reason(&["phone", "note"], &[good, "a\0b"]), (R::NulCharacter, Some(1)));
        assert_eq!(reason(&["phone"], &["+80012345678"]), (R::NoTimeZone, Some(0)));
        assert_eq!(
            reason(&["phone", "country"], &["020 7946 0123", "Atlantis"]),
            (R::BadRegion, Some(1))
        );
    }

    #[test]
    fn a_country_column_decides_how_national_numbers_are_read() {
        for country in ["CN", "cn", "China", "中国", "86", "+86"] {
            let (contact, _) = judge(&["phone", "country"], &["13800138000", country]);
            assert_eq!(contact.unwrap().numbers[0].phone.e164(), "+8613800138000", "{country}");
        }
        let (contact, _) = judge(&["phone", "country"], &["+442079460123", "Atlantis"]);
        assert!(contact.is_ok(), "an international number needs no country");
    }

    #[test]
    fn chinese_names_are_joined_as_they_are_said() {
        let (contact, _) = judge(&["手机", "姓", "名"], &["+8613800138000", "王", "小明"]);
        assert_eq!(contact.unwrap().name, "王小明");
    }
}
