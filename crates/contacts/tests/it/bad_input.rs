//! Broken files: a clear error with nothing imported, or a rejected row.

use outcall_contacts::{ImportError, ListSource, RejectReason as R, import};

use crate::memory_sink::MemorySink;
use crate::{british, refusal, rejections, run};

#[test]
fn an_empty_file_a_bare_header_and_a_missing_header_are_told_apart() {
    assert!(refusal("list.csv", b"").contains("the file is empty"));
    assert!(refusal("list.csv", b"\xEF\xBB\xBF\r\n\n").contains("the file is empty"));
    assert!(refusal("list.csv", b"phone,name\n,\n").contains("no contact below it"));
    let error = refusal("list.csv", b"\n+442079460123,Ann\n");
    assert!(error.contains("line 2: the first line looks like a contact"), "{error}");
    let error = refusal("list.csv", b"name,city\nAnn,Ulm\n");
    assert!(error.contains("the columns are 'name', 'city'"), "{error}");
    assert!(error.contains("--map phone=COLUMN"), "{error}");
}

#[test]
fn files_of_other_kinds_are_named_for_what_they_are() {
    assert!(refusal("l.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1").contains("old Excel workbook"));
    assert!(refusal("l.csv", b"%PDF-1.7").contains("this is a PDF"));
    assert!(refusal("l.json", b"[\n {\"phone\":1}]").contains("one object a line"));
    assert!(refusal("l.csv", b"<html><table>").contains("HTML"));
    assert!(refusal("l.xlsx", b"PK\x03\x04broken").contains("save it again"));
}

#[test]
fn a_quote_never_closed_ends_the_import_and_names_its_line() {
    let error = refusal("list.csv", b"phone,name\n+442079460123,Ann\n+447911123456,\"Bob\n");
    assert!(error.contains("list.csv, line 3: the quote opened here is never closed"), "{error}");
}

#[test]
fn a_quote_closed_by_the_next_rows_quote_does_not_make_one_contact_of_two() {
    let text = "name,phone\n\"Ann,+442079460123\n\"Bob\",+447911123456\n\"Cy\",+12125550123\n";
    let (report, sink) = run("list.csv", text.as_bytes());
    assert_eq!(rejections(&report.unwrap()), [(R::Quoting, 2, Some("name"))]);
    assert_eq!(sink.numbers(), ["+12125550123"]);
}

#[test]
fn ten_megabytes_in_one_cell_are_one_rejected_row() {
    let huge = "x".repeat(10 * 1024 * 1024);
    let text = format!("phone,note\n+442079460123,ok\n+447911123456,{huge}\n+12125550123,ok\n");
    let (report, sink) = run("list.csv", text.as_bytes());
    assert_eq!(rejections(&report.unwrap()), [(R::CellTooLarge, 3, Some("note"))]);
    assert_eq!(sink.numbers(), ["+442079460123", "+12125550123"]);
}

#[test]
fn a_record_beyond_all_bounds_ends_the_import() {
    let text = format!("phone,note\n+442079460123,{}\n", "x".repeat(17 * 1024 * 1024));
    assert!(refusal("list.csv", text.as_bytes()).contains("line 2: the record that starts here"));
}

#[test]
fn undecodable_bytes_reject_their_row_and_no_other() {
    let text =
        b"phone,name\n+442079460123,Zo\xC3\xAB\n+447911123456,Zo\xEB\n+12125550123,\xE7\x8E\n";
    let (report, sink) = run("list.csv", text);
    let report = report.unwrap();
    let expected = [(R::Encoding, 3, Some("name")), (R::Encoding, 4, Some("name"))];
    assert_eq!(rejections(&report), expected);
    assert_eq!(sink.kept[0].name, "Zoë");
    assert!(report.notes[0].contains("not UTF-8") || report.notes[0].contains("--encoding"));
}

#[test]
fn rows_with_too_many_or_too_few_cells_are_rejected_by_their_line() {
    let text = "phone,name\n+442079460123\n\n\"+447911123456\",\"A\nB\"\n+12125550123,A,B\n";
    let (report, sink) = run("list.csv", text.as_bytes());
    let expected = [(R::WrongCellCount, 2, None), (R::WrongCellCount, 6, None)];
    assert_eq!(rejections(&report.unwrap()), expected);
    assert_eq!((sink.kept[0].line, sink.kept[0].name.as_str()), (4, "A\nB"));
}

