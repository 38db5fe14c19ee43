//! What the robot does on one call: what happens on the line in, acts out. Pure.
//!
//! The flow engine decides what is said; here is what it does not know of: that speech takes time,
//! that people speak while the robot does, that answers of pools and services come late, and that
//! what answers may be a machine.
//!
//! - `saying`: the robot's prompts, one after the other. `hearing`: what the callee says, and what
//!   of it is an answer. `considering`: the same while it is not sure that the callee has ended.
//!   `taking_back`: a reply to half of what the callee had to say. `machine`: who answered.

mod considering;
mod hearing;
mod machine;
mod saying;
mod taking_back;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use outcall_campaign::UnixMillis;
use outcall_campaign::attempt::ConversationEnd;
use outcall_dialogue::document::Task;
use outcall_dialogue::document::policy::PatienceName;
use outcall_dialogue::engine::{Action, ApiResult, Event, Phase, State, asked, step};
use outcall_dialogue::outcome::{date_time, slots};
use outcall_dialogue::policy::{Choice, Question};
use outcall_dialogue::scenario::Scenario;
use outcall_speech::turn::{Expected, InterruptionSettings};
use outcall_understanding::slots::{Kind, Language};

use super::callee::Callee;
use super::record::{DialogueRecord, Message, Transfer};
use super::services::Request;
use crate::hearing::{Answers, Expectation};
use crate::line::EarlyRecord;
use considering::Considering;
use hearing::Said;
use machine::Who;
use saying::Speaking;
use taking_back::Before;

/// How fast a prompt fades when it is interrupted, in ms.
pub(super) const FADE_MS: u16 = 20;
/// Between the last word and the end of the call, in ms: the far end still has some of it to play.
const TAIL_MS: i64 = 300;
/// The longest last word of a callee that the end of the call waits for, in ms.
const LAST_WORD_MAX_MS: i64 = 5_000;
/// Utterances that may wait to be understood.
const WAITING_MAX: usize = 8;

/// The outcome with which a call is to be made again at an instant, and the slot that holds it.
pub(super) const CALL_BACK: &str = "call_back";
pub(super) const CALL_BACK_AT: &str = "call_back_at";

/// How long after a call it is made again at the earliest, in ms.
const CALL_BACK_LEAST_MS: i64 = 300_000;

/// What is to be done on the line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Say this; [`Talk::plays`] is told its name.
    Say(Say),
    /// Hold what is being said where it is.
    Pause,
    /// Go on with it.
    Resume,
    /// End it, after a fade-out.
    Stop,
    /// Press keys.
    Press(String),
    /// Listen like this.
    Expect(Expectation),
    /// Find out what this means; [`Talk::understood`] takes the answer.
    Understand(Ask),
    /// Find out what this would mean, if it was all; [`Talk::would_mean`] takes the answer. It
    /// takes the place of an earlier one.
    Consider(Ask),
    /// What was said until that pause is an answer.
    IsAnswer(u32),
    /// Ask a policy; [`Talk::chosen`] takes the answer.
    Choose(Question),
    /// Ask another system; [`Talk::answered`] takes the answer.
    Request(Request),
    /// How the call will end is settled.
    Settled(ConversationEnd),
    /// The conversation is over.
    End(ConversationEnd),
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Say {
    pub(super) text: String,
    /// Whether the callee asked for slower speech.
    pub(super) slower: bool,
    /// How it lets itself be interrupted; `None` when it does not.
    pub(super) interruption: Option<InterruptionSettings>,
}

/// An utterance to be understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ask {
    pub(super) language: Language,
    pub(super) text: String,
    /// The intents that count here.
    pub(super) expected: Vec<String>,
}

/// What happens once all was said.
#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    /// Something else is waited for.
    Nothing,
    /// The flow goes on.
    Finished,
    /// The callee has so long to answer, in ms.
    Silence(u32),
    /// The call is handed to a person.
    Transfer,
    /// The call ends.
    End(ConversationEnd),
}

/// The robot on one call.
#[derive(Debug)]
pub(super) struct Talk {
    scenario: Arc<Scenario>,
    callee: Arc<Callee>,
    state: State,
    seed: u64,
    began: UnixMillis,
    who: Who,
    /// What is yet to be said.
    queue: VecDeque<Say>,
    speaking: Option<Speaking>,
    /// The prompts of the present question, and whether they were interrupted.
    present: Vec<Say>,
    was_cut: bool,
    after: After,
    /// When both fell silent, and since when the callee speaks.
    quiet_since: UnixMillis,
    callee_since: Option<UnixMillis>,
    /// When the prompts of the present node began, and when the last of them did.
    node_from: Option<UnixMillis>,
    question_from: Option<UnixMillis>,
    /// Speech that begins so soon after it goes on with what was said before, in ms.
    goes_on_ms: i64,
    /// Utterances that wait, and the one that is being understood.
    said: VecDeque<Said>,
    asked: Option<Said>,
    /// What the callee said until the last pause.
    considering: Option<Considering>,
    /// Where the call was before the last utterance, as long as the reply to it can be taken back.
    before: Option<Before>,
    /// What is listened for.
    expectation: Expectation,
    /// The utterance that the robot replies to: for the latency of what it says next.
    replying: Option<Replying>,
    /// When the service has to have answered.
    request_due: Option<UnixMillis>,
    settled: Option<ConversationEnd>,
    /// A screening service was told who calls.
    introduced: bool,
    /// A question was answered so that it was understood.
    converses: bool,
    over: bool,
    record: DialogueRecord,
}

