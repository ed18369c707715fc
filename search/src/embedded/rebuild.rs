//! Building the next generation beside the live one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tantivy::{IndexWriter, TantivyDocument};
use uuid::Uuid;

use super::live::{Live, engine};
use super::snapshot::Snapshot;
use super::{EmbeddedIndex, generations, writer};
use crate::{Document, IndexPosition, Rebuild, SearchError};

/// A generation that is being built.
pub struct EmbeddedRebuild {
    index: EmbeddedIndex,
    folder: PathBuf,
    /// Away while a blocking thread works with it; gone when that failed.
    building: Option<Building>,
    finished: bool,
}

struct Building {
    live: Live,
    writer: IndexWriter<TantivyDocument>,
    /// What is live, where its vectors can be taken over.
    known: Option<Arc<Snapshot>>,
    seen: HashMap<Uuid, i32>,
}

impl EmbeddedRebuild {
    /// Creates an empty generation.
    pub fn start(index: EmbeddedIndex) -> Result<Self, SearchError> {
        let shared = Arc::clone(&index.shared);
        let directory = &shared.directory;
        let name = generations::new_name();
        let live = Live::create(directory, &name, shared.model.clone())?;
        let current = shared.opened();
        let known = current.model().map(|_| current.snapshot());
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let writer = live.writer(threads, writer::WRITER_MEMORY * threads)?;
        Ok(Self {
            index,
            folder: generations::folder(directory, &name),
            building: Some(Building {
                live,
                writer,
                known,
                seen: HashMap::new(),
            }),
            finished: false,
        })
    }

    fn take(&mut self) -> Result<Building, SearchError> {
        self.building
            .take()
            .ok_or_else(|| SearchError::Engine("the rebuild has failed before".to_owned()))
    }
}

#[async_trait]
impl Rebuild for EmbeddedRebuild {
    async fn add(&mut self, documents: Vec<Document>) -> Result<(), SearchError> {
        let mut building = self.take()?;
        let work = move || {
            let added = writer::add_new(
                &building.live.fields,
                building.live.embedding(building.known.as_deref()),
                &building.writer,
                &mut building.seen,
                documents,
            );
            added.map(|()| building)
        };
        let building = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| SearchError::Engine(error.to_string()))??;
        self.building = Some(building);
        Ok(())
    }

    async fn finish(mut self: Box<Self>, position: IndexPosition) -> Result<(), SearchError> {
        let mut building = self.take()?;
        let index = self.index.clone();
        let work = move || {
            writer::commit(&building.live, &mut building.writer, position)?;
            building.writer.wait_merging_threads().map_err(engine)?;
            index.shared.swap(&building.live.name)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| SearchError::Engine(error.to_string()))??;
        self.finished = true;
        Ok(())
    }
}

impl Drop for EmbeddedRebuild {
    fn drop(&mut self) {
        // The writer holds the lock of the folder and must go first.
        self.building = None;
        if !self.finished {
            generations::remove(&self.folder);
        }
    }
}
