//! What one attempt will meet, drawn once and then only played.

use outcall_campaign::attempt::ConversationEnd;
use outcall_campaign::zones_of_number::zones_of_number;
use outcall_campaign::{AttemptId, PhoneNumber, UnixMillis};

use super::random::SplitMix64;
use super::world::{Segment, World};

/// Who is at the far end of an answered call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// Somebody who stays to the end of the conversation, which then ends like this.
    Stays(ConversationEnd),
    /// Somebody who hangs up in the middle.
    HangsUp,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Answered.
    Answered(Callee),
    /// Busy.
    Busy,
    /// Rings until somebody gives up.
    NoAnswer,
    /// Refused by the callee while ringing.
    Rejected,
    /// No such number.
    Unallocated,
    /// 503.
    Congestion,
    /// The network fails.
    Failed,
    /// The carrier never says anything at all.
    Silent,
    /// Answers in the very moment in which it is cancelled.
    AnswersTheCancel,
}

/// An hour, for the call-backs that simulated people ask for.
const HOUR_MS: i64 = 3_600_000;

impl Fate {
    /// The fate that the last two digits of a number force, for tests:
    ///
    /// | digits | fate |
    /// |---|---|
    /// | 01 | busy |
    /// | 02 | no answer |
    /// | 03 | unallocated |
    /// | 04 | congestion (503) |
    /// | 05 | rejected |
    /// | 06 | network failure |
    /// | 07 | answering machine |
    /// | 08 | answered, hangs up in the middle |
    /// | 09 | answered, asks to be called in two hours |
    /// | 10 | answered, asks not to be called again |
    /// | 11 | the carrier says nothing at all |
    /// | 12 | answers in the moment of the cancel |
    /// | others | answered, conversation completed |
    pub fn forced_by(number: PhoneNumber, now: UnixMillis) -> Self {
        match number.digits() % 100 {
            1 => Self::Busy,
            2 => Self::NoAnswer,
            3 => Self::Unallocated,
            4 => Self::Congestion,
            5 => Self::Rejected,
            6 => Self::Failed,
            7 => Self::Answered(Callee::Stays(ConversationEnd::Machine)),
            8 => Self::Answered(Callee::HangsUp),
            9 => {
                let at = now + 2 * HOUR_MS;
                Self::Answered(Callee::Stays(ConversationEnd::CallBack { at }))
            }
            10 => Self::Answered(Callee::Stays(ConversationEnd::OptedOut)),
            11 => Self::Silent,
            12 => Self::AnswersTheCancel,
            _ => Self::Answered(Callee::Stays(ConversationEnd::Completed)),
        }
    }
}

/// One attempt's future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// How it ends.
    pub fate: Fate,
    /// From the order to the first ring, or to the final refusal, in ms.
    pub post_dial_delay_ms: i64,
    /// From the first ring to the answer, the refusal or the busy tone, in ms.
    pub ring_ms: i64,
    /// Whether it rings with early media.
    pub early_media: bool,
    /// From the answer to the end of the conversation or the hang-up, in ms.
    pub talk_ms: i64,
}

impl Script {
    /// Draws the future of an attempt that is placed at `now`.
    pub fn draw(world: &World, attempt: AttemptId, number: PhoneNumber, now: UnixMillis) -> Self {
        let mut random = SplitMix64::from_words(&[
            world.seed,
            number.digits(),
            attempt.contact.0.cast_unsigned(),
            u64::from(attempt.attempt_no),
        ]);
        let mut time = |spread: super::world::Spread| {
            random.log_normal(spread.median_ms, spread.sigma).round() as i64
        };
        let post_dial_delay_ms = time(world.post_dial_delay_ms);
        let ring_ms = time(world.ring_ms);
        let talk_ms = time(world.talk_ms);
        let early_media = random.percent(world.early_media_percent);
        let fate = if world.forced_by_digits {
            Fate::forced_by(number, now)
        } else {
            draw_fate(world, number, now, &mut random)
        };
        Self { fate, post_dial_delay_ms, ring_ms, early_media, talk_ms }
    }
}