/// An utterance that is being replied to, with the instants passed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Replying {
    ended: UnixMillis,
    /// When the silence had been as long as the words asked for.
    asked: UnixMillis,
    decided: UnixMillis,
    told: UnixMillis,
    understood: UnixMillis,
    /// When it was known what to say.
    answered: UnixMillis,
}

impl Talk {
    /// The line is open. `before` is what was heard until then; `seed` chooses among the variants
    /// of prompts.
    pub(super) fn begin(
        scenario: Arc<Scenario>,
        callee: Arc<Callee>,
        before: Option<EarlyRecord>,
        seed: u64,
        now: UnixMillis,
    ) -> (Self, Vec<Act>) {
        let state = State::new(&scenario);
        let mut record = DialogueRecord {
            scenario: scenario.name.clone(),
            version: scenario.version.clone(),
            ..DialogueRecord::default()
        };
        record.line.before_answer = before;
        let mut talk = Self {
            scenario,
            callee,
            state,
            seed,
            began: now,
            who: Who::default(),
            queue: VecDeque::new(),
            speaking: None,
            present: Vec::new(),
            was_cut: false,
            after: After::Nothing,
            quiet_since: now,
            callee_since: None,
            node_from: None,
            question_from: None,
            goes_on_ms: 0,
            said: VecDeque::new(),
            asked: None,
            considering: None,
            before: None,
            expectation: Expectation::default(),
            replying: None,
            request_due: None,
            settled: None,
            introduced: false,
            converses: false,
            over: false,
            record,
        };
        let mut acts = Vec::new();
        talk.start(now, &mut acts);
        (talk, acts)
    }

    /// The first prompts of a call, for whoever has them rendered while it rings.
    pub(super) fn first_prompts(scenario: &Scenario, callee: &Callee, seed: u64) -> Vec<String> {
        let (_, actions) = step(scenario, &State::new(scenario), &started(scenario, callee, seed));
        let says = actions.into_iter().filter_map(|action| match action {
            Action::Say { text, .. } => Some(text),
            Action::Listen { .. }
            | Action::Choose { .. }
            | Action::Call { .. }
            | Action::Message { .. }
            | Action::Transfer { .. }
            | Action::End { .. } => None,
        });
        says.collect()
    }

    /// Whether it is settled that it ends like this.
    pub(super) fn is_settled_as(&self, end: ConversationEnd) -> bool {
        self.settled == Some(end)
    }

    /// Whether the callee is just being asked whether they want no more calls. Who hangs up then is
    /// called no more.
    pub(super) fn doubts_opt_out(&self) -> bool {
        let doubting = self.state.doubting.as_ref();
        doubting.is_some_and(|name| self.scenario.opts_out(name).is_some())
    }

    /// What is written down of it.
    pub(super) fn record(&self) -> &DialogueRecord {
        &self.record
    }

    /// Where the call is recorded.
    pub(super) fn recorded_at(&mut self, path: String) {
        self.record.recording = Some(path);
    }

    /// When to call [`Talk::pass_time`].
    pub(super) fn due(&self) -> Option<UnixMillis> {
        if self.over {
            return None;
        }
        let dues = [self.request_due, self.who.due(), self.quiet_due()];
        dues.into_iter().flatten().min()
    }

    /// When the present silence means something.
    fn quiet_due(&self) -> Option<UnixMillis> {
        let is_busy = self.speaking.is_some() || !self.queue.is_empty() || self.asked.is_some();
        match self.after {
            _ if is_busy => None,
            // Nobody is cut off in a last word, and nobody keeps the line by going on for ever.
            After::End(_) => {
                let last = self.callee_since.filter(|_| !self.who.is_machine());
                let tail = self.quiet_since + TAIL_MS;
                Some(last.map_or(tail, |since| tail.max(since + LAST_WORD_MAX_MS)))
            }
            After::Silence(_) if self.callee_since.is_some() || self.who.is_machine() => None,
            After::Silence(ms) => Some(self.quiet_since + i64::from(ms)),
            After::Nothing | After::Finished | After::Transfer => None,
        }
    }

