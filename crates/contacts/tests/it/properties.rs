//! Any bytes: never a panic, never a row unaccounted for.

use outcall_contacts::import_any;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_accounted_for(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _outcome = import_any(&bytes);
    }

    #[test]
    fn anything_below_a_header_is_accounted_for(
        body in "([+0-9a,;\"\r\n\\PC]{0,12}[,\n]){0,40}",
        cut in 0_usize..400,
    ) {
        let text = format!("phone,name\n+442079460123,x\n{body}");
        let _outcome = import_any(&text.as_bytes()[..cut.min(text.len())]);
        if let Ok(report) = import_any(text.as_bytes()) {
            prop_assert!(report.rows >= 1);
        }
    }

    #[test]
    fn any_lines_of_json_are_accounted_for(
        lines in proptest::collection::vec(
            "(\\{\"phone\":\"[+0-9]{0,14}\"\\}|[{}\\[\\]\",:a1]{0,12})",
            1..20,
        ),
    ) {
        let text = format!("{{\"phone\":\"+442079460123\"}}\n{}\n", lines.join("\n"));
        let report = import_any(text.as_bytes()).unwrap();
        let visible = lines.iter().filter(|line| !line.is_empty()).count() as u64;
        prop_assert_eq!(report.rows, visible + 1);
    }
}
