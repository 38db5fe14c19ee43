//! A list of contacts from a seed. The numbers have the form of real ones and belong to nobody that
//! the simulation knows: they never leave the process.

use outcall_campaign::zones_of_number::zones_of_number;
use outcall_campaign::{Consent, PhoneNumber};
use outcall_ledger::sqlite::lists::NewContact;
use outcall_telephony::simulated::random::SplitMix64;

/// Area codes of the contiguous United States, one or more for each of its time zones.
const AREA_CODES: [u64; 16] =
    [201, 212, 305, 404, 617, 703, 214, 312, 504, 612, 303, 505, 602, 206, 310, 415];

/// How many numbers an area code has here: exchanges 200 to 999, lines 0000 to 9999.
const NUMBERS_AN_AREA: u64 = 800 * 10_000;

/// Contacts, one after another, none of them twice.
#[derive(Clone, Debug)]
pub struct People {
    next: u64,
    end: u64,
    offset: u64,
}

impl People {
    /// `count` people; at most 128 million. The same seed gives the same people.
    pub fn new(seed: u64, count: u64) -> Self {
        let capacity = NUMBERS_AN_AREA * AREA_CODES.len() as u64;
        let offset = SplitMix64::new(seed).below(capacity);
        Self { next: 0, end: count.min(capacity), offset }
    }

    fn number(&self, index: u64) -> u64 {
        let capacity = NUMBERS_AN_AREA * AREA_CODES.len() as u64;
        // A prime step through all numbers: neighbours in the list are strangers in the numbering.
        let place = (self.offset + index * 1_000_003) % capacity;
        let area = AREA_CODES[(place % AREA_CODES.len() as u64) as usize];
        let within = place / AREA_CODES.len() as u64;
        let (exchange, line) = (200 + within / 10_000, within % 10_000);
        10_000_000_000 + area * 10_000_000 + exchange * 10_000 + line
    }
}

impl Iterator for People {
    type Item = NewContact;

    fn next(&mut self) -> Option<NewContact> {
        if self.next >= self.end {
            return None;
        }
        let index = self.next;
        self.next += 1;
        let number = PhoneNumber::from_digits(self.number(index)).ok()?;
        Some(NewContact {
            line: index + 2,
            numbers: vec![number],
            jurisdiction: "us".to_owned(),
            zones: zones_of_number(number).unwrap_or("America/New_York").to_owned(),
            consent: Consent::ExpressWritten,
            priority: 0,
            name: format!("Person {}", index + 1),
            language: Some("en".to_owned()),
            external_id: None,
            attributes: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_is_in_the_list_twice_and_the_seed_decides_who_is() {
        let numbers = |seed| -> Vec<PhoneNumber> {
            People::new(seed, 20_000).map(|person| person.numbers[0]).collect()
        };
        let first = numbers(1);
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 20_000);
        assert_eq!(first, numbers(1));
        assert_ne!(first, numbers(2));
    }

    #[test]
    fn people_live_in_every_zone_of_the_contiguous_states() {
        let zones: HashSet<String> = People::new(1, 1_000).map(|person| person.zones).collect();
        for zone in ["New_York", "Chicago", "Denver", "Los_Angeles"] {
            assert!(zones.iter().any(|key| key.contains(zone)), "{zone}: {zones:?}");
        }
    }
}