    /// The time that was asked for has come.
    pub(super) fn pass_time(&mut self, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.over {
            return acts;
        }
        if self.request_due.is_some_and(|due| due <= now) {
            self.request_due = None;
            self.happens(Event::Timer, now, &mut acts);
        }
        self.pass_time_of_machine(now, &mut acts);
        if self.quiet_due().is_some_and(|due| due <= now) {
            match self.after {
                After::End(end) => self.end(end, &mut acts),
                After::Silence(_) => {
                    self.after = After::Nothing;
                    self.happens(Event::Silence, now, &mut acts);
                }
                After::Nothing | After::Finished | After::Transfer => {}
            }
        }
        acts
    }

    /// The callee presses a key.
    pub(super) fn digit(&mut self, digit: char, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.over {
            return acts;
        }
        if self.hears_last_wishes_only() {
            let scenario = Arc::clone(&self.scenario);
            if let Some(outcome) = scenario.of_digit(digit).and_then(|it| scenario.opts_out(it)) {
                self.opts_out(outcome, now, &mut acts);
            }
        } else {
            self.happens(Event::Digit(digit), now, &mut acts);
        }
        acts
    }

    /// A policy has chosen; nothing when no strategy was allowed.
    pub(super) fn chosen(&mut self, choice: Option<Choice>, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        let choice = choice.unwrap_or(Choice { index: 0, probability: 1.0 });
        if self.state.phase == Phase::Choosing {
            self.happens(choice.into(), now, &mut acts);
        }
        acts
    }

