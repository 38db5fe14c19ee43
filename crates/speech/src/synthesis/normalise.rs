//! What is written otherwise than it is said.
//!
//! Rules for the telephone go over the whole text first, because they settle full stops that end
//! no sentence; then the original's rules go over each sentence. Plain numbers, ordinals, years
//! and amounts are left to the lexicon, which reads them.

mod abbreviations;
mod base;
mod dates;
mod digits;
mod internet;
mod money;
mod names;
mod tables;
mod times;

use unicode_normalization_alignments::UnicodeNormalization;

use super::SynthesisError;
use super::pattern::Pattern;
use super::pronounce::LINK;
use abbreviations::Abbreviations;
use base::Base;
use dates::Dates;
use digits::Digits;
use internet::Internet;
use money::Money;
use names::Names;
pub(super) use names::Vocabulary;
use times::Times;

pub(super) use tables::Tables;

/// The rules.
#[derive(Debug)]
pub(super) struct Normaliser {
    links: Pattern,
    names: Names,
    internet: Internet,
    dates: Dates,
    times: Times,
    money: Money,
    digits: Digits,
    abbreviations: Abbreviations,
    base: Base,
}

impl Normaliser {
    pub(super) fn new(tables: Tables) -> Result<Self, SynthesisError> {
        Ok(Self {
            links: Pattern::fixed(LINK),
            names: Names::new(),
            internet: Internet::new(),
            dates: Dates::new(),
            times: Times::new(),
            money: Money::new(),
            digits: Digits::new(),
            abbreviations: Abbreviations::new(),
            base: Base::new(tables)?,
        })
    }

    /// The rules for the telephone, on a whole text. What is said to be read in a given way
    /// (`[text](/phonemes/)`) stays.
    pub(super) fn prepared(&self, text: &str, words: &dyn Vocabulary) -> String {
        let text: String = text.nfc().map(|(c, _)| c).collect();
        let (mut out, mut from) = (String::new(), 0);
        for (start, end) in self.links.spans(&text) {
            out.push_str(&self.plain(&text[from..start], words));
            out.push_str(&text[start..end]);
            from = end;
        }
        out.push_str(&self.plain(&text[from..], words));
        out
    }

    /// The original's rules, on a sentence.
    pub(super) fn sentence(&self, text: &str) -> String {
        self.base.apply(text)
    }

    fn plain(&self, text: &str, words: &dyn Vocabulary) -> String {
        let text = self.names.apply(text, words);
        let text = self.internet.apply(&text);
        let text = self.dates.apply(&text);
        let text = self.times.apply(&text);
        let text = self.money.apply(&text);
        let text = self.digits.apply(&text);
        self.abbreviations.apply(&text)
    }
}
