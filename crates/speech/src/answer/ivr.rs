//! Which keys to press to pass an IVR.
//!
//! A table says what a menu offers and which key the robot wants; the rest is left alone. There are
//! limits: a menu that leads in circles must not be pressed for ever.

use serde::{Deserialize, Serialize};

use super::phrases::{Heard, Phrase};

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What is said, as [`super::phrases`] reads it: "press {d} to be connected".
    pub phrase: String,
    /// What to press; `{d}` stands for the digit that was heard. Empty: press nothing, and no later
    /// row either.
    pub press: String,
}

/// The table and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The first row that fits decides.
    pub rows: Vec<Row>,
    /// Keys pressed in one call, at most.
    pub presses_max: u32,
    /// The same keys pressed in one call, at most: a menu that comes back has not understood.
    pub repeats_max: u32,
    /// From one press to the next, ms, at least.
    pub gap_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let row = |(phrase, press): &(&str, &str)| Row {
            phrase: (*phrase).to_owned(),
            press: (*press).to_owned(),
        };
        Self {
            rows: TABLE.iter().map(row).collect(),
            presses_max: 4,
            repeats_max: 2,
            gap_ms: 2_000,
        }
    }
}

/// What menus say. Above all, what must not be pressed: to decline a call or to be taken off a list
/// is the person's choice.
const TABLE: [(&str, &str); 24] = [
    ("press {d} to be removed", ""),
    ("press {d} to decline|reject|block", ""),
    ("press {d} to opt out", ""),
    ("to be removed press {d}", ""),
    ("to decline|reject|block this? call press {d}", ""),
    ("press {d} to be? connected|connect", "{d}"),
    ("press {d} to accept", "{d}"),
    ("press {d} to continue", "{d}"),
    ("press {d} to speak|talk", "{d}"),
    ("press {d} for a|an|the operator|representative|agent|receptionist", "{d}"),
    ("dial|press {d} for reception|operator|assistance", "{d}"),
    ("to be connected please? press {d}", "{d}"),
    ("to accept this|the? call please? press {d}", "{d}"),
    ("to continue in english please? press {d}", "{d}"),
    ("for english please? press {d}", "{d}"),
    ("to speak|talk to|with a|an|the? person press|dial {d}", "{d}"),
    ("operator|representative|agent|receptionist please? press|dial {d}", "{d}"),
    ("if you are not a robot press {d}", ""),
    ("press any key", "1"),
    ("press any button|number|digit", "1"),
    ("转人工请按{d}", "{d}"),
    ("人工服务请按{d}", "{d}"),
    ("接听请按{d}", "{d}"),
    ("普通话请按{d}", "{d}"),
];

/// Keys to press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// The keys: digits, `*`, `#`.
    pub digits: String,
    /// When it was decided, ms.
    pub at_ms: u64,
    /// The row's phrase.
    pub phrase: String,
}

/// Passes the menus of one call.
#[derive(Debug)]
pub struct Navigator {
    settings: Settings,
    phrases: Vec<Phrase>,
    presses: Vec<String>,
    last_ms: Option<u64>,
    /// Words of the present utterance that have been answered: the rest is new.
    answered: usize,
}

impl Navigator {
    /// A navigator at the start of a call.
    pub fn new(settings: Settings) -> Self {
        let phrases = settings.rows.iter().map(|row| Phrase::new(&row.phrase)).collect();
        Self { settings, phrases, presses: Vec::new(), last_ms: None, answered: 0 }
    }

    /// Takes a transcript as it is at `at_ms`: of the present utterance so far, or, when
    /// `is_final`, all of it. Tells the keys to press, if it asks for them.
    pub fn phrase(&mut self, at_ms: u64, text: &str, is_final: bool) -> Option<Press> {
        let heard = Heard::new(text);
        let fresh = Heard::new(&heard.tail(heard.len().saturating_sub(self.answered)));
        let press = self.answer(at_ms, &fresh);
        if press.is_some() {
            self.answered = heard.len();
        }
        if is_final {
            self.answered = 0;
        }
        press
    }

