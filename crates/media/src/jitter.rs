//! The adaptive jitter buffer: packets in, in any order and at any time; 10 ms blocks out, in
//! order.
//!
//! A ring of samples addressed by RTP timestamp (RFC 3550, section 5.1), so that packets of any
//! length, gaps (silence suppression) and wrap-around are all the same case. Its size is fixed.
//!
//! The depth (how long a packet waits before it is heard) follows the measured delay: it grows at
//! once when a packet comes too late, and shrinks by 10 ms at a time when for a second no packet
//! needed it.

mod delay;
mod sequence;

use serde::{Deserialize, Serialize};

use delay::Delay;
use sequence::{Order, Window};

/// Samples of a block: 10 ms at 8 kHz.
pub const BLOCK: usize = 80;
/// Samples that the ring holds: 1.024 s. A power of two, since timestamps wrap.
const CAPACITY: usize = 8_192;
const SAMPLES_PER_MS: u32 = 8;
/// Timestamps that leap by more, 0.5 s, are those of another clock.
const LEAP_MAX: i32 = CAPACITY as i32 / 2;
/// Marks a sample that has not come. No byte of either law decodes to it.
const ABSENT: i16 = i16::MIN;
/// Nothing came for this long: the buffer empties itself and begins anew at the next packet.
const STARVED_MAX: i32 = 500 * SAMPLES_PER_MS as i32;
/// The depth is looked at after so many blocks: 1 s.
const SHRINK_AFTER_BLOCKS: u32 = 100;

/// Bounds of the depth, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JitterSettings {
    /// The least depth. 20 ms is one usual packet: it is heard at the next sweep.
    pub min_ms: u32,
    /// The most. A packet that comes later than this is lost to the ear. At most
    /// [`JitterSettings::MAX_MS`].
    pub max_ms: u32,
}

impl JitterSettings {
    /// The most that `max_ms` may be: half of the ring.
    pub const MAX_MS: u32 = 500;
}

impl Default for JitterSettings {
    fn default() -> Self {
        Self { min_ms: 40, max_ms: 200 }
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It will be heard, or most of it.
    Accepted,
    /// It came after its time and is dropped. So is the first one whose number has nothing to do
    /// with the ones before: most likely it is from long ago.
    Late,
    /// It had come before and is dropped.
    Duplicate,
    /// Its timestamp, or its number and the one before, have nothing to do with those until then:
    /// the buffer begins anew with it.
    Restarted,
}

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Audio, all of it.
    Audio,
    /// Audio was due and is not here: conceal it.
    Missing,
    /// No audio is due: nothing has come yet, or nothing for half a second.
    Idle,
}

/// The buffer of one stream.
#[derive(Debug)]
pub struct JitterBuffer {
    /// Holds nothing but [`ABSENT`] outside of `next..end`: what is left behind would be heard a
    /// second later.
    ring: Box<[i16; CAPACITY]>,
    settings: JitterSettings,
    /// `None` before the first packet.
    window: Option<Window>,
    /// Nothing came for so long that the next packet begins anew.
    idle: bool,
    delay: Delay,
    /// Timestamp of the first sample since the beginning.
    first: u32,
    /// Timestamp of the next sample that is heard.
    next: u32,
    /// Timestamp after the newest sample.
    end: u32,
    /// Samples of the newest packet.
    packet_samples: u32,
    /// Blocks that were missing while nothing newer was here: late or lost, or the end.
    starved_blocks: u64,
    missing_blocks: u64,
    shortened_blocks: u64,
    blocks: u32,
    depth_least: i32,
    shrink: bool,
}

impl JitterBuffer {
    /// An empty buffer. Bounds that contradict each other or exceed the ring are narrowed.
    pub fn new(settings: JitterSettings) -> Self {
        let max_ms = settings.max_ms.clamp(20, JitterSettings::MAX_MS);
        let settings = JitterSettings { min_ms: settings.min_ms.clamp(10, max_ms), max_ms };
        Self {
            ring: Box::new([ABSENT; CAPACITY]),
            settings,
            window: None,
            idle: false,
            delay: Delay::default(),
            first: 0,
            next: 0,
            end: 0,
            packet_samples: 160,
            starved_blocks: 0,
            missing_blocks: 0,
            shortened_blocks: 0,
            blocks: 0,
            depth_least: i32::MAX,
            shrink: false,
        }
    }

