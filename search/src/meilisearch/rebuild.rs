//! Building the next index beside the live one.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use meilisearch_sdk::client::SwapIndexes;
use meilisearch_sdk::task_info::TaskInfo;
use uuid::Uuid;

use super::call::{self, Outcome, call};
use super::document::{Entry, batches, stem_languages};
use super::{BATCH, BATCH_TEXT, Shared};
use crate::{Document, IndexPosition, Rebuild, SearchError};

/// How many batches may wait on the server.
const MOST_WAITING: usize = 4;

/// A rebuild that has not been touched for so long was given up.
const ABANDONED_AFTER_SECONDS: i128 = 6 * 60 * 60;

/// An index that is being built.
pub struct MeilisearchRebuild {
    shared: Arc<Shared>,
    name: String,
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
        let rebuild = Self {
            shared,
            name,
            waiting: VecDeque::new(),
            seen: HashMap::new(),
            languages: BTreeSet::new(),
            finished: false,
        };
        rebuild.shared.ensure(&rebuild.name).await?;
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
        shared.ensure(&shared.name).await?;
        let swap = SwapIndexes {
            indexes: (shared.name.clone(), self.name.clone()),
            rename: None,
        };
        let task = call(call::WRITE, || shared.client.swap_indexes([&swap])).await;
        shared.wait(task.map_err(Outcome::into_error)?).await?;
        let incarnation = shared.incarnation(&shared.name).await?.unwrap_or_default();
        let languages = std::mem::take(&mut self.languages);
        shared.write_record(incarnation, position, languages, true).await?;
        self.finished = true;
        // What was live before stands under the name of the rebuild now.
        if let Err(error) = shared.remove_index(&self.name).await {
            tracing::warn!(%error, index = self.name, "an old index could not be removed");
        }
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
            runtime.spawn(async move {
                if let Err(error) = shared.remove_index(&name).await {
                    tracing::warn!(%error, index = name, "an unfinished index could not be removed");
                }
            });
        }
    }
}

impl Shared {
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