    fn answer(&mut self, at_ms: u64, heard: &Heard) -> Option<Press> {
        // "For sales press 1, to speak to": this menu names its keys last, and "press 1 to speak"
        // is not in it.
        let names_last = heard.has_before(&["for", "to", "if"], &["press", "dial"]);
        let is_spoken_so = |row: &Row| {
            let key_last = row.phrase.ends_with(" {d}");
            let key_first = row.phrase.contains("{d} ");
            row.press.is_empty() || if names_last { !key_first } else { !key_last }
        };
        // A word off may be the word that matters: "press 1 to hear", "press 1 to accept".
        let find = |phrase: &Phrase| phrase.find(heard).filter(|found| found.errors == 0);
        let rows = self.settings.rows.iter().zip(&self.phrases);
        let fitting = rows.filter(|(row, _)| is_spoken_so(row));
        let mut found = fitting.filter_map(|(row, phrase)| Some((row, find(phrase)?)));
        let (row, found) = found.next()?;
        let digit = found.digit.map(String::from).unwrap_or_default();
        let digits = row.press.replace("{d}", &digits_only(&digit));
        let phrase = row.phrase.clone();
        if digits.is_empty() || !self.is_allowed(at_ms, &digits) {
            return None;
        }
        self.presses.push(digits.clone());
        self.last_ms = Some(at_ms);
        Some(Press { digits, at_ms, phrase })
    }

    fn is_allowed(&self, at_ms: u64, digits: &str) -> bool {
        let is_soon =
            self.last_ms.is_some_and(|last| at_ms.saturating_sub(last) < self.settings.gap_ms);
        let repeats = self.presses.iter().filter(|before| *before == digits).count();
        !is_soon
            && self.presses.len() < self.settings.presses_max as usize
            && repeats < self.settings.repeats_max as usize
    }
}

/// What a keypad has.
fn digits_only(text: &str) -> String {
    text.chars().filter(|key| key.is_ascii_digit() || matches!(key, '#' | '*')).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn press(text: &str) -> Option<String> {
        let mut navigator = Navigator::new(Settings::default());
        navigator.phrase(0, text, true).map(|press| press.digits)
    }

    #[test]
    fn the_key_that_leads_to_a_person_is_pressed() {
        for (text, keys) in [
            ("Press 1 to be connected.", "1"),
            ("to be connected, press two", "2"),
            ("for sales press 1, to speak to a representative, press 0", "0"),
            ("for english press one", "1"),
            ("press any key to accept this call", "1"),
            ("人工服务请按0", "0"),
        ] {
            assert_eq!(press(text).as_deref(), Some(keys), "{text}");
        }
    }

    #[test]
    fn nothing_is_pressed_that_was_not_asked_for_or_is_the_persons_choice() {
        for text in [
            "hello who is calling",
            "press 2 to be removed from our list",
            "press 1 to decline this call",
            "for sales press 1",
            "when done press the pound key",
        ] {
            assert_eq!(press(text), None, "{text}");
        }
    }

    #[test]
    fn one_menu_is_answered_once_though_its_transcript_grows() {
        let mut navigator = Navigator::new(Settings::default());
        let texts =
            ["press", "press 1", "press 1 to be connected", "press 1 to be connected or hang up"];
        let presses = texts.iter().zip((0u64..).step_by(3_000)).filter_map(|(text, at_ms)| {
            navigator.phrase(at_ms, text, false).map(|press| press.digits)
        });
        assert_eq!(presses.collect::<Vec<_>>(), ["1"]);
    }

    #[test]
    fn a_menu_that_comes_back_is_answered_no_more_than_the_limits_allow() {
        let mut navigator = Navigator::new(Settings::default());
        let mut count = 0;
        for round in 0..20u64 {
            let key = round % 5;
            let text = format!("press {key} to be connected");
            count += u32::from(navigator.phrase(round * 5_000, &text, true).is_some());
        }
        assert_eq!(count, 4);
    }

    #[test]
    fn the_same_key_is_pressed_twice_at_most_and_not_at_once() {
        let mut navigator = Navigator::new(Settings::default());
        let mut times = Vec::new();
        for at_ms in (0..30_000).step_by(500) {
            if navigator.phrase(at_ms, "press 1 to be connected", true).is_some() {
                times.push(at_ms);
            }
        }
        assert_eq!(times, [0, 2_000]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_it_presses_only_keys(
            text in ".{0,200}",
            last in any::<bool>(),
        ) {
            let mut navigator = Navigator::new(Settings::default());
            if let Some(press) = navigator.phrase(0, &text, last) {
                prop_assert!(press.digits.chars().all(|key| "0123456789*#".contains(key)));
            }
        }
    }
}
