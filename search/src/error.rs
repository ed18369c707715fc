//! What can go wrong with an index.

/// An error of the index. `Display` is for operators; callers of the API get a clean message instead.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The engine can't be reached or does not answer in time: try later.
    #[error("the search engine is unavailable: {0}")]
    Unavailable(String),
    /// Another process writes this index.
    #[error("the index at {0} is being written by another process")]
    Locked(String),
    /// The index was replaced by a rebuild since its position was last asked for: ask again and go on from there.
    #[error("the index was replaced by {0}: its position must be read again")]
    Swapped(String),
    /// The index can't be read or was written by an incompatible version: rebuild it.
    #[error("the index is damaged or of another version: {0}")]
    Damaged(String),
    /// The engine refused or failed a task.
    #[error("the search engine failed: {0}")]
    Engine(String),
}
