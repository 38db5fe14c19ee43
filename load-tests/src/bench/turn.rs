//! End of turn and interruption, on composed dialogues whose true ends are known.
//!
//! Audio runs in virtual time: 32 ms a frame. What recognition takes is measured and added: its
//! reading comes so much later than it was asked for.

mod answers;
mod dialogues;
mod interruptions;

use std::fmt;

use anyhow::Result;
use outcall_speech::recognition::{ENGLISH, Mode, Recogniser};
use outcall_speech::turn::melody::Melody;
use outcall_speech::turn::{
    Expected, Patience, Reading, TurnAction, TurnSettings, Turns, completeness,
};
use outcall_speech::vad::{FRAME, FRAME_MS, Vad};

use super::speech::{self, Models, quantile, timed};
use super::{BenchArgs, Figure, tenth};
use dialogues::{Kind, Turn};

/// Samples in a millisecond.
const PER_MS: u64 = 8;

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let data = speech::data(args.data.as_deref());
    let prompts = speech::prompts(&data)?;
    let turns = dialogues::compose(&prompts, &data)?;
    let models = Models::open()?;
    let mut ear = Ear {
        vad: Vad::load(&models.runtime, &models.store)?,
        recogniser: Recogniser::load(&models.runtime, &models.store, ENGLISH, "en")?,
        melody: Melody::load(&models.runtime, &models.store)?,
        details: args.details,
    };
    let mut figures = Vec::new();
    let (mut all, mut held_out) = (Decisions::default(), Decisions::default());
    for kind in Kind::ALL {
        let mut own = Decisions::default();
        for turn in turns.iter().filter(|turn| turn.kind == kind) {
            let decided = ear.decide(turn)?;
            if decided.is_none() {
                println!("{}: no end was decided", turn.name);
            }
            own.add(decided);
            if turn.held_out {
                held_out.add(decided);
            }
        }
        println!("{:<22} {own}", kind.name());
        all.append(own);
    }
    println!("{:<22} {held_out}", "held out");
    figures.push(Figure::new("turns", all.count, ""));
    figures.push(Figure::new("decision_p50_ms", all.quantile_ms(0.5), "<= 300"));
    figures.push(Figure::new("decision_p95_ms", all.quantile_ms(0.95), "report"));
    figures.push(Figure::new("cut_in_pct", all.cut_in_pct(), "<= 2"));
    figures.push(Figure::new("undecided", all.undecided, "0"));
    figures.push(Figure::new("held_out_turns", held_out.count, ""));
    figures.push(Figure::new("held_out_p50_ms", held_out.quantile_ms(0.5), "<= 300"));
    figures.push(Figure::new("held_out_cut_in_pct", held_out.cut_in_pct(), "<= 2"));
    interruptions::measure(&mut ear.vad, &prompts, args.details, &mut figures)?;
    answers::measure(&mut ear.vad, &data, &mut figures)?;
    Ok(figures)
}

/// When the ends of a number of turns were decided.
#[derive(Default)]
struct Decisions {
    count: u64,
    /// After the true end, in ms.
    delays_ms: Vec<f64>,
    cut_ins: u64,
    undecided: u64,
}

impl Decisions {
    fn add(&mut self, delay_ms: Option<f64>) {
        self.count += 1;
        match delay_ms {
            Some(delay_ms) if delay_ms >= 0.0 => self.delays_ms.push(delay_ms),
            Some(_) => self.cut_ins += 1,
            None => self.undecided += 1,
        }
    }

    fn append(&mut self, other: Self) {
        self.count += other.count;
        self.delays_ms.extend(other.delays_ms);
        self.cut_ins += other.cut_ins;
        self.undecided += other.undecided;
    }

    fn quantile_ms(&self, part: f64) -> f64 {
        quantile(&self.delays_ms, part).round()
    }

    fn cut_in_pct(&self) -> f64 {
        tenth(self.cut_ins as f64 * 100.0 / self.count.max(1) as f64)
    }
}

