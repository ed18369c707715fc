//! Search as the service offers it: an engine, perhaps a second one to fall back on, and clean errors.

pub mod analytics;
pub mod document;
pub mod filter;
pub mod graphql;
pub mod saved;
pub mod synonyms;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use praxis_search::{SearchError, SearchIndex};

use crate::graphql::errors::{ApiError, Code};

/// How long an engine may take to answer a reader where another one stands by.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long the last engine may take.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

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

    /// Asks the first engine, and the fallback where that fails or is too slow.
    ///
    /// # Errors
    /// `SEARCH_UNAVAILABLE` where no engine answers.
    pub async fn ask<T, F>(&self, question: impl Fn(Arc<dyn SearchIndex>) -> F) -> Result<Answer<T>, ApiError>
    where
        F: Future<Output = Result<T, SearchError>>,
    {
        let last = self.engines().count() - 1;
        for (place, engine) in self.engines().enumerate() {
            let patience = if place == last { LAST_PATIENCE } else { PATIENCE };
            match tokio::time::timeout(patience, question(engine.index.clone())).await {
                Ok(Ok(value)) => {
                    return Ok(Answer {
                        value,
                        degraded: place > 0,
                    });
                }
                Ok(Err(error)) => {
                    tracing::warn!(engine = engine.index.name(), %error, "a search failed");
                }
                Err(_) => {
                    tracing::warn!(engine = engine.index.name(), "a search was not answered in time");
                }
            }
        }
        Err(ApiError::new(
            Code::SearchUnavailable,
            "Search can't be answered at the moment; everything else works. Try again shortly, or use the lists with \
             their filters.",
        ))
    }
}
