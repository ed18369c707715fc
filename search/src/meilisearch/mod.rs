//! Meilisearch as the engine.
//!
//! What Meilisearch can do itself (typing errors, prefixes, ranking by field) is left to it. What it can't, we add:
//! stems are indexed in fields of their own and asked for beside the words themselves, in one federated search;
//! highlights and corrections are computed from the texts by the same rules as in the embedded engine.
//!
//! Beside the index `<name>` stands `<name>_position` with one document that says how far the index has followed the
//! event log. A wiped or foreign server lacks it, or it belongs to another incarnation of the index: then there is nothing to
//! answer from, which is something else than an answer without hits.

mod ask;
mod call;
mod document;
mod embedder;
mod filter;
mod frequencies;
mod near;
mod position;
mod rebuild;
mod rerank;
mod search;
mod settings;
mod similar;
mod suggest;
mod words;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use meilisearch_sdk::client::Client;
use meilisearch_sdk::indexes::Index;
use uuid::Uuid;

use self::call::{Outcome, call, failed};
use self::document::{Entry, Revision};
pub use self::embedder::{EmbedderError, MeilisearchEmbedder};
use self::frequencies::Frequencies;
use self::position::{Known, Record};
use self::rebuild::MeilisearchRebuild;
use crate::text::synonyms::Synonyms;
use crate::{
    Document, IndexChange, IndexPosition, Rebuild, SearchError, SearchIndex, SearchRequest, SearchResults,
    SuggestRequest, Suggestion,
};

/// To be raised with every change of the settings, of the analysis, or of what a document holds.
pub const DOCUMENT_VERSION: u32 = 6;

/// How many documents are sent at once.
const BATCH: usize = 1_000;
/// How many bytes of texts are sent at once: several times as much is what becomes of them, and the server takes 100 MB.
const BATCH_TEXT: usize = 10_000_000;

/// The companion index of an index.
fn record_name(index: &str) -> String {
    format!("{index}_position")
}

/// An index on a Meilisearch server. Clones share it.
#[derive(Clone)]
pub struct MeilisearchIndex {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for MeilisearchIndex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the key.
        formatter
            .debug_struct("MeilisearchIndex")
            .field("name", &self.shared.name)
            .finish_non_exhaustive()
    }
}

struct Shared {
    client: Client,
    name: String,
    /// How long a search may take, with all that it asks the server.
    search_timeout: Duration,
    synonyms: RwLock<Arc<Synonyms>>,
    /// What the server finds by meaning with.
    embedder: Option<MeilisearchEmbedder>,
    /// What was last seen of the live index.
    known: Mutex<Option<Known>>,
    /// The incarnation of the index whose position was last asked for.
    followed: Mutex<Option<i128>>,
    /// What was lately found of the live index.
    frequencies: Frequencies,
}

impl MeilisearchIndex {
    /// Prepares to talk to a server. Nothing is sent yet: the server may be away.
    pub fn connect(url: &str, key: Option<&str>, index_name: &str) -> Result<Self, SearchError> {
        let url = url.trim().trim_end_matches('/');
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return Err(SearchError::Engine(
                "the address must begin with http:// or https://".to_owned(),
            ));
        }
        // The client would panic on a key that can't stand in a header.
        let key = key.map(str::trim).filter(|key| !key.is_empty());
        if key.is_some_and(|key| !key.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(SearchError::Engine("the key has characters that no key has".to_owned()));
        }
        let named = !index_name.is_empty()
            && index_name.len() <= 200
            && index_name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if !named {
            return Err(SearchError::Engine(format!(
                "{index_name:?} can't be the name of an index"
            )));
        }
        let client = Client::new(url, key).map_err(failed)?;
        Ok(Self {
            shared: Arc::new(Shared {
                client,
                name: index_name.to_owned(),
                search_timeout: Duration::from_secs(2),
                synonyms: RwLock::default(),
                embedder: None,
                known: Mutex::default(),
                followed: Mutex::default(),
                frequencies: Frequencies::default(),
            }),
        })
    }

    /// Sets how long a search may take before it fails as unavailable; 2 seconds if not set. To be called before the
    /// index is cloned.
    #[must_use]
    pub fn with_search_timeout(mut self, timeout: Duration) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.search_timeout = timeout;
        }
        self
    }

    /// Has the server find by meaning too. An index of other settings has no position, so that it is built anew. To be called
    /// before the index is cloned.
    #[must_use]
    pub fn with_embedder(mut self, embedder: MeilisearchEmbedder) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.embedder = Some(embedder);
        }
        self
    }

    /// Removes the index from the server.
    pub async fn remove(&self) -> Result<(), SearchError> {
        self.shared.remove_index(&self.shared.name).await?;
        self.shared.remove_index(&self.shared.position_name()).await
    }
}

impl Shared {
    fn index(&self, name: &str) -> Index {
        self.client.index(name)
    }

