//! Prominence: how much a text is about the words that it has.
//!
//! Tiers are numbered as in [`Tier::ALL`].

use super::reading::Slot;
use super::tier::Tier;

/// How soon more occurrences stop to matter.
const SATURATION: f32 = 1.4;

/// By tier: how much an occurrence counts.
const OCCURRENCE: [f32; Tier::ALL.len()] = [0.1, 1.0, 1.5, 1.5, 2.5];

/// By tier: how much all occurrences together count at most. A long report says nearly every word, and many of them often.
const MOST: [f32; Tier::ALL.len()] = [0.5, f32::INFINITY, f32::INFINITY, f32::INFINITY, f32::INFINITY];

/// By tier: how much longer texts are discounted, 0 to 1.
const DISCOUNT: [f32; Tier::ALL.len()] = [0.75, 0.75, 0.5, 0.6, 0.5];

/// How much two words side by side add, as a share of the weight of the lesser.
const TOGETHER: f32 = 0.35;

/// Words further apart than this (beyond their distance in the query) are not near.
const NEAR: u32 = 8;

/// What occurrences in a tier are divided by. `length` is the length of the text, with 1 for the usual one.
#[must_use]
pub fn norm(tier: usize, length: f32) -> f32 {
    1.0 - DISCOUNT[tier] + DISCOUNT[tier] * length
}

/// How much occurrences in a tier count, so many for the length of its text.
#[must_use]
pub fn counted(tier: usize, occurrences: f32) -> f32 {
    (OCCURRENCE[tier] * occurrences).min(MOST[tier])
}

/// The prominence of a word, below 1, from its weighted occurrences.
#[must_use]
pub fn saturated(occurrences: f32) -> f32 {
    occurrences / (occurrences + SATURATION)
}

/// How much rarer words say more: the weight of a word that is in so many of all documents.
#[must_use]
pub fn weight(frequency: u64, documents: u64) -> f32 {
    let documents = documents as f32;
    let frequency = (frequency as f32).min(documents);
    (1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln()
}

/// How near neighbours in the query stand to each other in a text. `places` gives the places of a word in order.
pub fn near<'a>(slots: &[Slot], places: impl Fn(usize) -> &'a [u32]) -> f32 {
    let sum: f32 = slots
        .windows(2)
        .enumerate()
        .map(|(number, pair)| {
            let [first, second] = pair else {
                return 0.0;
            };
            let gap = second.position.saturating_sub(first.position).max(1);
            let gap = u32::try_from(gap).unwrap_or(u32::MAX);
            match nearest(places(number), places(number + 1), gap) {
                Some(excess) if excess < NEAR => first.weight.min(second.weight) / (1.0 + excess as f32),
                _ => 0.0,
            }
        })
        .sum();
    TOGETHER * sum
}

/// By how much the distance of the two words, where they come nearest, differs from that in the query. Words in the
/// other order count as one further apart.
fn nearest(first: &[u32], second: &[u32], gap: u32) -> Option<u32> {
    let mut best: Option<u32> = None;
    let (mut one, mut other) = (0, 0);
    while one < first.len() && other < second.len() {
        let (at, to) = (first[one], second[other]);
        let excess = if to > at {
            (to - at).abs_diff(gap)
        } else {
            (at - to).abs_diff(gap) + 1
        };
        best = Some(best.map_or(excess, |best| best.min(excess)));
        // Move on in the list that is behind.
        if at < to {
            one += 1;
        } else {
            other += 1;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{nearest, saturated, weight};

    #[test]
    fn words_as_far_apart_as_in_the_query_are_nearest() {
        assert_eq!(nearest(&[3, 20], &[4, 30], 1), Some(0));
        assert_eq!(nearest(&[3], &[6], 3), Some(0));
        assert_eq!(nearest(&[4], &[3], 1), Some(1));
        assert_eq!(nearest(&[], &[3], 1), None);
    }

    proptest! {
        #[test]
        fn rarer_words_never_weigh_less(documents in 1_u64..100_000, one in 0_u64..100_000, other in 0_u64..100_000) {
            let (rare, frequent) = (one.min(other), one.max(other));
            prop_assert!(weight(rare, documents) >= weight(frequent, documents));
            prop_assert!(weight(frequent, documents) > 0.0);
        }

        #[test]
        fn prominence_grows_and_stays_below_one(one in 0.0_f32..1000.0, more in 0.0_f32..1000.0) {
            prop_assert!(saturated(one + more) >= saturated(one));
            prop_assert!(saturated(one + more) < 1.0);
        }
    }
}
