//! Linear stories become turns of a call: what was meant leads to what the robot says next.
//!
//! Stories that begin alike share their turns. A rule, which holds everywhere, becomes an intent
//! that is understood everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::material::{Material, Place, Step, Story};

/// What the robot says at a point of the call, and where answers lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// Names of responses, one after another.
    pub(super) says: Vec<String>,
    /// The turn that each intent leads to.
    pub(super) replies: BTreeMap<String, usize>,
}

/// What the stories come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The turns; the first is the opening.
    pub(super) turns: Vec<Turn>,
    /// What is answered everywhere: an intent, and names of responses.
    pub(super) everywhere: BTreeMap<String, Vec<String>>,
    /// Each story as a test: its name, and what is meant turn by turn.
    pub(super) tests: Vec<(String, Vec<(String, usize)>)>,
}

/// A story, cut where the callee speaks.
#[derive(Debug, Default)]
struct Cut {
    /// What the robot says first.
    head: Vec<String>,
    /// What is meant (one of several), and what the robot says then.
    parts: Vec<(Vec<String>, Vec<String>)>,
}

/// Plans the turns. What cannot become one is left out, with its place.
pub(super) fn plan(material: &mut Material) -> Plan {
    let mut plan = Plan { turns: vec![Turn::default()], ..Plan::default() };
    for story in std::mem::take(&mut material.stories) {
        if let Some(cut) = cut(&story, material) {
            match plan.add(&cut) {
                Ok(path) => plan.tests.push((story.name, path)),
                Err(why) => {
                    let message = format!("the story '{}' is left out: {why}", story.name);
                    material.leave_out(&story.place, message);
                }
            }
        }
    }
    for rule in std::mem::take(&mut material.rules) {
        let Some(cut) = cut(&rule, material) else { continue };
        match (cut.head.is_empty(), cut.parts.as_slice()) {
            (true, [(meant, says)]) if !says.is_empty() => {
                for intent in meant {
                    plan.everywhere.insert(intent.clone(), says.clone());
                }
            }
            _ => {
                let message = format!(
                    "the rule '{}' is left out: only an intent that is answered by responses is \
                     read",
                    rule.name
                );
                material.leave_out(&rule.place, message);
            }
        }
    }
    plan
}

/// Cuts a story; `None` when it is not linear, which is told.
fn cut(story: &Story, material: &mut Material) -> Option<Cut> {
    let other = story.steps.iter().find_map(|(place, step)| match step {
        Step::Other(what) => Some((place.clone(), what.clone())),
        Step::Means(_) | Step::Does(_) => None,
    });
    if let Some((place, what)) = other {
        let message = format!("'{}' is left out: '{what}' is not read in it", story.name);
        material.leave_out(&place, message);
        return None;
    }
    let mut cut = Cut::default();
    for (place, step) in &story.steps {
        match step {
            Step::Means(intents) => {
                intents.iter().for_each(|intent| known(intent, place, material));
                cut.parts.push((intents.clone(), Vec::new()));
            }
            Step::Does(action) if material.responses.contains_key(action) => {
                let says = cut.parts.last_mut().map_or(&mut cut.head, |(_, says)| says);
                says.push(action.clone());
            }
            Step::Does(action) if action.starts_with("utter_") => {
                let message = format!(
                    "there is no text for '{action}': add it under 'responses', or import the \
                     file that has it, the domain, as well"
                );
                material.error(place, message);
            }
            Step::Does(action) => {
                let message = format!("'{}': '{action}' is code and is left out", story.name);
                material.leave_out(place, message);
            }
            Step::Other(_) => {}
        }
    }
    Some(cut)
}

fn known(intent: &str, place: &Place, material: &mut Material) {
    if !material.intents.contains_key(intent) {
        let message = format!(
            "there are no examples of the intent '{intent}': import the file that has them as well"
        );
        material.error(place, message);
    }
}

impl Plan {
    /// Adds a story and gives its path; says why when it cannot be.
    fn add(&mut self, cut: &Cut) -> Result<Vec<(String, usize)>, String> {
        let first = &self.turns[0].says;
        if !cut.head.is_empty() && !first.is_empty() && *first != cut.head {
            return Err("another story opens the call otherwise".to_owned());
        }
        if cut.parts.is_empty() {
            return Err("nobody answers in it".to_owned());
        }
        let before_last = &cut.parts[..cut.parts.len() - 1];
        if before_last.iter().any(|(_, says)| says.is_empty()) {
            return Err("the robot says nothing between two things that are meant".to_owned());
        }
        let known = self.known(cut)?;
        if self.turns[0].says.is_empty() {
            self.turns[0].says.clone_from(&cut.head);
        }
        let (mut at, mut path) = (0, Vec::new());
        for (place, (intents, says)) in cut.parts.iter().enumerate() {
            let to = known.get(place).copied().unwrap_or_else(|| {
                self.turns.push(Turn { says: says.clone(), ..Turn::default() });
                self.turns.len() - 1
            });
            for intent in intents {
                self.turns[at].replies.entry(intent.clone()).or_insert(to);
            }
            path.push((intents[0].clone(), to));
            at = to;
        }
        Ok(path)
    }

    /// The turns that a story has in common with those before it, from the opening on.
    fn known(&self, cut: &Cut) -> Result<Vec<usize>, String> {
        let (mut at, mut known) = (0, Vec::new());
        for (intents, says) in &cut.parts {
            let replies = &self.turns[at].replies;
            let found: BTreeSet<usize> =
                intents.iter().filter_map(|intent| replies.get(intent)).copied().collect();
            let mut found = found.into_iter();
            match (found.next(), found.next()) {
                (None, _) => break,
                (Some(to), None) if self.turns[to].says == *says => {
                    known.push(to);
                    at = to;
                }
                (Some(_), _) => {
                    return Err(format!(
                        "another story goes on otherwise after '{}'",
                        intents.join("' or '")
                    ));
                }
            }
        }
        Ok(known)
    }
}