    fn main(&self) -> Index {
        self.index(&self.name)
    }

    fn position_name(&self) -> String {
        record_name(&self.name)
    }

    /// Which vectors its documents have.
    fn embedding(&self) -> Option<&str> {
        self.embedder.as_ref().map(MeilisearchEmbedder::identity)
    }

    fn synonyms(&self) -> Arc<Synonyms> {
        Arc::clone(&self.synonyms.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn remove_index(&self, name: &str) -> Result<(), SearchError> {
        let task = call(call::WRITE, || self.client.delete_index(name)).await;
        match task {
            Ok(task) => match self.wait(task).await {
                Ok(()) | Err(SearchError::Engine(_)) => Ok(()),
                Err(error) => Err(error),
            },
            Err(error) => error.unless_missing(()),
        }
    }

    /// Creates an index with its settings, if it does not exist. Returns its incarnation.
    async fn ensure(&self, name: &str) -> Result<i128, SearchError> {
        if let Some(incarnation) = self.incarnation(name).await? {
            return Ok(incarnation);
        }
        let created = call(call::WRITE, || self.client.create_index(name, Some("id"))).await;
        let task = created.map_err(Outcome::into_error)?;
        // Somebody else may have been faster: then this task fails, and the index is there all the same.
        if let Err(error) = self.wait(task).await {
            tracing::debug!(%error, index = name, "the index was not created");
        }
        let index = self.index(name);
        let settings = settings::settings(&self.synonyms(), self.embedder.as_ref());
        let task = call(call::WRITE, || index.set_settings(&settings)).await;
        self.wait(task.map_err(Outcome::into_error)?).await?;
        self.incarnation(name)
            .await?
            .ok_or_else(|| SearchError::Engine(format!("the index {name} could not be created")))
    }

    /// When an index was created: tells it from another of the same name. `None` when there is none.
    async fn incarnation(&self, name: &str) -> Result<Option<i128>, SearchError> {
        match call(call::READ, || self.client.get_index(name)).await {
            Ok(index) => Ok(Some(
                index.created_at.map_or(0, |created| created.unix_timestamp_nanos()),
            )),
            Err(error) => error.unless_missing(None),
        }
    }

    async fn position(&self) -> Result<Option<IndexPosition>, SearchError> {
        let live = self.look().await?;
        let before = *self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if before.is_some() && live.incarnation.is_some() && before != live.incarnation {
            // Whoever has built it may have known other synonyms.
            self.put_synonyms().await?;
        }
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner) = live.incarnation;
        Ok(live.record.and_then(|record| record.position(self.embedding())))
    }

    async fn apply(&self, changes: Vec<IndexChange>, position: IndexPosition) -> Result<(), SearchError> {
        let followed = *self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let incarnation = match followed {
            None => self.ensure(&self.name).await?,
            // One that is gone is not made anew here: it would be empty.
            Some(followed) if self.incarnation(&self.name).await? == Some(followed) => followed,
            Some(_) => return Err(SearchError::Swapped(self.name.clone())),
        };
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner) = Some(incarnation);
        let (upserts, deletions) = self.last_states(changes).await?;
        let index = self.main();
        let mut tasks = Vec::new();
        for ids in deletions.chunks(BATCH) {
            let ids: Vec<String> = ids.iter().map(document::key).collect();
            let task = call(call::WRITE, || index.delete_documents(&ids)).await;
            tasks.push(task.map_err(Outcome::into_error)?);
        }
        let mut languages: BTreeSet<String> = BTreeSet::new();
        for documents in document::batches(&upserts, BATCH, BATCH_TEXT) {
            let entries: Vec<Entry> = documents.iter().map(Entry::new).collect();
            languages.extend(documents.iter().flat_map(document::stem_languages));
            let task = call(call::WRITE, || index.add_or_replace(&entries, Some("id"))).await;
            tasks.push(task.map_err(Outcome::into_error)?);
        }
        for task in tasks {
            self.wait(task).await?;
        }
        let live = self.look().await?;
        if live.incarnation != Some(incarnation) {
            return Err(SearchError::Swapped(self.name.clone()));
        }
        // Other processes may have brought languages of which this one knows nothing.
        languages.extend(live.record.into_iter().flat_map(Record::into_languages));
        // Only now: the position must never run ahead of what it stands for.
        let record = Record::new(incarnation, position, languages, self.embedding());
        self.write_record(&self.position_name(), &record).await?;
        self.remember(Some(&record));
        Ok(())
    }

