//! The regulation files that come with the program.

use super::Regulations;

/// Name and text of each file.
const FILES: [(&str, &str); 4] = [
    ("regulation/cn.toml", include_str!("../../regulation/cn.toml")),
    ("regulation/eu.toml", include_str!("../../regulation/eu.toml")),
    ("regulation/uk.toml", include_str!("../../regulation/uk.toml")),
    ("regulation/us.toml", include_str!("../../regulation/us.toml")),
];

pub(super) fn regulations() -> Regulations {
    Regulations::from_toml_files(FILES)
        .expect("invariant: the built-in files are valid, a test reads them")
}

#[cfg(test)]
mod tests {
    use crate::Purpose;

    use super::*;

    #[test]
    fn every_built_in_file_is_valid_by_itself() {
        for (name, text) in FILES {
            let set = Regulations::from_toml_files([(name, text)]);
            let set = set.unwrap_or_else(|problem| panic!("{problem}"));
            let jurisdiction = set.iter().next().unwrap();
            assert_eq!(name, format!("regulation/{}.toml", jurisdiction.code));
            assert!(!jurisdiction.attempt_caps.is_empty(), "{name} caps the attempts");
            assert!(!jurisdiction.calendar.rule.hours.is_always(), "{name} limits the hours");
        }
    }

    #[test]
    fn the_four_files_load_together_and_cover_their_regions() {
        let regulations = Regulations::builtin();
        let codes: Vec<_> = regulations.iter().map(|found| found.code.as_str()).collect();
        assert_eq!(codes, ["cn", "eu", "uk", "us"]);
        for (region, code) in [("US", "us"), ("GB", "uk"), ("DE", "eu"), ("CN", "cn")] {
            assert_eq!(regulations.for_region(region).unwrap().code, code);
        }
        assert_eq!(regulations.for_region("us"), None);
    }

    #[test]
    fn marketing_never_asks_for_less_consent_than_information() {
        for jurisdiction in Regulations::builtin().iter() {
            assert!(
                jurisdiction.required_consent(Purpose::Marketing)
                    >= jurisdiction.required_consent(Purpose::Informational),
                "{}",
                jurisdiction.code
            );
        }
    }
}
