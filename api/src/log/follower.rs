//! The follower of the log that keeps a search index in step with the database.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use praxis_entities::event;
use praxis_entities::vocabulary::ChangeType;
use praxis_search::{IndexChange, IndexPosition, SearchError};
use sea_orm::DbErr;
use tokio::sync::watch;
use uuid::Uuid;

use crate::database::Database;
use crate::search::Engine;
use crate::search::document::{documents, documents_after, naming};
use crate::vocabulary::Vocabulary;

/// How many events are followed at a time.
const BATCH: u64 = 1_000;
/// How many documents are replaced at a time.
const REINDEX: usize = 1_000;
/// How many documents are added at a time when an index is rebuilt.
const REBUILD: u64 = 500;
/// How often the log is looked at.
const INTERVAL: Duration = Duration::from_millis(250);
/// Every so many turns the index itself is looked at, even where the log has nothing new.
const LOOK_AT_INDEX: u32 = 20;
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
    engine: Arc<Engine>,
    identity: Uuid,
}

impl IndexFollower {
    /// A follower that feeds this index.
    pub fn new(database: Database, vocabulary: Arc<Vocabulary>, engine: Arc<Engine>, identity: Uuid) -> Self {
        Self {
            database,
            vocabulary,
            engine,
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
        self.catch_up_to(last).await
    }

    async fn catch_up_to(&self, last: i64) -> Result<u64, FollowError> {
        let position = match self.engine.index.position().await? {
            Some(position) if position.database == self.identity && position.sequence <= last => position,
            _ => return self.rebuild().await,
        };
        let mut sequence = position.sequence;
        let mut written = 0;
        loop {
            let events = super::read_after(self.database.read(), sequence, None, BATCH).await?;
            self.engine.note(sequence);
            let Some(latest) = events.last().map(|event| event.sequence) else {
                return Ok(written);
            };
            let ids = self.touched(events).await?;
            let at = IndexPosition {
                database: self.identity,
                sequence: latest,
            };
            // The position moves with the last part; a stop before it only does some work again.
            let parts: Vec<&[Uuid]> = ids.chunks(REINDEX).collect();
            for (number, part) in parts.iter().enumerate() {
                let changes = self.changes(part).await?;
                written += u64::try_from(changes.len()).unwrap_or(0);
                let last = number + 1 == parts.len();
                let position = IndexPosition {
                    sequence: if last { latest } else { sequence },
                    ..at
                };
                self.engine.index.apply(changes, position).await?;
            }
            sequence = latest;
        }
    }

    /// The items that events are about, and those in whose documents the names of changed items stand.
    async fn touched(&self, events: Vec<event::Model>) -> Result<Vec<Uuid>, FollowError> {
        // What is new is named by nothing that was indexed before it.
        let changed: Vec<Uuid> = events
            .iter()
            .filter(|event| event.change != ChangeType::Published)
            .map(|event| event.content_id)
            .collect();
        let mut ids: Vec<Uuid> = events.into_iter().map(|event| event.content_id).collect();
        ids.extend(naming(self.database.read(), &changed).await?);
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        Ok(ids)
    }

    /// What has to change in the index for these items. One whose stored document is damaged goes from it, as it is not in an
    /// index that is built anew; with its next change, or the next such index, it is tried again.
    async fn changes(&self, ids: &[Uuid]) -> Result<Vec<IndexChange>, FollowError> {
        let found = documents(self.database.read(), &self.vocabulary, ids.to_vec()).await?;
        self.count_damaged(found.damaged);
        let found = found.found;
        let published: HashSet<Uuid> = found.iter().map(|document| document.id).collect();
        Ok(ids
            .iter()
            .filter(|id| !published.contains(id))
            .map(|id| IndexChange::Delete(*id))
            .chain(
                found
                    .into_iter()
                    .map(|document| IndexChange::Upsert(Box::new(document))),
            )
            .collect())
    }

    /// Builds the index from the start beside the live one and swaps. Says how many documents there are.
    ///
    /// # Errors
    /// Where the database or the index is away; the live index is untouched then.
    pub async fn rebuild(&self) -> Result<u64, FollowError> {
        // What is published while the documents are read has a later event, and is followed afterwards.
        let sequence = super::last_sequence(self.database.read()).await?;
        let mut rebuild = self.engine.index.rebuild().await?;
        let mut after = None;
        let mut written = 0;
        loop {
            let page = documents_after(self.database.read(), &self.vocabulary, after, REBUILD).await?;
            if page.last.is_none() {
                break;
            }
            after = page.last;
            self.count_damaged(page.damaged);
            written += u64::try_from(page.found.len()).unwrap_or(0);
            rebuild.add(page.found).await?;
        }
        rebuild
            .finish(IndexPosition {
                database: self.identity,
                sequence,
            })
            .await?;
        self.engine.note(sequence);
        Ok(written)
    }

    /// Catches up where the log has something new, and now and then in any case: the index itself may have been lost.
    async fn turn(&self, number: u32) -> Result<u64, FollowError> {
        let last = super::last_sequence(self.database.read()).await?;
        self.show_lag(last);
        if self.engine.followed() == Some(last) && !number.is_multiple_of(LOOK_AT_INDEX) {
            return Ok(0);
        }
        let written = self.catch_up_to(last).await?;
        self.show_lag(last);
        Ok(written)
    }

    fn count_damaged(&self, damaged: u64) {
        metrics::counter!("praxis_search_passed_over_total", "engine" => self.engine.index.name()).increment(damaged);
    }

    fn show_lag(&self, last: i64) {
        let lag = last - self.engine.followed().unwrap_or(0);
        metrics::gauge!("praxis_search_lag_events", "engine" => self.engine.index.name())
            .set(f64::from(i32::try_from(lag).unwrap_or(i32::MAX)));
    }

    /// Follows until told to stop. Failures are logged and tried again after a growing pause.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut pause = INTERVAL;
        let mut number: u32 = 0;
        loop {
            let begun = Instant::now();
            number = number.wrapping_add(1);
            pause = match self.turn(number).await {
                Ok(written) => {
                    if written > 0 {
                        tracing::debug!(
                            index = self.engine.index.name(),
                            written,
                            milliseconds = begun.elapsed().as_millis(),
                            "index brought in step"
                        );
                    }
                    INTERVAL
                }
                Err(error) => {
                    tracing::warn!(index = self.engine.index.name(), %error, "following the log failed; trying again");
                    metrics::counter!("praxis_search_follow_failures_total", "engine" => self.engine.index.name())
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