    /// A service has answered, or failed. What comes after its time changes nothing.
    pub(super) fn answered(&mut self, result: ApiResult, now: UnixMillis) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.request_due.take().is_some() {
            self.happens(Event::Api(result), now, &mut acts);
        }
        acts
    }

    /// A person answers: the dialogue begins.
    fn start(&mut self, now: UnixMillis, acts: &mut Vec<Act>) {
        self.state = State::new(&self.scenario);
        let started = started(&self.scenario, &self.callee, self.seed);
        self.happens(started, now, acts);
        self.record.language =
            outcall_dialogue::document::texts::code(self.state.language).to_owned();
    }

    /// Tells the flow engine, and does what it wants.
    fn happens(&mut self, event: Event, now: UnixMillis, acts: &mut Vec<Act>) {
        let (state, actions) = step(&self.scenario, &self.state, &event);
        let enters = state.visits != self.state.visits;
        self.state = state;
        if enters && self.state.phase == Phase::Speaking {
            self.after = After::Finished;
        }
        self.record.events.push(event);
        self.record.node.clone_from(&self.state.node);
        self.record.slots = slots(&self.scenario, &self.state);
        if let Some(replying) = &mut self.replying {
            replying.answered = now;
        }
        self.carry_out(actions, now, acts);
        self.go_on(now, acts);
    }

    fn carry_out(&mut self, actions: Vec<Action>, now: UnixMillis, acts: &mut Vec<Act>) {
        let ends = actions.iter().any(|action| matches!(action, Action::End { .. }));
        let speaks = actions.iter().any(|action| matches!(action, Action::Say { .. }));
        if ends || speaks {
            self.make_way(ends, now, acts);
            (self.node_from, self.question_from) = (None, None);
            self.present.clear();
            self.was_cut = false;
        }
        for action in actions {
            match action {
                Action::Say { text, slower, interruption } => {
                    // The last words are heard to their end: there is no more to be answered.
                    let interruption = saying::interruption(interruption).filter(|_| !ends);
                    let say = Say { text, slower, interruption };
                    self.present.push(say.clone());
                    self.queue.push_back(say);
                }
                Action::Listen { slot, patience, silence_ms } => {
                    self.after = After::Silence(silence_ms);
                    self.quiet_since = now;
                    let expected = self.expected(slot.as_deref());
                    let patience = match self.state.confirming {
                        Some(_) => hearing::patience(PatienceName::Quick.into()),
                        None => hearing::patience(patience),
                    };
                    let answers = Some(self.answers(now));
                    self.expectation = Expectation { patience, expected, answers };
                    acts.push(Act::Expect(self.expectation.clone()));
                }
                Action::Choose { features, options, allowed } => {
                    self.after = After::Nothing;
                    acts.push(Act::Choose(Question { features, options, allowed }));
                }
                Action::Call { method, url, body, timeout_ms } => {
                    self.after = After::Nothing;
                    // What another system does is done.
                    self.before = None;
                    self.request_due = Some(now + i64::from(timeout_ms));
                    acts.push(Act::Request(Request { method, url, body, timeout_ms }));
                }
                Action::Message { channel, text } => {
                    self.record.messages.push(Message { channel, text, sent: false });
                }
                Action::Transfer { to, summary } => {
                    self.after = After::Transfer;
                    self.before = None;
                    self.record.transfer = Some(Transfer { to, summary, answered: false });
                }
                Action::End { outcome, task } => self.settle(outcome, task, now, acts),
            }
        }
        if self.queue.is_empty() && self.speaking.is_none() {
            // Where nothing is asked aloud, the question is there at once.
            self.node_from = self.node_from.or(Some(now));
            if self.question_from.is_none() {
                (self.question_from, self.goes_on_ms) = (Some(now), 0);
            }
        }
    }

    /// Which words answer the present question.
    fn answers(&self, now: UnixMillis) -> Answers {
        let (scenario, state) = (Arc::clone(&self.scenario), self.state.clone());
        let (clock, currency) = (self.callee.clock(now), self.callee.currency());
        Answers::new(move |words| asked(&scenario, &state, clock).is_answered_by(words, currency))
    }

    /// What kind of answer is expected.
    fn expected(&self, slot: Option<&str>) -> Expected {
        if self.state.confirming.is_some() || self.state.doubting.is_some() {
            return Expected::YesNo;
        }
        let rule = slot.and_then(|slot| self.scenario.slots.get(slot));
        match rule.map(|rule| &rule.kind) {
            Some(Kind::YesNo) => Expected::YesNo,
            Some(Kind::Date | Kind::Time | Kind::DateTime) => Expected::When,
            Some(Kind::Digits { at_least, at_most }) => {
                let count = (at_least == at_most).then_some(*at_most);
                Expected::Digits { count: count.and_then(|count| u32::try_from(count).ok()) }
            }
            _ => Expected::Anything,
        }
    }

    /// Whether all that still counts is the wish to be called no more: the call is at its end, or
    /// what answered is taken for a machine.
    fn hears_last_wishes_only(&self) -> bool {
        self.state.phase == Phase::Ended || self.who.is_machine()
    }

    /// The callee wants no more calls, whatever came of this one.
    fn opts_out(&mut self, outcome: &str, now: UnixMillis, acts: &mut Vec<Act>) {
        if self.settled == Some(ConversationEnd::OptedOut) {
            return;
        }
        let is_ended = self.state.phase == Phase::Ended && !self.who.is_machine();
        if !is_ended {
            self.fall_silent(now, acts);
        }
        let end = ConversationEnd::OptedOut;
        self.record.outcome = Some(outcome.to_owned());
        self.record.task = Some(Task::OptedOut);
        (self.settled, self.after) = (Some(end), After::End(end));
        acts.push(Act::Settled(end));
        if !is_ended {
            self.end(end, acts);
        }
    }

    fn settle(&mut self, outcome: String, task: Task, now: UnixMillis, acts: &mut Vec<Act>) {
        let end = self.end_of(&outcome, task, now);
        (self.record.outcome, self.record.task) = (Some(outcome), Some(task));
        self.settled = Some(end);
        self.request_due = None;
        self.after = After::End(end);
        acts.push(Act::Settled(end));
    }

    /// What an outcome means for the contact.
    fn end_of(&self, outcome: &str, task: Task, now: UnixMillis) -> ConversationEnd {
        if self.who.is_machine() {
            return ConversationEnd::Machine;
        }
        let at = date_time(&self.state, CALL_BACK_AT).and_then(|at| self.callee.instant(at));
        // Who is on the line now wants no call now.
        let at = at.filter(|at| at.since(now) >= CALL_BACK_LEAST_MS);
        match task {
            Task::OptedOut => ConversationEnd::OptedOut,
            Task::Completed | Task::Declined | Task::WrongPerson => ConversationEnd::Completed,
            Task::Incomplete if outcome == CALL_BACK => match at {
                Some(at) => ConversationEnd::CallBack { at },
                None => ConversationEnd::Incomplete,
            },
            Task::Incomplete => ConversationEnd::Incomplete,
        }
    }

    fn end(&mut self, end: ConversationEnd, acts: &mut Vec<Act>) {
        if !self.over {
            self.over = true;
            acts.push(Act::End(end));
        }
    }

    /// Milliseconds since the call was listened to.
    fn since(&self, at: UnixMillis) -> u64 {
        at.since(self.began).max(0).unsigned_abs()
    }

    /// The instant of a time of the ear.
    fn at(&self, ms: u64) -> UnixMillis {
        self.began + i64::try_from(ms).unwrap_or(i64::MAX / 2)
    }
}

/// How a call begins.
fn started(scenario: &Scenario, callee: &Callee, seed: u64) -> Event {
    let language = callee.language.unwrap_or_else(|| scenario.first_language());
    let jurisdiction = callee.jurisdiction.clone();
    Event::Started { language, jurisdiction, seed, variables: callee.variables.clone() }
}
