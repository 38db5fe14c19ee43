//! `calls show`: one call, as people read it.

use std::process::ExitCode;

use anyhow::Context;
use outcall_campaign::AttemptId;
use outcall_ledger::sqlite::attempts::AttemptView;
use serde_json::Value;

use super::{Style, open};
use crate::config::Config;
use crate::output::{answer, table};

/// Shows a call.
pub(super) fn show(config: &Config, attempt: &str, style: Style) -> anyhow::Result<ExitCode> {
    let id: AttemptId = attempt
        .parse()
        .ok()
        .with_context(|| format!("'{attempt}' is no call: write one of `calls list`, as 1-42-1"))?;
    let view = open(config)?.reader()?.attempt(id)?;
    answer(style.json, &view, || print(&view))?;
    Ok(ExitCode::SUCCESS)
}

fn print(view: &AttemptView) {
    println!("call {} to {} {}", view.attempt, view.name, view.number);
    println!("placed {}, {}", view.intent, view.disposition.as_deref().unwrap_or("under way"));
    let Some(heard) = view.detail.as_ref().and_then(|detail| detail.get("heard")) else {
        println!("nothing was heard");
        return;
    };
    let text = |name: &str| heard.get(name).and_then(Value::as_str);
    if let Some(scenario) = text("scenario") {
        let version: String = text("version").unwrap_or_default().chars().take(12).collect();
        let outcome = text("outcome").unwrap_or("none: the callee hung up before");
        println!(
            "scenario {scenario} ({version}), outcome {outcome}, at node {}",
            text("node").unwrap_or("-")
        );
    }
    if let Some(class) = text("answered_by") {
        println!("answered by: {class}");
    }
    for (slot, value) in heard.get("slots").and_then(Value::as_object).into_iter().flatten() {
        println!("{slot}: {}", value.as_str().unwrap_or_default());
    }
    print_turns(heard);
    for message in array(heard, "messages") {
        let of = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
        println!("message by {}, kept to be sent: {}", of("channel"), of("text"));
    }
    if let Some(recording) = text("recording") {
        println!("recording: {recording} (`outcall listen {recording}`)");
    }
}

fn array<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn print_turns(heard: &Value) {
    let mut rows = table(&["at#", "who", "what", "node", "understood", "reply after#"]);
    for turn in array(heard, "turns") {
        let text = |name: &str| turn.get(name).and_then(Value::as_str).unwrap_or_default();
        let flag = |name: &str| turn.get(name).and_then(Value::as_bool).unwrap_or_default();
        let at_ms = turn.get("from_ms").and_then(Value::as_u64).unwrap_or_default();
        let mut said = text("text").to_owned();
        if flag("interrupted") {
            said.push_str(" --");
        }
        if flag("aside") {
            said.push_str(" (aside)");
        }
        let understood: Vec<String> = array(turn, "intents").take(2).map(guess).collect();
        let reply = turn.get("latency").map(latency);
        rows.add_row([
            format!("{:.1} s", at_ms as f64 / 1_000.0),
            text("who").to_owned(),
            said,
            text("node").to_owned(),
            understood.join(", "),
            reply.unwrap_or_default(),
        ]);
    }
    println!("{rows}");
}

fn guess(guess: &Value) -> String {
    let name = guess.get(0).and_then(Value::as_str).unwrap_or_default();
    let confidence = guess.get(1).and_then(Value::as_f64).unwrap_or_default();
    format!("{name} {confidence:.2}")
}

/// The whole, and its parts in their order.
fn latency(latency: &Value) -> String {
    let ms = |name: &str| latency.get(name).and_then(Value::as_u64).unwrap_or_default();
    let parts =
        ["end_of_turn", "recognition", "delivery", "understanding", "decision", "synthesis"];
    let parts: Vec<String> = parts.iter().map(|name| ms(name).to_string()).collect();
    format!("{} ms ({})", ms("total"), parts.join("+"))
}
