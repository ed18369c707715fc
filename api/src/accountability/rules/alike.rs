//! Which recommendations ask the same state for the same thing.
//!
//! **What it means.** Two recommendations are alike where one and the same step of the state would answer both, at least in
//! the main. They are *similar* where others made them in the same review, and one *repeats* the other where it was
//! made in a later review of the same state.
//!
//! **The rule.** A text becomes the set of its terms: names that come in several spellings (a treaty in full or by its
//! acronym) become one term, words of grammar and of asking (`continue its efforts to`) and numbers are left out, plurals
//! become singulars (`alike_words.rs`). Two recommendations are alike if their sets have at least two terms in common
//! and these are at least three fifths of all their terms (Jaccard similarity 0.6). The rule is exact: no random hashing, no
//! dependence on the order or on other recommendations.
//!
//! **How good it is.** On 220 pairs of UPR Info's sessions 1 to 20, drawn at random and judged by one reader
//! (`alike_pairs.csv`; the benchmark `measure_rules` says how, and measures again): 0.98 of what it links is alike, in one
//! review as across cycles; of the pairs that are alike and at least a quarter similar it links about 0.3. It is made to
//! claim little that is wrong rather than to find everything: the same ask in quite other words is not linked. The table
//! of words was completed after these pairs were read, so that the figures are not of unseen pairs.
//!
//! **Cost.** Only sets that share one of their rarest terms are compared (prefix filtering, after Bayardo, Ma and Srikant,
//! *Scaling up all pairs similarity search*, 2007), which loses nothing. Recommendations to different states are never
//! compared: the cost grows with the number of states' reviews, and with the number of pairs that are alike.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use super::alike_words::{FILLERS, NAMES};
use super::phrases::matches_at;
use crate::text::words;

/// The version of the rule; raised whenever it may say something else than before.
pub const VERSION: u32 = 1;

/// Similarity from which two recommendations are alike, in fifths.
const FIFTHS: usize = 3;

/// How many terms alike recommendations have in common at least.
const COMMON: usize = 2;

/// The spellings by their first word, each with the name that it stands for.
static SPELLINGS: LazyLock<HashMap<&str, Vec<(&str, &str)>>> = LazyLock::new(|| {
    let mut spellings: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for (name, written) in NAMES {
        for spelling in *written {
            let first = spelling.split(' ').next().unwrap_or_default();
            spellings.entry(first).or_default().push((spelling, name));
        }
    }
    spellings
});

static WITHOUT_WEIGHT: LazyLock<HashSet<&str>> = LazyLock::new(|| FILLERS.iter().copied().collect());

/// What a recommendation asks for, as a set of terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms(BTreeSet<String>);

impl Terms {
    /// The terms of a text.
    pub fn of(text: &str) -> Self {
        let words = words(text);
        let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
        let mut terms = BTreeSet::new();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let name = SPELLINGS
                .get(word)
                .into_iter()
                .flatten()
                .filter_map(|(spelling, name)| Some((matches_at(&words, at, spelling)?, *name)))
                .max();
            match name {
                Some((length, name)) => {
                    // The sign keeps a name apart from the word that is written like it.
                    terms.insert(format!("={name}"));
                    at += length;
                }
                None => {
                    if !WITHOUT_WEIGHT.contains(word) && !word.bytes().all(|byte| byte.is_ascii_digit()) {
                        terms.insert(singular(word).into_owned());
                    }
                    at += 1;
                }
            }
        }
        Self(terms)
    }

    /// The Jaccard similarity of two texts' terms, from 0 to 1; 0 where both have none.
    pub fn similarity(&self, other: &Self) -> f64 {
        let (common, all) = self.overlap(other);
        if all == 0 { 0.0 } else { common as f64 / all as f64 }
    }

    /// Whether the rule calls two texts alike.
    pub fn alike(&self, other: &Self) -> bool {
        let (common, all) = self.overlap(other);
        common >= COMMON && common * 5 >= all * FIFTHS
    }

    fn overlap(&self, other: &Self) -> (usize, usize) {
        let common = self.0.intersection(&other.0).count();
        (common, self.0.len() + other.0.len() - common)
    }
}

