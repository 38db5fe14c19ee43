//! Which event does what.

use std::collections::BTreeMap;

use jiff::civil;
use outcall_understanding::slots::{Kind, Language, Value};

use super::enter::Step;
use super::{Action, ApiResult, Event, Phase, State};
use crate::scenario::{Act, Scenario, VOICEMAIL, Way};
use crate::understander::{Asked, Before, Heard};
use crate::values::read;

/// One step of a call. An event that means nothing where the call is changes nothing but the count
/// of events; an ended call changes no more.
pub fn step(scenario: &Scenario, state: &State, event: &Event) -> (State, Vec<Action>) {
    let mut step = Step::new(scenario, state.clone());
    if step.state.phase == Phase::Ended {
        return step.done();
    }
    step.state.steps += 1;
    if step.state.steps > scenario.limits.steps {
        step.exhausted();
        return step.done();
    }
    match (event, step.state.phase) {
        (Event::Started { language, jurisdiction, seed, variables }, Phase::New) => {
            step.start(*language, jurisdiction, *seed, variables);
        }
        (Event::HungUp, _) => step.hung_up(),
        (Event::Voicemail, phase) => step.voicemail(phase),
        (Event::Heard(heard), Phase::Listening) => step.answer(heard),
        (Event::Heard(heard), Phase::Speaking) => step.heard_while_speaking(heard),
        (Event::Heard(heard), Phase::Calling | Phase::Choosing | Phase::Transferring) => {
            step.heard_while_busy(heard);
        }
        (Event::Silence, Phase::Listening) => step.silence(),
        (Event::PromptFinished, Phase::Speaking) => step.leave("next"),
        (Event::Silence, Phase::Speaking) if step.state.interrupted => step.leave("next"),
        (Event::Digit(digit), Phase::Listening | Phase::Speaking) => step.digit(*digit, false),
        (Event::Digit(digit), Phase::Calling | Phase::Choosing | Phase::Transferring) => {
            step.digit(*digit, true);
        }
        (Event::Interrupted { .. }, Phase::Speaking | Phase::Listening) => step.interrupted(),
        (Event::Chosen { index, .. }, Phase::Choosing) => step.chosen(*index),
        (Event::Api(ApiResult::Answered(fields)), Phase::Calling) => step.answered(fields),
        (Event::Api(ApiResult::Failed), Phase::Calling) => step.leave("failed"),
        (Event::Timer, Phase::Calling) => step.leave("timeout"),
        (Event::Transfer { answered }, Phase::Transferring) => {
            step.leave(if *answered { "next" } else { "failed" });
        }
        (
            Event::Started { .. }
            | Event::Heard(_)
            | Event::Silence
            | Event::Digit(_)
            | Event::Interrupted { .. }
            | Event::PromptFinished
            | Event::Chosen { .. }
            | Event::Api(_)
            | Event::Timer
            | Event::Transfer { .. },
            _,
        ) => {}
    }
    step.done()
}

/// What an utterance may mean where the call is.
pub fn asked<'a>(scenario: &'a Scenario, state: &'a State, now: civil::DateTime) -> Asked<'a> {
    const YES_NO: &Kind = &Kind::YesNo;
    let (language, intents, kinds) = (state.language, Vec::new(), Vec::new());
    let before = match (&state.confirming, &state.part) {
        (Some(confirming), _) => Some(Before::ReadBack(&confirming.value)),
        (None, Some(part)) => Some(Before::Part(&part.value)),
        (None, None) => None,
    };
    let before = before.filter(|_| state.doubting.is_none());
    let mut asked = Asked { language, now, intents, kinds, before, name: None };
    let listening = matches!(state.phase, Phase::Listening | Phase::Speaking);
    if let Some(node) = scenario.nodes.get(&state.node).filter(|_| listening)
        && let Act::Listen { slot } = &node.act
    {
        let own = node.exits.keys().filter_map(|exit| scenario.intents.get_key_value(exit));
        asked.intents.extend(own.map(|(name, _)| name.as_str()));
        asked.kinds.extend(slot.as_deref().and_then(|slot| scenario.kind(slot)));
        if asked.before.is_none() {
            let others = scenario.other_slots(node).filter_map(|slot| scenario.kind(slot));
            asked.kinds.extend(others);
        }
        let rule = slot.as_deref().and_then(|slot| scenario.slots.get(slot));
        let variable = rule.and_then(|rule| rule.yes_by_name.as_ref());
        asked.name = match variable.and_then(|variable| state.values.get(variable)) {
            Some(Value::Text(name)) if state.confirming.is_none() && state.doubting.is_none() => {
                Some(name)
            }
            Some(_) | None => None,
        };
    }
    if (state.confirming.is_some() || state.doubting.is_some()) && !asked.kinds.contains(&YES_NO) {
        asked.kinds.push(YES_NO);
    }
    for name in scenario.globals.keys() {
        if scenario.intents.contains_key(name) && !asked.intents.contains(&name.as_str()) {
            asked.intents.push(name);
        }
    }
    asked
}

