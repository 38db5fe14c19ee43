//! `chat`: a scenario in the terminal: what the robot says, where the call is, what was understood.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;
use jiff::civil;
use outcall_dialogue::engine::{Action, ApiResult, Event, Phase, State, asked};
use outcall_dialogue::policy::ScenarioOrder;
use outcall_dialogue::record::{Record, recorded};
use outcall_dialogue::{Scenario, Understander};

use crate::commands::Style;

/// What can be typed besides words.
const HELP: &str = "words: what the callee says; an empty line: silence; /9: a key; \
    /ok FIELD=VALUE...: a request is answered; /failed, /timeout: it is not; \
    /yes, /no: whether the colleague takes the call; /voicemail: a machine has beeped; /hangup";

/// A typed line.
#[derive(Clone, Debug, PartialEq)]
enum Typed {
    Words(String),
    Event(Event),
}

/// What a line means where the call is.
fn typed(line: &str, phase: Phase) -> Result<Typed, String> {
    let line = line.trim();
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    let event = match (phase, command) {
        (_, "/hangup") => Event::HungUp,
        (_, "/voicemail") => Event::Voicemail,
        (Phase::Calling, "/ok") => Event::Api(ApiResult::Answered(fields(rest)?)),
        (Phase::Calling, "/failed") => Event::Api(ApiResult::Failed),
        (Phase::Calling, "/timeout") => Event::Timer,
        (Phase::Calling, _) => return Err("a request waits: /ok, /failed or /timeout".to_owned()),
        (Phase::Transferring, "/yes") => Event::Transfer { answered: true },
        (Phase::Transferring, "/no") => Event::Transfer { answered: false },
        (Phase::Transferring, _) => {
            return Err("does the colleague take the call? /yes or /no".to_owned());
        }
        (_, "") => Event::Silence,
        (_, key) if key.starts_with('/') => match key.chars().nth(1) {
            Some(digit @ ('0'..='9' | '*' | '#')) if key.len() == 2 => Event::Digit(digit),
            _ => return Err(HELP.to_owned()),
        },
        (_, _) => return Ok(Typed::Words(line.to_owned())),
    };
    Ok(Typed::Event(event))
}

/// `NAME=VALUE` with spaces between.
pub(super) fn fields(text: &str) -> Result<BTreeMap<String, String>, String> {
    let field = |part: &str| match part.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("'{part}' is no FIELD=VALUE")),
    };
    text.split_whitespace().map(field).collect()
}

/// The call that is held.
pub(super) struct Chat<'a, U> {
    pub(super) scenario: &'a Scenario,
    pub(super) understander: U,
    /// The wall-clock time where the callee is.
    pub(super) now: civil::DateTime,
    pub(super) style: Style,
}

impl<U: Understander> Chat<'_, U> {
    /// Holds the call until its end, or until nothing more is typed.
    pub(super) fn hold(
        &self,
        start: Event,
        input: &mut impl BufRead,
        out: &mut impl Write,
    ) -> anyhow::Result<ExitCode> {
        let mut state = self.happens(&State::new(self.scenario), start, out)?;
        while state.0.phase != Phase::Ended {
            let event = match state.0.phase {
                Phase::New | Phase::Ended => break,
                Phase::Speaking => Event::PromptFinished,
                Phase::Choosing => choice(&state.1).context("a choice without a strategy")?,
                Phase::Listening | Phase::Calling | Phase::Transferring => {
                    self.next(&state.0, input, out)?
                }
            };
            state = self.happens(&state.0, event, out)?;
        }
        if !self.style.json {
            let outcome = state.0.outcome.as_deref().unwrap_or("none");
            writeln!(out, "outcome: {outcome} ({:?})", self.scenario.task(outcome))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What is typed next; the end of all typing is a callee who hangs up.
    fn next(
        &self,
        state: &State,
        input: &mut impl BufRead,
        out: &mut impl Write,
    ) -> anyhow::Result<Event> {
        loop {
            if !self.style.json {
                write!(out, "> ")?;
                out.flush()?;
            }
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(Event::HungUp);
            }
            match typed(&line, state.phase) {
                Ok(Typed::Event(event)) => return Ok(event),
                Ok(Typed::Words(text)) => {
                    let asked = asked(self.scenario, state, self.now);
                    return Ok(Event::Heard(self.understander.understand(&text, &asked)));
                }
                Err(advice) => writeln!(out, "{advice}")?,
            }
        }
    }

    fn happens(
        &self,
        state: &State,
        event: Event,
        out: &mut impl Write,
    ) -> anyhow::Result<(State, Record)> {
        let (state, record) = recorded(self.scenario, state, event);
        if self.style.json {
            writeln!(out, "{}", serde_json::to_string(&record)?)?;
        } else {
            tell(&record, out)?;
        }
        Ok((state, record))
    }
}

