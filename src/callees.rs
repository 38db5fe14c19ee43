//! Whom calls are with, read from the ledger by a thread of its own: nobody waits for the disk.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, bounded};
use jiff::tz::TimeZone;
use outcall_application::App;
use outcall_campaign::AttemptId;
use outcall_conversation::dialogue::{Callee, Callees, Lookup};
use outcall_ledger::sqlite::{Reader, callee};
use outcall_telephony::Waker;
use outcall_understanding::slots::Language;
use serde_json::Value;

/// Questions and answers that may wait: more calls than ring at once.
const WAITING_MAX: usize = 65_536;

/// The thread. It ends with this.
pub(crate) struct LedgerCallees {
    asked: Sender<AttemptId>,
    tell: Sender<Lookup>,
    told: Receiver<Lookup>,
    waker: Arc<OnceLock<Waker>>,
}

impl LedgerCallees {
    /// Starts the thread.
    pub(crate) fn start(app: &App) -> anyhow::Result<Self> {
        let reader = app.reader()?;
        let (asked, questions) = bounded::<AttemptId>(WAITING_MAX);
        let (tell, told) = bounded(WAITING_MAX);
        let waker = Arc::new(OnceLock::new());
        let (answers, wake) = (tell.clone(), Arc::clone(&waker));
        let run = move || {
            for attempt in questions {
                let found = find(&reader, attempt);
                // As many answers as questions may wait.
                drop(answers.try_send((attempt, found)));
                if let Some(wake) = wake.get() {
                    let wake: &Waker = wake;
                    wake();
                }
            }
        };
        let thread = std::thread::Builder::new().name("callees".to_owned()).spawn(run);
        thread.context("the thread that looks callees up")?;
        Ok(Self { asked, tell, told, waker })
    }
}

impl Callees for LedgerCallees {
    fn ask(&self, attempt: AttemptId) {
        if self.asked.try_send(attempt).is_err() {
            let why = format!("{WAITING_MAX} look-ups wait already");
            drop(self.tell.try_send((attempt, Err(why))));
        }
    }

    fn next(&self) -> Option<Lookup> {
        self.told.try_recv().ok()
    }

    fn wake_by(&self, waker: Waker) {
        drop(self.waker.set(waker));
    }
}

fn find(reader: &Reader, attempt: AttemptId) -> Result<Callee, String> {
    let found = reader.callee(attempt).map_err(|error| error.to_string())?;
    Ok(callee(found))
}

fn callee(found: callee::Callee) -> Callee {
    let callee::Callee { name, language, jurisdiction, zones, external_id, attributes } = found;
    let mut variables = BTreeMap::new();
    for (column, value) in attributes {
        let text = match value {
            Value::String(text) => text,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        variables.insert(column, text);
    }
    variables.insert("name".to_owned(), name);
    variables.extend(external_id.map(|id| ("external_id".to_owned(), id)));
    let zone = zones.first().and_then(|zone| TimeZone::get(zone).ok());
    Callee {
        language: language.as_deref().and_then(spoken),
        jurisdiction,
        zone: zone.unwrap_or(TimeZone::UTC),
        variables,
    }
}

/// The language of a tag such as `en-GB`.
fn spoken(tag: &str) -> Option<Language> {
    match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
        "en" => Some(Language::En),
        "zh" | "cmn" => Some(Language::Zh),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_list_are_the_variables_of_the_scenario() {
        let attributes = serde_json::json!({ "place": "12 Hill Road", "visits": 3, "none": null });
        let found = callee::Callee {
            name: "Ann Lee".to_owned(),
            language: Some("en-GB".to_owned()),
            jurisdiction: "uk".to_owned(),
            zones: vec!["Europe/London".to_owned(), "Europe/Paris".to_owned()],
            external_id: None,
            attributes: attributes.as_object().cloned().unwrap_or_default(),
        };
        let callee = callee(found);
        let variables: Vec<_> =
            callee.variables.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(variables, [("name", "Ann Lee"), ("place", "12 Hill Road"), ("visits", "3")]);
        assert_eq!(callee.zone, TimeZone::get("Europe/London").unwrap());
        assert_eq!((callee.language, spoken("fr")), (Some(Language::En), None));
    }
}
