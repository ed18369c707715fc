//! One question to the server: several variants of a query, as one federated search.

use std::collections::HashMap;

use meilisearch_sdk::DefaultHttpClient;
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::search::{
    FederationOptions, MatchingStrategies, MergeFacets, SearchQuery, SearchResult, Selectors,
};

use super::Shared;
use super::call::{self, call};
use super::document::Stored;
use super::filter::both;
use super::search::BARE;
use super::settings::MOST_HITS;
use super::words::Variant;
use crate::SearchError;
use crate::results::MOST_FACET_VALUES;

/// How much hits that come first count beside those of a variant, whose scores are between 0 and 1.
const FIRST: f32 = 1_000.0;

/// A question.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The queries; a document that answers any of them is a hit.
    pub variants: &'a [Variant],
    /// The filter.
    pub filter: Option<&'a str>,
    /// What comes first among what answers the first query, as a filter.
    pub first: Option<&'a str>,
    /// What to sort by first.
    pub sort: &'a [&'a str],
    /// The only fields to search, if not all.
    pub fields: Option<&'a [&'a str]>,
    /// How many hits to skip.
    pub offset: usize,
    /// How many hits to return.
    pub limit: usize,
    /// What to return of each hit.
    pub retrieve: &'a [&'a str],
    /// The attributes to count.
    pub facets: &'a [&'a str],
}

impl<'a> Ask<'a> {
    /// How many documents answer these queries, without any of them.
    pub fn count(variants: &'a [Variant], filter: Option<&'a str>) -> Self {
        Self {
            variants,
            filter,
            first: None,
            sort: &[],
            fields: None,
            offset: 0,
            limit: 0,
            retrieve: &BARE,
            facets: &[],
        }
    }
}

/// The answer.
#[derive(Default)]
pub struct Answer {
    /// The hits.
    pub hits: Vec<SearchResult<Stored>>,
    /// How many there are in all.
    pub total: usize,
    /// Encoded values and counts by attribute.
    pub facets: HashMap<String, HashMap<String, usize>>,
}

impl Shared {
    /// Asks.
    pub async fn ask(&self, ask: Ask<'_>) -> Result<Answer, SearchError> {
        let index = self.main();
        let first = ask.first.and_then(|first| both(Some(first), ask.filter));
        let answer = call(call::READ, || async {
            let mut search = self.client.multi_search();
            for variant in ask.variants {
                search.with_search_query_and_weight(query(&index, &ask, ask.filter, &variant.text), variant.weight);
            }
            if let (Some(first), Some(variant)) = (&first, ask.variants.first()) {
                search.with_search_query_and_weight(query(&index, &ask, Some(first), &variant.text), FIRST);
            }
            let facets = (!ask.facets.is_empty()).then(|| {
                let attributes = ask.facets.iter().map(|facet| (*facet).to_owned()).collect();
                HashMap::from([(self.name.clone(), attributes)])
            });
            search
                .with_federation(FederationOptions {
                    offset: Some(ask.offset.min(MOST_HITS)),
                    limit: Some(ask.limit.min(MOST_HITS)),
                    merge_facets: facets.is_some().then_some(MergeFacets {
                        max_values_per_facet: Some(MOST_FACET_VALUES),
                    }),
                    facets_by_index: facets,
                    show_performance_details: None,
                })
                .execute::<Stored>()
                .await
        })
        .await;
        match answer {
            Ok(answer) => Ok(Answer {
                hits: answer
                    .hits
                    .into_iter()
                    .map(|hit| scored(hit, ask.variants.len()))
                    .collect(),
                total: answer.estimated_total_hits,
                facets: answer.facet_distribution.unwrap_or_default(),
            }),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// In how many documents each of these queries finds something.
    pub async fn counts(&self, queries: &[Variant]) -> Result<Vec<usize>, SearchError> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let index = self.main();
        let answer = call(call::READ, || async {
            let mut search = self.client.multi_search();
            for variant in queries {
                let mut query = SearchQuery::new(&index);
                query
                    .with_query(&variant.text)
                    .with_limit(0)
                    .with_matching_strategy(MatchingStrategies::ALL);
                search.with_search_query(query);
            }
            search.execute::<Stored>().await
        })
        .await;
        match answer {
            Ok(answer) => Ok(answer
                .results
                .iter()
                .map(|result| result.estimated_total_hits.or(result.total_hits).unwrap_or_default())
                .collect()),
            Err(error) => Err(self.refused(error)),
        }
    }
}

/// A hit with a score that no later one is above, if it comes first: those of the server are at most 1.
fn scored(mut hit: SearchResult<Stored>, variants: usize) -> SearchResult<Stored> {
    let comes_first = hit
        .federation
        .as_ref()
        .is_some_and(|origin| origin.queries_position == variants);
    if comes_first {
        hit.ranking_score = Some(1.0 + hit.ranking_score.unwrap_or_default());
    }
    hit
}

fn query<'a>(
    index: &'a Index,
    ask: &Ask<'a>,
    filter: Option<&'a str>,
    variant: &'a str,
) -> SearchQuery<'a, DefaultHttpClient> {
    let mut query = SearchQuery::new(index);
    query
        .with_query(variant)
        .with_attributes_to_retrieve(Selectors::Some(ask.retrieve))
        .with_show_ranking_score(true)
        .with_show_ranking_score_details(true)
        .with_matching_strategy(MatchingStrategies::ALL);
    if let Some(filter) = filter {
        query.with_filter(filter);
    }
    if let Some(fields) = ask.fields {
        query.with_attributes_to_search_on(fields);
    }
    if !ask.sort.is_empty() {
        query.with_sort(ask.sort);
    }
    query
}

/// Whether a hit has a misspelt word, by the details of its score.
pub fn misspelt(hit: &SearchResult<Stored>) -> bool {
    hit.ranking_score_details
        .as_ref()
        .and_then(|details| details.get("typo"))
        .and_then(|typo| typo.get("typoCount"))
        .and_then(serde_json::Value::as_u64)
        .is_some_and(|count| count > 0)
}
