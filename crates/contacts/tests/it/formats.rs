//! Encodings, delimiters and formats are found and reported.

use encoding_rs::{Encoding, GB18030, WINDOWS_1252};
use outcall_contacts::{FileFormat, Found, ImportOptions, Role, ZoneSource};

use crate::{british, run, run_with};

const LIST: &str = "手机,姓名,城市\n13800138000,王小明,北京\n13900139000,李芳 🦀,上海\n";

fn chinese() -> ImportOptions {
    ImportOptions { default_region: Some("CN".parse().unwrap()), ..ImportOptions::default() }
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

#[test]
fn every_encoding_gives_the_same_contacts() {
    let little: Vec<u8> = LIST.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = LIST.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bytes, name) in [
        (LIST.as_bytes().to_vec(), "UTF-8"),
        ([b"\xEF\xBB\xBF".as_slice(), LIST.as_bytes()].concat(), "UTF-8"),
        (little.clone(), "UTF-16LE"),
        ([b"\xFF\xFE".as_slice(), &little].concat(), "UTF-16LE"),
        (big.clone(), "UTF-16BE"),
        ([b"\xFE\xFF".as_slice(), &big].concat(), "UTF-16BE"),
        (encoded(LIST, GB18030), "gb18030"),
    ] {
        let (report, sink) = run_with("list.csv", &bytes, &chinese());
        let report = report.unwrap();
        assert_eq!(report.encoding.as_deref(), Some(name));
        assert_eq!(sink.numbers(), ["+8613800138000", "+8613900139000"], "{name}");
        assert_eq!(sink.kept[1].name, "李芳 🦀", "{name}");
        assert_eq!(sink.kept[1].attributes, r#"{"城市":"上海"}"#, "{name}");
    }
}

#[test]
fn an_encoding_that_is_named_is_used() {
    let bytes = encoded("phone,name\n+4930901820,Müller\n", WINDOWS_1252);
    let options = ImportOptions { encoding: Some("windows-1252".parse().unwrap()), ..british() };
    assert_eq!(run_with("list.csv", &bytes, &options).1.kept[0].name, "Müller");
}

#[test]
fn every_delimiter_gives_the_same_contacts() {
    for delimiter in [',', ';', '\t', '|'] {
        let text = format!("name{delimiter}phone\r\n\"A{delimiter}B\"{delimiter}+442079460123\r\n");
        let (report, sink) = run("list.txt", text.as_bytes());
        assert_eq!(report.unwrap().delimiter, Some(delimiter));
        assert_eq!(sink.kept[0].name, format!("A{delimiter}B"));
    }
}

#[test]
fn json_lines_are_known_by_content_and_keep_what_is_nested() {
    let text = "{\"phone\":447911123456,\"plus\":1}\n\n\
        {\"phone\":\"+442079460123\",\"name\":\"Ann\",\"order\":{\"n\":[1,2]},\"gone\":null}\n";
    let options = ImportOptions { plus_optional: true, ..ImportOptions::default() };
    let (report, sink) = run_with("list.txt", text.as_bytes(), &options);
    assert_eq!(report.unwrap().format, FileFormat::Jsonl);
    assert_eq!(sink.numbers(), ["+447911123456", "+442079460123"]);
    assert_eq!(sink.kept[1].attributes, r#"{"order":"{\"n\":[1,2]}"}"#);
    assert_eq!(sink.kept[1].line, 3);
}

#[test]
fn the_report_says_what_each_column_was_taken_for() {
    let text = "Id,Primary phone contact,Phone 2,Zone,Colour\n\
        1,020 7946 0123,,Europe/London,red\n2,,+12125550123,,\n";
    let (report, sink) = run("list.csv", text.as_bytes());
    let report = report.unwrap();
    let roles: Vec<(Role, Found)> =
        report.columns.iter().map(|column| (column.role, column.found)).collect();
    assert_eq!(
        roles,
        [
            (Role::ExternalId, Found::Name),
            (Role::Phone, Found::Guess),
            (Role::Phone, Found::Name),
            (Role::TimeZone, Found::Name),
            (Role::Attribute, Found::Rest),
        ]
    );
    assert!(report.notes[0].contains("'Primary phone contact' is taken for phone"));
    assert_eq!(report.zones[&ZoneSource::Column], 1);
    assert_eq!(report.zones[&ZoneSource::Number], 1);
    assert_eq!(&*sink.kept[1].zones, "America/New_York");
}

#[test]
fn the_lists_default_zone_is_the_last_resort() {
    let options =
        ImportOptions { default_zone: Some("Europe/Paris".parse().unwrap()), ..british() };
    let (_, sink) = run_with("list.csv", b"phone\n+80012345678\n", &options);
    assert_eq!(&*sink.kept[0].zones, "Europe/Paris");
}

#[test]
fn a_dry_run_and_the_import_give_the_same_report() {
    let text = "phone\n+442079460123\n+442079460123\n12\n+447911123456\n";
    let source = outcall_contacts::ListSource::Bytes { name: "l.csv", bytes: text.as_bytes() };
    let report = |dry_run| {
        let mut sink = crate::MemorySink { dry_run, ..Default::default() };
        outcall_contacts::import(&source, &british(), None, &mut sink, &mut |_| {}).unwrap()
    };
    assert_eq!(report(true), report(false));
}
