//! What was said before of a moment that is said in parts: "Tuesday", and then "at five".

use jiff::ToSpan;
use jiff::civil::{Date, Time, time};

use super::{Clock, Days, Group, Half, Part, Value};

/// The parts that are known.
#[derive(Debug, Default)]
pub(super) struct Known {
    days: Option<Days>,
    time: Option<Time>,
    hours: Option<(Time, Time)>,
}

impl Known {
    /// The parts of a value: a day, a time, or a range of either.
    pub(super) fn of(value: &Value) -> Self {
        let mut known = Self::default();
        match value {
            Value::Date(day) => known.days = Some(Days::One(*day)),
            Value::Time(time) => known.time = Some(*time),
            Value::DateTime(at) => {
                (known.days, known.time) = (Some(Days::One(at.date())), Some(at.time()));
            }
            Value::Between { from, to } => match (&**from, &**to) {
                (Value::Date(from), Value::Date(to)) => known.days = Some(Days::From(*from, *to)),
                (Value::Time(from), Value::Time(to)) => known.hours = Some((*from, *to)),
                (Value::DateTime(from), Value::DateTime(to)) => {
                    known.days = Some(Days::One(from.date()));
                    known.hours = Some((from.time(), to.time()));
                }
                _ => {}
            },
            Value::YesNo(_)
            | Value::Number(_)
            | Value::Digits(_)
            | Value::Money { .. }
            | Value::OneOf(_)
            | Value::Text(_) => {}
        }
        known
    }

    /// Puts into a group what it leaves out.
    pub(super) fn complete(&self, group: &mut Group) {
        if group.minutes.is_some() {
            return;
        }
        let is_timeless = group.clock.is_none() && group.hours.is_none() && group.part.is_none();
        match (&mut group.day, self.days) {
            (Some(days), Some(Days::From(from, to))) => {
                for (day, _) in days {
                    *day = within(*day, from, to);
                }
            }
            (day @ None, Some(days)) => *day = Some(vec![(days, 1.0)]),
            (Some(_), Some(Days::One(_)) | None) | (None, None) => {}
        }
        if is_timeless {
            group.clock = self.time.map(exactly);
            group.hours = self.hours.map(|(from, to)| (Some(exactly(from)), Some(exactly(to))));
        } else if group.clock.is_some() && group.part.is_none() {
            // "In the evening", and then "at seven".
            group.part = self.hours.map(|(from, to)| Part { from, to, half: half(from, to) });
        }
    }
}

/// "Next week", and then "on Tuesday": the Tuesday of that week.
fn within(day: Days, from: Date, to: Date) -> Days {
    let Days::One(day) = day else { return day };
    let later = day.saturating_add(7.days());
    let is_later = !(from..=to).contains(&day) && (from..=to).contains(&later);
    Days::One(if is_later { later } else { day })
}

fn exactly(time: Time) -> Clock {
    Clock { hour: time.hour(), minute: time.minute(), half: Half::Exact, sure: 1.0 }
}

/// The half of the day that a range lies in.
fn half(from: Time, to: Time) -> Half {
    let (noon, evening) = (time(12, 0, 0, 0), time(17, 0, 0, 0));
    if to <= noon {
        Half::Morning
    } else if from >= evening {
        Half::Night
    } else if from >= noon {
        Half::Afternoon
    } else {
        Half::Unsaid
    }
}
