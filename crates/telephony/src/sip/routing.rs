//! Which trunks may carry a number: the longest prefix, then the lowest price, then weights.

use std::collections::BTreeMap;

use outcall_campaign::PhoneNumber;

use super::settings::{RouteSettings, SipSettings};

/// A trunk, by its place in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrunkId(u16);

impl TrunkId {
    /// The trunk at this place of `SipSettings::trunks`.
    pub fn new(index: u16) -> Self {
        Self(index)
    }

    /// Its place in `SipSettings::trunks`.
    pub fn index(self) -> usize {
        self.0.into()
    }
}

/// What a route does to the number as the trunk writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrite<'a> {
    /// How many digits are taken away from the front.
    pub strip: u8,
    /// What is put in front then.
    pub prepend: &'a str,
}

/// A trunk as one route knows it.
#[derive(Clone, Debug)]
struct Entry {
    trunk: TrunkId,
    weight: i64,
    /// What the trunk is owed, see [`Tier::pick`].
    owed: i64,
    strip: u8,
    prepend: String,
}

/// The trunks of one price. They share the calls by their weights.
#[derive(Clone, Debug)]
pub struct Tier {
    cost: f64,
    entries: Vec<Entry>,
}

impl Tier {
    /// The price.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// The trunks, in the order of the settings.
    pub fn trunks(&self) -> impl Iterator<Item = TrunkId> {
        self.entries.iter().map(|entry| entry.trunk)
    }

    /// The next trunk of those that are usable; none when none is.
    ///
    /// Smooth weighted round robin: at each turn every usable trunk is owed its weight, and the one
    /// that is owed most pays the sum. No chance is in it, and a trunk of weight 5 beside one of
    /// weight 1 does not get its five calls in a row.
    pub fn pick(&mut self, mut usable: impl FnMut(TrunkId) -> bool) -> Option<TrunkId> {
        let mut best: Option<usize> = None;
        let mut sum = 0;
        for index in 0..self.entries.len() {
            if !usable(self.entries[index].trunk) {
                continue;
            }
            let entry = &mut self.entries[index];
            entry.owed += entry.weight;
            sum += entry.weight;
            if best.is_none_or(|best| self.entries[index].owed > self.entries[best].owed) {
                best = Some(index);
            }
        }
        let chosen = &mut self.entries[best?];
        chosen.owed -= sum;
        Some(chosen.trunk)
    }
}

/// The routes of every prefix.
#[derive(Clone, Debug)]
pub struct Routes {
    /// The prefix of a number's digits; the tiers from the lowest price on.
    by_prefix: BTreeMap<String, Vec<Tier>>,
    longest: usize,
}

impl Routes {
    /// The routes of these settings. With none, every trunk carries every number. A route to a
    /// trunk that there is not, which `SipSettings::validate` refuses, is left out.
    pub fn new(settings: &SipSettings) -> Self {
        let mut by_prefix: BTreeMap<String, Vec<Tier>> = BTreeMap::new();
        let everything = settings.trunks.iter().map(|trunk| RouteSettings {
            prefix: String::new(),
            trunk: trunk.name.clone(),
            cost: 0.0,
            strip: 0,
            prepend: String::new(),
        });
        let everything: Vec<_> =
            if settings.routes.is_empty() { everything.collect() } else { Vec::new() };
        let ids: BTreeMap<&str, (TrunkId, u32)> = (0u16..)
            .zip(&settings.trunks)
            .map(|(index, trunk)| (trunk.name.as_str(), (TrunkId(index), trunk.weight)))
            .collect();
        for route in settings.routes.iter().chain(&everything) {
            let Some(&(trunk, weight)) = ids.get(route.trunk.as_str()) else { continue };
            let tiers = by_prefix.entry(route.prefix.clone()).or_default();
            let entry = Entry {
                trunk,
                weight: weight.into(),
                owed: 0,
                strip: route.strip,
                prepend: route.prepend.clone(),
            };
            match tiers.iter_mut().find(|tier| tier.cost == route.cost) {
                Some(tier) => tier.entries.push(entry),
                None => tiers.push(Tier { cost: route.cost, entries: vec![entry] }),
            }
        }
        for tiers in by_prefix.values_mut() {
            tiers.sort_by(|one, other| one.cost.total_cmp(&other.cost));
        }
        let longest = by_prefix.keys().map(String::len).max().unwrap_or(0);
        Self { by_prefix, longest }
    }

    /// The tiers for a number, the cheapest first: those of its longest prefix alone. A shorter
    /// prefix is not fallen back to, so that a dear or barred destination stays where it was put.
    /// Empty when no route carries the number.
    pub fn tiers_mut(&mut self, number: PhoneNumber) -> &mut [Tier] {
        let digits = number.digits().to_string();
        let found = self.prefix_of(&digits).map(str::len);
        match found.and_then(|length| self.by_prefix.get_mut(&digits[..length])) {
            Some(tiers) => tiers,
            None => &mut [],
        }
    }

    /// The same, to look at.
    pub fn tiers(&self, number: PhoneNumber) -> &[Tier] {
        let digits = number.digits().to_string();
        let found = self.prefix_of(&digits).and_then(|prefix| self.by_prefix.get(prefix));
        found.map_or(&[], Vec::as_slice)
    }