    /// Takes in a decoded packet. `arrival` is when it came, in samples (1/8 ms) of any clock that
    /// runs evenly and may wrap. A packet longer than 200 ms is cut.
    pub fn insert(
        &mut self,
        sequence: u16,
        timestamp: u32,
        samples: &[i16],
        arrival: u32,
    ) -> Arrival {
        let samples = &samples[..samples.len().min(200 * SAMPLES_PER_MS as usize)];
        let Some(window) = &mut self.window else {
            self.window = Some(Window::new(sequence));
            self.begin(timestamp, samples, arrival);
            return Arrival::Accepted;
        };
        let follows = window.follows(sequence);
        match window.order(sequence) {
            Order::Duplicate => Arrival::Duplicate,
            Order::Stray => Arrival::Late,
            Order::Earlier if self.idle => Arrival::Late,
            Order::Earlier => self.insert_earlier(timestamp, samples),
            Order::Newest if self.idle => {
                self.begin(timestamp, samples, arrival);
                Arrival::Accepted
            }
            Order::Newest => {
                if follows {
                    self.fill_silence(timestamp);
                }
                self.insert_newest(timestamp, samples, arrival)
            }
            Order::Unrelated => {
                self.window = Some(Window::new(sequence));
                self.begin(timestamp, samples, arrival);
                Arrival::Restarted
            }
        }
    }

    /// Takes note of a packet of the same source that carries no audio: a digit.
    pub fn pass(&mut self, sequence: u16) {
        if let Some(window) = &mut self.window {
            window.order(sequence);
        }
    }

    /// Samples of the newest packet.
    pub fn packet_samples(&self) -> u32 {
        self.packet_samples
    }

    /// Takes out the next 10 ms. Without audio, `out` is left as it is.
    pub fn pull(&mut self, out: &mut [i16; BLOCK]) -> Block {
        if self.window.is_none() || self.idle {
            return Block::Idle;
        }
        if std::mem::take(&mut self.shrink) && self.pull_shortened(out) {
            self.shortened_blocks += 1;
            return Block::Audio;
        }
        let block = self.pull_next(out);
        self.watch_depth();
        block
    }

    /// Forgets everything but the depth: the source has changed.
    pub fn restart(&mut self) {
        self.window = None;
        self.clear();
    }

    fn clear(&mut self) {
        self.starved_blocks = 0;
        self.ring.fill(ABSENT);
    }

    /// The depth that is aimed for, in milliseconds.
    pub fn target_ms(&self) -> u32 {
        self.target() / SAMPLES_PER_MS
    }

    /// The audio that waits, in milliseconds.
    pub fn depth_ms(&self) -> u32 {
        let depth = if self.window.is_none() || self.idle { 0 } else { self.depth().max(0) };
        depth as u32 / SAMPLES_PER_MS
    }

    /// Blocks that had to be concealed so far. The silence after the last packet does not count.
    pub fn missing_blocks(&self) -> u64 {
        self.missing_blocks
    }

    /// How often 20 ms were heard in 10, so that less is waited for.
    pub fn shortened_blocks(&self) -> u64 {
        self.shortened_blocks
    }

    fn target(&self) -> u32 {
        let min = self.settings.min_ms * SAMPLES_PER_MS;
        let max = self.settings.max_ms * SAMPLES_PER_MS;
        (self.delay.peak() + self.packet_samples).clamp(min, max)
    }

    fn depth(&self) -> i32 {
        distance(self.next, self.end)
    }

    /// Begins anew with a packet.
    fn begin(&mut self, timestamp: u32, samples: &[i16], arrival: u32) {
        self.clear();
        self.idle = false;
        self.delay.restart(timestamp, arrival);
        self.packet_samples = samples.len() as u32;
        self.first = timestamp;
        self.end = timestamp.wrapping_add(samples.len() as u32);
        self.next = self.end.wrapping_sub(self.target().max(samples.len() as u32));
        (self.blocks, self.depth_least) = (0, i32::MAX);
        self.write(timestamp, samples);
    }

    fn insert_earlier(&mut self, timestamp: u32, samples: &[i16]) -> Arrival {
        let end = timestamp.wrapping_add(samples.len() as u32);
        let ahead = distance(self.end, timestamp);
        // Earlier by its number and far later by its time: a forgery or a fault.
        if distance(self.next, end) <= 0 || ahead > LEAP_MAX {
            return Arrival::Late;
        }
        if distance(self.end, end) > 0 {
            // Only a packet without audio, a digit, was newer.
            self.end = end;
        }
        if distance(timestamp, self.first) > 0 && distance(self.next, timestamp) >= 0 {
            self.first = timestamp;
        }
        self.write(timestamp, samples);
        self.limit_depth(samples.len() as u32);
        Arrival::Accepted
    }

    /// Numbers without a gap and a gap in time: the far end was silent on purpose, and there is
    /// nothing to conceal.
    fn fill_silence(&mut self, timestamp: u32) {
        let gap = distance(self.end, timestamp);
        if !(1..=LEAP_MAX).contains(&gap) {
            return;
        }
        self.starved_blocks = 0;
        let heard = distance(self.end, self.next).clamp(0, gap) as u32;
        for offset in heard..gap as u32 {
            self.ring[self.end.wrapping_add(offset) as usize % CAPACITY] = 0;
        }
    }

