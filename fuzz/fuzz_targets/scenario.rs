//! Any text as a scenario: its problems have places, and a scenario that loads is checked, and held
//! with a callee who says anything, until it ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_dialogue::check::check;
use outcall_dialogue::wander::wander;
use outcall_dialogue::{Files, FilesError, NearestExample, load};

/// One file that includes nothing but itself.
struct Only<'a>(&'a str);

impl Files for Only<'_> {
    fn read(&self, _: &str) -> Result<String, FilesError> {
        Ok(self.0.to_owned())
    }

    fn beside(&self, _: &str, include: &str) -> String {
        include.to_owned()
    }
}

fuzz_target!(|text: &str| {
    match load(&Only(text), "scenario.yaml") {
        Err(problems) => assert!(!problems.0.is_empty(), "refused without a reason"),
        Ok(loaded) => {
            drop(check(&loaded));
            let understander = NearestExample::new(&loaded.scenario, "USD");
            let records = wander(&loaded.scenario, &understander, 1);
            assert!(!records.is_empty(), "a call without a step");
        }
    }
});
