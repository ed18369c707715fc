//! What is near a query in meaning, by the embedder of the server.
//!
//! As in the embedded engine, words decide what *has* the query, what is corrected and what is left out. What is near is a hit
//! too, if its similarity reaches the bound of the settings; it comes after what has all the words, and among the hits of a
//! sentence at the place that both together give it. An embedder that is away or slow leaves the words to answer alone.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use meilisearch_sdk::search::{SearchQuery, SearchResult, Selectors};
use uuid::Uuid;

use super::Shared;
use super::ask::Ask;
use super::call::{self, call};
use super::document::{Stored, key};
use super::embedder::{MeilisearchEmbedder, NAME};
use super::filter::both;
use super::search::{BARE, Found, REORDERED, Search};
use super::words::Variant;
use crate::meaning::Joining;
use crate::query::Sort;
use crate::{FacetCounts, SearchError};

/// How many documents are near a query at most: the nearest.
pub const MOST_NEAR: usize = 200;

/// How long the embedder may take. The service gives an engine with another behind it 900 ms, and what is left is for the words.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is near a query, whatever the filter says.
#[derive(Default)]
pub struct Near {
    similarities: HashMap<Uuid, f32>,
    least: f32,
}

impl Near {
    /// The similarity of a document that is near.
    pub fn similarity(&self, id: Uuid) -> Option<f32> {
        self.similarities.get(&id).copied()
    }
}

/// What is near without having the words: behind the filter, in the order asked for, with its facets.
#[derive(Default)]
pub struct Others {
    pub hits: Vec<SearchResult<Stored>>,
    pub facets: Vec<FacetCounts>,
}

impl Shared {
    /// What is near this text. Nothing, where there is no embedder or it fails.
    pub async fn near(&self, text: &str) -> Near {
        let Some(embedder) = &self.embedder else {
            return Near::default();
        };
        let patience = PATIENCE.min(self.search_timeout / 2);
        match tokio::time::timeout(patience, self.nearest(text, embedder)).await {
            Ok(Ok(near)) => near,
            Ok(Err(error)) => {
                tracing::error!(%error, "a query could not be searched by meaning");
                Near::default()
            }
            Err(_) => {
                tracing::warn!("the embedder of the search server does not answer in time");
                Near::default()
            }
        }
    }

    async fn nearest(&self, text: &str, embedder: &MeilisearchEmbedder) -> Result<Near, SearchError> {
        let index = self.main();
        let answer = call(call::READ, || async {
            let mut query = SearchQuery::new(&index);
            query
                .with_query(text)
                .with_hybrid(NAME, 1.0)
                .with_limit(MOST_NEAR)
                .with_attributes_to_retrieve(Selectors::Some(&BARE))
                .with_show_ranking_score(true);
            query.execute::<Stored>().await
        })
        .await;
        let hits = match answer {
            Ok(answer) => answer.hits,
            Err(error) => error.unless_missing(Vec::new())?,
        };
        let least = embedder.near();
        let similarities = hits
            .iter()
            .map(|hit| (hit.result.id, hit.ranking_score.unwrap_or_default() as f32))
            .filter(|(_, similarity)| *similarity >= least)
            .collect();
        Ok(Near { similarities, least })
    }
}

impl Search<'_> {
    /// What is near without being found by its words.
    pub async fn others(&self, found: &Found, near: &Near) -> Result<Others, SearchError> {
        let mut ids: HashSet<Uuid> = near.similarities.keys().copied().collect();
        if ids.is_empty() {
            return Ok(Others::default());
        }
        if found.chosen != 0 {
            let by_words = self
                .shared
                .ask(Ask {
                    limit: MOST_NEAR,
                    ..Ask::count(&found.variants, Some(&among(&ids)))
                })
                .await?;
            for hit in &by_words.hits {
                ids.remove(&hit.result.id);
            }
        }
        if ids.is_empty() {
            return Ok(Others::default());
        }
        let among = among(&ids);
        let variants = [Variant::new(String::new())];
        let mut answer = self
            .shared
            .ask(Ask {
                sort: self.sort(),
                limit: MOST_NEAR,
                retrieve: self.retrieve(),
                facets: &self.counted_with_hits(),
                ..Ask::count(&variants, both(Some(&among), self.filter.as_deref()).as_deref())
            })
            .await?;
        let facets = self.facets(&variants, Some(&among), &answer).await?;
        let mut hits = std::mem::take(&mut answer.hits);
        for hit in &mut hits {
            hit.ranking_score = near.similarity(hit.result.id).map(f64::from);
        }
        if self.request.sort == Sort::Relevance {
            hits.sort_by(|one, other| {
                let score = |hit: &SearchResult<Stored>| hit.ranking_score.unwrap_or_default();
                score(other).total_cmp(&score(one))
            });
        }
        Ok(Others { hits, facets })
    }

    /// The hits of the page: those of the words with those that are near, then the `rest`.
    pub fn joined(
        &self,
        found: &mut Found,
        others: &mut Others,
        rest: Vec<SearchResult<Stored>>,
        near: &Near,
    ) -> Vec<SearchResult<Stored>> {
        let mut hits = std::mem::take(&mut found.answer.hits);
        let others = std::mem::take(&mut others.hits);
        let (offset, limit) = (self.request.offset, self.request.limit);
        if !found.window {
            // What has the words comes first, a page at a time; what is near begins where that ends.
            let skipped = offset.saturating_sub(found.answer.total);
            let room = limit.saturating_sub(hits.len());
            let ended = offset.saturating_add(hits.len()) >= found.answer.total;
            hits.extend(others.into_iter().skip(skipped).take(if ended { room } else { 0 }));
            return hits;
        }
        if !near.similarities.is_empty() {
            let score = |hit: &SearchResult<Stored>| hit.ranking_score.unwrap_or_default() as f32;
            let by_words = hits.iter().map(|hit| (score(hit), true));
            let joining = Joining::new(
                by_words.chain(others.iter().map(|_| (0.0, false))),
                near.least,
                self.reading.slots.len(),
                false,
            );
            let scores: Vec<f32> = hits
                .iter()
                .map(|hit| joining.score(score(hit), true, near.similarity(hit.result.id)))
                .chain(
                    others
                        .iter()
                        .map(|hit| joining.score(0.0, false, near.similarity(hit.result.id))),
                )
                .collect();
            hits.extend(others);
            for (hit, score) in hits.iter_mut().zip(scores) {
                hit.ranking_score = Some(f64::from(score));
            }
            // Stable: among equals the order of the server stays.
            hits.sort_by(|one, other| score(other).total_cmp(&score(one)));
        }
        debug_assert!(hits.len() <= REORDERED + MOST_NEAR);
        let mut page: Vec<SearchResult<Stored>> = hits.into_iter().skip(offset).take(limit).collect();
        // The server measures by another scale; what comes later is never better.
        let worst = page.last().and_then(|hit| hit.ranking_score);
        page.extend(rest.into_iter().map(|mut hit| {
            hit.ranking_score = hit
                .ranking_score
                .map(|score| worst.map_or(score, |worst| score.min(worst)));
            hit
        }));
        page
    }
}

/// The filter for these documents.
fn among(ids: &HashSet<Uuid>) -> String {
    let mut keys: Vec<String> = ids.iter().map(key).collect();
    keys.sort_unstable();
    format!("id IN [{}]", keys.join(", "))
}
