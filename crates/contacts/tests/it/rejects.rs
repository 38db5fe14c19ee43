//! The rejects file: correct it, import it again, and exactly the missing contacts are added.

use std::path::Path;

use outcall_contacts::{ImportReport, ListSource, import};

use crate::british;
use crate::memory_sink::MemorySink;

fn import_file(path: &Path, rejects: &Path, sink: &mut MemorySink) -> ImportReport {
    import(&ListSource::Path(path), &british(), Some(rejects), sink, &mut |_| {}).unwrap()
}

#[test]
fn a_corrected_rejects_file_brings_exactly_the_missing_contacts() {
    let folder = tempfile::tempdir().unwrap();
    let (list, rejects) = (folder.path().join("list.csv"), folder.path().join("rejects.csv"));
    let text = "Phone;Name;Note\n020 7946 0123;Ann;a\n12;\"Bob \"\"B\"\"\";\"x;y\nz\"\n\
        07911 123456;Cy\n+44 20 7946 0123;Ann again;\n020 7946 0999;王;=1+1\n";
    fs_err::write(&list, text).unwrap();
    let mut sink = MemorySink::default();
    sink.suppressed.insert("+442079460999".to_owned());
    let report = import_file(&list, &rejects, &mut sink);
    assert_eq!((report.accepted, report.rejected), (1, 4));

    let written = fs_err::read_to_string(&rejects).unwrap();
    insta::assert_snapshot!(written.trim_start_matches('\u{FEFF}'));
    assert!(written.starts_with('\u{FEFF}'));
    let corrected = written
        .replace("12,\"Bob", "07911 000123,\"Bob")
        .replace("07911 123456,Cy,,", "07911 123456,Cy,new,");
    fs_err::write(&rejects, corrected).unwrap();

    let again = folder.path().join("again.csv");
    let report = import_file(&rejects, &again, &mut sink);
    assert_eq!((report.accepted, report.rejected), (2, 2), "{:?}", report.rejections);
    assert_eq!(sink.numbers(), ["+442079460123", "+447911000123", "+447911123456"]);
    assert_eq!(sink.kept[1].name, "Bob \"B\"");
    assert_eq!(sink.kept[1].attributes, r#"{"note":"x;y\nz"}"#);
    let header = fs_err::read_to_string(&again).unwrap();
    assert_eq!(header.lines().next().unwrap().matches("reject_reason").count(), 1);
}

#[test]
fn without_rejects_and_after_an_error_there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (list, rejects) = (folder.path().join("list.csv"), folder.path().join("rejects.csv"));
    fs_err::write(&list, "phone\n+442079460123\n").unwrap();
    import_file(&list, &rejects, &mut MemorySink::default());
    assert!(!rejects.exists());

    fs_err::write(&list, format!("phone\n{}\"", "12\n".repeat(5_000))).unwrap();
    let source = ListSource::Path(&list);
    let mut sink = MemorySink::default();
    import(&source, &british(), Some(&rejects), &mut sink, &mut |_| {}).unwrap_err();
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1, "no partial file is left");
}

#[test]
fn rejects_come_in_the_order_of_the_file_across_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let (list, rejects) = (folder.path().join("list.csv"), folder.path().join("rejects.csv"));
    let mut text = String::from("phone\n");
    for index in 0..5_000 {
        text.push_str(&format!("+4420794{:05}\n", if index % 3 == 0 { 60123 } else { index }));
    }
    fs_err::write(&list, text).unwrap();
    import_file(&list, &rejects, &mut MemorySink::default());
    let mut reader = csv::Reader::from_path(&rejects).unwrap();
    let lines: Vec<u64> =
        reader.records().map(|record| record.unwrap()[3].parse().unwrap()).collect();
    assert!(lines.len() > 1_600 && lines.is_sorted());
}
