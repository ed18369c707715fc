//! Building the next index beside the live one.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use meilisearch_sdk::client::SwapIndexes;
use meilisearch_sdk::task_info::TaskInfo;
use uuid::Uuid;

use super::call::{self, Outcome, call};
use super::document::{Entry, batches, stem_languages};
use super::position::Record;
use super::{BATCH, BATCH_TEXT, Shared, record_name};
use crate::{Document, IndexPosition, Rebuild, SearchError};

/// How many batches may wait on the server.
const MOST_WAITING: usize = 4;

/// A rebuild that has not been touched for so long was given up.
const ABANDONED_AFTER_SECONDS: i128 = 6 * 60 * 60;

/// After how long it is looked again what has become of a swap of which nothing was heard.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(4)];

/// An index that is being built.
pub struct MeilisearchRebuild {
    shared: Arc<Shared>,
    name: String,
    incarnation: i128,
    waiting: VecDeque<TaskInfo>,
    seen: HashMap<Uuid, i32>,
    languages: BTreeSet<String>,
    finished: bool,
}

impl MeilisearchRebuild {
    /// Creates an empty index.
    pub async fn start(shared: Arc<Shared>) -> Result<Self, SearchError> {
        shared.remove_abandoned().await;
        let name = format!("{}_rebuild_{}", shared.name, Uuid::now_v7().simple());
        // From here on, dropping cleans up.
        let mut rebuild = Self {
            shared,
            name,
            incarnation: 0,
            waiting: VecDeque::new(),
            seen: HashMap::new(),
            languages: BTreeSet::new(),
            finished: false,
        };
        rebuild.incarnation = rebuild.shared.ensure(&rebuild.name).await?;
        Ok(rebuild)
    }

    async fn wait_until(&mut self, waiting: usize) -> Result<(), SearchError> {
        while self.waiting.len() > waiting {
            if let Some(task) = self.waiting.pop_front() {
                self.shared.wait(task).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Rebuild for MeilisearchRebuild {
    async fn add(&mut self, documents: Vec<Document>) -> Result<(), SearchError> {
        let index = self.shared.index(&self.name);
        for documents in batches(&documents, BATCH, BATCH_TEXT) {
            let mut entries: HashMap<Uuid, Entry> = HashMap::new();
            for document in documents {
                let known = self.seen.get(&document.id).copied();
                if known.is_none_or(|known| known <= document.revision) {
                    self.seen.insert(document.id, document.revision);
                    self.languages.extend(stem_languages(document));
                    entries.insert(document.id, Entry::new(document));
                }
            }
            let entries: Vec<Entry> = entries.into_values().collect();
            let task = call(call::WRITE, || index.add_or_replace(&entries, Some("id"))).await;
            self.waiting.push_back(task.map_err(Outcome::into_error)?);
            self.wait_until(MOST_WAITING).await?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>, position: IndexPosition) -> Result<(), SearchError> {
        self.wait_until(0).await?;
        let shared = Arc::clone(&self.shared);
        let languages = std::mem::take(&mut self.languages);
        let record = Record::new(self.incarnation, position, languages, shared.embedding());
        shared.write_record(&record_name(&self.name), &record).await?;
        shared.make_live(&self.name, self.incarnation).await?;
        shared.remember(Some(&record));
        self.finished = true;
        // What was live before stands under the name of the rebuild now.
        shared.remove_with_record(&self.name).await;
        Ok(())
    }
}

impl Drop for MeilisearchRebuild {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let (shared, name) = (Arc::clone(&self.shared), std::mem::take(&mut self.name));
        // Without a runtime the process is ending; the next rebuild cleans up.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { shared.remove_with_record(&name).await });
        }
    }
}

impl Shared {
    /// Swaps an index and its record in for the live ones, in one step: neither is ever seen without the other. What is not
    /// there yet is not made empty for it: the new one takes its name.
    ///
    /// Sent once: a second swap would undo the first. Where nothing is heard of it, what is live says what has become of it. If the
    /// server carries it out later still, index and record are live together all the same.
    async fn make_live(&self, name: &str, incarnation: i128) -> Result<(), SearchError> {
        let mut swaps = Vec::new();
        for (next, live) in [
            (name.to_owned(), self.name.clone()),
            (record_name(name), self.position_name()),
        ] {
            let rename = self.incarnation(&live).await?.is_none().then_some(true);
            swaps.push(SwapIndexes {
                indexes: (next, live),
                rename,
            });
        }
        let sent = call(call::ONCE, || self.client.swap_indexes(&swaps)).await;
        let done = match sent {
            Ok(task) => self.wait(task).await,
            Err(error) => Err(error.into_error()),
        };
        let Err(error) = done else {
            return Ok(());
        };
        for pause in LOOKS {
            tokio::time::sleep(pause).await;
            if matches!(self.incarnation(&self.name).await, Ok(Some(live)) if live == incarnation) {
                return Ok(());
            }
        }
        Err(error)
    }

    /// Removes an index that is not live, with its record. Best effort.
    async fn remove_with_record(&self, name: &str) {
        for name in [name.to_owned(), record_name(name)] {
            if let Err(error) = self.remove_index(&name).await {
                tracing::warn!(%error, index = name, "an old or unfinished index could not be removed");
            }
        }
    }

    /// Removes what rebuilds that never ended have left. Best effort.
    async fn remove_abandoned(&self) {
        let prefix = format!("{}_rebuild_", self.name);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| i128::from(elapsed.as_secs()));
        let indexes = call(call::READ, || async {
            meilisearch_sdk::indexes::IndexesQuery::new(&self.client)
                .with_limit(1_000)
                .execute()
                .await
        })
        .await;
        let Ok(indexes) = indexes else {
            return;
        };
        for index in indexes.results {
            let touched = index
                .updated_at
                .map_or(0, |updated| i128::from(updated.unix_timestamp()));
            if index.uid.starts_with(&prefix)
                && now - touched > ABANDONED_AFTER_SECONDS
                && let Err(error) = self.remove_index(&index.uid).await
            {
                tracing::warn!(%error, index = index.uid, "an abandoned index could not be removed");
            }
        }
    }
}
