//! Search as the service offers it: an engine, perhaps a second one to fall back on, and clean errors.

pub mod analytics;
pub mod document;
pub mod filter;
pub mod graphql;
mod labels;
mod languages;
mod rest;
pub mod saved;
mod shown;
pub mod synonyms;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use praxis_search::{SearchError, SearchIndex};

use self::rest::Rest;
use crate::graphql::errors::{ApiError, Code};

/// How long an engine may take to answer a reader where another one stands by.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long the last engine may take.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// 1 while the fallback answers because the first engine did not.
const RESTS: &str = "praxis_search_fallback";

/// An engine, and how far its follower has brought it.
pub struct Engine {
    /// The engine.
    pub index: Arc<dyn SearchIndex>,
    /// The last event that is in the index; below 0 where it is not known yet.
    followed: AtomicI64,
}

impl Engine {
    fn new(index: Arc<dyn SearchIndex>) -> Arc<Self> {
        Arc::new(Self {
            index,
            followed: AtomicI64::new(-1),
        })
    }

    /// The last event that is in the index, where it is known.
    pub fn followed(&self) -> Option<i64> {
        Some(self.followed.load(Ordering::Relaxed)).filter(|sequence| *sequence >= 0)
    }

    /// Notes how far the index has been brought.
    pub fn note(&self, sequence: i64) {
        self.followed.store(sequence, Ordering::Relaxed);
    }
}

/// The engines that answer searches.
#[derive(Clone)]
pub struct SearchService {
    primary: Arc<Engine>,
    fallback: Option<Arc<Engine>>,
    rest: Arc<Rest>,
}

/// An answer, and whether it came from the fallback.
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// Whether the first engine could not answer.
    pub degraded: bool,
}

impl SearchService {
    /// Searches with this engine, and with the other where the first can't answer.
    pub fn new(primary: Arc<dyn SearchIndex>, fallback: Option<Arc<dyn SearchIndex>>) -> Self {
        Self {
            primary: Engine::new(primary),
            fallback: fallback.map(Engine::new),
            rest: Arc::default(),
        }
    }

    /// All engines, the first one first. Each follows the log by itself.
    pub fn engines(&self) -> impl Iterator<Item = &Arc<Engine>> {
        std::iter::once(&self.primary).chain(self.fallback.as_ref())
    }

    /// Whether the first engine answers, and the fallback if there is one.
    pub async fn health(&self) -> Vec<(&'static str, Result<(), SearchError>)> {
        let mut all = Vec::new();
        for engine in self.engines() {
            let answer = tokio::time::timeout(PATIENCE, engine.index.health())
                .await
                .unwrap_or_else(|_| Err(SearchError::Unavailable("no answer in time".to_owned())));
            all.push((engine.index.name(), answer));
        }
        all
    }

    /// Asks the first engine, and the fallback where that fails or is too slow. After it did not answer, the fallback is asked
    /// first for some seconds.
    ///
    /// # Errors
    /// `SEARCH_UNAVAILABLE` where no engine answers.
    pub async fn ask<T, F>(&self, question: impl Fn(Arc<dyn SearchIndex>) -> F) -> Result<Answer<T>, ApiError>
    where
        F: Future<Output = Result<T, SearchError>>,
    {
        let mut engines: Vec<&Arc<Engine>> = self.engines().collect();
        if self.fallback.is_some() && !self.rest.is_over(Instant::now()) {
            engines.reverse();
        }
        let last = engines.len() - 1;
        for (place, engine) in engines.into_iter().enumerate() {
            let is_first = Arc::ptr_eq(engine, &self.primary);
            let patience = if place == last { LAST_PATIENCE } else { PATIENCE };
            let answer = tokio::time::timeout(patience, question(engine.index.clone()))
                .await
                .unwrap_or_else(|_| Err(SearchError::Unavailable("a search was not answered in time".to_owned())));
            match answer {
                Ok(value) => {
                    if is_first {
                        self.note_answer();
                    }
                    return Ok(Answer {
                        value,
                        degraded: !is_first,
                    });
                }
                Err(error @ SearchError::Unavailable(_)) if is_first && self.fallback.is_some() => {
                    self.note_failure(&error);
                }
                Err(error) => tracing::warn!(engine = engine.index.name(), %error, "a search failed"),
            }
        }
        Err(ApiError::new(
            Code::SearchUnavailable,
            "Search can't be answered at the moment; everything else works. Try again shortly, or use the lists with \
             their filters.",
        ))
    }

    /// Notes that the first engine answered.
    fn note_answer(&self) {
        if self.rest.end() {
            metrics::gauge!(RESTS, "engine" => self.primary.index.name()).set(0.0);
            tracing::info!(engine = self.primary.index.name(), "the search engine answers again");
        }
    }

    /// Notes that the first engine did not answer. Said once in each outage, not for each search.
    fn note_failure(&self, error: &SearchError) {
        if self.rest.begin(Instant::now()) {
            metrics::gauge!(RESTS, "engine" => self.primary.index.name()).set(1.0);
            tracing::warn!(
                engine = self.primary.index.name(),
                %error,
                "the search engine does not answer; the fallback is asked first until it does"
            );
        }
    }
}