impl Step<'_> {
    fn start(
        &mut self,
        language: Language,
        jurisdiction: &str,
        seed: u64,
        variables: &BTreeMap<String, String>,
    ) {
        let known = self.scenario.languages.contains(&language);
        let language = if known { language } else { self.scenario.first_language() };
        self.state.seed = seed;
        self.state.language = language;
        for (name, variable) in &self.scenario.variables {
            if let Some(text) = variables.get(name) {
                self.state.values.insert(name.clone(), read(text, &variable.kind));
            }
        }
        let code = crate::document::texts::code(language);
        for (name, text) in [("language", code), ("jurisdiction", jurisdiction)] {
            self.state.values.insert(name.to_owned(), Value::Text(text.to_owned()));
        }
        self.enter(self.scenario.start.clone());
    }

    /// Leaves the message of the scenario. Before the call has begun nothing is known that it could
    /// say.
    fn voicemail(&mut self, phase: Phase) {
        match self.scenario.voicemail.as_ref().filter(|_| phase != Phase::New) {
            Some(message) => self.enter(message.node.clone()),
            None => self.end(VOICEMAIL),
        }
    }

    /// While the robot speaks only what is understood everywhere counts. After an interruption by
    /// anything else it goes on, so that nobody has to hear the same prompt twice.
    fn heard_while_speaking(&mut self, heard: &Heard) {
        if let Some(global) = self.global(heard, false) {
            self.wished(&global);
        } else if self.state.interrupted {
            self.leave("next");
        }
    }

    /// While it waits for others, only what wins over everything counts. Nothing can be asked then.
    fn heard_while_busy(&mut self, heard: &Heard) {
        if let Some(global) = self.global(heard, true) {
            self.digress(&global.intent);
        }
    }

    /// A key; while it waits for others, only what wins over everything counts.
    fn digit(&mut self, digit: char, busy: bool) {
        let Some(name) = self.scenario.of_digit(digit) else { return };
        let is_first = self.scenario.globals.get(name).is_some_and(|global| global.first);
        if is_first || !busy {
            self.digress(name);
        }
    }

    fn interrupted(&mut self) {
        self.state.interruptions = self.state.interruptions.saturating_add(1);
        self.state.interrupted = true;
        if self.state.phase == Phase::Speaking {
            self.listen();
        }
    }

    fn chosen(&mut self, index: usize) {
        let Some(node) = self.scenario.nodes.get(&self.state.node) else { return };
        let Act::Choose(ways) = &node.act else { return };
        // A policy that chooses what is not allowed is not followed.
        let allowed = |way: &&Way| way.is_allowed(&self.state.values);
        let way = ways.get(index).filter(allowed).or_else(|| ways.iter().find(allowed));
        match way {
            Some(way) => self.enter(way.to.clone()),
            None => self.exhausted(),
        }
    }

    fn answered(&mut self, fields: &BTreeMap<String, String>) {
        let Some(node) = self.scenario.nodes.get(&self.state.node) else { return };
        let Act::Call(call) = &node.act else { return };
        for (slot, field) in &call.save {
            match (fields.get(field), self.scenario.kind(slot)) {
                (Some(text), Some(kind)) => {
                    self.state.values.insert(slot.clone(), read(text, kind));
                }
                _ => {
                    self.state.values.remove(slot);
                }
            }
        }
        self.leave("next");
    }
}
