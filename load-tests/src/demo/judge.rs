//! What the robots wrote down beside what the people wanted.

use std::collections::{HashMap, VecDeque};

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use super::truth::Truth;
use crate::results::Figures;

/// Outcomes that settle nothing: neither right nor wrong.
const UNSETTLED: &[&str] =
    &["nobody_spoke", "not_understood", "to_be_moved", "exhausted", "not_handed_over", "hung_up"];

/// Dispositions that say something of who answered or of what they wish: written down of somebody
/// else they are wrong, with or without an outcome.
const TELLING: &[&str] = &["opted_out", "machine", "out_of_service", "unallocated"];

/// An attempt as the ledger exports it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Attempt {
    pub attempt: String,
    pub number: String,
    pub disposition: Option<String>,
    detail: Option<String>,
    #[serde(skip)]
    pub heard: Value,
}

/// Reads an export.
pub(super) fn attempts(text: &str) -> Result<Vec<Attempt>> {
    let read = |line: &str| -> Result<Attempt> {
        let mut attempt: Attempt = serde_json::from_str(line)?;
        let detail = attempt.detail.take().and_then(|it| serde_json::from_str::<Value>(&it).ok());
        attempt.heard = detail.map(|mut it| it["heard"].take()).unwrap_or_default();
        Ok(attempt)
    };
    text.lines().filter(|line| !line.is_empty()).map(read).collect()
}

impl Attempt {
    /// The outcome in the scenario's words.
    pub(super) fn outcome(&self) -> Option<&str> {
        self.heard["outcome"].as_str()
    }
}

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// The robot wrote down what the person wanted.
    Right,
    /// It settled nothing.
    Unsettled,
    /// It wrote down something else.
    Wrong,
}

/// One call, judged.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub truth: &'a Truth,
    pub attempt: Option<&'a Attempt>,
    pub grade: Grade,
    /// Wanted slots: name, wanted, written down.
    pub slots: Vec<(String, String, Option<String>)>,
}

/// Judges every call that somebody took.
pub(super) fn judge<'a>(truths: &'a [Truth], attempts: &'a [Attempt]) -> Vec<Judged<'a>> {
    let mut by_number: HashMap<&str, VecDeque<&Attempt>> = HashMap::new();
    for attempt in attempts {
        by_number.entry(&attempt.number).or_default().push_back(attempt);
    }
    let judged = truths.iter().map(|truth| {
        // Somebody who is called back has an attempt for each call, in their order.
        let attempt = by_number.get_mut(truth.number.as_str()).and_then(VecDeque::pop_front);
        let grade = grade(truth, attempt);
        let slots = truth.slots.iter().map(|(name, wanted)| {
            let written = attempt.and_then(|it| it.heard["slots"][name].as_str());
            (name.clone(), wanted.clone(), written.map(str::to_owned))
        });
        let slots = slots.collect();
        Judged { truth, attempt, grade, slots }
    });
    judged.collect()
}

fn grade(truth: &Truth, attempt: Option<&Attempt>) -> Grade {
    let outcome = attempt.and_then(Attempt::outcome);
    let disposition = attempt.and_then(|it| it.disposition.as_deref());
    let outcome_fits = outcome.is_some_and(|it| truth.outcomes.iter().any(|right| right == it));
    // A conversation that came to its end is known by its outcome alone.
    let tells = truth.disposition.as_deref().filter(|&it| it != "completed");
    if outcome_fits || (tells.is_some() && tells == disposition) {
        return Grade::Right;
    }
    if truth.answered_at_ms.is_some() && disposition.is_some_and(|it| TELLING.contains(&it)) {
        return Grade::Wrong;
    }
    match outcome {
        Some(outcome) if !UNSETTLED.contains(&outcome) => Grade::Wrong,
        Some(_) | None => Grade::Unsettled,
    }
}

