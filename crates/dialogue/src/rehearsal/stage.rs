//! One exchange on its way.

use std::collections::BTreeMap;

use outcall_understanding::reading::{Guess, Reading};
use outcall_understanding::slots::Found;

use crate::document::exchange::{ApiTurn, Exchange, Turn};
use crate::engine::{Action, ApiResult, Event, Phase, State, asked};
use crate::policy::ScenarioOrder;
use crate::record::{Record, recorded};
use crate::scenario::Scenario;
use crate::similarity::normal;
use crate::understander::{Heard, Understander};
use crate::values::{read, written};

/// How long a word of a prompt takes, in ms.
const WORD_MS: u32 = 350;

pub(super) struct Stage<'a, U> {
    scenario: &'a Scenario,
    understander: &'a U,
    test: &'a Exchange,
    state: State,
    records: Vec<Record>,
    /// What the robot said, and sent, since the callee last did something.
    said: String,
    sent: String,
}

impl<'a, U: Understander> Stage<'a, U> {
    pub(super) fn new(scenario: &'a Scenario, understander: &'a U, test: &'a Exchange) -> Self {
        let (records, said, sent) = (Vec::new(), String::new(), String::new());
        let state = State::new(scenario);
        Self { scenario, understander, test, state, records, said, sent }
    }

    pub(super) fn into_records(self) -> Vec<Record> {
        self.records
    }

    pub(super) fn play(&mut self) -> Result<(), String> {
        let test = self.test;
        let mut variables = self.scenario.sample.clone();
        variables.extend(test.with.clone());
        for name in self.scenario.variables.keys() {
            variables.entry(name.clone()).or_insert_with(|| format!("[{name}]"));
        }
        let first = self.scenario.jurisdictions.first();
        self.happen(Event::Started {
            language: test.language.unwrap_or_else(|| self.scenario.first_language()),
            jurisdiction: test.jurisdiction.as_ref().or(first).cloned().unwrap_or_default(),
            seed: test.seed,
            variables,
        });
        for (index, turn) in test.talk.iter().enumerate() {
            let interrupts = |turn: &Turn| turn.after_words.is_some();
            if !interrupts(turn) {
                self.listen_out(turn.chosen.is_some());
            }
            self.turn(turn).map_err(|why| format!("turn {}: {why}", index + 1))?;
            let next = test.talk.get(index + 1);
            if !next.is_some_and(interrupts) {
                self.listen_out(next.is_some_and(|next| next.chosen.is_some()));
            }
            self.expect(turn).map_err(|why| format!("turn {}: {why}", index + 1))?;
        }
        self.listen_out(false);
        self.expect_end()
    }

    fn happen(&mut self, event: Event) {
        let (state, record) = recorded(self.scenario, &self.state, event);
        for action in &record.actions {
            match action {
                Action::Say { text, .. } => {
                    self.said.push_str(text);
                    self.said.push(' ');
                }
                Action::Message { text, .. } => self.sent.push_str(text),
                Action::Listen { .. }
                | Action::Choose { .. }
                | Action::Call { .. }
                | Action::Transfer { .. }
                | Action::End { .. } => {}
            }
        }
        self.state = state;
        self.records.push(record);
    }

    /// Lets prompts come to their end, and choices be made, unless the test chooses itself.
    fn listen_out(&mut self, chosen_by_test: bool) {
        for _ in 0..self.scenario.limits.steps {
            match self.state.phase {
                Phase::Speaking => self.happen(Event::PromptFinished),
                Phase::Choosing if !chosen_by_test => {
                    let last = self.records.last().map(|record| record.actions.as_slice());
                    let choice = last.unwrap_or_default().iter().find_map(Action::choice);
                    match choice
                        .and_then(|(_, allowed)| ScenarioOrder::choice(allowed))
                        .map(Event::from)
                    {
                        Some(event) => self.happen(event),
                        None => return,
                    }
                }
                Phase::New
                | Phase::Listening
                | Phase::Choosing
                | Phase::Calling
                | Phase::Transferring
                | Phase::Ended => return,
            }
        }
    }

