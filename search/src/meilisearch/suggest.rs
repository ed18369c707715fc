//! Completing what stands in a search box, from titles.

use meilisearch_sdk::documents::DocumentsQuery;

use super::Shared;
use super::ask::Ask;
use super::call::{self, call};
use super::document::Stored;
use super::words::{MOST_WORDS, variants};
use crate::text::titles::{at_start, matching_title};
use crate::text::words::{Word, words};
use crate::{SearchError, SuggestRequest, Suggestion};

/// Only so many characters are read.
const LONGEST_PREFIX: usize = 128;

/// How many times as many titles are looked at as are asked for, to put those first that begin with what was typed.
const WIDER: usize = 4;

impl Shared {
    /// Completes a prefix.
    pub async fn suggest(&self, request: &SuggestRequest) -> Result<Vec<Suggestion>, SearchError> {
        let text: String = request.prefix.chars().take(LONGEST_PREFIX).collect();
        let mut typed = words(&text);
        typed.truncate(MOST_WORDS);
        if typed.is_empty() || request.limit == 0 {
            return Ok(Vec::new());
        }
        self.built_lately().await?;
        let borrowed: Vec<&Word> = typed.iter().collect();
        let answer = self
            .ask(Ask {
                fields: Some(&["title"]),
                limit: request.limit.saturating_mul(WIDER),
                retrieve: &["id", "kind", "texts"],
                ..Ask::count(&variants(&text, &borrowed, true, &[]), None)
            })
            .await?;
        if answer.hits.is_empty() {
            self.built().await?;
        }
        let mut found: Vec<(bool, Suggestion)> = answer
            .hits
            .into_iter()
            .map(|hit| {
                let suggestion = Suggestion {
                    text: matching_title(&hit.result.texts, &typed),
                    kind: hit.result.kind,
                    id: hit.result.id,
                };
                (!at_start(&suggestion.text, &typed), suggestion)
            })
            .collect();
        // Stable: otherwise the order of the server stays.
        found.sort_by_key(|(later, _)| *later);
        found.truncate(request.limit);
        Ok(found.into_iter().map(|(_, suggestion)| suggestion).collect())
    }

    /// What is stored of documents, by their keys. Those that are gone are left out.
    pub async fn texts(&self, keys: &[String]) -> Result<Vec<Stored>, SearchError> {
        let index = self.main();
        let filter = format!("id IN [{}]", keys.join(", "));
        let found = call(call::READ, || async {
            DocumentsQuery::new(&index)
                .with_filter(&filter)
                .with_limit(keys.len())
                .execute::<Stored>()
                .await
        })
        .await;
        match found {
            Ok(found) => Ok(found.results),
            Err(error) => Err(self.refused(error)),
        }
    }
}
