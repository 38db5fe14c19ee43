//! What is played next: a queue of clips without gaps, with pause, fade-out and an exact account.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clip::Clip;
use crate::g711::Law;

/// Samples of a packet: 20 ms at 8 kHz.
pub const FRAME: usize = 160;
/// Clips that may wait in one stream.
pub const QUEUE_MAX: usize = 64;
/// The longest fade-out, in milliseconds.
pub const FADE_MAX_MS: u16 = 100;
/// A pause fades out and in over this long, in milliseconds, so that it does not click.
const PAUSE_FADE_MS: u16 = 10;

/// One playback: the answer to one `play`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlaybackId(pub u64);

/// How a playback ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackEnd {
    /// Its last sample was sent.
    Finished,
    /// It was stopped, perhaps before it began, or the queue was full, or the stream closed.
    Stopped,
}

/// A playback that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Which one.
    pub playback: PlaybackId,
    /// How much of it was sent, in milliseconds, rounded down. A loop counts every turn.
    pub played_ms: u64,
    /// How.
    pub how: PlaybackEnd,
}

/// The clip that is in the middle of being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playing {
    /// Which playback.
    pub playback: PlaybackId,
    /// How many of its samples were sent so far; a loop counts every turn.
    pub sent: u64,
}

#[derive(Debug)]
struct Item {
    playback: PlaybackId,
    clip: Arc<Clip>,
    looped: bool,
    position: usize,
    played: u64,
    stopping: bool,
}

impl Item {
    fn ended(&self, how: PlaybackEnd) -> Ended {
        Ended { playback: self.playback, played_ms: self.played / 8, how }
    }
}

/// The player of one stream.
#[derive(Debug)]
pub struct Player {
    queue: VecDeque<Item>,
    paused: bool,
    stopping: bool,
    /// Loudness, 0 to 1, and how much it changes with each sample.
    loudness: f32,
    change: f32,
}

impl Default for Player {
    fn default() -> Self {
        let queue = VecDeque::with_capacity(8);
        Self { queue, paused: false, stopping: false, loudness: 1.0, change: 0.0 }
    }
}

impl Player {
    /// Adds a clip to the end of the queue. A full queue ([`QUEUE_MAX`]) or an empty clip ends at
    /// once.
    pub fn queue(&mut self, playback: PlaybackId, clip: Arc<Clip>, looped: bool) -> Option<Ended> {
        let empty = clip.samples().is_empty();
        let item = Item { playback, clip, looped, position: 0, played: 0, stopping: false };
        if empty {
            return Some(item.ended(PlaybackEnd::Finished));
        }
        if self.queue.len() >= QUEUE_MAX {
            return Some(item.ended(PlaybackEnd::Stopped));
        }
        self.queue.push_back(item);
        None
    }

    /// Ends everything that is queued, after a fade-out of at most [`FADE_MAX_MS`]. What is queued
    /// afterwards plays.
    pub fn stop(&mut self, fade_ms: u16) {
        for item in &mut self.queue {
            item.stopping = true;
        }
        self.stopping = !self.queue.is_empty();
        if self.stopping {
            self.fade_to(0.0, fade_ms.min(FADE_MAX_MS));
        }
    }

    /// Holds the playback where it is; [`Player::resume`] goes on from there.
    pub fn pause(&mut self) {
        self.paused = true;
        self.fade_to(0.0, PAUSE_FADE_MS);
    }

    /// Goes on after [`Player::pause`].
    pub fn resume(&mut self) {
        self.paused = false;
        if !self.stopping {
            self.fade_to(1.0, PAUSE_FADE_MS);
        }
    }