    fn insert_newest(&mut self, timestamp: u32, samples: &[i16], arrival: u32) -> Arrival {
        let ahead = distance(self.end, timestamp);
        let behind = distance(timestamp, self.next);
        let max = (self.settings.max_ms * SAMPLES_PER_MS) as i32;
        // Time that stands still or runs backwards while numbers go on, or leaps by more than the
        // ring holds: the source's clock has changed.
        if !(0..=LEAP_MAX).contains(&ahead) || behind > max {
            self.begin(timestamp, samples, arrival);
            return Arrival::Restarted;
        }
        self.delay.observe(timestamp, arrival);
        self.packet_samples = samples.len() as u32;
        self.missing_blocks += std::mem::take(&mut self.starved_blocks);
        if behind > 0 {
            // Late, and all that was heard since was concealment: hear it after all. From here on
            // everything is heard later by as much, which is how the depth grows.
            self.next = timestamp;
        }
        self.end = timestamp.wrapping_add(samples.len() as u32);
        self.write(timestamp, samples);
        self.limit_depth(samples.len() as u32);
        Arrival::Accepted
    }

    /// Leaves out what would be heard too late. Before anything was heard the depth is exact: of
    /// packets that came at once the first do not wait the longer for it.
    fn limit_depth(&mut self, packet_samples: u32) {
        let max = (self.settings.max_ms * SAMPLES_PER_MS).max(packet_samples);
        let wanted = self.end.wrapping_sub(self.target().max(packet_samples));
        let unheard = distance(self.next, self.first);
        if self.depth() > max as i32 {
            self.skip_to(wanted);
        } else if unheard > 0 {
            let spare = distance(self.next, wanted).clamp(0, unheard);
            self.skip_to(self.next.wrapping_add(spare as u32));
        }
    }

    /// Writes what is still to be heard.
    fn write(&mut self, timestamp: u32, samples: &[i16]) {
        let skipped = distance(timestamp, self.next).max(0);
        let samples = samples.get(skipped as usize..).unwrap_or_default();
        let start = timestamp.wrapping_add(skipped as u32) as usize % CAPACITY;
        let (first, rest) = samples.split_at(samples.len().min(CAPACITY - start));
        self.ring[start..start + first.len()].copy_from_slice(first);
        self.ring[..rest.len()].copy_from_slice(rest);
    }

    fn skip_to(&mut self, next: u32) {
        for offset in 0..distance(self.next, next).max(0) as u32 {
            self.ring[self.next.wrapping_add(offset) as usize % CAPACITY] = ABSENT;
        }
        self.next = next;
    }

    fn pull_next(&mut self, out: &mut [i16; BLOCK]) -> Block {
        let mut block = [ABSENT; BLOCK];
        self.take(&mut block);
        if !block.contains(&ABSENT) {
            *out = block;
            return Block::Audio;
        }
        if self.depth() >= 0 {
            // While the depth fills nothing is missing that will ever come.
            self.missing_blocks += u64::from(distance(self.first, self.next) > 0);
            return Block::Missing;
        }
        self.starved_blocks += 1;
        if self.depth() < -STARVED_MAX {
            self.idle = true;
            return Block::Idle;
        }
        Block::Missing
    }

    /// Moves the next block out of the ring.
    fn take(&mut self, block: &mut [i16; BLOCK]) {
        let start = self.next as usize % CAPACITY;
        if let Some(held) = self.ring.get_mut(start..start + BLOCK) {
            block.copy_from_slice(held);
            held.fill(ABSENT);
        } else {
            for (offset, sample) in block.iter_mut().enumerate() {
                let held = &mut self.ring[(start + offset) % CAPACITY];
                *sample = std::mem::replace(held, ABSENT);
            }
        }
        self.next = self.next.wrapping_add(BLOCK as u32);
    }

    /// Hears 20 ms in 10: the first block fades into the second. Refuses when one is incomplete.
    fn pull_shortened(&mut self, out: &mut [i16; BLOCK]) -> bool {
        let held = |offset: usize| self.ring[(self.next as usize + offset) % CAPACITY];
        if (0..2 * BLOCK).any(|offset| held(offset) == ABSENT) {
            return false;
        }
        let (mut first, mut second) = ([0; BLOCK], [0; BLOCK]);
        self.take(&mut first);
        self.take(&mut second);
        for (index, sample) in out.iter_mut().enumerate() {
            let rising = index as i32;
            let sum = i32::from(first[index]) * (BLOCK as i32 - rising)
                + i32::from(second[index]) * rising;
            *sample = (sum / BLOCK as i32) as i16;
        }
        true
    }

    /// Once a second: did any moment need the whole depth?
    fn watch_depth(&mut self) {
        self.depth_least = self.depth_least.min(self.depth());
        self.blocks += 1;
        if self.blocks < SHRINK_AFTER_BLOCKS {
            return;
        }
        // What is left when the target was just met, at the moment before the next packet.
        let wanted = self.target() as i32 - self.packet_samples as i32;
        self.shrink = self.depth_least >= wanted + 2 * BLOCK as i32;
        (self.blocks, self.depth_least) = (0, i32::MAX);
    }
}

/// How far `to` lies after `from`, in samples; timestamps wrap.
fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

#[cfg(test)]
mod tests;
