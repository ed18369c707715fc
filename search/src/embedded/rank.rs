//! The order of hits.

use std::cmp::{Ordering, Reverse};

use tantivy::DocId;

use super::snapshot::{Snapshot, Standing};
use crate::query::Sort;

/// Scores that differ by less than this share of the best one count as equal, so that strength and recency decide.
const EQUAL: f32 = 0.01;

/// A document that may be a hit.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The segment.
    pub segment: usize,
    /// The document in it.
    pub document: DocId,
    /// How well it answers.
    pub score: f32,
    /// Whether it has the words that were asked for.
    pub has_words: bool,
    /// Whether it is called as the query says.
    pub named: bool,
    /// How near it is in meaning, where it is near.
    pub similarity: Option<f32>,
}

/// Sorts the candidates of a page to its place and returns them. In the order of relevance what is called as the query says comes
/// first. What has the words comes first with `words_first`, and in every order but that of relevance.
///
/// Strength, recency and id are read only of those that may be on the page or before it.
#[must_use]
pub fn page(
    snapshot: &Snapshot,
    mut candidates: Vec<Candidate>,
    sort: Sort,
    words_first: bool,
    offset: usize,
    limit: usize,
) -> Vec<Candidate> {
    let end = offset.saturating_add(limit).min(candidates.len());
    if offset >= end {
        return Vec::new();
    }
    let words_first = words_first || sort != Sort::Relevance;
    let best = candidates
        .iter()
        .map(|candidate| candidate.score)
        .fold(f32::MIN_POSITIVE, f32::max);
    let place = |candidate: &Candidate| Place {
        named: sort == Sort::Relevance && candidate.named,
        before: words_first && candidate.has_words,
        step: (candidate.score / (best * EQUAL)).round() as u32,
    };
    if sort == Sort::Relevance && end < candidates.len() {
        // What stands behind the last of the page is not on it, however strong and recent it is.
        candidates.select_nth_unstable_by_key(end - 1, |candidate| Reverse(place(candidate)));
        let last = candidates.get(end - 1).map(place);
        candidates.retain(|candidate| Some(place(candidate)) >= last);
    }
    let mut ranked: Vec<Ranked> = candidates
        .into_iter()
        .map(|candidate| Ranked {
            candidate,
            place: place(&candidate),
            standing: snapshot.segments[candidate.segment].standings[candidate.document as usize],
        })
        .collect();
    let order = |one: &Ranked, other: &Ranked| one.compare(other, sort, snapshot);
    first(&mut ranked, end, order);
    ranked
        .split_off(offset)
        .into_iter()
        .map(|ranked| Candidate {
            // What comes first for its name has the higher score too.
            score: ranked.candidate.score + if ranked.place.named { best } else { 0.0 },
            ..ranked.candidate
        })
        .collect()
}

/// Leaves the first so many of all, in order. The others are not put into any.
pub fn first<T>(all: &mut Vec<T>, count: usize, order: impl Fn(&T, &T) -> Ordering) {
    if count < all.len() {
        if count > 0 {
            all.select_nth_unstable_by(count - 1, &order);
        }
        all.truncate(count);
    }
    all.sort_unstable_by(order);
}

/// Where a candidate stands by its words alone; the greater, the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// Whether it comes first for its name.
    named: bool,
    /// Whether it comes before all that lack words.
    before: bool,
    /// The score in steps.
    step: u32,
}

/// A candidate with what orders it first.
struct Ranked {
    candidate: Candidate,
    place: Place,
    standing: Standing,
}

impl Ranked {
    fn compare(&self, other: &Self, sort: Sort, snapshot: &Snapshot) -> Ordering {
        let id = |candidate: &Candidate| snapshot.segments[candidate.segment].id(candidate.document);
        let first = |place: &Place| (place.named, place.before);
        first(&other.place)
            .cmp(&first(&self.place))
            .then_with(|| match sort {
                Sort::Relevance => Ordering::Equal,
                Sort::Newest => other.standing.published_at.cmp(&self.standing.published_at),
                Sort::Strongest => other.standing.strength.cmp(&self.standing.strength),
            })
            .then_with(|| other.place.step.cmp(&self.place.step))
            .then_with(|| other.standing.cmp(&self.standing))
            .then_with(|| other.candidate.score.total_cmp(&self.candidate.score))
            // So that the order is the same every time.
            .then_with(|| id(&self.candidate).cmp(&id(&other.candidate)))
    }
}
