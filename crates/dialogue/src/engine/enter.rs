//! Going from node to node.

use super::{Action, Features, Phase, State};
use crate::scenario::{Act, EXHAUSTED, Node, Prompt, Scenario};

/// How many nodes may be passed without waiting for anything.
const HOPS_MAX: usize = 64;

/// A step in progress.
pub(super) struct Step<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) state: State,
    actions: Vec<Action>,
}

impl<'a> Step<'a> {
    pub(super) fn new(scenario: &'a Scenario, state: State) -> Self {
        Self { scenario, state, actions: Vec::new() }
    }

    pub(super) fn done(self) -> (State, Vec<Action>) {
        (self.state, self.actions)
    }

    /// Goes to a node, and on from there until something must be waited for.
    pub(super) fn enter(&mut self, name: String) {
        let mut name = name;
        for _ in 0..HOPS_MAX {
            let scenario = self.scenario;
            let Some(node) = scenario.nodes.get(&name) else { return self.exhausted() };
            if !self.arrive(&name, node) {
                return self.exhausted();
            }
            match self.act(node) {
                Some(Some(next)) => name = next,
                Some(None) => return self.exhausted(),
                None => return,
            }
        }
        self.exhausted();
    }

    /// Comes to a node, and does nothing of what it is for; false when it was visited too often.
    pub(super) fn arrive(&mut self, name: &str, node: &Node) -> bool {
        name.clone_into(&mut self.state.node);
        if !self.visit() {
            return false;
        }
        (self.state.no_match, self.state.no_input) = (0, 0);
        (self.state.confirming, self.state.part, self.state.doubting) = (None, None, None);
        self.state.interrupted = false;
        self.set(node);
        true
    }

    /// Counts a visit of the node; false when there were too many.
    pub(super) fn visit(&mut self) -> bool {
        let visits = self.state.visits.entry(self.state.node.clone()).or_default();
        *visits = visits.saturating_add(1);
        *visits <= self.scenario.limits.visits
    }

    fn set(&mut self, node: &Node) {
        // The values are looked up before any is set, so that their order does not matter.
        let new: Vec<_> = node
            .set
            .iter()
            .map(|(slot, operand)| (slot, operand.value(&self.state.values).cloned()))
            .collect();
        for slot in &node.clear {
            self.state.values.remove(slot);
        }
        for (slot, value) in new {
            match value {
                Some(value) => self.state.values.insert(slot.clone(), value),
                None => self.state.values.remove(slot),
            };
        }
    }

    /// Does what a node does. `Some` when the call goes on at once, with where to.
    fn act(&mut self, node: &Node) -> Option<Option<String>> {
        self.say(&node.say);
        match &node.act {
            Act::Say if node.say.is_empty() => return Some(node.exits.get("next").cloned()),
            Act::Say => self.state.phase = Phase::Speaking,
            Act::Listen { .. } => {
                self.state.phase = Phase::Listening;
                self.listen();
            }
            Act::Branch(cases) => {
                let holds = |when: &Option<crate::expression::Expression>| {
                    when.as_ref().is_none_or(|when| when.holds(&self.state.values))
                };
                return Some(cases.iter().find(|(when, _)| holds(when)).map(|(_, to)| to.clone()));
            }
            Act::Choose(ways) => {
                let allowed: Vec<bool> =
                    ways.iter().map(|way| way.is_allowed(&self.state.values)).collect();
                if !allowed.contains(&true) {
                    return Some(None);
                }
                self.state.phase = Phase::Choosing;
                let options = ways.iter().map(|way| way.name.clone()).collect();
                let features = self.features();
                self.actions.push(Action::Choose { features, options, allowed });
            }
            Act::Call(call) => {
                let body = call.body.iter().filter_map(|(field, operand)| {
                    let value = operand.value(&self.state.values)?;
                    Some((field.clone(), crate::values::written(value)))
                });
                let body = body.collect();
                let url = call.url.address(&self.state.values);
                self.state.phase = Phase::Calling;
                let (method, timeout_ms) = (call.method, call.timeout_ms);
                self.actions.push(Action::Call { method, url, body, timeout_ms });
            }
            Act::Message { channel, text } => {
                let (channel, text) = (channel.clone(), self.text(text).unwrap_or_default());
                self.actions.push(Action::Message { channel, text });
                return Some(node.exits.get("next").cloned());
            }
            Act::Transfer { to, summary } => {
                let (to, summary) = (to.clone(), self.text(summary).unwrap_or_default());
                self.state.phase = Phase::Transferring;
                self.actions.push(Action::Transfer { to, summary });
            }
            Act::End(outcome) => self.end(outcome),
        }
        None
    }

    fn features(&self) -> Features {
        let state = &self.state;
        Features {
            node: state.node.clone(),
            visits: state.visits.get(&state.node).copied().unwrap_or_default(),
            steps: state.steps,
            interruptions: state.interruptions,
            misses: state.misses,
            known: state.values.keys().cloned().collect(),
            recent: state.recent.clone(),
        }
    }

    /// Leaves the node by an exit.
    pub(super) fn leave(&mut self, exit: &str) {
        let node = self.scenario.nodes.get(&self.state.node);
        match node.and_then(|node| node.exits.get(exit)) {
            Some(to) => self.enter(to.clone()),
            None => self.exhausted(),
        }
    }

    /// Says a prompt, when there is one.
    pub(super) fn say(&mut self, prompt: &Prompt) {
        let Some(text) = self.text(prompt) else { return };
        let node = self.scenario.nodes.get(&self.state.node);
        let interruption = node.map(|node| node.policy.interruption).unwrap_or_default();
        self.actions.push(Action::Say { text, slower: self.state.slower, interruption });
    }

    /// A prompt in the language of the call. Each call has its own variant of each prompt, and the
    /// same one when it is said again.
    fn text(&self, prompt: &Prompt) -> Option<String> {
        let spoken = prompt.get(&self.state.language);
        let variants = spoken.or_else(|| prompt.get(&self.scenario.first_language()))?;
        let count = variants.len().max(1) as u64;
        let index = mix(self.state.seed, self.state.node.as_bytes()) % count;
        let template = variants.get(usize::try_from(index).unwrap_or_default())?;
        Some(template.say(&self.state.values, self.state.language))
    }

    /// Tells how the node listens.
    pub(super) fn listen(&mut self) {
        let Some(node) = self.scenario.nodes.get(&self.state.node) else { return };
        let slot = node.slot().filter(|_| self.state.doubting.is_none()).map(str::to_owned);
        let (patience, silence_ms) = (node.policy.patience, node.policy.silence_ms);
        self.actions.push(Action::Listen { slot, patience, silence_ms });
    }

    /// Ends the call.
    pub(super) fn end(&mut self, outcome: &str) {
        self.state.phase = Phase::Ended;
        self.state.outcome = Some(outcome.to_owned());
        let task = self.scenario.task(outcome);
        self.actions.push(Action::End { outcome: outcome.to_owned(), task });
    }

    /// Ends the call at one of its bounds.
    pub(super) fn exhausted(&mut self) {
        self.end(EXHAUSTED);
    }
}

/// A hash that stays the same from release to release: FNV-1a with the finaliser of SplitMix64.
pub(crate) fn mix(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
