//! What every ledger has to do, done by the embedded one.

use outcall_ledger::conformance::{CHECKS, Fixture};

use crate::support::Sqlite;

#[test]
fn the_embedded_ledger_passes_every_check() {
    let mut make = || Box::new(Sqlite::new()) as Box<dyn Fixture>;
    for check in CHECKS {
        // Shown when the check fails.
        println!("{}", check.name);
        (check.run)(&mut make);
    }
}
