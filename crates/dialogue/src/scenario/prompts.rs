//! What a robot will say word for word, whoever is called: it can be rendered before any call.

use std::collections::BTreeSet;

use outcall_understanding::slots::Language;

use super::{Act, Prompt, Scenario};

impl Scenario {
    /// Every prompt of a language that speaks of nobody: all its variants without a name in braces.
    pub fn fixed_prompts(&self, language: Language) -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        let first = self.first_language();
        let mut add = |prompt: &Prompt| {
            let variants = prompt.get(&language).or_else(|| prompt.get(&first));
            texts.extend(variants.into_iter().flatten().filter_map(|text| text.fixed()));
        };
        for node in self.nodes.values() {
            add(&node.say);
            if let Act::Listen { .. } = node.act {
                add(&node.policy.say_no_match);
                add(&node.policy.say_no_input);
            }
        }
        self.globals.values().for_each(|global| {
            add(&global.say);
            add(&global.confirm);
        });
        self.slots.values().for_each(|slot| add(&slot.confirm));
        texts
    }

    /// Whether it leaves messages on answering machines.
    pub fn leaves_messages(&self) -> bool {
        self.voicemail.is_some()
    }

    /// Whether an intent is understood at every node.
    pub fn is_global(&self, intent: &str) -> bool {
        self.globals.contains_key(intent)
    }
}
