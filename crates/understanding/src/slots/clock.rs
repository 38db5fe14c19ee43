//! Times of day, parts of the day, and times from now.

pub(super) mod en;
pub(super) mod zh;

use jiff::civil::time;

use super::moment::{Clock, Half, Part};

/// A part of the day from one full hour to another.
const fn part(from: i8, to: i8, half: Half) -> Part {
    Part { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0), half }
}

/// A part of the day that ends with it.
const fn until_midnight(from: i8) -> Part {
    Part { from: time(from, 0, 0, 0), to: time(23, 59, 0, 0), half: Half::Night }
}

/// A time by hour and minute; none outside of a day.
fn clock(hour: u32, minute: u32, half: Half, sure: f32) -> Option<Clock> {
    let is_time = hour <= 24 && minute < 60 && (hour < 24 || minute == 0);
    let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
    is_time.then_some(Clock { hour: hour % 24, minute, half, sure })
}

/// So many minutes before an hour.
fn before(hour: u32, minutes: u32, half: Half, sure: f32) -> Option<Clock> {
    if minutes == 0 || minutes >= 60 || hour > 24 {
        return clock(hour, 0, half, sure);
    }
    let earlier = if hour == 0 { 23 } else { hour - 1 };
    // "Ten to one" is in the hour of twelve, not of zero.
    let earlier = if earlier == 0 && half != Half::Exact { 12 } else { earlier };
    clock(earlier, 60 - minutes, half, sure)
}
