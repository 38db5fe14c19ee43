//! Shared capacity: which campaign may place how many calls when they share trunks.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::CampaignId;

/// What one campaign asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Which campaign. Each appears once.
    pub campaign: CampaignId,
    /// Higher goes first.
    pub priority: u8,
    /// Calls in progress that are guaranteed to it, as far as it wants them.
    pub min_concurrency: u32,
    /// The most calls in progress that it may have.
    pub max_concurrency: u32,
    /// Its calls in progress.
    pub in_use: u32,
    /// Calls that it would place now.
    pub wanted: u32,
}

impl Demand {
    fn limit(&self) -> u32 {
        self.wanted.min(self.max_concurrency.saturating_sub(self.in_use))
    }

    fn unmet_guarantee(&self) -> u32 {
        self.limit().min(self.min_concurrency.saturating_sub(self.in_use))
    }
}

/// What there is to share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Channels without a call.
    pub free_channels: u32,
    /// Calls that the limit of calls per second allows now.
    pub call_tokens: u32,
}

/// Shares the capacity out: how many calls each campaign may place now, in the order of `demands`.
///
/// First the guarantees that are not met yet, whatever the priority; then what is left goes by
/// priority, the highest first. Within each of these steps it is max-min fair over the calls in
/// progress: the campaign with the fewest is served first. Nothing is kept back for a guarantee
/// that is not wanted now.
pub fn allocate(demands: &[Demand], capacity: Capacity) -> Vec<(CampaignId, u32)> {
    let mut left = capacity.free_channels.min(capacity.call_tokens);
    let mut granted = vec![0; demands.len()];
    let all: Vec<usize> = (0..demands.len()).collect();
    left -= fill(demands, &mut granted, &all, Demand::unmet_guarantee, left);
    let priorities: BTreeSet<_> = demands.iter().map(|demand| Reverse(demand.priority)).collect();
    for Reverse(priority) in priorities {
        let level: Vec<usize> =
            all.iter().copied().filter(|&i| demands[i].priority == priority).collect();
        left -= fill(demands, &mut granted, &level, Demand::limit, left);
    }
    demands.iter().map(|demand| demand.campaign).zip(granted).collect()
}

