//! `rehearse`: the people of a file hold calls with a scenario, as text.
//!
//! They are the callee farm's people without their voices: what takes a demo minutes, and the
//! recogniser's mistakes with it, is seen here in seconds. Nobody is called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use jiff::civil::DateTime;
use outcall_dialogue::document::Task;
use outcall_dialogue::engine::{Action, ApiResult, Event, Phase, State, asked};
use outcall_dialogue::outcome::slots;
use outcall_dialogue::record::{Record, recorded};
use outcall_dialogue::{NearestExample, Scenario, Understander};
use outcall_simulation::farm::personas::file::LineKind;
use outcall_simulation::farm::personas::mind::{self, Act, Mind};
use outcall_simulation::farm::personas::{Listed, read_list};
use serde::Serialize;

use super::training::Encoders;
use super::{CURRENCY, chat};
use crate::cli::Rehearse;
use crate::commands::{Style, now};
use crate::output::{answer, table};

/// How long the robot takes for a word, and a person for theirs, in ms.
const WORD_MS: u64 = 350;
/// How often a person looks whether it is their turn, in ms.
const TICK_MS: u64 = 100;
/// The longest call, in events: scenarios end sooner.
const EVENTS_MAX: usize = 400;

/// How a call stands beside what the person wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Grade {
    Right,
    /// Nothing was settled.
    Unsettled,
    Wrong,
}

/// A call that was held.
#[derive(Debug, Serialize)]
struct Held {
    number: String,
    persona: String,
    willing: bool,
    wanted: Vec<String>,
    outcome: Option<String>,
    grade: Grade,
    /// Wanted values, and what was written down.
    slots: BTreeMap<String, (String, Option<String>)>,
    said: Vec<Said>,
}

/// What was said.
#[derive(Debug, Serialize)]
struct Said {
    /// Robot or person.
    by: &'static str,
    text: String,
    /// Where the call was.
    node: String,
    /// What was most likely meant, and how sure that is, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    meant: Option<(String, f32)>,
}

/// Holds the calls.
pub(super) fn run(args: &Rehearse, models: &Path, style: Style) -> anyhow::Result<ExitCode> {
    let loaded = super::read(&args.file.to_string_lossy())?;
    let scenario = &loaded.scenario;
    let listed = read_list(&args.people, args.seed, now())?;
    let answers = chat::fields(&args.answers.join(" ")).map_err(anyhow::Error::msg)?;
    let answers = (!answers.is_empty()).then_some(answers);
    let held = if args.trained {
        let understander = Encoders::find(models).train(scenario, CURRENCY)?;
        hold_all(scenario, &understander, &listed, answers.as_ref())?
    } else {
        let understander = NearestExample::new(scenario, CURRENCY);
        hold_all(scenario, &understander, &listed, answers.as_ref())?
    };
    answer(style.json, &held, || show(&held, args.all))?;
    Ok(ExitCode::SUCCESS)
}

fn hold_all<U: Understander>(
    scenario: &Scenario,
    understander: &U,
    listed: &[Listed],
    answers: Option<&BTreeMap<String, String>>,
) -> anyhow::Result<Vec<Held>> {
    let talks = listed.iter().filter(|it| it.person.line == LineKind::Talks);
    let calls = talks.map(|it| {
        let at = now().to_jiff().to_zoned(it.zone.clone()).datetime();
        Call::new(scenario, understander, it, at, answers).hold()
    });
    calls.collect()
}

/// A call on its way.
struct Call<'a, U> {
    scenario: &'a Scenario,
    understander: &'a U,
    listed: &'a Listed,
    /// The wall-clock time where the callee is.
    at: DateTime,
    answers: Option<&'a BTreeMap<String, String>>,
    mind: Mind,
    state: State,
    /// Since the answer.
    now_ms: u64,
    said: Vec<Said>,
}

impl<'a, U: Understander> Call<'a, U> {
    fn new(
        scenario: &'a Scenario,
        understander: &'a U,
        listed: &'a Listed,
        at: DateTime,
        answers: Option<&'a BTreeMap<String, String>>,
    ) -> Self {
        let mut manner = listed.person.manner.clone();
        // A "hello?" at the answer falls beside the robot's greeting, and is heard as such there.
        manner.opening = None;
        Self {
            scenario,
            understander,
            listed,
            at,
            answers,
            mind: Mind::new(manner),
            state: State::new(scenario),
            now_ms: 0,
            said: Vec::new(),
        }
    }

