//! The report to look at: one page without anything from elsewhere.

use std::fmt::Write;

use super::judge::{Grade, Judged};
use super::show::bar_of;
use super::stage::Stage;
use super::truth::Truth;
use crate::results::Figures;

const STYLE: &str = "
body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem}
body{color:#1b2733}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
td,th{padding:.35rem .6rem;border-bottom:1px solid #dde3ea;text-align:left;vertical-align:top}
.right{color:#14693b}.unsettled{color:#8a5a00}.wrong{color:#b3261e;font-weight:600}
.none{color:#a9b4bf}.back td:nth-child(3){text-decoration:line-through}
.robot{color:#1f4e8c}.callee{color:#1b2733}.aside{opacity:.55}
summary{cursor:pointer}details{border-bottom:1px solid #dde3ea;padding:.4rem 0}
.cards{display:flex;flex-wrap:wrap;gap:.8rem}
.card{border:1px solid #dde3ea;border-radius:8px;padding:.6rem 1rem;min-width:9rem}
.card b{display:block;font-size:1.4rem}.missed{border-color:#b3261e}.missed b{color:#b3261e}
.card span{color:#5b6b7b;font-size:.85rem}
audio{height:28px;vertical-align:middle}svg{max-width:100%}
";

/// What the cards show.
const CARDS: &[(&str, &str, &str)] = &[
    ("completion_pct", "%", "of willing people: done"),
    ("slot_accuracy_pct", "%", "of written values right"),
    ("wrong_outcome_pct", "%", "wrong outcomes"),
    ("optout_honoured_pct", "%", "opt-outs honoured"),
    ("reply_p50_ms", "ms", "reply on the wire, median"),
    ("reply_p95_ms", "ms", "reply, p95"),
    ("greeting_p95_ms", "ms", "greeting, p95"),
    ("barge_stop_p95_ms", "ms", "interruption stop, p95"),
    ("dialled_twice", "", "dialled twice"),
    ("minutes", "min", "for the whole list"),
];

/// The page.
pub(super) fn page(figures: &Figures, judged: &[Judged<'_>], stage: &Stage) -> String {
    let mut html = String::new();
    put(
        &mut html,
        format_args!(
            "<!doctype html><meta charset=utf-8><title>Outcall: spoken calls, judged</title>\
         <style>{STYLE}</style><h1>Spoken calls, judged by the far end</h1>\
         <p>Every person of the list wanted something; this page holds what the robots wrote down \
         against it. Delays are of the far end's own samples. Everything is in <code>{}</code>.</p>\
         <div class=cards>",
            escaped(&stage.folder().display().to_string())
        ),
    );
    for (name, unit, about) in CARDS {
        let value = figures.get(*name).map_or_else(|| "-".to_owned(), ToString::to_string);
        let (bar, met) = bar_of(figures, name).unwrap_or_default();
        let missed = if met == Some(true) { "" } else { " missed" };
        put(
            &mut html,
            format_args!(
                "<div class=\"card{missed}\"><b>{value} {unit}</b>\
                 <span>{about}<br>{bar}</span></div>"
            ),
        );
    }
    html.push_str("</div><h2>From the last word to the reply</h2>");
    html.push_str(&histogram(judged));
    html.push_str(
        "<h2>People</h2><table><tr><th>kind<th>calls<th>right<th>unsettled<th>wrong</tr>",
    );
    let mut kinds: Vec<&str> = judged.iter().map(|it| it.truth.persona.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of = |grade: Option<Grade>| {
            let same = judged.iter().filter(|it| it.truth.persona == kind);
            same.filter(|it| grade.is_none_or(|grade| it.grade == grade)).count()
        };
        put(
            &mut html,
            format_args!(
                "<tr><td>{}<td>{}{}{}{}</tr>",
                escaped(kind),
                of(None),
                count("right", of(Some(Grade::Right))),
                count("unsettled", of(Some(Grade::Unsettled))),
                count("wrong", of(Some(Grade::Wrong))),
            ),
        );
    }
    html.push_str("</table><h2>Calls</h2>");
    // What went wrong is what people look for.
    let mut worst_first: Vec<&Judged<'_>> = judged.iter().collect();
    worst_first.sort_by_key(|it| std::cmp::Reverse(it.grade));
    for it in worst_first {
        call(&mut html, it);
    }
    html
}

/// A cell with a count; one of none is muted.
fn count(class: &str, count: usize) -> String {
    let class = if count == 0 { "none" } else { class };
    format!("<td class={class}>{count}")
}

fn call(html: &mut String, it: &Judged<'_>) {
    let (class, word) = match it.grade {
        Grade::Right => ("right", "right"),
        Grade::Unsettled => ("unsettled", "unsettled"),
        Grade::Wrong => ("wrong", "wrong"),
    };
    let outcome = it.attempt.and_then(|attempt| attempt.outcome()).unwrap_or("-");
    let disposition = it.attempt.and_then(|attempt| attempt.disposition.as_deref()).unwrap_or("-");
    put(
        html,
        format_args!(
            "<details><summary><span class={class}>{word}</span> {} {}: {} ({})</summary>",
            escaped(&it.truth.number),
            escaped(&it.truth.persona),
            escaped(outcome),
            escaped(disposition),
        ),
    );
    if let Some(attempt) = it.attempt {
        put(
            html,
            format_args!(
                "<p><audio controls preload=none src=\"recordings/{0}.wav\"></audio> {0}</p>",
                escaped(&attempt.attempt)
            ),
        );
        html.push_str("<table>");
        for turn in attempt.heard["turns"].as_array().into_iter().flatten() {
            let who = turn["who"].as_str().unwrap_or_default();
            let aside = if turn["aside"].as_bool() == Some(true) { " aside" } else { "" };
            let back = if turn["taken_back"].as_bool() == Some(true) { " back" } else { "" };
            let at_s = turn["from_ms"].as_f64().unwrap_or_default() / 1_000.0;
            let reply = turn["latency"]["total"].as_u64();
            let reply = reply.map_or_else(String::new, |ms| format!("after {ms} ms"));
            put(
                html,
                format_args!(
                    "<tr class=\"{}{aside}{back}\"><td>{at_s:.1} s<td>{}<td>{}<td>{}\
                     <td>{reply}</tr>",
                    escaped(who),
                    escaped(who),
                    escaped(turn["text"].as_str().unwrap_or_default()),
                    escaped(turn["node"].as_str().unwrap_or_default()),
                ),
            );
        }
        html.push_str("</table>");
    }
    said(html, it.truth);
    html.push_str("</details>");
}

/// What the person really said, and heard.
fn said(html: &mut String, truth: &Truth) {
    let lasted_s = truth.end.at_ms.unwrap_or_default() as f64 / 1_000.0;
    put(html, format_args!("<p>At the far end, {lasted_s:.1} s: "));
    for spoken in &truth.utterances {
        put(html, format_args!("“{}” ", escaped(&spoken.text)));
    }
    if let Some(why) = &truth.end.why {
        put(html, format_args!("({})", escaped(why)));
    }
    let heard: Vec<&str> = truth.robot.iter().map(|it| it.words.as_str()).collect();
    put(html, format_args!("<br>Heard: {}</p>", escaped(&heard.join(" / "))));
    if let Some(recording) = &truth.recording {
        let recording = escaped(&recording.display().to_string());
        put(html, format_args!("<p><audio controls preload=none src=\"{recording}\"></audio></p>"));
    }
}

/// A drawing of all replies.
fn histogram(judged: &[Judged<'_>]) -> String {
    const STEP_MS: u64 = 50;
    const BINS: usize = 40;
    let mut bins = [0_u32; BINS];
    for ms in judged.iter().flat_map(|it| it.truth.replies_ms()) {
        bins[usize::try_from(ms / STEP_MS).unwrap_or(BINS).min(BINS - 1)] += 1;
    }
    let most = bins.iter().copied().max().unwrap_or_default().max(1);
    let mut svg =
        String::from("<svg viewBox=\"0 0 880 190\" role=img aria-label=\"replies by delay\">");
    for (place, count) in bins.iter().enumerate() {
        let height = f64::from(*count) / f64::from(most) * 140.0;
        put(
            &mut svg,
            format_args!(
                "<rect x={} y={:.1} width=18 height={height:.1} fill=\"#3b78c3\">\
                 <title>{} ms: {count}</title></rect>",
                20 + place * 20,
                150.0 - height,
                place as u64 * STEP_MS,
            ),
        );
    }
    for ms in [0_u64, 500, 1_000, 1_500, 2_000] {
        put(
            &mut svg,
            format_args!(
                "<text x={} y=170 font-size=12 fill=\"#5b6b7b\">{ms} ms</text>",
                20 + ms / STEP_MS * 20
            ),
        );
    }
    svg + "</svg>"
}

fn put(html: &mut String, text: std::fmt::Arguments<'_>) {
    // Memory takes everything.
    html.write_fmt(text).unwrap_or_default();
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_people_say_is_text_and_no_markup() {
        assert_eq!(super::escaped("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }
}
