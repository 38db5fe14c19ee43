//! Answers to a question that asks for yes or no, and what must not be taken for one.

mod texts;

use anyhow::Result;
use outcall_speech::evaluation::{Condition, Prompt};
use outcall_speech::recognition::{Mode, Recogniser, YesNo};

use super::super::Figure;
use super::hundredth;
use super::voices::Voices;
use texts::{ANSWERS, OTHERS};

const MULAW: Condition = Condition::MuLaw;
const NOISE: Condition = Condition::Noise { decibels: 10.0 };

/// How many of all are wrong.
#[derive(Clone, Copy, Default)]
struct Share {
    wrong: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, is_wrong: bool) {
        self.wrong += usize::from(is_wrong);
        self.all += 1;
    }

    fn pct(self) -> f64 {
        hundredth(self.wrong as f64 * 100.0 / self.all.max(1) as f64)
    }
}

/// As free text that the grammar reads, and in the mode of its own.
#[derive(Clone, Copy, Default)]
struct Both {
    plain: Share,
    mode: Share,
}

pub(super) fn measure(
    recogniser: &mut Recogniser,
    voices: &mut Voices,
    prompts: &[Prompt],
    details: bool,
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let mut judge = Judge { recogniser, details };
    let [mut mulaw, mut noise, mut alike, mut other] = [Both::default(); 4];
    for (text, says) in ANSWERS {
        for sound in voices.say(text)? {
            judge.judge(text, &sound, MULAW, Some(*says), &mut mulaw)?;
            judge.judge(text, &sound, NOISE, Some(*says), &mut noise)?;
        }
    }
    for text in OTHERS {
        for sound in voices.say(text)? {
            judge.judge(text, &sound, MULAW, None, &mut alike)?;
            judge.judge(text, &sound, NOISE, None, &mut alike)?;
        }
    }
    for prompt in prompts {
        judge.judge(&prompt.text, &prompt.samples, MULAW, None, &mut other)?;
        judge.judge(&prompt.text, &prompt.samples, NOISE, None, &mut other)?;
    }
    figures.push(Figure::new("yes_no_voices", voices.names(), "composed"));
    for (plain, name, share, bar) in [
        ("yes_no_error_plain_pct", "yes_no_error_pct", mulaw, "< plain"),
        ("yes_no_error_noise10_plain_pct", "yes_no_error_noise10_pct", noise, "< plain"),
        ("yes_no_false_plain_pct", "yes_no_false_pct", other, "<= 0.5"),
        ("yes_no_false_alike_plain_pct", "yes_no_false_alike_pct", alike, "report"),
    ] {
        let Both { plain: free, mode } = share;
        println!("{name}: {} of {}, as free text {}", mode.wrong, mode.all, free.wrong);
        figures.push(Figure::new(plain, free.pct(), "for comparison"));
        figures.push(Figure::new(name, mode.pct(), bar));
    }
    Ok(())
}

struct Judge<'a> {
    recogniser: &'a mut Recogniser,
    details: bool,
}

impl Judge<'_> {
    fn judge(
        &mut self,
        text: &str,
        sound: &[i16],
        condition: Condition,
        says: Option<YesNo>,
        counts: &mut Both,
    ) -> Result<()> {
        let heard = condition.apply(sound, text.len() as u64);
        let free = self.recogniser.recognise(&heard, &Mode::Free)?;
        let found = self.recogniser.recognise(&heard, &Mode::YesNo)?;
        counts.plain.count(YesNo::of(&free.text) != says);
        counts.mode.count(found.answer != says);
        if self.details && found.answer != says {
            let (answer, sure) = (found.answer, found.confidence());
            let name = condition.name();
            println!("{name}: {answer:?} {sure:.2} for '{text}', as free text '{}'", free.text);
        }
        Ok(())
    }
}
