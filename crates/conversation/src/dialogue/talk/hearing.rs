//! What the callee says, and what of it is an answer.

use std::sync::Arc;

use outcall_campaign::UnixMillis;
use outcall_dialogue::Heard as Understood;
use outcall_dialogue::document::policy::PatienceFields;
use outcall_dialogue::engine::{Event, Phase, State, asked, step};
use outcall_speech::turn::{Patience, Reaction, is_filler};
use outcall_understanding::reading::Reading;
use outcall_understanding::slots::{Context, Kind, read};

use super::{Act, Ask, Replying, Talk, WAITING_MAX};
use crate::dialogue::record::{Speaker, Turn};
use crate::hearing::{Heard, Utterance};

/// Intents that are written down of an utterance.
const INTENTS_MAX: usize = 3;

/// Speech that begins so soon after a prompt goes on with what was said before, in ms: nobody
/// answers what they have not heard.
pub(super) const GOES_ON_MS: i64 = 700;
/// The confidence of a wish that is believed beside a plain yes or no.
const BELIEVED: f32 = 0.85;

/// An utterance that waits to be understood.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) utterance: Utterance,
    told: UnixMillis,
}

/// Where an utterance lies beside what the robot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is an answer to the present question.
    Answer,
    /// It was said while the question still was; it may be an answer.
    Beside,
    /// It began before the question did: it speaks of something else.
    Before,
}

/// The patience of a node, as the ears have it.
pub(super) fn patience(fields: PatienceFields) -> Patience {
    let PatienceFields {
        number_ms,
        whole_ms,
        complete_ms,
        long_complete_ms,
        long_after_ms,
        unclear_ms,
        open_ms,
        turn_max_ms,
    } = fields;
    Patience {
        number_ms,
        whole_ms,
        complete_ms,
        long_complete_ms,
        long_after_ms,
        unclear_ms,
        open_ms,
        turn_max_ms,
    }
}

impl Talk {
    /// Something was heard.
    pub(in crate::dialogue) fn heard(&mut self, heard: Heard, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.over {
            return acts;
        }
        match heard {
            Heard::SpeechStarted { .. } => self.callee_since = Some(now),
            Heard::Interrupted(reaction) if self.can_be_interrupted() => {
                self.interrupted(reaction, now, &mut acts);
            }
            Heard::Interrupted(_) | Heard::Partial { .. } => {}
            Heard::Paused { trial, text, .. } => self.paused(trial, text, now, &mut acts),
            Heard::Noise => {
                self.callee_since = None;
                self.quiet_since = now;
                self.machine_paused(now, &mut acts);
            }
            Heard::Said(utterance) => {
                self.callee_since = None;
                self.quiet_since = now;
                self.machine_paused(now, &mut acts);
                self.said(utterance, now, &mut acts);
            }
            Heard::Beep | Heard::Answered(_) | Heard::Voicemail { .. } | Heard::Menu(_) => {
                self.of_a_machine(heard, now, &mut acts);
            }
        }
        acts
    }

    fn interrupted(&mut self, reaction: Reaction, now: UnixMillis, acts: &mut Vec<Act>) {
        match reaction {
            Reaction::Pause => acts.push(Act::Pause),
            Reaction::Resume => acts.push(Act::Resume),
            Reaction::Stop => {
                self.record.line.interruptions += 1;
                self.quiet_since = now;
                let from = self.node_from.unwrap_or(now);
                let played_ms = u32::try_from(now.since(from).max(0)).unwrap_or(u32::MAX);
                self.queue.clear();
                self.cut(true, now, acts);
                self.was_cut = true;
                // What was not said of the question is known by now.
                (self.question_from, self.goes_on_ms) = (self.node_from, GOES_ON_MS);
                self.happens(Event::Interrupted { played_ms }, now, acts);
            }
        }
    }

    fn said(&mut self, utterance: Utterance, now: UnixMillis, acts: &mut Vec<Act>) {
        if self.who.is_machine() {
            self.record.line.said(utterance.clone());
        }
        if self.said.len() < WAITING_MAX {
            self.said.push_back(Said { utterance, told: now });
        }
        self.ask(now, acts);
    }

    /// Asks what the next utterance means, one at a time: each changes what the next may mean.
    fn ask(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        if self.asked.is_some() {
            return;
        }
        let Some(said) = self.said.pop_front() else { return };
        let text = said.utterance.text.clone().unwrap_or_default();
        let goes_on = said.utterance.goes_on;
        self.asked = Some(said);
        if let Some(before) = self.before.as_ref().filter(|_| goes_on && self.can_take_back()) {
            return acts.push(Act::Understand(self.question_in(&before.state, text, now)));
        }
        match self.considered(&text) {
            Some(reading) => acts.extend(self.understood(reading, now)),
            None => acts.push(Act::Understand(self.question(text, now))),
        }
    }

    /// What these words may mean when the line is closed.
    pub(in crate::dialogue) fn last_question(&self, text: String) -> Ask {
        let expected = self.scenario.global_names().map(str::to_owned).collect();
        Ask { language: self.state.language, text, expected }
    }

    /// What these words may mean where the call is.
    pub(super) fn question(&self, text: String, now: UnixMillis) -> Ask {
        self.question_in(&self.state, text, now)
    }

    fn question_in(&self, state: &State, text: String, now: UnixMillis) -> Ask {
        let asked = asked(&self.scenario, state, self.callee.clock(now));
        let expected = asked.intents.iter().map(|&name| name.to_owned()).collect();
        Ask { language: state.language, text, expected }
    }

