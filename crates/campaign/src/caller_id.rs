//! The number that a callee sees: local where there is one, and no number overused.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::PhoneNumber;

/// One number of a pool, and how much it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerId {
    /// The number.
    pub number: PhoneNumber,
    /// The most calls in progress that may show it; no limit when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrent: Option<u32>,
    /// The most calls per day that may show it; no limit when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_day: Option<u32>,
}

/// How much a number is used. What a day is, the caller decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallerIdUsage {
    /// Calls in progress that show it.
    pub concurrent: u32,
    /// Calls placed today that showed it.
    pub today: u32,
}

/// The numbers that a campaign may show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallerIdPool(pub Vec<CallerId>);

impl CallerIdPool {
    /// The number to show to `callee`: of those within their limits one of the callee's country
    /// first, then the one that shares most leading digits, then the least used today, then the
    /// least used now, then the lowest. None when every number has reached a limit.
    pub fn choose(
        &self,
        callee: PhoneNumber,
        usage: impl Fn(PhoneNumber) -> CallerIdUsage,
    ) -> Option<PhoneNumber> {
        let used = self.0.iter().map(|own| (own, usage(own.number)));
        let within_limits = used.filter(|(own, usage)| {
            own.max_concurrent.is_none_or(|max| usage.concurrent < max)
                && own.max_per_day.is_none_or(|max| usage.today < max)
        });
        let best = within_limits.min_by_key(|(own, usage)| {
            let closeness = Reverse(closeness(own.number, callee));
            (closeness, usage.today, usage.concurrent, own.number)
        });
        best.map(|(own, _)| own.number)
    }
}

/// How many leading digits two numbers of one country share; 0 when the countries differ.
fn closeness(number: PhoneNumber, callee: PhoneNumber) -> usize {
    let (number, callee) = (number.digits().to_string(), callee.digits().to_string());
    let country = country_code(&callee);
    // No country code begins with another: to begin with it is to have it.
    if !number.starts_with(country) {
        return 0;
    }
    number.bytes().zip(callee.bytes()).take_while(|(a, b)| a == b).count()
}

/// The country code at the start of the digits: one, two or three of them, by the list of ITU-T
/// E.164 assigned country codes, in which no code begins with another.
fn country_code(digits: &str) -> &str {
    let first_two: u32 = digits.get(..2).and_then(|two| two.parse().ok()).unwrap_or(0);
    let length = match first_two {
        10..=19 | 70..=79 => 1,
        20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 => 2,
        81 | 82 | 84 | 86 | 90..=95 | 98 => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> PhoneNumber {
        text.parse().unwrap()
    }

    fn pool(numbers: &[&str]) -> CallerIdPool {
        let own = |text: &&str| CallerId {
            number: number(text),
            max_concurrent: None,
            max_per_day: None,
        };
        CallerIdPool(numbers.iter().map(own).collect())
    }

    #[test]
    fn the_nearest_number_of_the_callees_country_is_shown() {
        let pool = pool(&["+442079460001", "+12125550100", "+12135550100", "+35312345678"]);
        let shown = |callee| pool.choose(number(callee), |_| CallerIdUsage::default());
        assert_eq!(shown("+12125559999"), Some(number("+12125550100")));
        assert_eq!(shown("+441619460001"), Some(number("+442079460001")));
        // Ireland (353) and Portugal (351) share two digits and no country.
        assert_eq!(shown("+351212345678"), Some(number("+12125550100")));
    }

    #[test]
    fn equals_take_turns_and_a_number_at_its_limit_is_left_out() {
        let mut pool = pool(&["+442079460001", "+442079460002"]);
        let callee = number("+441619460001");
        let mut today = std::collections::BTreeMap::<PhoneNumber, u32>::new();
        let mut shown = Vec::new();
        pool.0[1].max_per_day = Some(2);
        for _ in 0..6 {
            let usage =
                |own| CallerIdUsage { concurrent: 0, today: today.get(&own).copied().unwrap_or(0) };
            let chosen = pool.choose(callee, usage).unwrap();
            *today.entry(chosen).or_default() += 1;
            shown.push(chosen.digits() % 10);
        }
        assert_eq!(shown, [1, 2, 1, 2, 1, 1]);
    }

    #[test]
    fn no_number_is_shown_when_all_are_at_their_limits() {
        let mut pool = pool(&["+442079460001"]);
        pool.0[0].max_concurrent = Some(1);
        let callee = number("+441619460001");
        let busy = |_| CallerIdUsage { concurrent: 1, today: 0 };
        assert_eq!(pool.choose(callee, busy), None);
        assert_eq!(CallerIdPool::default().choose(callee, busy), None);
    }

    #[test]
    fn country_codes_have_one_to_three_digits() {
        for (digits, code) in [
            ("12125550100", "1"),
            ("79161234567", "7"),
            ("442079460001", "44"),
            ("8613800138000", "86"),
            ("35312345678", "353"),
            ("420212345678", "420"),
            ("85212345678", "852"),
            ("998901234567", "998"),
        ] {
            assert_eq!(country_code(digits), code);
        }
    }

    proptest! {
        #[test]
        fn a_shown_number_is_of_the_pool_and_the_order_of_the_pool_does_not_matter(
            own in prop::collection::btree_set(1_000u64..1_000_000_000_000, 1..8),
            callee in 1_000u64..1_000_000_000_000,
        ) {
            let numbers = own.iter().map(|&digits| PhoneNumber::from_digits(digits).unwrap());
            let ids = numbers.map(|number| {
                CallerId { number, max_concurrent: None, max_per_day: None }
            });
            let forward = CallerIdPool(ids.collect());
            let backward = CallerIdPool(forward.0.iter().rev().copied().collect());
            let callee = PhoneNumber::from_digits(callee).unwrap();
            let usage = |own: PhoneNumber| CallerIdUsage {
                concurrent: 0,
                today: (own.digits() % 3) as u32,
            };
            let shown = forward.choose(callee, usage).unwrap();
            prop_assert!(own.contains(&shown.digits()));
            prop_assert_eq!(backward.choose(callee, usage), Some(shown));
        }
    }
}