    /// Whether there is anything to play or to end.
    pub fn is_active(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The clip of which some was sent and more is to be, after the packet before.
    pub fn playing(&self) -> Option<Playing> {
        let item = self.queue.front().filter(|item| item.played > 0)?;
        Some(Playing { playback: item.playback, sent: item.played })
    }

    /// Fills the next packet with encoded audio, or silence where there is none; returns how many
    /// of its samples are audio. What ended is pushed to `ended`.
    pub fn fill(&mut self, law: Law, out: &mut [u8; FRAME], ended: &mut Vec<Ended>) -> usize {
        let mut filled = 0;
        while filled < FRAME {
            if self.loudness == 0.0 && self.change == 0.0 && !self.at_silence(ended) {
                break;
            }
            let Some(item) = self.queue.front_mut() else { break };
            let copied = item.clip.copy_encoded(law, item.position, &mut out[filled..]);
            let target = &mut out[filled..filled + copied];
            let used = fade(law, target, &mut self.loudness, &mut self.change);
            filled += used;
            item.position += used;
            item.played += used as u64;
            self.end_of_clip(ended);
        }
        out[filled..].fill(law.silence());
        filled
    }

    /// Ends everything at once: the stream closes.
    pub fn close(&mut self, ended: &mut Vec<Ended>) {
        ended.extend(self.queue.drain(..).map(|item| item.ended(PlaybackEnd::Stopped)));
    }

    fn end_of_clip(&mut self, ended: &mut Vec<Ended>) {
        let Some(item) = self.queue.front_mut() else { return };
        if item.position < item.clip.samples().len() {
            return;
        }
        if item.looped {
            item.position = 0;
            return;
        }
        ended.push(item.ended(PlaybackEnd::Finished));
        self.queue.pop_front();
        // The last of what was stopped ended before its fade did: the next clip is not to fade.
        if self.stopping && !self.queue.front().is_some_and(|next| next.stopping) {
            self.end_stop();
        }
    }

    /// The fade has arrived: ends what was to be stopped. Whether anything is played now.
    fn at_silence(&mut self, ended: &mut Vec<Ended>) -> bool {
        while self.stopping && self.queue.front().is_some_and(|item| item.stopping) {
            ended.extend(self.queue.pop_front().map(|item| item.ended(PlaybackEnd::Stopped)));
        }
        self.end_stop();
        !self.paused
    }

    /// Nothing that was stopped is left: what comes next is heard whole, unless it is to wait.
    fn end_stop(&mut self) {
        self.stopping = false;
        self.loudness = if self.paused { 0.0 } else { 1.0 };
        self.change = 0.0;
    }

    fn fade_to(&mut self, loudness: f32, fade_ms: u16) {
        let samples = f32::from(fade_ms) * 8.0;
        let idle = self.queue.is_empty();
        if samples < 1.0 || idle || self.loudness == loudness {
            (self.loudness, self.change) = (loudness, 0.0);
        } else {
            self.change = (loudness - self.loudness) / samples;
        }
    }
}

/// Changes the loudness of encoded samples while a fade goes on. Returns how many are to be sent:
/// those up to the fade's silence.
fn fade(law: Law, bytes: &mut [u8], loudness: &mut f32, change: &mut f32) -> usize {
    for (index, byte) in bytes.iter_mut().enumerate() {
        if *change == 0.0 {
            return if *loudness == 0.0 { index } else { bytes.len() };
        }
        *loudness = (*loudness + *change).clamp(0.0, 1.0);
        *byte = law.encode((f32::from(law.decode(*byte)) * *loudness) as i16);
        if (*change < 0.0 && *loudness < 1e-4) || (*change > 0.0 && *loudness > 1.0 - 1e-4) {
            *loudness = loudness.round();
            *change = 0.0;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAW: Law = Law::A;

    /// A clip whose every byte is `byte`.
    fn clip(byte: u8, samples: usize) -> Arc<Clip> {
        Arc::new(Clip::from_samples(vec![LAW.decode(byte); samples]))
    }

    fn fill(player: &mut Player) -> (Vec<u8>, usize, Vec<Ended>) {
        let (mut out, mut ended) = ([0; FRAME], Vec::new());
        let audio = player.fill(LAW, &mut out, &mut ended);
        (out.to_vec(), audio, ended)
    }

    fn ended(playback: u64, played_ms: u64, how: PlaybackEnd) -> Ended {
        Ended { playback: PlaybackId(playback), played_ms, how }
    }

    #[test]
    fn clips_follow_one_another_without_a_gap() {
        let mut player = Player::default();
        assert_eq!(player.queue(PlaybackId(1), clip(0x11, 200), false), None);
        assert_eq!(player.queue(PlaybackId(2), clip(0x22, 72), false), None);
        assert_eq!(fill(&mut player), (vec![0x11; 160], 160, vec![]));
        let (out, audio, finished) = fill(&mut player);
        let silence = vec![LAW.silence(); 48];
        assert_eq!(out, [vec![0x11; 40], vec![0x22; 72], silence].concat());
        assert_eq!(audio, 112);
        let how = PlaybackEnd::Finished;
        assert_eq!(finished, [ended(1, 25, how), ended(2, 9, how)]);
        assert!(!player.is_active());
    }

    #[test]
    fn what_is_playing_is_told_to_the_sample() {
        let mut player = Player::default();
        player.queue(PlaybackId(1), clip(0x11, 200), false);
        player.queue(PlaybackId(2), clip(0x22, 100), true);
        assert_eq!(player.playing(), None, "nothing was sent yet");
        let mut told = Vec::new();
        for _ in 0..3 {
            fill(&mut player);
            told.extend(player.playing().map(|it| (it.playback.0, it.sent)));
        }
        assert_eq!(told, [(1, 160), (2, 120), (2, 280)]);
    }

    #[test]
    fn a_loop_goes_on_until_it_is_stopped_and_counts_every_turn() {
        let mut player = Player::default();
        player.queue(PlaybackId(1), clip(0x11, 100), true);
        for _ in 0..10 {
            assert_eq!(fill(&mut player), (vec![0x11; 160], 160, vec![]));
        }
        player.stop(0);
        let (out, audio, stopped) = fill(&mut player);
        assert_eq!((out, audio), (vec![LAW.silence(); 160], 0));
        assert_eq!(stopped, [ended(1, 200, PlaybackEnd::Stopped)]);
    }

    #[test]
    fn a_stop_fades_out_in_the_time_given_and_ends_all_that_waited() {
        let mut player = Player::default();
        let loud = LAW.encode(16_000);
        player.queue(PlaybackId(1), clip(loud, 8_000), false);
        player.queue(PlaybackId(2), clip(loud, 8_000), false);
        fill(&mut player);
        player.stop(30);
        player.queue(PlaybackId(3), clip(0x33, 8_000), false);
        let (first, _, none) = fill(&mut player);
        assert_eq!(none, []);
        let (second, _, stopped) = fill(&mut player);
        let how = PlaybackEnd::Stopped;
        assert_eq!(stopped, [ended(1, 50, how), ended(2, 0, how)]);
        let levels: Vec<i16> =
            [first, second[..80].to_vec()].concat().iter().map(|&b| LAW.decode(b)).collect();
        assert!(levels.is_sorted_by(|a, b| a >= b), "{levels:?}");
        assert!(levels[239] < 100 && levels[0] > 15_000, "{levels:?}");
        assert_eq!(second[80..], [0x33; 80], "what was queued after the stop plays");
        assert_eq!(fill(&mut player).0, [0x33; 160]);
    }

    #[test]
    fn the_fade_of_a_clip_that_ends_before_it_does_not_go_on_in_the_next() {
        let mut player = Player::default();
        player.queue(PlaybackId(1), clip(0x11, 100), false);
        player.queue(PlaybackId(2), clip(0x11, 140), false);
        player.stop(100);
        player.queue(PlaybackId(3), clip(0x33, 320), false);
        assert_ne!(fill(&mut player).0[100..], [0x11; 60], "the fade goes on in what was stopped");
        let (out, _, finished) = fill(&mut player);
        assert_eq!(finished, [ended(2, 17, PlaybackEnd::Finished)]);
        assert_eq!(out[80..], [0x33; 80]);
        fill(&mut player);
        player.stop(100);
        assert_eq!(fill(&mut player).1, 80, "it ends by itself");
        player.queue(PlaybackId(4), clip(0x44, 160), false);
        assert_eq!(fill(&mut player).0, [0x44; 160], "and nothing was left of it to fade");
    }

    #[test]
    fn a_clip_that_ends_while_it_is_stopped_and_paused_leaves_the_next_waiting() {
        let mut player = Player::default();
        player.queue(PlaybackId(1), clip(0x11, 40), false);
        player.pause();
        player.stop(100);
        player.queue(PlaybackId(2), clip(0x22, 480), false);
        assert_eq!(fill(&mut player).1, 40);
        assert_eq!(fill(&mut player).1, 0);
        player.resume();
        assert_eq!(fill(&mut player).1, 160);
    }

    #[test]
    fn a_pause_holds_the_place() {
        let mut player = Player::default();
        player.queue(PlaybackId(1), clip(0x11, 480), false);
        player.pause();
        assert_eq!(fill(&mut player).1, 80, "10 ms of fade");
        assert_eq!(fill(&mut player), (vec![LAW.silence(); 160], 0, vec![]));
        player.resume();
        let (out, audio, _) = fill(&mut player);
        assert_eq!((out[100], audio), (0x11, 160), "faded in");
        fill(&mut player);
        let (_, audio, finished) = fill(&mut player);
        assert_eq!((audio, finished), (80, vec![ended(1, 60, PlaybackEnd::Finished)]));
    }

    #[test]
    fn a_stop_while_paused_ends_at_once_and_the_next_waits_for_the_resume() {
        let mut player = Player::default();
        player.queue(PlaybackId(1), clip(0x11, 480), false);
        player.pause();
        fill(&mut player);
        player.stop(100);
        player.queue(PlaybackId(2), clip(0x22, 480), false);
        let (_, audio, stopped) = fill(&mut player);
        assert_eq!((audio, stopped), (0, vec![ended(1, 10, PlaybackEnd::Stopped)]));
        player.resume();
        assert_eq!(fill(&mut player).1, 160);
    }

    #[test]
    fn a_full_queue_refuses() {
        let mut player = Player::default();
        for number in 0..QUEUE_MAX as u64 {
            assert_eq!(player.queue(PlaybackId(number), clip(0x11, 8), false), None);
        }
        let refused = player.queue(PlaybackId(99), clip(0x11, 8), false);
        assert_eq!(refused, Some(ended(99, 0, PlaybackEnd::Stopped)));
        let mut stopped = Vec::new();
        player.close(&mut stopped);
        assert_eq!(stopped.len(), QUEUE_MAX);
    }

    #[derive(Clone, Debug)]
    enum Act {
        Queue(usize, bool),
        Stop(u16),
        Pause,
        Resume,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            (0_usize..500, prop::bool::weighted(0.2))
                .prop_map(|(length, on)| Act::Queue(length, on)),
            (0_u16..150).prop_map(Act::Stop),
            Just(Act::Pause),
            Just(Act::Resume),
        ]
    }

    proptest! {
        /// Whatever is done, each playback ends once, and the account of audio is exact.
        #[test]
        fn every_playback_ends_once_and_every_sample_is_accounted_for(
            acts in prop::collection::vec(act(), 0..60),
        ) {
            let mut player = Player::default();
            let (mut endings, mut queued, mut audio) = (Vec::new(), 0, 0);
            for act in acts {
                match act {
                    Act::Queue(length, looped) => {
                        queued += 1;
                        let clip = clip(0x11, length);
                        endings.extend(player.queue(PlaybackId(queued), clip, looped));
                    }
                    Act::Stop(fade_ms) => player.stop(fade_ms),
                    Act::Pause => player.pause(),
                    Act::Resume => player.resume(),
                }
                audio += player.fill(LAW, &mut [0; FRAME], &mut endings) as u64;
            }
            player.close(&mut endings);
            let played: u64 = endings.iter().map(|ended| ended.played_ms).sum();
            prop_assert!(played <= audio / 8 && audio / 8 <= played + queued);
            let mut ids: Vec<u64> = endings.iter().map(|ended| ended.playback.0).collect();
            ids.sort_unstable();
            prop_assert_eq!(ids, (1..=queued).collect::<Vec<_>>());
        }
    }
}