fn singular(word: &str) -> std::borrow::Cow<'_, str> {
    if word.chars().count() > 4
        && let Some(stem) = word.strip_suffix("ies")
    {
        return format!("{stem}y").into();
    }
    match word.strip_suffix('s') {
        Some(stem) if word.chars().count() > 3 && !stem.ends_with(['s', 'u', 'i']) => stem.into(),
        _ => word.into(),
    }
}

/// A recommendation to compare.
#[derive(Clone, Debug)]
pub struct Compared<K> {
    /// Its key.
    pub key: K,
    /// The state under review.
    pub state: String,
    /// The review, in the order of time: a cycle or a session.
    pub review: u32,
    /// Who made it.
    pub recommender: String,
    /// What it asks for.
    pub terms: Terms,
}

/// That two recommendations are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link<K> {
    /// Two recommenders asked for the same in one review; the smaller key is first.
    Similar(K, K),
    /// The first asks again for what the second, in an earlier review, asked for.
    Repeats(K, K),
}

/// All links between recommendations, in order.
///
/// Recommendations of one recommender in one review are not linked, nor is any with itself: a key that comes twice counts
/// once.
pub fn links<K: Copy + Ord>(compared: impl IntoIterator<Item = Compared<K>>) -> Vec<Link<K>> {
    let mut states: BTreeMap<String, BTreeMap<K, Compared<K>>> = BTreeMap::new();
    for one in compared {
        states.entry(one.state.clone()).or_default().insert(one.key, one);
    }
    let mut links = Vec::new();
    for one in states.into_values() {
        links_of_state(&one.into_values().collect::<Vec<_>>(), &mut links);
    }
    links.sort_unstable();
    links
}

fn links_of_state<K: Copy + Ord>(compared: &[Compared<K>], links: &mut Vec<Link<K>>) {
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    for term in compared.iter().flat_map(|one| &one.terms.0) {
        *frequency.entry(term).or_default() += 1;
    }
    let mut by_term: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, one) in compared.iter().enumerate() {
        let mut rarest: Vec<&str> = one.terms.0.iter().map(String::as_str).collect();
        rarest.sort_unstable_by_key(|term| (frequency.get(term).copied().unwrap_or(0), *term));
        // Two sets that have three fifths in common share a term among the first of either, in one order of all terms.
        let needed = (rarest.len() * FIFTHS).div_ceil(5);
        rarest.truncate(rarest.len() + 1 - needed.max(1).min(rarest.len().max(1)));
        let mut candidates: BTreeSet<usize> = BTreeSet::new();
        for term in rarest {
            let others = by_term.entry(term).or_default();
            candidates.extend(others.iter().copied());
            others.push(at);
        }
        for candidate in candidates {
            let Some(other) = compared.get(candidate) else {
                continue;
            };
            if one.terms.alike(&other.terms) {
                links.extend(link(one, other));
            }
        }
    }
}