    fn turn(&mut self, turn: &Turn) -> Result<(), String> {
        let happens = turn.user.is_some()
            || turn.silence.is_some()
            || turn.digit.is_some()
            || turn.api.is_some()
            || turn.transfer.is_some()
            || turn.hangup.is_some()
            || turn.voicemail.is_some()
            || turn.chosen.is_some();
        if !happens {
            return Ok(());
        }
        if self.state.phase == Phase::Ended {
            let outcome = self.state.outcome.as_deref().unwrap_or_default();
            return Err(format!("the call has ended already, as '{outcome}'"));
        }
        self.said.clear();
        self.sent.clear();
        if let Some(text) = &turn.user {
            if let Some(words) = turn.after_words {
                self.happen(Event::Interrupted { played_ms: words.saturating_mul(WORD_MS) });
            }
            let heard = self.heard(text, turn)?;
            self.happen(Event::Heard(heard));
        }
        for _ in 0..turn.silence.unwrap_or_default() {
            self.happen(Event::Silence);
        }
        if let Some(digit) = turn.digit {
            self.happen(Event::Digit(digit));
        }
        match turn.api {
            Some(ApiTurn::Ok) => {
                self.happen(Event::Api(ApiResult::Answered(turn.answer.clone())));
            }
            Some(ApiTurn::Failed) => self.happen(Event::Api(ApiResult::Failed)),
            Some(ApiTurn::Timeout) => self.happen(Event::Timer),
            None => {}
        }
        if let Some(answered) = turn.transfer {
            self.happen(Event::Transfer { answered });
        }
        if turn.voicemail == Some(true) {
            self.happen(Event::Voicemail);
        }
        if turn.hangup == Some(true) {
            self.happen(Event::HungUp);
        }
        match &turn.chosen {
            Some(name) => self.choose(name),
            None => Ok(()),
        }
    }

    fn choose(&mut self, name: &str) -> Result<(), String> {
        let last = self.records.last().map(|record| record.actions.as_slice());
        let choice = last.unwrap_or_default().iter().find_map(Action::choice);
        let index = choice.and_then(|(ways, _)| ways.iter().position(|way| way == name));
        let Some(index) = index else {
            return Err(format!("no strategy '{name}' is offered here"));
        };
        self.happen(Event::Chosen { index, probability: 1.0 });
        Ok(())
    }

    /// What the callee says, as the test pins it or as it is understood.
    fn heard(&self, text: &str, turn: &Turn) -> Result<Heard, String> {
        let asked = asked(self.scenario, &self.state, self.test.now);
        let mut heard = self.understander.understand(text, &asked);
        if let Some(intent) = &turn.means {
            let confidence = turn.sure.unwrap_or(1.0);
            let intents = vec![Guess { intent: intent.clone(), confidence }];
            let reading = Reading { text: text.to_owned(), intents, out_of_scope: 0.0 };
            // What is certain leaves no room for a yes or a no beside it.
            let found = turn.sure.map(|_| heard.found).unwrap_or_default();
            heard = Heard { reading, found };
        }
        for (slot, value) in &turn.value {
            let Some(kind) = self.scenario.kind(slot) else {
                return Err(format!("there is no slot '{slot}'"));
            };
            let found = Found { value: read(value, kind), span: 0..text.len(), confidence: 1.0 };
            heard.found.insert(0, found);
        }
        Ok(heard)
    }

    fn expect(&self, turn: &Turn) -> Result<(), String> {
        let said = normal(&self.said);
        if let Some(robot) = &turn.robot
            && !said.contains(&normal(robot))
        {
            return Err(format!("the robot was to say '{robot}' and said '{}'", self.said.trim()));
        }
        if let Some(robot) = &turn.robot_not
            && said.contains(&normal(robot))
        {
            return Err(format!("the robot was not to say '{robot}': '{}'", self.said.trim()));
        }
        if let Some(sent) = &turn.sent
            && !self.sent.contains(sent)
        {
            return Err(format!("'{sent}' was to be sent, and '{}' was", self.sent));
        }
        match &turn.node {
            Some(node) if *node != self.state.node => {
                let Self { state, .. } = self;
                Err(format!("the call was to be at '{node}' and is at '{}'", state.node))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn expect_end(&self) -> Result<(), String> {
        let outcome = self.state.outcome.as_deref();
        if let Some(wanted) = self.test.outcome.as_deref()
            && outcome != Some(wanted)
        {
            let node = &self.state.node;
            return Err(match outcome {
                Some(outcome) => format!("the outcome was to be '{wanted}' and is '{outcome}'"),
                None => format!("the outcome was to be '{wanted}', and the call waits at '{node}'"),
            });
        }
        let known: BTreeMap<&str, String> =
            self.state.values.iter().map(|(name, value)| (name.as_str(), written(value))).collect();
        for (slot, wanted) in &self.test.slots {
            match known.get(slot.as_str()) {
                Some(value) if value == wanted => {}
                Some(value) => return Err(format!("'{slot}' was to be '{wanted}', is '{value}'")),
                None => return Err(format!("'{slot}' was to be '{wanted}' and is not known")),
            }
        }
        Ok(())
    }
}