#[test]
fn emoji_are_kept_nul_characters_are_not_accepted() {
    let (report, sink) =
        run("list.csv", "phone,name\n+442079460123,👩‍👩‍👧 王\n+447911123456,a\0b\n".as_bytes());
    assert_eq!(rejections(&report.unwrap()), [(R::NulCharacter, 3, Some("name"))]);
    assert_eq!(sink.kept[0].name, "👩‍👩‍👧 王");
}

#[test]
fn what_spreadsheets_do_to_numbers_is_undone_or_named() {
    let text = "phone,name\n\"=\"\"447911123456\"\"\",a\n4.47911E+11,b\n'+442079460123,c\n";
    let (report, sink) = run("list.csv", text.as_bytes());
    let report = report.unwrap();
    assert_eq!(rejections(&report), [(R::ScientificNotation, 3, Some("phone"))]);
    assert!(report.rejections[0].advice.contains("format the column as text"));
    assert_eq!(sink.numbers(), ["+447911123456", "+442079460123"]);
}

#[test]
fn reports_show_no_telephone_number() {
    let (report, _) = run("list.csv", b"phone\n+449999999999999\n09098790123\n");
    let json = serde_json::to_string(&report.unwrap()).unwrap();
    assert!(!json.contains("9999999") && !json.contains("9879"), "{json}");
}

#[test]
fn a_broken_line_of_json_rejects_its_row_with_the_place() {
    let huge = format!("{{\"phone\":\"{}\"}}", "1".repeat(2 * 1024 * 1024));
    let text = format!(
        "{{\"phone\":\"+442079460123\"}}\n{{\"phone\": }}\n[1]\n{{\"phone\":1,\"phone\":2}}\n\
         {huge}\n{{\"phone\":\"+447911123456\"}}\n"
    );
    let (report, sink) = run("list.jsonl", text.as_bytes());
    let report = report.unwrap();
    let expected =
        [(R::Json, 2, None), (R::Json, 3, None), (R::Json, 4, None), (R::LineTooLarge, 5, None)];
    assert_eq!(rejections(&report), expected);
    assert!(report.rejections[0].examples[0].detail.starts_with("character 11:"));
    assert_eq!(sink.kept[1].line, 6);
}

#[test]
fn a_file_that_breaks_in_the_middle_leaves_nothing() {
    let good = "+442079460123,Ann\n".repeat(20_000);
    let text = format!("phone,name\n{good}+447911123456,\"Bob\n");
    let (result, sink) = run("list.csv", text.as_bytes());
    assert!(matches!(result, Err(ImportError::UnclosedQuote { line: 20_002, .. })));
    assert!(sink.aborted && sink.kept.is_empty() && sink.chunks > 0);
}

#[test]
fn a_sink_that_fails_ends_the_import_with_its_own_words() {
    let text = format!("phone\n{}", "+442079460123\n".repeat(60_000));
    let mut sink = MemorySink { fails_at: Some(3), ..MemorySink::default() };
    let source = ListSource::Bytes { name: "list.csv", bytes: text.as_bytes() };
    let error = import(&source, &british(), None, &mut sink, &mut |_| {}).unwrap_err();
    let ImportError::Sink { source, .. } = error else { panic!("{error}") };
    assert_eq!(source.to_string(), "the disk is full");
    assert!(sink.aborted && sink.kept.is_empty());
}

#[test]
fn importing_the_same_file_twice_adds_nothing() {
    let mut sink = MemorySink::default();
    let source = ListSource::Bytes { name: "list.csv", bytes: b"phone\n+442079460123\n" };
    import(&source, &british(), None, &mut sink, &mut |_| {}).unwrap();
    let report = import(&source, &british(), None, &mut sink, &mut |_| {}).unwrap();
    assert_eq!(rejections(&report), [(R::DuplicateInCampaign, 2, None)]);
    assert_eq!(sink.kept.len(), 1);
}