    /// What the utterance that was asked about means.
    pub(in crate::dialogue) fn understood(
        &mut self,
        mut reading: Reading,
        now: UnixMillis,
    ) -> Vec<Act> {
        let mut acts = Vec::new();
        let Some(said) = self.asked.take() else { return acts };
        if self.over {
            return acts;
        }
        if said.utterance.goes_on && self.can_take_back() {
            self.understood_anew(&said, reading, now, &mut acts);
            self.ask(now, &mut acts);
            return acts;
        }
        self.before = None;
        if self.hears_last_wishes_only() {
            self.last_wish(&said.utterance, reading, now, &mut acts);
            self.ask(now, &mut acts);
            return acts;
        }
        // Where the call is by now: a key may have been pressed meanwhile.
        let asked = asked(&self.scenario, &self.state, self.callee.clock(now));
        reading.intents.retain(|guess| asked.intents.contains(&guess.intent.as_str()));
        let found = asked.values(&reading.text, self.callee.currency());
        let context = Context {
            language: self.state.language,
            now: asked.now,
            currency: self.callee.currency().to_owned(),
        };
        let place = self.place(&said.utterance);
        let mut heard = Understood { reading, found };
        if place == Place::Before {
            // Only what is understood everywhere can have been meant.
            heard.found.clear();
            let answers = read(&Kind::YesNo, &heard.reading.text, &context);
            let is_answer = answers.first().is_some_and(|found| found.confidence >= 0.8);
            let least = if is_answer { BELIEVED } else { 0.0 };
            heard.reading.intents.retain(|guess| {
                let least = match self.scenario.opts_out(&guess.intent) {
                    // It is honoured wherever it is said.
                    Some(_) => 0.0,
                    None => least,
                };
                self.scenario.is_global(&guess.intent) && guess.confidence >= least
            });
        }
        let turn = self.turn_of(&said.utterance, &heard);
        let event = Event::Heard(heard);
        let aside = place != Place::Answer && self.is_no_answer(&said.utterance, &event);
        let turn = self.record.said(Turn { aside, ..turn });
        if aside {
            self.say_again(now, &mut acts);
        } else {
            self.before = Some(self.before(turn, event.clone()));
            self.reply(&said, event, now, &mut acts);
        }
        self.ask(now, &mut acts);
        acts
    }

    /// Lets the flow answer an utterance.
    pub(super) fn reply(
        &mut self,
        said: &Said,
        event: Event,
        now: UnixMillis,
        acts: &mut Vec<Act>,
    ) {
        let Utterance { to_ms, asked_ms, decided_ms, .. } = said.utterance;
        self.replying = Some(Replying {
            ended: self.at(to_ms),
            asked: self.at(decided_ms.min(to_ms + asked_ms)),
            decided: self.at(decided_ms),
            told: said.told,
            understood: now,
            answered: now,
        });
        let misses = self.state.misses;
        self.happens(event, now, acts);
        self.converses |= self.state.misses == misses;
        let replies = |act: &Act| matches!(act, Act::Say(_) | Act::Choose(_) | Act::Request(_));
        if !acts.iter().any(replies) {
            // Nothing is said to it: what is said next is no reply.
            self.replying = None;
        }
    }

    /// What is said at the end of a call, or by what is taken for a machine.
    fn last_wish(
        &mut self,
        utterance: &Utterance,
        mut reading: Reading,
        now: UnixMillis,
        acts: &mut Vec<Act>,
    ) {
        if self.who.is_machine() {
            // A greeting says many things.
            reading.intents.retain(|guess| guess.confidence >= BELIEVED);
        }
        let scenario = Arc::clone(&self.scenario);
        let outcome = scenario.wants_no_more(&reading).map(str::to_owned);
        if !self.who.is_machine() || outcome.is_some() {
            let heard = Understood { reading, found: Vec::new() };
            let turn = self.turn_of(utterance, &heard);
            self.record.said(turn);
        }
        if let Some(outcome) = outcome {
            self.opts_out(&outcome, now, acts);
        }
    }

    pub(super) fn turn_of(&self, utterance: &Utterance, heard: &Understood) -> Turn {
        let intents = heard.reading.intents.iter().take(INTENTS_MAX);
        Turn {
            who: Speaker::Callee,
            text: utterance.text.clone().unwrap_or_default(),
            from_ms: utterance.from_ms,
            to_ms: Some(utterance.to_ms),
            node: self.state.node.clone(),
            interrupted: false,
            confidence: Some(utterance.confidence),
            intents: intents.map(|guess| (guess.intent.clone(), guess.confidence)).collect(),
            aside: false,
            taken_back: false,
            latency: None,
        }
    }

    /// Where an utterance lies. What was said before the question began is no answer to it; what
    /// was said beside it and did not stop the robot is one only when it means something.
    fn place(&self, utterance: &Utterance) -> Place {
        if self.state.phase != Phase::Listening {
            return Place::Answer;
        }
        let from = self.at(utterance.from_ms);
        match self.question_from {
            Some(question_from) if from >= question_from + self.goes_on_ms => match self.speaking {
                Some(_) => Place::Beside,
                None => Place::Answer,
            },
            Some(_) | None => Place::Before,
        }
    }

    /// Whether an utterance beside the robot's words would only count as not understood, or shows
    /// no more than that the callee listens.
    fn is_no_answer(&self, utterance: &Utterance, event: &Event) -> bool {
        let text = utterance.text.as_deref().unwrap_or_default();
        let (next, _) = step(&self.scenario, &self.state, event);
        let misses = |state: &State| (state.misses, state.no_match);
        (self.speaking.is_some() && is_filler(text)) || misses(&next) != misses(&self.state)
    }
}