/// Raises the grants of the campaigns at `indexes` up to their `limit`, those with the fewest calls
/// in progress first, and returns how many of `budget` were given.
fn fill(
    demands: &[Demand],
    granted: &mut [u32],
    indexes: &[usize],
    limit: impl Fn(&Demand) -> u32,
    budget: u32,
) -> u32 {
    // `level` is a number of calls in progress up to which every campaign is raised.
    let grant_at = |i: usize, level: u64, already: u32| {
        let in_use = u64::from(demands[i].in_use);
        let wanted_level = level.saturating_sub(in_use).min(u64::from(limit(&demands[i])));
        wanted_level.max(already.into())
    };
    let cost = |level: u64, granted: &[u32]| -> u64 {
        indexes.iter().map(|&i| grant_at(i, level, granted[i]) - u64::from(granted[i])).sum()
    };
    // The highest level that the budget reaches.
    let (mut low, mut high) = (0, 2 * u64::from(u32::MAX));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if cost(middle, granted) <= budget.into() {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    let mut left = budget;
    for (extra, order) in [(0, indexes.to_vec()), (1, by_campaign(demands, indexes))] {
        // With the extra level, what is left goes to one campaign after the other: the lowest name
        // first, which has then one call more in progress and comes last the next time.
        for i in order {
            let target = grant_at(i, low + extra, granted[i]) as u32;
            let more = (target - granted[i]).min(left);
            granted[i] += more;
            left -= more;
        }
    }
    budget - left
}

fn by_campaign(demands: &[Demand], indexes: &[usize]) -> Vec<usize> {
    let mut order = indexes.to_vec();
    order.sort_by_key(|&i| demands[i].campaign);
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn demand(campaign: i64, priority: u8, min: u32, in_use: u32, wanted: u32) -> Demand {
        Demand {
            campaign: CampaignId(campaign),
            priority,
            min_concurrency: min,
            max_concurrency: 1_000,
            in_use,
            wanted,
        }
    }

    fn shares(demands: &[Demand], channels: u32) -> Vec<u32> {
        let capacity = Capacity { free_channels: channels, call_tokens: u32::MAX };
        allocate(demands, capacity).into_iter().map(|(_, calls)| calls).collect()
    }

    #[test]
    fn equals_are_raised_to_the_same_number_of_calls_in_progress() {
        assert_eq!(shares(&[demand(1, 0, 0, 6, 50), demand(2, 0, 0, 0, 50)], 10), [2, 8]);
        assert_eq!(shares(&[demand(1, 0, 0, 0, 3), demand(2, 0, 0, 0, 50)], 10), [3, 7]);
        assert_eq!(shares(&[demand(2, 0, 0, 0, 9), demand(1, 0, 0, 0, 9)], 5), [2, 3]);
    }

    #[test]
    fn a_higher_priority_goes_first_but_leaves_the_guarantees() {
        let low = demand(1, 0, 4, 1, 50);
        assert_eq!(shares(&[low, demand(2, 9, 0, 0, 50)], 10), [3, 7]);
        assert_eq!(shares(&[Demand { wanted: 1, ..low }, demand(2, 9, 0, 0, 50)], 10), [1, 9]);
        assert_eq!(shares(&[demand(1, 0, 0, 0, 50), demand(2, 9, 0, 0, 4)], 10), [6, 4]);
    }

    #[test]
    fn a_guarantee_does_not_lift_the_maximum() {
        let small = Demand { max_concurrency: 2, ..demand(1, 0, 5, 0, 50) };
        assert_eq!(shares(&[small], 10), [2]);
    }

    #[test]
    fn call_tokens_bound_the_calls_as_channels_do() {
        let capacity = Capacity { free_channels: 10, call_tokens: 3 };
        let grants = allocate(&[demand(1, 0, 8, 0, 50), demand(2, 9, 0, 0, 50)], capacity);
        assert_eq!(grants, [(CampaignId(1), 3), (CampaignId(2), 0)]);
        assert_eq!(allocate(&[], capacity), []);
    }

    fn any_demands() -> impl Strategy<Value = Vec<Demand>> {
        let one = (0u8..3, 0u32..20, 0u32..30, 0u32..30, 0u32..30);
        prop::collection::vec(one, 0..8).prop_map(|all| {
            let demands = all.into_iter().enumerate();
            let demands = demands.map(|(i, (priority, min, max_concurrency, in_use, wanted))| {
                Demand { max_concurrency, ..demand(100 - i as i64, priority, min, in_use, wanted) }
            });
            demands.collect()
        })
    }

    proptest! {
        #[test]
        fn the_shares_keep_every_bound_and_waste_nothing(
            demands in any_demands(),
            free_channels in 0u32..120,
            call_tokens in 0u32..120,
        ) {
            let budget = free_channels.min(call_tokens);
            let grants = allocate(&demands, Capacity { free_channels, call_tokens });
            let total: u32 = grants.iter().map(|(_, calls)| calls).sum();
            let limits: u32 = demands.iter().map(Demand::limit).sum();
            prop_assert_eq!(total, budget.min(limits));
            let guarantees: u32 = demands.iter().map(Demand::unmet_guarantee).sum();
            for (own, &(campaign, calls)) in demands.iter().zip(&grants) {
                prop_assert_eq!(campaign, own.campaign);
                prop_assert!(calls <= own.limit());
                if guarantees <= budget {
                    prop_assert!(calls >= own.unmet_guarantee());
                } else {
                    prop_assert!(calls <= own.unmet_guarantee());
                }
            }
        }

        #[test]
        fn nobody_gets_more_while_an_equal_with_fewer_calls_wants_more(
            demands in any_demands(),
            channels in 0u32..120,
        ) {
            let grants = shares(&demands, channels);
            for (rich, &rich_calls) in demands.iter().zip(&grants) {
                for (poor, &poor_calls) in demands.iter().zip(&grants) {
                    let beyond_guarantee = rich_calls > rich.unmet_guarantee();
                    if beyond_guarantee && poor_calls < poor.limit() {
                        prop_assert!(rich.priority >= poor.priority);
                        if rich.priority == poor.priority {
                            prop_assert!(
                                rich.in_use + rich_calls <= poor.in_use + poor_calls + 1
                            );
                        }
                    }
                }
            }
        }

        #[test]
        fn the_order_of_the_demands_does_not_matter(
            demands in any_demands(),
            channels in 0u32..120,
        ) {
            let capacity = Capacity { free_channels: channels, call_tokens: u32::MAX };
            let mut forward = allocate(&demands, capacity);
            let reversed: Vec<_> = demands.into_iter().rev().collect();
            let mut backward = allocate(&reversed, capacity);
            forward.sort_unstable();
            backward.sort_unstable();
            prop_assert_eq!(forward, backward);
        }
    }
}
