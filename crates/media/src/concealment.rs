//! What is heard in place of a lost packet: the last pitch period again, fading out in 60 ms.
//!
//! In the spirit of ITU-T G.711 appendix I, without its delay: audio that came is passed on as it
//! is, but for the first 5 ms after a gap, which fade in from the concealment.

use crate::jitter::BLOCK;

/// Samples that are looked at: twice the longest period, and the piece that is compared.
const HISTORY: usize = 400;
/// Blocks of which they are made: kept in a ring, so that a block that comes is copied once.
const BLOCKS: usize = HISTORY / BLOCK;
/// Pitch is looked for from 200 Hz ...
const PERIOD_MIN: usize = 40;
/// ... down to 66 Hz.
const PERIOD_MAX: usize = 120;
/// Samples that are compared: 20 ms.
const COMPARED: usize = 160;
/// Samples in which real audio takes over again: 5 ms.
const TAKE_OVER: usize = 40;
/// Samples over which the step at the start of a gap is spread.
const STEP: usize = 16;
/// Loudness lost in a block, of 1. The first block keeps it all: 10 ms are rarely noticed.
const FADE_PER_BLOCK: f32 = 0.2;

/// The concealment of one stream.
#[derive(Debug)]
pub struct Concealer {
    recent: [[i16; BLOCK]; BLOCKS],
    /// Where the oldest block is, the next to be replaced.
    oldest: usize,
    period: [i16; PERIOD_MAX],
    period_length: usize,
    position: usize,
    /// Blocks concealed in a row.
    blocks: u32,
    /// Whether anything was ever heard: before, there is nothing to go on with.
    begun: bool,
    /// How much the last sample heard differs from what the period would have continued.
    step: f32,
}

impl Default for Concealer {
    fn default() -> Self {
        Self {
            recent: [[0; BLOCK]; BLOCKS],
            oldest: 0,
            period: [0; PERIOD_MAX],
            period_length: PERIOD_MIN,
            position: 0,
            blocks: 0,
            begun: false,
            step: 0.0,
        }
    }
}

impl Concealer {
    /// Takes note of a block that came. After a gap its first 5 ms are changed.
    pub fn heard(&mut self, block: &mut [i16; BLOCK]) {
        if self.blocks > 0 {
            for (index, sample) in block.iter_mut().take(TAKE_OVER).enumerate() {
                let rising = index as f32 / TAKE_OVER as f32;
                let old = f32::from(self.next_sample(index));
                *sample = (old * (1.0 - rising) + f32::from(*sample) * rising) as i16;
            }
            self.blocks = 0;
        }
        self.begun = true;
        self.remember(block);
    }

    /// Makes up a block that did not come.
    pub fn conceal(&mut self, block: &mut [i16; BLOCK]) {
        if !self.begun {
            return block.fill(0);
        }
        if self.blocks == 0 {
            self.begin();
        }
        for (index, sample) in block.iter_mut().enumerate() {
            *sample = self.next_sample(index);
        }
        self.blocks = self.blocks.saturating_add(1);
        self.remember(block);
    }

    fn remember(&mut self, block: &[i16; BLOCK]) {
        self.recent[self.oldest] = *block;
        self.oldest = (self.oldest + 1) % BLOCKS;
    }

    /// What was heard last, in order.
    fn history(&self) -> [i16; HISTORY] {
        let mut history = [0; HISTORY];
        let (newer, older) = self.recent.split_at(self.oldest);
        for (room, block) in
            history.as_chunks_mut::<BLOCK>().0.iter_mut().zip(older.iter().chain(newer))
        {
            *room = *block;
        }
        history
    }

    fn begin(&mut self) {
        let history = self.history();
        let length = pitch_period(&history);
        let start = HISTORY - length;
        self.period[..length].copy_from_slice(&history[start..]);
        // The period's last quarter fades into what came before its first sample, so that it can
        // be repeated without a click.
        let faded = length / 4;
        for index in 0..faded {
            let rising = (index + 1) as f32 / faded as f32;
            let before = f32::from(history[start - faded + index]);
            let sample = &mut self.period[length - faded + index];
            *sample = (f32::from(*sample) * (1.0 - rising) + before * rising) as i16;
        }
        self.step = f32::from(history[HISTORY - 1]) - f32::from(history[start - 1]);
        (self.period_length, self.position) = (length, 0);
    }

    /// The concealment's sample `index` of the block that comes after `self.blocks` others.
    fn next_sample(&mut self, index: usize) -> i16 {
        let into_gap = self.blocks as usize * BLOCK + index;
        let fading = into_gap.saturating_sub(BLOCK) as f32 / BLOCK as f32;
        let loudness = (1.0 - FADE_PER_BLOCK * fading).max(0.0);
        let mut sample = f32::from(self.period[self.position]);
        if into_gap < STEP {
            sample += self.step * (1.0 - into_gap as f32 / STEP as f32);
        }
        self.position = (self.position + 1) % self.period_length;
        (sample * loudness) as i16
    }
}