    /// What is to be added and what is to be removed in the end.
    async fn last_states(&self, changes: Vec<IndexChange>) -> Result<(Vec<Document>, Vec<Uuid>), SearchError> {
        let mut wanted = Vec::new();
        for change in &changes {
            if let IndexChange::Upsert(document) = change {
                wanted.push(document.id);
            }
        }
        let revisions = self.revisions(&wanted).await?;
        let mut order = Vec::new();
        let mut states: HashMap<Uuid, Option<Box<Document>>> = HashMap::new();
        for change in changes {
            let (id, state) = match change {
                IndexChange::Delete(id) => (id, None),
                IndexChange::Upsert(document) => {
                    let known = match states.get(&document.id) {
                        Some(state) => state.as_ref().map(|known| known.revision),
                        None => revisions.get(&document.id).copied(),
                    };
                    if known.is_some_and(|known| known > document.revision) {
                        continue;
                    }
                    (document.id, Some(document))
                }
            };
            if states.insert(id, state).is_none() {
                order.push(id);
            }
        }
        let mut upserts = Vec::new();
        let mut deletions = Vec::new();
        for id in order {
            match states.remove(&id).flatten() {
                Some(document) => upserts.push(*document),
                None => deletions.push(id),
            }
        }
        Ok((upserts, deletions))
    }

    async fn revisions(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, i32>, SearchError> {
        let index = self.main();
        let mut revisions = HashMap::new();
        for ids in ids.chunks(BATCH) {
            let keys: Vec<String> = ids.iter().map(document::key).collect();
            let filter = format!("id IN [{}]", keys.join(", "));
            let found = call(call::READ, || async {
                let mut query = meilisearch_sdk::documents::DocumentsQuery::new(&index);
                query
                    .with_filter(&filter)
                    .with_fields(["id", "revision"])
                    .with_limit(keys.len());
                query.execute::<Revision>().await
            })
            .await
            .map_err(Outcome::into_error)?;
            revisions.extend(found.results.into_iter().map(|found| (found.id, found.revision)));
        }
        Ok(revisions)
    }

    async fn count(&self) -> Result<u64, SearchError> {
        let index = self.main();
        match call(call::READ, || index.get_stats()).await {
            Ok(stats) => Ok(stats.number_of_documents as u64),
            Err(error) => error.unless_missing(0),
        }
    }

    async fn set_synonyms(&self, synonyms: Synonyms) -> Result<(), SearchError> {
        *self.synonyms.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(synonyms);
        self.put_synonyms().await
    }

    /// Gives the live index the synonyms that this process knows, unless it has them: the server goes through all documents for
    /// them. An index that is missing is built with them.
    async fn put_synonyms(&self) -> Result<(), SearchError> {
        let index = self.main();
        let known = match call(call::READ, || index.get_synonyms()).await {
            Ok(known) => known,
            Err(error) => return error.unless_missing(()),
        };
        let table = settings::synonyms(&self.synonyms());
        if settings::are_same(&known, &table) {
            return Ok(());
        }
        let task = if table.is_empty() {
            call(call::WRITE, || index.reset_synonyms()).await
        } else {
            call(call::WRITE, || index.set_synonyms(&table)).await
        };
        self.wait(task.map_err(Outcome::into_error)?).await
    }

    /// Fails when a search with everything that it asks takes too long.
    async fn in_time<Answer>(
        &self,
        work: impl Future<Output = Result<Answer, SearchError>>,
    ) -> Result<Answer, SearchError> {
        tokio::time::timeout(self.search_timeout, work)
            .await
            .unwrap_or_else(|_| Err(SearchError::Unavailable("it does not answer in time".to_owned())))
    }
}

#[async_trait]
impl SearchIndex for MeilisearchIndex {
    fn name(&self) -> &'static str {
        "meilisearch"
    }

    async fn position(&self) -> Result<Option<IndexPosition>, SearchError> {
        self.shared.position().await
    }

    async fn apply(&self, changes: Vec<IndexChange>, position: IndexPosition) -> Result<(), SearchError> {
        self.shared.apply(changes, position).await
    }

    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, SearchError> {
        Ok(Box::new(MeilisearchRebuild::start(Arc::clone(&self.shared)).await?))
    }

    async fn search(&self, request: &SearchRequest) -> Result<SearchResults, SearchError> {
        self.shared.in_time(self.shared.search(request)).await
    }

    async fn suggest(&self, request: &SuggestRequest) -> Result<Vec<Suggestion>, SearchError> {
        self.shared.in_time(self.shared.suggest(request)).await
    }

    async fn similar(&self, id: Uuid, limit: usize) -> Result<Vec<Uuid>, SearchError> {
        self.shared.in_time(self.shared.similar(id, limit)).await
    }

    async fn count(&self) -> Result<u64, SearchError> {
        self.shared.count().await
    }

    async fn health(&self) -> Result<(), SearchError> {
        call(call::READ, || self.shared.client.health())
            .await
            .map_err(Outcome::into_error)?;
        // A server that answers but refuses the key, or has lost the index, is of no use.
        self.shared.built().await
    }

    async fn set_synonyms(&self, synonyms: Synonyms) -> Result<(), SearchError> {
        self.shared.set_synonyms(synonyms).await
    }
}
