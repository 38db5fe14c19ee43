//! Random callees: they say examples of the scenario, numbers, nonsense, or nothing. They find
//! steps that replay otherwise, and calls that do not end.

use std::collections::BTreeMap;

use jiff::civil;
use outcall_understanding::slots::Language;

use crate::engine::{Action, ApiResult, Event, Phase, State, asked, mix};
use crate::record::{Record, recorded};
use crate::scenario::Scenario;
use crate::understander::Understander;

/// What people say besides the examples of the scenario.
const SAYS: [&str; 15] = [
    "yes",
    "no",
    "yes please",
    "tomorrow at five",
    "next Tuesday",
    "at five",
    "in the morning",
    "no, on Friday",
    "one two three four",
    "three hundred dollars",
    "purple monkey dishwasher",
    "the 5th of May 1980",
    "好的",
    "不是",
    "明天下午三点",
];

/// A call with a random callee, step by step. It ends, whatever the callee does.
pub fn wander(scenario: &Scenario, understander: &impl Understander, seed: u64) -> Vec<Record> {
    let mut chance = Chance(seed);
    let language = *chance.of(&scenario.languages).unwrap_or(&Language::En);
    let variables = scenario.variables.keys().map(|name| (name.clone(), name.clone())).collect();
    let jurisdiction = chance.of(&scenario.jurisdictions).cloned().unwrap_or_default();
    let start = Event::Started { language, jurisdiction, seed, variables };
    let (mut state, record) = recorded(scenario, &State::new(scenario), start);
    let mut records = vec![record];
    while state.phase != Phase::Ended {
        let event = event(scenario, understander, &state, &records, &mut chance);
        let (next, record) = recorded(scenario, &state, event);
        state = next;
        records.push(record);
    }
    records
}

fn event(
    scenario: &Scenario,
    understander: &impl Understander,
    state: &State,
    records: &[Record],
    chance: &mut Chance,
) -> Event {
    match state.phase {
        Phase::New | Phase::Ended => Event::HungUp,
        Phase::Speaking => match chance.below(40) {
            0..=3 => Event::Interrupted { played_ms: 700 },
            4..=7 => says(scenario, understander, state, chance),
            8..=11 => Event::Silence,
            12 => Event::Voicemail,
            _ => Event::PromptFinished,
        },
        Phase::Listening => match chance.below(20) {
            0 => Event::HungUp,
            1 | 2 => Event::Silence,
            3 => Event::Digit(*chance.of(&['0', '1', '9', '#']).unwrap_or(&'9')),
            _ => says(scenario, understander, state, chance),
        },
        Phase::Choosing => {
            let last = records.last().map(|record| record.actions.as_slice()).unwrap_or_default();
            let choice = last.iter().find_map(Action::choice);
            let count = choice.map_or(1, |(ways, _)| ways.len());
            let index = chance.below(count as u64 + 1);
            Event::Chosen { index: usize::try_from(index).unwrap_or_default(), probability: 0.5 }
        }
        Phase::Calling => match chance.below(3) {
            0 => Event::Api(ApiResult::Failed),
            1 => Event::Timer,
            _ => Event::Api(ApiResult::Answered(BTreeMap::new())),
        },
        Phase::Transferring => Event::Transfer { answered: chance.below(2) == 0 },
    }
}

fn says(
    scenario: &Scenario,
    understander: &impl Understander,
    state: &State,
    chance: &mut Chance,
) -> Event {
    let now = civil::DateTime::constant(2026, 3, 2, 10, 0, 0, 0);
    let asked = asked(scenario, state, now);
    let examples = chance
        .of(&asked.intents)
        .and_then(|intent| scenario.intents.get(*intent))
        .and_then(|intent| intent.examples.get(&state.language));
    let text = match examples {
        Some(examples) if chance.below(2) == 0 => chance.of(examples).map(String::as_str),
        Some(_) | None => chance.of(&SAYS).copied(),
    };
    Event::Heard(understander.understand(text.unwrap_or_default(), &asked))
}

/// Seeded chance.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0, b"chance") % limit.max(1)
    }

    pub(crate) fn of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(items.len() as u64);
        items.get(usize::try_from(index).ok()?)
    }
}