    fn hold(mut self) -> anyhow::Result<Held> {
        let scenario = self.scenario;
        let mut variables = scenario.sample.clone();
        let columns = self
            .listed
            .row
            .iter()
            .filter(|(name, _)| scenario.variables.contains_key(name.as_str()));
        variables.extend(columns.map(|(name, value)| (name.clone(), value.clone())));
        let mut record = self.happens(Event::Started {
            language: scenario.first_language(),
            jurisdiction: scenario.jurisdictions.first().cloned().unwrap_or_default(),
            seed: self.listed.person.seed,
            variables,
        });
        for _ in 0..EVENTS_MAX {
            let event = match self.state.phase {
                Phase::New | Phase::Ended => break,
                Phase::Speaking => {
                    self.speak(&record);
                    Event::PromptFinished
                }
                Phase::Listening => {
                    self.speak(&record);
                    self.listen(&record)
                }
                Phase::Choosing => chat::choice(&record).context("a choice without a strategy")?,
                Phase::Calling => Event::Api(match self.answers {
                    Some(answers) => ApiResult::Answered(answers.clone()),
                    None => ApiResult::Failed,
                }),
                Phase::Transferring => Event::Transfer { answered: false },
            };
            record = self.happens(event);
        }
        Ok(self.judged())
    }

    fn happens(&mut self, event: Event) -> Record {
        let (state, record) = recorded(self.scenario, &self.state, event);
        self.state = state;
        record
    }

    /// The robot says what is to be said.
    fn speak(&mut self, record: &Record) {
        let says = record.actions.iter().filter_map(|action| match action {
            Action::Say { text, .. } => Some(text.as_str()),
            Action::Listen { .. }
            | Action::Choose { .. }
            | Action::Call { .. }
            | Action::Message { .. }
            | Action::Transfer { .. }
            | Action::End { .. } => None,
        });
        let text = says.collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            let start_ms = self.now_ms;
            self.mind.on(mind::Event::Began, start_ms);
            self.now_ms += WORD_MS * text.split_whitespace().count() as u64;
            self.mind.on(mind::Event::Paused { end_ms: self.now_ms }, self.now_ms);
            self.mind.on(mind::Event::Words { start_ms, text: &text }, self.now_ms);
            let node = self.state.node.clone();
            self.said.push(Said { by: "robot", text, node, meant: None });
        }
    }

    /// What the person makes of it, until the robot has waited for long enough.
    fn listen(&mut self, record: &Record) -> Event {
        let waits = record.actions.iter().find_map(|action| match action {
            Action::Listen { silence_ms, .. } => Some(u64::from(*silence_ms)),
            Action::Say { .. }
            | Action::Choose { .. }
            | Action::Call { .. }
            | Action::Message { .. }
            | Action::Transfer { .. }
            | Action::End { .. } => None,
        });
        let until_ms = self.now_ms + waits.unwrap_or(10_000);
        while self.now_ms < until_ms {
            self.now_ms += TICK_MS;
            match self.mind.on(mind::Event::Tick, self.now_ms) {
                Some(Act::Say { saying, .. }) => {
                    // Pauses are for voices.
                    let text = self.listed.person.sayings[saying].text().replace(" ... ", " ");
                    self.now_ms += WORD_MS * text.split_whitespace().count() as u64;
                    self.mind.on(mind::Event::Spoken, self.now_ms);
                    let asked = asked(self.scenario, &self.state, self.at);
                    let heard = self.understander.understand(&text, &asked);
                    let first = heard.reading.intents.first();
                    let meant = first.map(|guess| (guess.intent.clone(), guess.confidence));
                    let node = self.state.node.clone();
                    self.said.push(Said { by: "person", text, node, meant });
                    return Event::Heard(heard);
                }
                Some(Act::HangUp { .. }) => return Event::HungUp,
                Some(Act::ReadSoFar) | None => {}
            }
        }
        Event::Silence
    }

    fn judged(self) -> Held {
        let person = &self.listed.person;
        let outcome = self.state.outcome.clone();
        let task = outcome.as_deref().map(|outcome| self.scenario.task(outcome));
        let written = slots(self.scenario, &self.state);
        let wanted = |(name, value): (&String, &String)| {
            (name.clone(), (value.clone(), written.get(name).cloned()))
        };
        let wished = person.outcomes.iter().any(|right| Some(right) == outcome.as_ref());
        let opts_out = person.disposition.as_deref() == Some("opted_out");
        let grade = grade(wished, opts_out, task);
        Held {
            number: person.number.clone(),
            persona: person.persona.clone(),
            willing: person.willing,
            wanted: person.outcomes.clone(),
            grade,
            slots: person.slots.iter().map(wanted).collect(),
            outcome,
            said: self.said,
        }
    }
}

