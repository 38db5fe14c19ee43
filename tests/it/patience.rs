//! A scenario's patience and that of hearing are two types with the same fields: neither crate
//! knows the other.

use outcall_dialogue::document::policy::{PatienceFields, PatienceName};
use outcall_speech::turn::Patience;

/// As hearing reads what a scenario says. An unknown field is an error on either side.
fn heard(fields: PatienceFields) -> Patience {
    serde_json::from_value(serde_json::to_value(fields).unwrap()).unwrap()
}

#[test]
fn a_node_that_says_nothing_is_as_patient_as_hearing_is() {
    assert_eq!(heard(PatienceFields::default()), Patience::default());
}

#[test]
fn every_time_of_a_scenario_is_heard_and_every_time_of_hearing_can_be_written() {
    for name in [PatienceName::Quick, PatienceName::Normal, PatienceName::Long] {
        let fields = PatienceFields::from(name);
        let hearing = serde_json::to_value(heard(fields)).unwrap();
        let back: PatienceFields = serde_json::from_value(hearing).unwrap();
        assert_eq!(back, fields);
    }
}
