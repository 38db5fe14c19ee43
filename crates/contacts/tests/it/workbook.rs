//! Workbooks made by hand, and what is read from them.

use std::io::{Cursor, Write};

use outcall_contacts::{FileFormat, ImportError, ImportOptions};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{british, run, run_with};

const NAMESPACES: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// Sheets as name, whether hidden, and the rows' XML.
pub(crate) fn workbook(sheets: &[(&str, bool, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, content: &str| {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    };
    part(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"rId1\" \
             Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    let (mut entries, mut relations) = (String::new(), String::new());
    for (index, (name, hidden, rows)) in sheets.iter().enumerate() {
        let id = index + 1;
        let state = if *hidden { " state=\"hidden\"" } else { "" };
        entries.push_str(&format!(
            "<sheet name=\"{name}\" sheetId=\"{id}\"{state} r:id=\"rId{id}\"/>"
        ));
        relations.push_str(&format!(
            "<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/worksheet\" \
             Target=\"worksheets/sheet{id}.xml\"/>"
        ));
        part(
            &format!("xl/worksheets/sheet{id}.xml"),
            &format!("<worksheet {NAMESPACES}><sheetData>{rows}</sheetData></worksheet>"),
        );
    }
    relations.push_str(&format!(
        "<Relationship Id=\"rId99\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>"
    ));
    part(
        "xl/styles.xml",
        &format!(
            "<styleSheet {NAMESPACES}><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>\
             </cellXfs></styleSheet>"
        ),
    );
    part(
        "xl/workbook.xml",
        &format!("<workbook {NAMESPACES}><sheets>{entries}</sheets></workbook>"),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!("<Relationships xmlns=\"{RELATIONS}\">{relations}</Relationships>"),
    );
    writer.finish().unwrap().into_inner()
}

fn text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn list() -> String {
    let header = ["phone", "name", "joined", "score"];
    let header: String = ["A1", "B1", "C1", "D1"]
        .iter()
        .zip(header)
        .map(|(place, name)| text(place, name))
        .collect();
    let name = text("B3", "Ann 🦀");
    format!(
        "<row r=\"1\">{header}</row>\
         <row r=\"3\"><c r=\"A3\"><v>4.47911123456E11</v></c>{name}\
         <c r=\"C3\" s=\"1\"><v>45292</v></c><c r=\"D3\"><f>1+1</f><v>2</v></c></row>\
         <row r=\"4\"><c r=\"A4\" t=\"str\"><f>B9</f><v>+442079460123</v></c>\
         <c r=\"D4\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c></row>\
         <row r=\"5\"><c r=\"A5\"><f>NOW()</f></c></row>"
    )
}

#[test]
fn numbers_dates_and_formulas_are_read_as_a_person_sees_them() {
    let (report, sink) = run("list.xlsx", &workbook(&[("Sheet1", false, &list())]));
    let report = report.unwrap();
    assert_eq!((report.format, report.sheet.as_deref()), (FileFormat::Xlsx, Some("Sheet1")));
    assert_eq!(sink.numbers(), ["+447911123456", "+442079460123"]);
    assert_eq!(sink.kept[0].line, 3);
    assert_eq!(sink.kept[0].name, "Ann 🦀");
    assert_eq!(sink.kept[0].attributes, r#"{"joined":"2024-01-01","score":"2"}"#);
    assert_eq!(sink.kept[1].attributes, "{}", "an error cell is empty");
    assert_eq!(report.rows, 2, "a formula without value is an empty cell");
}

#[test]
fn the_first_visible_sheet_is_read_unless_another_is_named() {
    let other = format!(
        "<row r=\"1\">{}</row><row r=\"2\">{}</row>",
        text("A1", "phone"),
        text("A2", "+12125550123")
    );
    let file = workbook(&[("Secret", true, &other), ("List", false, &list())]);
    let (report, _) = run("list.xlsx", &file);
    assert_eq!(report.unwrap().sheet.as_deref(), Some("List"));
    let named = ImportOptions { sheet: Some("Secret".to_owned()), ..british() };
    assert_eq!(run_with("list.xlsx", &file, &named).1.numbers(), ["+12125550123"]);
    let wrong = ImportOptions { sheet: Some("Sheet9".to_owned()), ..british() };
    let error = run_with("list.xlsx", &file, &wrong).0.unwrap_err();
    assert!(matches!(error, ImportError::UnknownSheet { .. }));
    assert!(error.to_string().contains("'Secret', 'List'"), "{error}");
}

#[test]
fn a_workbook_that_would_fill_the_memory_is_refused_and_csv_advised() {
    // One cell beyond the limit does, and is inflated quickly.
    let giant = text("A1", &"x".repeat(17 * 1024 * 1024));
    let (result, sink) = run("list.xlsx", &workbook(&[("S", false, &giant)]));
    let error = result.unwrap_err();
    assert!(matches!(error, ImportError::WorkbookTooLarge { .. }), "{error}");
    assert!(error.to_string().contains("save it as CSV"), "{error}");
    assert!(sink.aborted);
}

#[test]
fn a_damaged_workbook_is_an_error_wherever_it_is_cut_or_changed() {
    let file = workbook(&[("Sheet1", false, &list())]);
    for cut in (4..file.len()).step_by(61) {
        assert!(run("list.xlsx", &file[..cut]).0.is_err());
        let mut changed = file.clone();
        changed[cut] ^= 0x55;
        // It may still be readable; it must not panic nor import half of it.
        let (result, sink) = run("list.xlsx", &changed);
        assert_eq!(result.is_ok(), !sink.aborted);
    }
}
