//! Whom to call, where that is allowed right now, and the campaign's settings.

use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use outcall_campaign::{CampaignSettings, PhoneNumber, Regulations, UnixMillis, ZoneSet};
use outcall_telephony::simulated::random::SplitMix64;

/// Area codes of the United States. With the exchanges 550 to 559, close to the fictitious 555,
/// they are used as numbers that can exist; no call leaves this machine.
const AREAS: [u64; 64] = [
    202, 205, 206, 212, 213, 214, 215, 216, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313,
    314, 315, 316, 317, 318, 319, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415,
    417, 419, 501, 502, 503, 504, 505, 507, 508, 509, 512, 513, 515, 516, 517, 518, 601, 602, 603,
    605, 606, 607, 608, 609, 612, 614,
];

/// How many numbers there can be with the same last two digits.
const NUMBERS_PER_ENDING: u64 = AREAS.len() as u64 * 10 * 100;

/// Last two digits that take too long for this test (no answer, silence, an answer that crosses the
/// cancel), that hold the whole trunk back (congestion), or that are dealt out on their own (busy).
const LEFT_OUT: [u64; 5] = [1, 2, 4, 11, 12];

/// The ending that is busy, and the share of the list that has it: those are rightly dialled twice.
const BUSY: u64 = 1;
const BUSY_PERCENT: f64 = 10.0;

/// Places with every offset from UTC between -11 and +14 hours, so that it is the middle of the day
/// in several of them at any time.
const ZONES: [&str; 25] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
    "America/Halifax",
    "America/Sao_Paulo",
    "America/Noronha",
    "Atlantic/Azores",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Istanbul",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Brisbane",
    "Pacific/Noumea",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
];

const HOUR_MS: i64 = 3_600_000;

/// How long before and after now calls must be allowed: longer than any run lasts.
const OPEN_AROUND_MS: [i64; 4] = [-2 * HOUR_MS, 0, HOUR_MS, 2 * HOUR_MS];

/// How many zones the contacts are spread over.
const ZONES_AT_ONCE: usize = 3;

/// Distinct numbers whose endings decide what becomes of the calls.
pub(super) fn numbers(count: u32, seed: u64) -> Result<Vec<PhoneNumber>> {
    let mut random = SplitMix64::from_words(&[seed, 1]);
    let endings: Vec<u64> = (0..100).filter(|ending| !LEFT_OUT.contains(ending)).collect();
    let mut used = [0; 100];
    let mut numbers = Vec::new();
    for _ in 0..count {
        let ending = if random.percent(BUSY_PERCENT) {
            BUSY
        } else {
            endings[random.below(endings.len() as u64) as usize]
        };
        let nth: u64 = used[ending as usize];
        used[ending as usize] += 1;
        ensure!(
            nth < NUMBERS_PER_ENDING,
            "there are no numbers for {count} contacts: ask for less"
        );
        let area = AREAS[(nth / 1_000) as usize];
        let exchange = 550 + nth / 100 % 10;
        let digits = ((10_000 + area * 10 + exchange / 100) * 100 + exchange % 100) * 10_000;
        numbers.push(PhoneNumber::from_digits(digits + nth % 100 * 100 + ending)?);
    }
    Ok(numbers)
}

/// Under whose rules, and in which zones, calls are allowed now.
#[derive(Debug)]
pub(crate) struct OpenPlace {
    pub(crate) jurisdiction: String,
    pub(crate) zones: Vec<&'static str>,
}

/// Finds a place where calls are allowed for hours to come: in the United States unless today is a
/// holiday there.
pub(crate) fn open_place(now: UnixMillis) -> Result<OpenPlace> {
    let regulations = Regulations::builtin();
    let settings = CampaignSettings::new("crash");
    for code in ["us", "cn", "uk", "eu"] {
        let Some(jurisdiction) = regulations.by_code(code) else { continue };
        let calendar = settings.calling_calendar(jurisdiction);
        let mut zones = Vec::new();
        for name in ZONES {
            let zone = ZoneSet::parse(name).with_context(|| format!("zone {name}"))?;
            let is_open = |around_ms: &i64| calendar.is_open(&zone, now + *around_ms);
            if OPEN_AROUND_MS.iter().all(is_open) {
                zones.push(name);
            }
        }
        if !zones.is_empty() {
            zones.truncate(ZONES_AT_ONCE);
            return Ok(OpenPlace { jurisdiction: code.to_owned(), zones });
        }
    }
    bail!("today is a holiday under all rules that are built in: nobody may be called at {now}")
}

/// The list as a file.
pub(super) fn csv(numbers: &[PhoneNumber], place: &OpenPlace) -> String {
    let mut text = "phone,name,time_zone,consent\n".to_owned();
    for (index, number) in numbers.iter().enumerate() {
        let zone = place.zones[index % place.zones.len()];
        let line = format_args!("{},contact {index},{zone},express_written\n", number.e164());
        text.write_fmt(line).expect("invariant: a String takes every text");
    }
    text
}

/// The campaign's settings: only a busy number is dialled again, once, so that every other second
/// call is a fault. What was certainly not sent may be sent later.
pub(super) fn campaign(place: &OpenPlace, channels: u32) -> String {
    let mut text = format!(
        "name = \"crash\"\n\
         purpose = \"informational\"\n\
         jurisdiction = \"{}\"\n\
         default_region = \"US\"\n\
         ring_timeout_s = 30\n\
         max_concurrency = {channels}\n\
         robots = {channels}\n\
         [breaker]\n\
         max_failure_percent = 99\n\
         [retry]\n\
         max_attempts = 2\n\
         [retry.on]\n\
         busy = {{ max_attempts = 2, delay_s = 1 }}\n\
         not_sent = {{ max_attempts = 20, delay_s = 1 }}\n",
        place.jurisdiction
    );
    for once in [
        "call_back",
        "incomplete",
        "hung_up",
        "abandoned",
        "machine",
        "no_answer",
        "rejected",
        "congestion",
        "failed",
        "cancelled",
        "internal_error",
        "uncertain",
    ] {
        text.push_str(once);
        text.push_str(" = { max_attempts = 1 }\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_distinct_american_and_varied() {
        let numbers = numbers(20_000, 1).unwrap();
        assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), 20_000);
        assert!(numbers.iter().all(|number| {
            let text = number.e164();
            text.len() == 12 && text.starts_with("+1") && &text[5..7] == "55"
        }));
        let ending = |ending| numbers.iter().filter(|n| n.digits() % 100 == ending).count();
        assert!((1_700..2_300).contains(&ending(BUSY)), "{}", ending(BUSY));
        assert!(ending(8) > 100 && ending(3) > 100);
        assert_eq!(LEFT_OUT[1..].iter().map(|&left_out| ending(left_out)).sum::<usize>(), 0);
    }

    #[test]
    fn at_any_hour_of_an_ordinary_week_there_is_a_place_to_call() {
        // Monday, 2026-06-08, 00:00 UTC, and the seven days after it by the half hour.
        let monday = UnixMillis(1_780_876_800_000);
        for half_hours in 0..7 * 48 {
            let now = monday + half_hours * HOUR_MS / 2;
            let place = open_place(now).unwrap();
            assert_eq!(place.jurisdiction, "us", "{now}");
        }
    }

    #[test]
    fn on_thanksgiving_others_are_called() {
        let noon: UnixMillis = UnixMillis(1_795_694_400_000); // 2026-11-26, 12:00 UTC
        assert_ne!(open_place(noon).unwrap().jurisdiction, "us");
    }
}