    /// What the number's route over this trunk does to the number.
    pub fn rewrite(&self, number: PhoneNumber, trunk: TrunkId) -> Rewrite<'_> {
        let mut entries = self.tiers(number).iter().flat_map(|tier| &tier.entries);
        let entry = entries.find(|entry| entry.trunk == trunk);
        entry.map_or(Rewrite::default(), |entry| Rewrite {
            strip: entry.strip,
            prepend: &entry.prepend,
        })
    }

    fn prefix_of<'a>(&self, digits: &'a str) -> Option<&'a str> {
        let lengths = (0..=self.longest.min(digits.len())).rev();
        lengths.map(|length| &digits[..length]).find(|prefix| self.by_prefix.contains_key(*prefix))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sip::settings::TrunkSettings;

    fn number(text: &str) -> PhoneNumber {
        text.parse().unwrap()
    }

    fn settings(weights: &[u32], routes: &[(&str, usize, f64)]) -> SipSettings {
        let trunks = weights.iter().enumerate().map(|(index, &weight)| TrunkSettings {
            weight,
            ..TrunkSettings::new(format!("t{index}"), "192.0.2.1")
        });
        let routes = routes.iter().map(|&(prefix, trunk, cost)| RouteSettings {
            prefix: prefix.to_owned(),
            trunk: format!("t{trunk}"),
            cost,
            strip: prefix.len() as u8,
            prepend: format!("{trunk}#"),
        });
        SipSettings { trunks: trunks.collect(), routes: routes.collect(), ..SipSettings::default() }
    }

    fn order(routes: &Routes, text: &str) -> Vec<Vec<usize>> {
        let tiers = routes.tiers(number(text)).iter();
        tiers.map(|tier| tier.trunks().map(TrunkId::index).collect()).collect()
    }

    #[test]
    fn the_longest_prefix_decides_and_then_the_price() {
        let routes = Routes::new(&settings(
            &[1, 1, 1],
            &[("", 2, 9.0), ("44", 0, 2.0), ("44", 1, 1.0), ("447", 2, 5.0), ("44", 2, 1.0)],
        ));
        assert_eq!(order(&routes, "+442079460123"), [vec![1, 2], vec![0]]);
        assert_eq!(order(&routes, "+447700900123"), [vec![2]]);
        assert_eq!(order(&routes, "+12025550100"), [vec![2]]);
        let rewrite = routes.rewrite(number("+447700900123"), TrunkId::new(2));
        assert_eq!(rewrite, Rewrite { strip: 3, prepend: "2#" });
        assert_eq!(routes.rewrite(number("+447700900123"), TrunkId::new(0)), Rewrite::default());
    }

    #[test]
    fn a_number_without_a_route_has_no_trunk() {
        let routes = Routes::new(&settings(&[1], &[("44", 0, 0.0), ("4420794", 0, 0.0)]));
        assert!(order(&routes, "+12025550100").is_empty());
        assert_eq!(order(&routes, "+4420"), [vec![0]]);
    }

    #[test]
    fn without_routes_every_trunk_carries_every_number() {
        let routes = Routes::new(&settings(&[1, 1, 1], &[]));
        assert_eq!(order(&routes, "+442079460123"), [vec![0, 1, 2]]);
    }

    #[test]
    fn trunks_of_one_price_share_by_weight_and_take_turns() {
        let mut routes = Routes::new(&settings(&[5, 1, 1], &[]));
        let callee = number("+442079460123");
        let mut pick = || {
            let tier = &mut routes.tiers_mut(callee)[0];
            tier.pick(|_| true).map(TrunkId::index)
        };
        let order: Vec<_> = (0..7).filter_map(|_| pick()).collect();
        assert_eq!(order, [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(routes.tiers_mut(callee)[0].pick(|_| false), None);
    }

    proptest! {
        #[test]
        fn over_any_stretch_each_trunk_is_within_a_turn_of_its_share(
            weights in prop::collection::vec(1u32..50, 1..6),
            turns in 1usize..400,
        ) {
            let mut routes = Routes::new(&settings(&weights, &[]));
            let mut counts = vec![0.0; weights.len()];
            let sum: u32 = weights.iter().sum();
            for turn in 1..=turns {
                let tier = &mut routes.tiers_mut(number("+442079460123"))[0];
                counts[tier.pick(|_| true).unwrap().index()] += 1.0;
                for (count, &weight) in counts.iter().zip(&weights) {
                    let share = turn as f64 * f64::from(weight) / f64::from(sum);
                    prop_assert!((share - count).abs() < weights.len() as f64);
                }
            }
        }

        #[test]
        fn the_prefix_found_is_the_longest_that_there_is(
            prefixes in prop::collection::btree_set("[1-3]{0,4}", 0..20),
            callee in "[1-3]{4,8}",
        ) {
            let own: Vec<_> = prefixes.iter().map(|prefix| (prefix.as_str(), 0, 0.0)).collect();
            let routes = Routes::new(&settings(&[1], &own));
            let longest = prefixes.iter().filter(|prefix| callee.starts_with(prefix.as_str()));
            let longest = longest.map(String::len).max();
            let callee = number(&format!("+{callee}"));
            if prefixes.is_empty() {
                prop_assert_eq!(routes.tiers(callee).len(), 1);
            } else {
                prop_assert_eq!(!routes.tiers(callee).is_empty(), longest.is_some());
                let strip = usize::from(routes.rewrite(callee, TrunkId::new(0)).strip);
                prop_assert_eq!(strip, longest.unwrap_or(0));
            }
        }
    }
}