/// The figures of a run.
pub(super) fn figures(judged: &[Judged<'_>], minutes: f64) -> Figures {
    let talked = || judged.iter().filter(|it| it.truth.answered_at_ms.is_some());
    let share = |part: usize, whole: usize| match whole {
        0 => Value::Null,
        _ => ((part as f64 / whole as f64 * 1_000.0).round() / 10.0).into(),
    };
    let willing: Vec<_> = talked().filter(|it| it.truth.willing).collect();
    let done = willing.iter().filter(|it| it.grade == Grade::Right).count();
    let slots: Vec<_> = judged.iter().flat_map(|it| &it.slots).collect();
    let written = slots.iter().filter(|(_, _, written)| written.is_some()).count();
    let right = slots.iter().filter(|(_, wanted, it)| it.as_ref() == Some(wanted)).count();
    let wrong = talked().filter(|it| it.grade == Grade::Wrong).count();
    let is_opt_out = |it: &&Judged<'_>| it.truth.disposition.as_deref() == Some("opted_out");
    let opt_outs: Vec<_> = talked().filter(is_opt_out).collect();
    let honoured = opt_outs
        .iter()
        .filter(|it| it.attempt.and_then(|it| it.disposition.as_deref()) == Some("opted_out"));
    let honoured = honoured.count();
    let replies = sorted(judged.iter().flat_map(|it| it.truth.replies_ms()));
    let greetings = sorted(judged.iter().filter_map(|it| it.truth.first_robot_ms));
    let stops = sorted(judged.iter().flat_map(|it| it.truth.stops_ms()));
    let said: usize = judged.iter().map(|it| it.truth.utterances.len()).sum();
    let cut_into: usize = judged.iter().map(|it| it.truth.cut_into()).sum();
    let unanswered: usize = judged.iter().map(|it| it.truth.unanswered()).sum();
    // A call without an attempt of its own: somebody was called again, which no ledger knows.
    let twice = judged.iter().filter(|it| it.attempt.is_none()).count();
    Figures::from_iter([
        ("calls".to_owned(), judged.len().into()),
        ("talked".to_owned(), talked().count().into()),
        ("willing".to_owned(), willing.len().into()),
        ("completion_pct".to_owned(), share(done, willing.len())),
        ("slots_wanted".to_owned(), slots.len().into()),
        ("slots_written_pct".to_owned(), share(written, slots.len())),
        ("slot_accuracy_pct".to_owned(), share(right, written)),
        ("wrong_outcome_pct".to_owned(), share(wrong, talked().count())),
        ("opt_outs".to_owned(), opt_outs.len().into()),
        ("optout_honoured_pct".to_owned(), share(honoured, opt_outs.len())),
        ("replies".to_owned(), replies.len().into()),
        ("reply_p50_ms".to_owned(), at(&replies, 50)),
        ("reply_p95_ms".to_owned(), at(&replies, 95)),
        ("greeting_p95_ms".to_owned(), at(&greetings, 95)),
        ("utterances".to_owned(), said.into()),
        ("cut_into_pct".to_owned(), share(cut_into, said)),
        ("unanswered_pct".to_owned(), share(unanswered, said)),
        ("interruptions".to_owned(), stops.len().into()),
        ("barge_stop_p95_ms".to_owned(), at(&stops, 95)),
        ("dialled_twice".to_owned(), twice.into()),
        ("minutes".to_owned(), ((minutes * 100.0).round() / 100.0).into()),
    ])
}

fn sorted(values: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values
}

/// The value that so many percent do not exceed.
pub(super) fn at(sorted: &[u64], percent: usize) -> Value {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).map_or(Value::Null, |&value| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(number: &str, more: &str) -> Truth {
        let text = format!(
            r#"{{"number":"{number}","persona":"p","willing":true,"disposition":null,
                "answered_at_ms":0,"first_robot_ms":120,"utterances":[],"robot":[],
                "interruptions":[],"end":{{"by":"remote"}},{more}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_was_written_down_is_held_against_what_was_wanted() {
        let truths = [
            truth("+1", r#""outcomes":["moved"],"slots":{"t":"9"}"#),
            truth("+2", r#""outcomes":["moved"],"slots":{"t":"9"}"#),
            truth("+3", r#""outcomes":["confirmed"],"slots":{}"#),
            truth("+4", r#""outcomes":["confirmed"],"slots":{}"#),
        ];
        let line = |number: &str, outcome: &str| {
            let heard =
                format!(r#"{{"outcome":"{outcome}","slots":{{"t":"{}"}}}}"#, number.len() + 7);
            let detail = serde_json::json!(format!(r#"{{"heard":{heard}}}"#));
            format!(
                r#"{{"attempt":"1-1-1","number":"{number}","disposition":"completed",
                "detail":{detail}}}"#
            )
        };
        let lines = [
            line("+1", "moved"),
            line("+2", "confirmed"),
            line("+3", "nobody_spoke"),
            line("+4", "hung_up"),
        ];
        let attempts = attempts(&lines.map(|it| it.replace('\n', "")).join("\n")).unwrap();
        let judged = judge(&truths, &attempts);
        let grades: Vec<Grade> = judged.iter().map(|it| it.grade).collect();
        assert_eq!(grades, [Grade::Right, Grade::Wrong, Grade::Unsettled, Grade::Unsettled]);
        let figures = figures(&judged, 1.0);
        assert_eq!(
            (&figures["completion_pct"], &figures["wrong_outcome_pct"]),
            (&25.0.into(), &25.0.into())
        );
        assert_eq!(
            (&figures["slot_accuracy_pct"], &figures["dialled_twice"]),
            (&100.0.into(), &0.into())
        );
    }

    #[test]
    fn a_call_without_an_attempt_of_its_own_is_one_too_many() {
        let call = || truth("+1", r#""outcomes":["moved"],"slots":{}"#);
        let line = |nth: u8| {
            format!(r#"{{"attempt":"1-1-{nth}","number":"+1","disposition":"call_back"}}"#)
        };
        let (twice, agreed) = (line(1), format!("{}\n{}", line(1), line(2)));
        for (export, expected) in [(twice, 1), (agreed, 0)] {
            let (truths, attempts) = ([call(), call()], attempts(&export).unwrap());
            let figures = figures(&judge(&truths, &attempts), 1.0);
            assert_eq!(figures["dialled_twice"], expected, "{export}");
        }
    }

    #[test]
    fn somebody_who_is_taken_for_a_machine_is_judged_wrongly() {
        let truths = [
            truth("+1", r#""outcomes":["confirmed"],"slots":{}"#),
            truth("+2", r#""outcomes":["voicemail"],"slots":{}"#),
        ];
        let truths = truths.map(|mut it| {
            if it.number == "+2" {
                it.disposition = Some("machine".to_owned());
            }
            it
        });
        let line = |number: &str| {
            format!(r#"{{"attempt":"1-1-1","number":"{number}","disposition":"machine"}}"#)
        };
        let attempts = attempts(&format!("{}\n{}", line("+1"), line("+2"))).unwrap();
        let grades: Vec<Grade> = judge(&truths, &attempts).iter().map(|it| it.grade).collect();
        assert_eq!(grades, [Grade::Wrong, Grade::Right]);
    }

    #[test]
    fn a_reply_is_what_comes_after_the_last_word_and_before_the_next() {
        let spoken = r#""outcomes":[],"slots":{},"utterances":[
            {"text":"a","start_ms":1000,"end_ms":2000},{"text":"b","start_ms":5000,"end_ms":5500},
            {"text":"c","start_ms":5700,"end_ms":6000},{"text":"d","start_ms":7000,"end_ms":7400}],
            "robot":[{"start_ms":100,"end_ms":900,"words":""},
            {"start_ms":2400,"end_ms":4000,"words":""},{"start_ms":6500,"end_ms":8000,"words":""},
            {"start_ms":9000,"end_ms":9900,"words":""}]"#;
        let text = format!(
            r#"{{"number":"+1","persona":"p","willing":true,"disposition":null,"answered_at_ms":0,
            "first_robot_ms":1,"interruptions":[],"end":{{"by":"remote"}},{spoken}}}"#
        );
        let truth: Truth = serde_json::from_str(&text).unwrap();
        assert_eq!(truth.replies_ms(), [400, 500]);
        // "b" is answered after "c"; while "d" is spoken the robot has begun already.
        assert_eq!((truth.cut_into(), truth.unanswered()), (0, 0));
    }
}
