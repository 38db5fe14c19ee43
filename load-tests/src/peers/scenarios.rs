//! What sipp plays: `scenarios-sipp/uas` takes calls, `scenarios-sipp/uac` places them.

use anyhow::{Context, Result};

macro_rules! scenario {
    ($name:literal) => {
        ($name, include_str!(concat!("../../scenarios-sipp/", $name, ".xml")))
    };
}

/// Name and text of every scenario.
const SCENARIOS: &[(&str, &str)] = &[
    scenario!("uas/answer"),
    scenario!("uas/answer_lossy"),
    scenario!("uas/cancel"),
    scenario!("uas/cancel_after_407"),
    scenario!("uas/digest_401"),
    scenario!("uas/digest_407"),
    scenario!("uas/early_media"),
    scenario!("uas/hang_up"),
    scenario!("uas/hang_up_twice"),
    scenario!("uas/late_answer"),
    scenario!("uas/load"),
    scenario!("uas/prack"),
    scenario!("uas/refer"),
    scenario!("uas/refuse_404"),
    scenario!("uas/refuse_480"),
    scenario!("uas/refuse_486"),
    scenario!("uas/refuse_503"),
    scenario!("uas/refuse_603"),
    scenario!("uas/reinvite"),
    scenario!("uas/repeated_answer"),
    scenario!("uas/session_timer"),
    scenario!("uas/session_timer_pending"),
    scenario!("uac/answer"),
    scenario!("uac/answer_slowly"),
    scenario!("uac/cancel"),
    scenario!("uac/cancel_after_407"),
    scenario!("uac/cancel_after_407_stray"),
    scenario!("uac/digest"),
    scenario!("uac/digest_wrong"),
    scenario!("uac/hung_up"),
    scenario!("uac/hung_up_twice"),
    scenario!("uac/late_answer"),
    scenario!("uac/prack"),
    scenario!("uac/referred"),
    scenario!("uac/referred_405"),
    scenario!("uac/refused"),
    scenario!("uac/reinvited"),
    scenario!("uac/repeated_answer"),
    scenario!("uac/repeated_answer_ignored"),
    scenario!("uac/session_timer"),
];

/// The text of a scenario, for example of `uas/answer`.
pub(super) fn text(name: &str) -> Result<&'static str> {
    let found = SCENARIOS.iter().find(|(known, _)| *known == name);
    Ok(found.with_context(|| format!("there is no scenario '{name}'"))?.1)
}
