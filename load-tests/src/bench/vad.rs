//! Voice activity: how many streams a core listens to.

use anyhow::Result;
use outcall_speech::vad::{FRAME, FRAME_MS, Vad, VadFrame, VadState};

use super::speech::{self, Models, timed};
use super::{BenchArgs, Figure, tenth};

const BATCHES: [(usize, &str); 5] = [
    (1, "us_per_frame_alone"),
    (8, "us_per_frame_of_8"),
    (16, "us_per_frame_of_16"),
    (32, "us_per_frame_of_32"),
    (64, "us_per_frame_of_64"),
];
/// Frames that each batch size is measured over.
const FRAMES: u64 = 12_800;

pub(super) fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let prompts = speech::prompts(&speech::data(args.data.as_deref()))?;
    let sound: Vec<i16> = prompts.iter().flat_map(|prompt| prompt.samples.clone()).collect();
    let models = Models::open()?;
    let mut vad = Vad::load(&models.runtime, &models.store)?;
    let (mut figures, mut least_us) = (Vec::new(), f64::INFINITY);
    for (streams, name) in BATCHES {
        let passes = args.scaled(FRAMES) as usize / streams;
        let ((), cpu_s) = timed(|| listen(&mut vad, &sound, streams, passes))?;
        let each_us = cpu_s * 1e6 / (passes * streams) as f64;
        println!("{streams:>3} streams a pass: {each_us:.1} us a frame");
        least_us = each_us.min(least_us);
        figures.push(Figure::new(name, tenth(each_us), ""));
    }
    let per_core = (FRAME_MS as f64 * 1_000.0 / least_us).floor();
    figures.push(Figure::new("streams_per_core", per_core, ">= 250"));
    Ok(figures)
}

/// Streams that are at different places of the same sound.
fn listen(vad: &mut Vad, sound: &[i16], streams: usize, passes: usize) -> Result<()> {
    let frames = sound.as_chunks::<FRAME>().0;
    let mut states = vec![VadState::default(); streams];
    for pass in 0..passes {
        let place = |stream: usize| &frames[(pass + stream * 97) % frames.len()];
        let mut batch: Vec<VadFrame<'_>> = states
            .iter_mut()
            .enumerate()
            .map(|(stream, state)| VadFrame { state, samples: place(stream) })
            .collect();
        vad.run(&mut batch)?;
    }
    Ok(())
}
