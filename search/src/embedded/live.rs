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
use super::vectors::Embedding;
use crate::meaning::SentenceModel;
use crate::{IndexPosition, SearchError};

/// What is recorded with every commit.
#[derive(Debug, Deserialize, Serialize)]
struct Payload {
    version: u32,
    database: Uuid,
    sequence: i64,
    /// The model that the vectors are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
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
    /// The model of the settings.
    wanted: Option<Arc<SentenceModel>>,
    /// The same, where the vectors are of it.
    model: Option<Arc<SentenceModel>>,
}

impl Live {
    /// Creates an empty generation, not yet live.
    pub fn create(root: &Path, name: &str, model: Option<Arc<SentenceModel>>) -> Result<Self, SearchError> {
        let folder = generations::folder(root, name);
        fs::create_dir_all(&folder)
            .map_err(|error| SearchError::Unavailable(format!("index folder {}: {error}", folder.display())))?;
        let (schema, fields) = schema::build(model.is_some());
        let index = Index::create_in_dir(&folder, schema).map_err(engine)?;
        Self::from_index(name, index, fields, model.clone(), model)
    }

    /// Opens an existing generation. One with vectors of another model than this, or without any, is searched by its words
    /// alone, and has no position, so that it is built anew.
    pub fn open(root: &Path, name: &str, wanted: Option<Arc<SentenceModel>>) -> Result<Self, SearchError> {
        let folder = generations::folder(root, name);
        let directory = MmapDirectory::open(&folder)
            .map_err(|error| SearchError::Damaged(format!("{}: {error}", folder.display())))?;
        let index = Index::open(directory).map_err(damaged)?;
        let fields = [false, true]
            .map(schema::build)
            .into_iter()
            .find_map(|(schema, fields)| (schema == index.schema()).then_some(fields))
            .ok_or_else(|| SearchError::Damaged("it has other fields".to_owned()))?;
        let recorded = payload_of(&index)?.and_then(|payload| payload.model);
        let model = wanted
            .clone()
            .filter(|model| fields.meaning.is_some() && recorded.as_deref() == Some(model.identity()));
        Self::from_index(name, index, fields, wanted, model)
    }

    fn from_index(
        name: &str,
        index: Index,
        fields: Fields,
        wanted: Option<Arc<SentenceModel>>,
        model: Option<Arc<SentenceModel>>,
    ) -> Result<Self, SearchError> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(damaged)?;
        let snapshot =
            Snapshot::new(reader.searcher(), &fields, dimensions(model.as_deref()), None).map_err(damaged)?;
        Ok(Self {
            name: name.to_owned(),
            fields,
            index,
            reader,
            snapshot: RwLock::new(Arc::new(snapshot)),
            wanted,
            model,
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
        let next = Snapshot::new(searcher, &self.fields, dimensions(self.model()), Some(&previous)).map_err(damaged)?;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    /// The model that its vectors are of, if that is the one of the settings.
    pub fn model(&self) -> Option<&SentenceModel> {
        self.model.as_deref()
    }

    /// What turns documents into vectors for it, taking over those of a text in `known`.
    pub fn embedding<'a>(&'a self, known: Option<&'a Snapshot>) -> Option<Embedding<'a>> {
        Some(Embedding {
            field: self.fields.meaning?,
            model: self.model()?,
            known,
        })
    }

    /// The text that is recorded with a commit at this position.
    pub fn payload(&self, position: IndexPosition) -> Result<String, SearchError> {
        serde_json::to_string(&Payload {
            version: DOCUMENT_VERSION,
            database: position.database,
            sequence: position.sequence,
            model: self.model().map(|model| model.identity().to_owned()),
        })
        .map_err(|error| SearchError::Engine(error.to_string()))
    }

    /// Where it stands; `None` when nothing was committed, by another version, or with vectors of another model.
    pub fn position(&self) -> Result<Option<IndexPosition>, SearchError> {
        let wanted = self.wanted.as_deref().map(SentenceModel::identity);
        Ok(payload_of(&self.index)?
            .filter(|payload| payload.version == DOCUMENT_VERSION && payload.model.as_deref() == wanted)
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

fn payload_of(index: &Index) -> Result<Option<Payload>, SearchError> {
    let metas = index.load_metas().map_err(damaged)?;
    Ok(metas.payload.and_then(|payload| serde_json::from_str(&payload).ok()))
}

fn dimensions(model: Option<&SentenceModel>) -> Option<usize> {
    model.map(SentenceModel::dimensions)
}

/// An error while writing or searching.
pub fn engine(error: TantivyError) -> SearchError {
    SearchError::Engine(error.to_string())
}

/// An error while opening.
pub fn damaged(error: TantivyError) -> SearchError {
    SearchError::Damaged(error.to_string())
}