fn link<K: Copy + Ord>(one: &Compared<K>, other: &Compared<K>) -> Option<Link<K>> {
    match one.review.cmp(&other.review) {
        std::cmp::Ordering::Greater => Some(Link::Repeats(one.key, other.key)),
        std::cmp::Ordering::Less => Some(Link::Repeats(other.key, one.key)),
        std::cmp::Ordering::Equal if one.recommender == other.recommender => None,
        std::cmp::Ordering::Equal => Some(Link::Similar(one.key.min(other.key), one.key.max(other.key))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        Terms::of(one).alike(&Terms::of(other))
    }

    #[test]
    fn the_same_ask_in_other_words_is_alike() {
        for (one, other) in [
            (
                "Ratify CAT",
                "Consider the ratification of the Convention against Torture",
            ),
            (
                "Accede to OP-CRC-IC",
                "Ratify the Optional Protocol to the Convention on the Rights of the Child on a communications procedure",
            ),
            (
                "Establish a national human rights institution in line with the Paris Principles",
                "Speed up the creation of an NHRI",
            ),
            (
                "Abolish corporal punishment in schools",
                "Continue its efforts to abolish corporal punishments in all schools by 2015",
            ),
        ] {
            assert!(alike(one, other), "{:?} {:?}", Terms::of(one), Terms::of(other));
        }
    }

    #[test]
    fn other_asks_are_not_alike_however_they_are_worded() {
        for (one, other) in [
            ("Consider ratifying CAT", "Consider ratifying CED"),
            ("Ratify CRC", "Ratify OP-CRC-AC"),
            ("Ratify CEDAW", "Ratify OP-CEDAW"),
            (
                "Continue its efforts to promote human rights",
                "Continue efforts to promote human rights",
            ),
            ("Strengthen the NHRI", "Establish an NHRI"),
            ("Reduce child labour", "Reduce child marriage"),
            ("", ""),
        ] {
            assert!(!alike(one, other), "{:?} {:?}", Terms::of(one), Terms::of(other));
        }
    }

    #[test]
    fn the_tables_are_clean() {
        let mut seen = BTreeSet::new();
        for spelling in NAMES.iter().flat_map(|(_, spellings)| *spellings) {
            assert_eq!(words(spelling), *spelling);
            assert!(seen.insert(spelling), "{spelling} stands twice");
        }
        assert!(FILLERS.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn the_judged_pairs_are_well_formed_and_no_pair_is_judged_twice() {
        let lines: Vec<Vec<&str>> = include_str!("alike_pairs.csv")
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect())
            .collect();
        let pairs: BTreeSet<(&str, &str)> = lines.iter().map(|fields| (fields[2], fields[3])).collect();
        assert_eq!((lines.len(), pairs.len()), (220, 220));
        for fields in &lines {
            assert_eq!(fields.len(), 5, "{fields:?}");
            assert!(fields[2] < fields[3] && fields[2].len() == 32, "{fields:?}");
            assert!(["yes", "no"].contains(&fields[4]), "{fields:?}");
        }
    }

    const TEXTS: [&str; 8] = [
        "Ratify the Convention against Torture",
        "Consider ratifying CAT",
        "Ratify CAT and OP-CAT",
        "Abolish the death penalty",
        "Take steps to abolish capital punishment",
        "End child labour in mines",
        "Put an end to the labour of children in mines",
        "Continue its efforts",
    ];

    fn compared() -> impl Strategy<Value = Vec<Compared<u32>>> {
        let one = (0..TEXTS.len(), 0_u32..3, "[A-C]", "[X-Z]");
        prop::collection::vec(one, 0..40).prop_map(|drawn| {
            drawn
                .into_iter()
                .enumerate()
                .map(|(at, (text, review, state, recommender))| Compared {
                    key: u32::try_from(at).unwrap(),
                    state,
                    review,
                    recommender,
                    terms: Terms::of(TEXTS[text]),
                })
                .collect()
        })
    }

    /// The rule as it is stated, pair by pair.
    fn pair_by_pair(compared: &[Compared<u32>]) -> Vec<Link<u32>> {
        let mut links = Vec::new();
        for (at, one) in compared.iter().enumerate() {
            for other in &compared[..at] {
                if one.state == other.state && one.terms.alike(&other.terms) {
                    links.extend(link(one, other));
                }
            }
        }
        links.sort_unstable();
        links
    }

    proptest! {
        #[test]
        fn the_filter_loses_nothing(compared in compared()) {
            prop_assert_eq!(links(compared.clone()), pair_by_pair(&compared));
        }

        #[test]
        fn the_order_in_which_recommendations_come_does_not_matter(
            compared in compared().prop_flat_map(|one| (Just(one.clone()), Just(one).prop_shuffle()))
        ) {
            prop_assert_eq!(links(compared.0), links(compared.1));
        }

        #[test]
        fn no_recommendation_is_linked_with_itself_and_none_repeats_a_later_one(compared in compared()) {
            let twice = compared.iter().cloned().chain(compared.iter().cloned());
            for link in links(twice) {
                match link {
                    Link::Similar(one, other) => {
                        prop_assert!(one < other);
                        prop_assert_ne!(&compared[one as usize].recommender, &compared[other as usize].recommender);
                    }
                    Link::Repeats(later, earlier) => {
                        prop_assert!(compared[later as usize].review > compared[earlier as usize].review);
                    }
                }
            }
        }

        #[test]
        fn to_be_alike_is_symmetric_and_similarity_lies_between_0_and_1(one in "[a-z ]{0,60}", other in "[a-z ]{0,60}") {
            let (one, other) = (Terms::of(&one), Terms::of(&other));
            prop_assert_eq!(one.alike(&other), other.alike(&one));
            prop_assert_eq!(one.similarity(&other), other.similarity(&one));
            prop_assert!((0.0..=1.0).contains(&one.similarity(&other)));
        }
    }
}