impl fmt::Display for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p95) = (self.quantile_ms(0.5), self.quantile_ms(0.95));
        let quick = self.delays_ms.iter().filter(|&&delay_ms| delay_ms <= 300.0).count();
        let Self { count, cut_ins, undecided, .. } = self;
        write!(
            f,
            "{count:>4} turns: p50 {p50:.0} ms, p95 {p95:.0} ms, {quick} within 300 ms, {cut_ins} \
             cut in, {undecided} undecided"
        )
    }
}

struct Ear {
    vad: Vad,
    recogniser: Recogniser,
    melody: Melody,
    details: bool,
}

impl Ear {
    /// How long after the true end the turn was decided to be over, in milliseconds; negative when
    /// it was before.
    fn decide(&mut self, turn: &Turn) -> Result<Option<f64>> {
        let probabilities = self.vad.probabilities(&turn.samples)?;
        let mut turns = Turns::new(TurnSettings::default(), Patience::default());
        // A reading that is under way: when it comes, of which trial.
        let mut coming: Option<(f64, u32, Reading)> = None;
        let mut texts = Vec::new();
        for (frame, probability) in probabilities.into_iter().enumerate() {
            let end_ms = (frame as u64 + 1) * FRAME_MS;
            let mut actions = Vec::new();
            if let Some((at_ms, trial, reading)) = coming
                && at_ms <= end_ms as f64
            {
                coming = None;
                let decided = turns.recognised(trial, reading);
                actions.extend(decided.into_iter().map(|action| (at_ms, action)));
            }
            let heard = turns.frame(end_ms, probability);
            actions.extend(heard.into_iter().map(|action| (end_ms as f64, action)));
            for (at_ms, action) in actions {
                match action {
                    TurnAction::Try { trial, from_ms, to_ms } => {
                        let (text, reading, took_ms) = self.read(turn, from_ms, to_ms)?;
                        texts.push(text);
                        coming = Some((at_ms + took_ms, trial, reading));
                    }
                    TurnAction::Abandon { .. } => coming = None,
                    TurnAction::Ended { reason, .. } => {
                        let delay_ms = at_ms - turn.end_ms as f64;
                        if self.details && !(0.0..=450.0).contains(&delay_ms) {
                            println!("{} {delay_ms:.0} ms, {reason:?}: {texts:?}", turn.name);
                        }
                        return Ok(Some(delay_ms));
                    }
                    TurnAction::Started { .. } | TurnAction::Dropped { .. } => {}
                }
            }
        }
        Ok(None)
    }

    /// Recognises a stretch with 200 ms around it.
    fn read(&mut self, turn: &Turn, from_ms: u64, to_ms: u64) -> Result<(String, Reading, f64)> {
        let last = turn.samples.len();
        let from = (from_ms.saturating_sub(200) * PER_MS) as usize;
        let to = (((to_ms + 2 * FRAME_MS) * PER_MS) as usize).min(last);
        let mode = match turn.expected {
            Expected::Digits { count: Some(1) } => Mode::Digits { count: Some(1) },
            // Told how many there are, it would find as many in half of them.
            Expected::Digits { .. } => Mode::Digits { count: None },
            Expected::YesNo => Mode::YesNo,
            Expected::When => Mode::When,
            Expected::Anything => Mode::Free,
        };
        let samples = &turn.samples[from..to];
        let (transcript, cpu_s) = timed(|| Ok(self.recogniser.recognise(samples, &mode)?))?;
        let completeness = completeness(&transcript.text, turn.expected);
        let (finished, melody_s) = if completeness.is_settled() {
            (None, 0.0)
        } else {
            timed(|| Ok(Some(self.melody.finished(samples)?)))?
        };
        let reading = Reading {
            completeness,
            confidence: transcript.confidence(),
            finished,
            awaited: false,
            empty: transcript.words.is_empty(),
        };
        let text = format!("{} ({:.2}, {finished:.2?})", transcript.text, transcript.confidence());
        Ok((text, reading, (cpu_s + melody_s) * 1_000.0))
    }
}

/// Samples that a number of frames hold.
const fn frames(count: usize) -> usize {
    count * FRAME
}
