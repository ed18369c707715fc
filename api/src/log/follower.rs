//! The follower of the log that keeps a search index in step with the database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use praxis_search::{IndexChange, IndexPosition, SearchError, SearchIndex};
use sea_orm::DbErr;
use tokio::sync::watch;
use uuid::Uuid;

use super::changes::latest_of_each;
use crate::database::Database;
use crate::search::document::{documents, documents_after};
use crate::vocabulary::Vocabulary;

/// How many events are followed at a time.
const BATCH: u64 = 1_000;
/// How many documents are added at a time when an index is rebuilt.
const REBUILD: u64 = 500;
/// How often the log is looked at.
const INTERVAL: Duration = Duration::from_millis(250);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What can go wrong with following.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The database is away.
    #[error("the database could not be read: {0}")]
    Database(#[from] DbErr),
    /// The index refused.
    #[error(transparent)]
    Index(#[from] SearchError),
}

/// A follower of the log that feeds one search index.
pub struct IndexFollower {
    database: Database,
    vocabulary: Arc<Vocabulary>,
    index: Arc<dyn SearchIndex>,
    identity: Uuid,
}

impl IndexFollower {
    /// A follower that feeds this index.
    pub fn new(database: Database, vocabulary: Arc<Vocabulary>, index: Arc<dyn SearchIndex>, identity: Uuid) -> Self {
        Self {
            database,
            vocabulary,
            index,
            identity,
        }
    }

    /// Brings the index in step with the database, building it from the start where it is new, lost, foreign or ahead of
    /// the log. Says how many documents were written.
    ///
    /// # Errors
    /// Where the database or the index is away; the next call goes on where this one stopped.
    pub async fn catch_up(&self) -> Result<u64, FollowError> {
        let last = super::last_sequence(self.database.read()).await?;
        let position = match self.index.position().await? {
            Some(position) if position.database == self.identity && position.sequence <= last => position,
            _ => return self.rebuild().await,
        };
        let mut sequence = position.sequence;
        let mut written = 0;
        loop {
            let events = super::read_after(self.database.read(), sequence, None, BATCH).await?;
            let Some(latest) = events.last().map(|event| event.sequence) else {
                return Ok(written);
            };
            let ids: Vec<Uuid> = latest_of_each(events)
                .into_iter()
                .map(|event| event.content_id)
                .collect();
            let found = documents(self.database.read(), &self.vocabulary, ids.clone()).await?;
            let mut changes: Vec<IndexChange> = ids
                .into_iter()
                .filter(|id| !found.iter().any(|document| document.id == *id))
                .map(IndexChange::Delete)
                .collect();
            changes.extend(
                found
                    .into_iter()
                    .map(|document| IndexChange::Upsert(Box::new(document))),
            );
            written += u64::try_from(changes.len()).unwrap_or(0);
            self.index
                .apply(
                    changes,
                    IndexPosition {
                        database: self.identity,
                        sequence: latest,
                    },
                )
                .await?;
            sequence = latest;
        }
    }

    /// Builds the index from the start beside the live one and swaps. Says how many documents there are.
    ///
    /// # Errors
    /// Where the database or the index is away; the live index is untouched then.
    pub async fn rebuild(&self) -> Result<u64, FollowError> {
        // What is published while the documents are read has a later event, and is followed afterwards.
        let sequence = super::last_sequence(self.database.read()).await?;
        let mut rebuild = self.index.rebuild().await?;
        let mut after = None;
        let mut written = 0;
        loop {
            let found = documents_after(self.database.read(), &self.vocabulary, after, REBUILD).await?;
            let Some(last) = found.last() else { break };
            after = Some(last.id);
            written += u64::try_from(found.len()).unwrap_or(0);
            rebuild.add(found).await?;
        }
        rebuild
            .finish(IndexPosition {
                database: self.identity,
                sequence,
            })
            .await?;
        Ok(written)
    }

    /// How many events the index lacks.
    ///
    /// # Errors
    /// Where the database or the index is away.
    pub async fn lag(&self) -> Result<i64, FollowError> {
        let last = super::last_sequence(self.database.read()).await?;
        let position = self.index.position().await?;
        Ok(position.map_or(last, |position| last - position.sequence))
    }

    /// Follows until told to stop. Failures are logged and tried again after a growing pause.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut pause = INTERVAL;
        loop {
            let begun = Instant::now();
            pause = match self.catch_up().await {
                Ok(written) => {
                    if written > 0 {
                        tracing::debug!(
                            index = self.index.name(),
                            written,
                            milliseconds = begun.elapsed().as_millis(),
                            "index brought in step"
                        );
                    }
                    metrics::gauge!("praxis_search_lag_events", "engine" => self.index.name()).set(0.0);
                    INTERVAL
                }
                Err(error) => {
                    tracing::warn!(index = self.index.name(), %error, "following the log failed; trying again");
                    metrics::counter!("praxis_search_follow_failures_total", "engine" => self.index.name())
                        .increment(1);
                    (pause * 2).min(LONGEST_PAUSE)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}