/// The lag at which the last 20 ms resemble what came before best. First every fourth lag on every
/// second sample, then the ones around the best.
fn pitch_period(history: &[i16; HISTORY]) -> usize {
    let best = |lags: &mut dyn Iterator<Item = usize>, every: usize| {
        let scored = lags.map(|lag| (resemblance(history, lag, every), lag));
        scored.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(PERIOD_MAX, |(_, lag)| lag)
    };
    let rough = best(&mut (PERIOD_MIN..=PERIOD_MAX).step_by(4), 2);
    let around = rough.saturating_sub(3).max(PERIOD_MIN)..=(rough + 3).min(PERIOD_MAX);
    best(&mut around.into_iter(), 1)
}

/// Correlation at a lag, over the root of the energy there: the signed square, which orders alike.
fn resemblance(history: &[i16; HISTORY], lag: usize, every: usize) -> f32 {
    let recent = &history[HISTORY - COMPARED..];
    let before = &history[HISTORY - COMPARED - lag..HISTORY - lag];
    let (mut product, mut energy) = (0.0_f32, 1.0_f32);
    for (&now, &then) in recent.iter().zip(before).step_by(every) {
        let (now, then) = (f32::from(now), f32::from(then));
        product += now * then;
        energy += then * then;
    }
    product * product.abs() / energy
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn voice(hz: f64, from: usize) -> [i16; BLOCK] {
        std::array::from_fn(|index| {
            let turn = TAU * hz * (from + index) as f64 / 8_000.0;
            (8_000.0 * (turn.sin() + 0.4 * (2.0 * turn).sin())) as i16
        })
    }

    fn after_voice(hz: f64, blocks: usize) -> Concealer {
        let mut concealer = Concealer::default();
        for block in 0..blocks {
            concealer.heard(&mut voice(hz, block * BLOCK));
        }
        concealer
    }

    fn loudest(block: &[i16]) -> i32 {
        block.iter().map(|&sample| i32::from(sample).abs()).max().unwrap()
    }

    #[test]
    fn without_loss_audio_is_passed_on_as_it_is() {
        let mut concealer = Concealer::default();
        let mut block = voice(200.0, 0);
        concealer.heard(&mut block);
        assert_eq!(block, voice(200.0, 0));
    }

    #[test]
    fn a_lost_block_of_a_steady_voice_sounds_like_the_voice() {
        for hz in [80.0, 125.0, 160.0] {
            let mut concealer = after_voice(hz, 10);
            let mut block = [0; BLOCK];
            concealer.conceal(&mut block);
            let wanted = voice(hz, 10 * BLOCK);
            let error: Vec<i16> = block.iter().zip(wanted).map(|(a, b)| a - b).collect();
            let (error, level) = (loudest(&error), loudest(&wanted));
            assert!(error * 4 < level, "{hz} Hz: off by {error} of {level}");
        }
    }

    #[test]
    fn a_long_gap_fades_to_silence_without_a_step() {
        let mut concealer = after_voice(125.0, 10);
        let mut heard = voice(125.0, 9 * BLOCK).to_vec();
        let mut levels = Vec::new();
        for _ in 0..8 {
            let mut block = [0; BLOCK];
            concealer.conceal(&mut block);
            levels.push(loudest(&block));
            heard.extend(block);
        }
        assert!(levels.is_sorted_by(|a, b| a >= b), "{levels:?}");
        assert!(levels[1] * 2 > levels[0], "20 ms are still loud: {levels:?}");
        assert_eq!(levels[6..], [0, 0], "{levels:?}");
        let step = heard.windows(2).map(|pair| (pair[0] - pair[1]).abs()).max().unwrap();
        let usual = voice(125.0, 0).windows(2).map(|pair| (pair[0] - pair[1]).abs()).max().unwrap();
        assert!(step < usual * 3 / 2, "a step of {step}, the voice has {usual}");
    }

    #[test]
    fn audio_after_a_gap_fades_in_and_is_then_itself() {
        let mut concealer = after_voice(125.0, 10);
        concealer.conceal(&mut [0; BLOCK]);
        let mut block = [12_000; BLOCK];
        concealer.heard(&mut block);
        assert!(block[0] < 11_000, "{}", block[0]);
        assert_eq!(block[TAKE_OVER..], [12_000; BLOCK - TAKE_OVER]);
        let mut next = [500; BLOCK];
        concealer.heard(&mut next);
        assert_eq!(next, [500; BLOCK]);
    }

    #[test]
    fn before_any_audio_the_concealment_is_silence() {
        let mut block = [7; BLOCK];
        let mut concealer = Concealer::default();
        concealer.conceal(&mut block);
        assert_eq!(block, [0; BLOCK]);
        let mut first = [9_000; BLOCK];
        concealer.heard(&mut first);
        assert_eq!(first, [9_000; BLOCK], "the first audio is no return after a gap");
    }

    #[test]
    fn the_loudest_audio_does_not_overflow() {
        let mut concealer = Concealer::default();
        for index in 0..20 {
            let square = [if index % 2 == 0 { i16::MAX } else { i16::MIN }; BLOCK];
            concealer.heard(&mut { square });
            concealer.conceal(&mut [0; BLOCK]);
        }
    }
}
