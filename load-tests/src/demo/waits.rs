//! Where the time of the replies went, as the robots wrote it down: the silence that they waited
//! for on purpose, and what the program took beyond it.

use super::judge::Attempt;

/// The parts of a reply's time that are the program's own, in their order. `end_of_turn`, the
/// silence that the words and the patience of the node asked for, is none of them.
pub(super) const OWN: [&str; 5] =
    ["recognition", "delivery", "understanding", "decision", "synthesis"];

/// The waits of all replies of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    /// Of each part of [`OWN`], in ms, sorted.
    parts: [Vec<u64>; OWN.len()],
    /// All parts of a reply together, in ms, sorted.
    all: Vec<u64>,
    /// The silences, in ms, sorted.
    silences: Vec<u64>,
}

impl Waits {
    /// Those of these calls.
    pub(super) fn of(attempts: &[Attempt]) -> Self {
        let mut waits = Self::default();
        let turns = attempts.iter().filter_map(|attempt| attempt.heard["turns"].as_array());
        for latency in turns.flatten().map(|turn| &turn["latency"]) {
            let Some(silence) = latency["end_of_turn"].as_u64() else { continue };
            let mut all = 0;
            for (name, part) in OWN.iter().zip(&mut waits.parts) {
                let ms = latency[*name].as_u64().unwrap_or_default();
                part.push(ms);
                all += ms;
            }
            waits.all.push(all);
            waits.silences.push(silence);
        }
        waits.parts.iter_mut().for_each(|part| part.sort_unstable());
        waits.all.sort_unstable();
        waits.silences.sort_unstable();
        waits
    }

    /// What the program took beyond the silence, in ms; so many percent of the replies took less.
    pub(super) fn own_ms(&self, percent: usize) -> f64 {
        at(&self.all, percent)
    }

    /// The silence waited for, in ms.
    pub(super) fn silence_ms(&self, percent: usize) -> f64 {
        at(&self.silences, percent)
    }

    /// The same of each part of [`OWN`].
    pub(super) fn parts_ms(&self, percent: usize) -> [f64; OWN.len()] {
        self.parts.each_ref().map(|part| at(part, percent))
    }
}

fn at(sorted: &[u64], percent: usize) -> f64 {
    super::judge::at(sorted, percent).as_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::super::judge::attempts;
    use super::*;

    #[test]
    fn the_silence_is_told_from_what_the_program_took() {
        let turn = |silence: u64, recognition: u64, synthesis: u64| {
            serde_json::json!({"who": "robot", "latency": {"end_of_turn": silence,
                "recognition": recognition, "delivery": 1, "understanding": 2, "decision": 3,
                "synthesis": synthesis, "total": 0}})
        };
        let turns = [turn(1_408, 0, 20), turn(224, 60, 10), serde_json::json!({"who": "callee"})];
        let detail = serde_json::json!({ "heard": { "turns": turns } }).to_string();
        let line = serde_json::json!({"attempt": "1-1-1", "number": "+1",
            "disposition": "completed", "detail": detail});
        let waits = Waits::of(&attempts(&line.to_string()).unwrap());
        assert_eq!((waits.own_ms(50), waits.own_ms(95)), (26.0, 76.0));
        assert_eq!(waits.parts_ms(95), [60.0, 1.0, 2.0, 3.0, 20.0]);
        assert_eq!(waits.silence_ms(95), 1_408.0);
        assert!(Waits::default().own_ms(95).is_nan());
    }
}
