//! One generation, opened.

use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError};
use uuid::Uuid;

use super::generations;
use super::schema::{self, DOCUMENT_VERSION, Fields};
use super::snapshot::Snapshot;
use crate::{IndexPosition, SearchError};

/// What is recorded with every commit.
#[derive(Debug, Deserialize, Serialize)]
struct Payload {
    version: u32,
    database: Uuid,
    sequence: i64,
}

/// The text that is recorded with a commit at this position.
pub fn payload(position: IndexPosition) -> Result<String, SearchError> {
    serde_json::to_string(&Payload {
        version: DOCUMENT_VERSION,
        database: position.database,
        sequence: position.sequence,
    })
    .map_err(|error| SearchError::Engine(error.to_string()))
}

/// An opened generation.
pub struct Live {
    /// Its name.
    pub name: String,
    /// The handles of its fields.
    pub fields: Fields,
    index: Index,
    reader: IndexReader,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Live {
    /// Creates an empty generation, not yet live.
    pub fn create(root: &Path, name: &str) -> Result<Self, SearchError> {
        let folder = generations::folder(root, name);
        fs::create_dir_all(&folder)
            .map_err(|error| SearchError::Unavailable(format!("index folder {}: {error}", folder.display())))?;
        let (schema, fields) = schema::build();
        let index = Index::create_in_dir(&folder, schema).map_err(engine)?;
        Self::from_index(name, index, fields)
    }

    /// Opens an existing generation.
    pub fn open(root: &Path, name: &str) -> Result<Self, SearchError> {
        let folder = generations::folder(root, name);
        let (schema, fields) = schema::build();
        let directory = MmapDirectory::open(&folder)
            .map_err(|error| SearchError::Damaged(format!("{}: {error}", folder.display())))?;
        let index = Index::open(directory).map_err(damaged)?;
        if index.schema() != schema {
            return Err(SearchError::Damaged("it has other fields".to_owned()));
        }
        Self::from_index(name, index, fields)
    }

    fn from_index(name: &str, index: Index, fields: Fields) -> Result<Self, SearchError> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(damaged)?;
        let snapshot = Snapshot::new(reader.searcher(), &fields, None).map_err(damaged)?;
        Ok(Self {
            name: name.to_owned(),
            fields,
            index,
            reader,
            snapshot: RwLock::new(Arc::new(snapshot)),
        })
    }

    /// What can be searched now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        // A panic elsewhere can't have left this in a bad state: it is replaced as a whole.
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes what was committed visible.
    pub fn reload(&self) -> Result<(), SearchError> {
        self.reader.reload().map_err(damaged)?;
        let searcher = self.reader.searcher();
        let previous = self.snapshot();
        if searcher.generation() == previous.searcher.generation() {
            return Ok(());
        }
        let next = Snapshot::new(searcher, &self.fields, Some(&previous)).map_err(damaged)?;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    /// Where it stands; `None` when nothing was committed or by another version.
    pub fn position(&self) -> Result<Option<IndexPosition>, SearchError> {
        let metas = self.index.load_metas().map_err(damaged)?;
        let payload = metas
            .payload
            .and_then(|payload| serde_json::from_str::<Payload>(&payload).ok());
        Ok(payload
            .filter(|payload| payload.version == DOCUMENT_VERSION)
            .map(|payload| IndexPosition {
                database: payload.database,
                sequence: payload.sequence,
            }))
    }

    /// Becomes the one writer of this generation.
    pub fn writer(&self, threads: usize, memory: usize) -> Result<IndexWriter<TantivyDocument>, SearchError> {
        self.index
            .writer_with_num_threads(threads, memory)
            .map_err(|error| match error {
                TantivyError::LockFailure(..) => SearchError::Locked(self.name.clone()),
                other => engine(other),
            })
    }
}

/// An error while writing or searching.
pub fn engine(error: TantivyError) -> SearchError {
    SearchError::Engine(error.to_string())
}

/// An error while opening.
pub fn damaged(error: TantivyError) -> SearchError {
    SearchError::Damaged(error.to_string())
}
