//! The one trait behind which the engines stand.

use async_trait::async_trait;
use uuid::Uuid;

use crate::text::synonyms::Synonyms;
use crate::{Document, SearchError, SearchRequest, SearchResults, SuggestRequest, Suggestion};

/// One change to the index.
#[derive(Clone, Debug)]
pub enum IndexChange {
    /// Adds the document, or replaces it where the indexed revision is not newer.
    Upsert(Box<Document>),
    /// Removes the document if it is there.
    Delete(Uuid),
}

/// How far an index has followed the event log, and of which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexPosition {
    /// Identifies the database that the index was built from: an index of another one is foreign.
    pub database: Uuid,
    /// Sequence number of the last event that is in the index.
    pub sequence: i64,
}

/// A search engine that holds the index.
#[async_trait]
pub trait SearchIndex: Send + Sync {
    /// A short name for logs and metrics: `embedded` or `meilisearch`.
    fn name(&self) -> &'static str;

    /// Where the index stands; `None` when it is new, lost, or of another document version and must be rebuilt.
    async fn position(&self) -> Result<Option<IndexPosition>, SearchError>;

    /// Applies changes in order and records the position with them. When this returns, they are durable and visible.
    ///
    /// After a rebuild, by whichever process, this is refused with [`SearchError::Swapped`] until [`Self::position`] is
    /// asked for: the changes in between would be missing.
    async fn apply(&self, changes: Vec<IndexChange>, position: IndexPosition) -> Result<(), SearchError>;

    /// Starts an empty index beside the live one. Nothing is visible until [`Rebuild::finish`].
    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, SearchError>;

    /// Searches.
    async fn search(&self, request: &SearchRequest) -> Result<SearchResults, SearchError>;

    /// Completes what was typed.
    async fn suggest(&self, request: &SuggestRequest) -> Result<Vec<Suggestion>, SearchError>;

    /// The ids of the documents most like this one, best first, without itself; empty when it is not indexed.
    async fn similar(&self, id: Uuid, limit: usize) -> Result<Vec<Uuid>, SearchError>;

    /// How many documents are visible.
    async fn count(&self) -> Result<u64, SearchError>;

    /// Whether searches can be answered now.
    async fn health(&self) -> Result<(), SearchError>;

    /// Sets the words that mean the same, in place of those set before. No rebuild is needed; they take effect within
    /// seconds.
    async fn set_synonyms(&self, _synonyms: Synonyms) -> Result<(), SearchError> {
        Ok(())
    }
}

/// An index that is being built beside the live one. Dropping it without [`Rebuild::finish`] discards it.
#[async_trait]
pub trait Rebuild: Send {
    /// Adds documents.
    async fn add(&mut self, documents: Vec<Document>) -> Result<(), SearchError>;

    /// Swaps the new index in for the live one, at this position; no search fails meanwhile.
    async fn finish(self: Box<Self>, position: IndexPosition) -> Result<(), SearchError>;
}