pub(super) fn choice(record: &Record) -> Option<Event> {
    record.actions.iter().find_map(|action| {
        let Action::Choose { allowed, .. } = action else { return None };
        ScenarioOrder::choice(allowed).map(Event::from)
    })
}

/// What was understood, what the robot does, and where the call is.
fn tell(record: &Record, out: &mut impl Write) -> anyhow::Result<()> {
    if let Event::Heard(heard) = &record.event {
        let intents: Vec<String> = heard
            .reading
            .intents
            .iter()
            .take(3)
            .map(|guess| format!("{} {:.2}", guess.intent, guess.confidence))
            .collect();
        let values: Vec<String> = heard
            .found
            .iter()
            .take(3)
            .map(|found| format!("{:?} {:.2}", found.value, found.confidence))
            .collect();
        let none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        let (intents, values) = (none(intents.join(", ")), none(values.join(", ")));
        writeln!(out, "   intents: {intents}; values: {values}")?;
    }
    for action in &record.actions {
        match action {
            Action::Say { text, .. } => writeln!(out, "robot: {text}")?,
            Action::Listen { slot: Some(slot), .. } => {
                writeln!(out, "   [{}, asks for {slot}]", record.node)?;
            }
            Action::Listen { slot: None, .. } => writeln!(out, "   [{}]", record.node)?,
            Action::Choose { options, .. } => {
                writeln!(out, "   [{}, a strategy of {}]", record.node, options.join(", "))?;
            }
            Action::Call { url, body, .. } => writeln!(out, "   request: {url} {body:?}")?,
            Action::Message { channel, text } => writeln!(out, "   {channel}: {text}")?,
            Action::Transfer { to, summary } => writeln!(out, "   transfer to {to}: {summary}")?,
            Action::End { .. } => writeln!(out, "   [{}]", record.node)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_means_what_the_call_waits_for() {
        let listening = |line| typed(line, Phase::Listening);
        assert_eq!(listening(" yes please\n"), Ok(Typed::Words("yes please".to_owned())));
        assert_eq!(listening("\n"), Ok(Typed::Event(Event::Silence)));
        assert_eq!(listening("/9"), Ok(Typed::Event(Event::Digit('9'))));
        assert!(listening("/99").is_err() && listening("/x").is_err());
        assert_eq!(typed("/hangup", Phase::Calling), Ok(Typed::Event(Event::HungUp)));
        assert_eq!(listening("/voicemail"), Ok(Typed::Event(Event::Voicemail)));
        let answer = BTreeMap::from([("status".to_owned(), "paid".to_owned())]);
        let answered = Event::Api(ApiResult::Answered(answer));
        assert_eq!(typed("/ok status=paid", Phase::Calling), Ok(Typed::Event(answered)));
        assert!(typed("/ok status", Phase::Calling).is_err());
        assert!(typed("yes", Phase::Calling).is_err());
        let answered = Event::Transfer { answered: true };
        assert_eq!(typed("/yes", Phase::Transferring), Ok(Typed::Event(answered)));
        assert!(typed("yes", Phase::Transferring).is_err());
    }
}
