//! Messages on answering machines.

use std::collections::BTreeSet;

use super::Checker;
use crate::scenario::{Act, Origin};

pub(super) fn check(checker: &mut Checker<'_>) {
    let Some(voicemail) = checker.voicemail() else {
        let message =
            "no message for answering machines, on which calls end without a word: write \
                       'voicemail: ' and the name of a node that says it, or include the library"
                .to_owned();
        return checker.warn("voicemail", (&Origin::default(), &["start"]), message);
    };
    let mut open = vec![voicemail];
    let mut passed = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(node) = checker.scenario.nodes.get(name) else { continue };
        if !passed.insert(name) {
            continue;
        }
        if matches!(node.act, Act::Listen { .. } | Act::Transfer { .. }) {
            let message = format!(
                "a message on an answering machine leads to '{name}', which nobody answers: lead \
                 it to an end"
            );
            checker.error("voicemail", (&node.origin, &[]), message);
        }
        open.extend(node.targets());
    }
}
