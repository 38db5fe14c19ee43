//! A yes or a no beside something else that was said: which of both is the answer.

use outcall_understanding::reading::Guess;
use outcall_understanding::slots::{Found, Value};

use super::enter::Step;
use super::understood::is_free;
use crate::scenario::Node;

/// The confidence from which on an intent of the node outweighs a yes or no beside it.
const MEANT: f32 = 0.55;

/// The confidence from which on an intent outweighs even the shortest no: "not interested".
pub(super) const SURELY_MEANT: f32 = 0.8;

/// Whether somebody says no more than yes or no: two words at most, four characters of Chinese.
fn is_bare(text: &str) -> bool {
    let wide = text.chars().filter(|&c| c > '\u{2E80}').count();
    text.split_whitespace().count() <= 2 && wide <= 4
}

impl Step<'_> {
    /// Whether a yes would end the call in one way and what else was said in another: "yes, I won't
    /// need it" that was heard as "yes, I will".
    pub(super) fn is_torn(&self, node: &Node, found: &Found, intent: &Guess, text: &str) -> bool {
        let end = |exit: &str| self.scenario.farewell(node.exits.get(exit)?);
        let (of_yes, of_intent) = (end("yes"), end(&intent.intent));
        let is_other = of_yes.is_some() && of_intent.is_some() && of_yes != of_intent;
        found.value == Value::YesNo(true) && is_other && !is_bare(text)
    }

    /// Whether an utterance is the value rather than the intent that was also found. Words that are
    /// kept as they were said always fit; there an intent comes first.
    pub(super) fn is_value(&self, found: &Found, intent: Option<&Guess>, text: &str) -> bool {
        let Some(intent) = intent else { return true };
        let scenario = self.scenario;
        // "No, wrong number": the no is a part of the wish, where it is one for sure.
        let says_no = matches!(found.value, Value::YesNo(false))
            && !scenario.is_doubtful(intent)
            && scenario.globals.get(&intent.intent).is_some_and(|global| global.says_no);
        // "Yes, but can we move it?": where the node has an exit for what is meant, a yes or no
        // beside it says less, unless it is all that was said. Before a call ends on a yes, what
        // may have been meant is asked.
        let is_yes = found.value == Value::YesNo(true);
        let (answers, opposite) = if is_yes { ("yes", "no") } else { ("no", "yes") };
        let is_own = scenario.nodes.get(&self.state.node).is_some_and(|node| {
            let (to, answered) = (node.exits.get(&intent.intent), node.exits.get(answers));
            let ends = |to: Option<&String>| to.is_some_and(|to| scenario.farewell(to).is_some());
            let asks_first = ends(answered) && !ends(to);
            let least = match asks_first {
                // "No, I won't be coming": that they come is most likely a mistake.
                _ if ends(to) && to == node.exits.get(opposite) => SURELY_MEANT,
                true => scenario.limits.confidence,
                false => MEANT,
            };
            // Where both lead to the same, the answer is also written down.
            to.is_some() && to != answered && intent.confidence >= least
        });
        let is_bare = is_bare(text) && intent.confidence < SURELY_MEANT;
        let says_less = matches!(found.value, Value::YesNo(_)) && (is_own || says_no) && !is_bare;
        !is_free(&found.value) && !says_less && found.confidence >= intent.confidence
    }
}
