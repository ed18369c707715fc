//! What is near a query in meaning, beside what has its words.
//!
//! Words decide alone which documents *have* the query, what is corrected and what is left out. A document that is near in
//! meaning is a hit too, if its similarity is at least the model's [`near`](crate::meaning::SentenceModel::near): a bound that
//! does not depend on the page, the filter or the other documents, so totals, facets and pages agree.

use super::rank::Candidate;
use super::snapshot::Snapshot;
use crate::SearchError;
use crate::meaning::{Joining, SentenceModel};

/// How near every document is to a query.
pub struct Near {
    /// By segment and document.
    similarities: Vec<Vec<f32>>,
    least: f32,
}

impl Near {
    /// Compares every document with the query.
    pub fn to(query: &str, model: &SentenceModel, snapshot: &Snapshot) -> Result<Self, SearchError> {
        let query = model.query(query)?;
        let similarities = snapshot
            .segments
            .iter()
            .map(|columns| {
                let documents = columns.lengths[0].len();
                columns.vectors.as_ref().map_or_else(
                    || vec![f32::NEG_INFINITY; documents],
                    |vectors| vectors.similarities(&query, documents),
                )
            })
            .collect();
        Ok(Self {
            similarities,
            least: model.near(),
        })
    }

    /// The similarity of a document that is near enough to be a hit.
    #[must_use]
    pub fn similarity(&self, segment: usize, document: tantivy::DocId) -> Option<f32> {
        let similarity = self.similarities[segment][document as usize];
        (similarity >= self.least).then_some(similarity.min(1.0))
    }

    /// The documents of a segment that are near enough.
    pub fn documents(&self, segment: usize) -> impl Iterator<Item = tantivy::DocId> {
        self.similarities[segment]
            .iter()
            .zip(0..)
            .filter(|(similarity, _)| **similarity >= self.least)
            .map(|(_, document)| document)
    }

    /// Joins what words and meaning say into one score. With `words_first`, what has all the words comes first.
    pub fn join(&self, candidates: &mut [Candidate], slots: usize, words_first: bool) {
        let scores = candidates
            .iter()
            .map(|candidate| (candidate.score, candidate.has_words));
        let joining = Joining::new(scores, self.least, slots, words_first);
        for candidate in candidates {
            candidate.score = joining.score(candidate.score, candidate.has_words, candidate.similarity);
        }
    }
}