fn draw_fate(world: &World, number: PhoneNumber, now: UnixMillis, random: &mut SplitMix64) -> Fate {
    let answer_percent = world.answer_percent_by_hour[local_hour(number, now)]
        * answer_factor(&world.segments, number);
    if random.percent(answer_percent) {
        return Fate::Answered(draw_callee(world, now, random));
    }
    let shares = [
        (world.busy_percent, Fate::Busy),
        (world.unallocated_percent, Fate::Unallocated),
        (world.congestion_percent, Fate::Congestion),
        (world.rejected_percent, Fate::Rejected),
        (world.failed_percent, Fate::Failed),
    ];
    pick(random, &shares).unwrap_or(Fate::NoAnswer)
}

fn draw_callee(world: &World, now: UnixMillis, random: &mut SplitMix64) -> Callee {
    if random.percent(world.machine_percent) {
        return Callee::Stays(ConversationEnd::Machine);
    }
    let at = now + HOUR_MS * (1 + random.below(47) as i64);
    let shares = [
        (world.hang_up_percent, Callee::HangsUp),
        (world.call_back_percent, Callee::Stays(ConversationEnd::CallBack { at })),
        (world.opt_out_percent, Callee::Stays(ConversationEnd::OptedOut)),
    ];
    pick(random, &shares).unwrap_or(Callee::Stays(ConversationEnd::Completed))
}

fn pick<T: Copy>(random: &mut SplitMix64, shares: &[(f64, T)]) -> Option<T> {
    let mut left = random.unit() * 100.0;
    for &(percent, what) in shares {
        left -= percent;
        if left < 0.0 {
            return Some(what);
        }
    }
    None
}

fn answer_factor(segments: &[Segment], number: PhoneNumber) -> f64 {
    if segments.is_empty() {
        return 1.0;
    }
    let digits = number.digits().to_string();
    segments
        .iter()
        .filter(|segment| digits.starts_with(&segment.prefix))
        .max_by_key(|segment| segment.prefix.len())
        .map_or(1.0, |segment| segment.answer_factor)
}

/// The hour of the day, 0 to 23, where the number is; in UTC when that is not known.
fn local_hour(number: PhoneNumber, now: UnixMillis) -> usize {
    let zone = zones_of_number(number)
        .and_then(|zones| zones.split('|').next())
        .and_then(|name| jiff::tz::TimeZone::get(name).ok())
        .unwrap_or(jiff::tz::TimeZone::UTC);
    zone.to_datetime(now.to_jiff()).hour().unsigned_abs().into()
}

#[cfg(test)]
mod tests {
    use outcall_campaign::{CampaignId, ContactId};

    use super::*;

    fn attempt(contact: i64) -> AttemptId {
        AttemptId { campaign: CampaignId(1), contact: ContactId(contact), attempt_no: 1 }
    }

    #[test]
    fn the_same_seed_and_attempt_meet_the_same_fate_and_another_seed_another() {
        let number: PhoneNumber = "+12025550101".parse().unwrap();
        let now = UnixMillis(1_780_000_000_000);
        let world = World::default();
        let other = World { seed: 2, ..World::default() };
        let first = Script::draw(&world, attempt(1), number, now);
        assert_eq!(first, Script::draw(&world, attempt(1), number, now));
        assert_ne!(first, Script::draw(&other, attempt(1), number, now));
        assert_ne!(first, Script::draw(&world, attempt(2), number, now));
    }

    #[test]
    fn the_share_of_answers_is_the_one_of_the_hour_at_the_callees_place() {
        // 14:00 UTC is 09:00 in Washington in winter, where 30 % answer.
        let now = UnixMillis(1_768_485_600_000);
        let number: PhoneNumber = "+12025550101".parse().unwrap();
        let world = World::default();
        let answered = (0..20_000)
            .filter(|&contact| {
                let script = Script::draw(&world, attempt(contact), number, now);
                matches!(script.fate, Fate::Answered(_))
            })
            .count();
        assert!((5_700..6_300).contains(&answered), "{answered}");
    }

    #[test]
    fn the_segment_with_the_longest_prefix_counts() {
        let segment =
            |prefix: &str, answer_factor| Segment { prefix: prefix.to_owned(), answer_factor };
        let segments = [segment("1", 0.5), segment("1202", 0.1), segment("44", 2.0)];
        let number: PhoneNumber = "+12025550101".parse().unwrap();
        assert_eq!(answer_factor(&segments, number), 0.1);
    }
}