/// How a call stands that came to an outcome that was among those wanted, or not, and to what it
/// makes of the task.
fn grade(wished: bool, opts_out: bool, task: Option<Task>) -> Grade {
    match task {
        Some(_) if wished => Grade::Right,
        Some(Task::OptedOut) if opts_out => Grade::Right,
        Some(Task::Incomplete) | None => Grade::Unsettled,
        Some(Task::Completed | Task::Declined | Task::WrongPerson | Task::OptedOut) => Grade::Wrong,
    }
}

fn show(held: &[Held], all: bool) {
    for call in held.iter().filter(|call| all || !call.is_well()) {
        println!("{} {}: {:?}", call.number, call.persona, call.grade);
        for Said { by, text, node, meant } in &call.said {
            let meant = meant.as_ref().map(|(intent, sure)| format!("  ({intent} {sure:.2})"));
            println!("  {by:<6} [{node}] {text}{}", meant.unwrap_or_default());
        }
        let outcome = call.outcome.as_deref().unwrap_or("none");
        println!("  outcome {outcome}, wanted {}", call.wanted.join(" or "));
        for (name, (wanted, written)) in &call.slots {
            println!("  {name} {}, wanted {wanted}", written.as_deref().unwrap_or("not known"));
        }
    }
    let mut rows = table(&["persona", "calls#", "right#", "unsettled#", "wrong#", "values wrong#"]);
    let personas: BTreeSet<&str> = held.iter().map(|call| call.persona.as_str()).collect();
    let mut row = |name: &str, of: &dyn Fn(&&Held) -> bool| {
        let calls: Vec<&Held> = held.iter().filter(|call| of(call)).collect();
        let count = |is: &dyn Fn(&Held) -> bool| calls.iter().filter(|it| is(it)).count();
        let graded = |grade| count(&|it| it.grade == grade).to_string();
        rows.add_row([
            name.to_owned(),
            calls.len().to_string(),
            graded(Grade::Right),
            graded(Grade::Unsettled),
            graded(Grade::Wrong),
            count(&|it| !it.values_are_right()).to_string(),
        ]);
    };
    for persona in personas {
        row(persona, &|call| call.persona == persona);
    }
    row("all", &|_| true);
    row("of them willing", &|call| call.willing);
    println!("{rows}");
}

impl Held {
    /// Whether nothing was written down that was not wanted.
    fn values_are_right(&self) -> bool {
        self.slots.values().all(|(wanted, written)| written.as_ref().is_none_or(|it| it == wanted))
    }

    fn is_well(&self) -> bool {
        self.grade == Grade::Right && self.values_are_right()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opt_out_is_right_for_whoever_wants_it_and_wrong_for_others() {
        assert_eq!(grade(false, true, Some(Task::OptedOut)), Grade::Right);
        assert_eq!(grade(false, false, Some(Task::OptedOut)), Grade::Wrong);
        assert_eq!(grade(true, false, Some(Task::Incomplete)), Grade::Right);
        assert_eq!(grade(false, false, Some(Task::Incomplete)), Grade::Unsettled);
        assert_eq!(grade(false, false, Some(Task::Completed)), Grade::Wrong);
        assert_eq!(grade(false, false, None), Grade::Unsettled);
    }
}
