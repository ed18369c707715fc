//! The order of hits.

use std::cmp::{Ordering, Reverse};

use tantivy::DocId;

use crate::query::Sort;

/// Scores that differ by less than this share of the best one count as equal, so that strength and recency decide.
const EQUAL: f32 = 0.01;

/// A document that may be a hit, with what orders it.
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
    /// How near it is in meaning, where it is near.
    pub similarity: Option<f32>,
    /// The score in steps.
    pub step: u32,
    /// Strength score plus one; 0 without.
    pub strength: u64,
    /// When it was first published.
    pub published_at: i64,
    /// The id, so that the order is the same every time.
    pub id: (u64, u64),
}

/// Sorts the candidates of a page to its place and returns them. What has the words comes first with `words_first`, and in
/// every order but that of relevance.
#[must_use]
pub fn page(
    mut candidates: Vec<Candidate>,
    sort: Sort,
    words_first: bool,
    offset: usize,
    limit: usize,
) -> Vec<Candidate> {
    let words_first = words_first || sort != Sort::Relevance;
    let order = |one: &Candidate, other: &Candidate| order(one, other, sort, words_first);
    let best = candidates
        .iter()
        .map(|candidate| candidate.score)
        .fold(f32::MIN_POSITIVE, f32::max);
    for candidate in &mut candidates {
        candidate.step = (candidate.score / (best * EQUAL)).round() as u32;
    }
    let end = offset.saturating_add(limit).min(candidates.len());
    if offset >= end {
        return Vec::new();
    }
    if end < candidates.len() {
        candidates.select_nth_unstable_by(end - 1, order);
        candidates.truncate(end);
    }
    candidates.sort_unstable_by(order);
    candidates.split_off(offset)
}

fn order(one: &Candidate, other: &Candidate, sort: Sort, words_first: bool) -> Ordering {
    let relevance = |candidate: &Candidate| {
        (
            Reverse(candidate.step),
            Reverse(candidate.strength),
            Reverse(candidate.published_at),
        )
    };
    let by_words = (words_first && other.has_words).cmp(&(words_first && one.has_words));
    by_words
        .then_with(|| match sort {
            Sort::Relevance => relevance(one).cmp(&relevance(other)),
            Sort::Newest => Reverse(one.published_at)
                .cmp(&Reverse(other.published_at))
                .then_with(|| relevance(one).cmp(&relevance(other))),
            Sort::Strongest => Reverse(one.strength)
                .cmp(&Reverse(other.strength))
                .then_with(|| relevance(one).cmp(&relevance(other))),
        })
        .then_with(|| other.score.total_cmp(&one.score))
        .then_with(|| one.id.cmp(&other.id))
}
