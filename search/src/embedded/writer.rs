//! Writing: changes to the live generation, and the building of the next one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tantivy::{DocSet, IndexWriter, TERMINATED, TantivyDocument, Term};
use uuid::Uuid;

use super::convert::to_index;
use super::live::{Live, engine};
use super::schema::Fields;
use super::snapshot::Snapshot;
use super::vectors::Embedding;
use crate::{Document, IndexChange, IndexPosition, SearchError};

/// Memory for changes before they are written out, per thread.
pub const WRITER_MEMORY: usize = 64 * 1024 * 1024;

/// Applies changes in order and commits them with the position.
pub fn apply(
    live: &Live,
    writer: &mut IndexWriter<TantivyDocument>,
    changes: Vec<IndexChange>,
    position: IndexPosition,
) -> Result<(), SearchError> {
    let snapshot = live.snapshot();
    match write(live, &snapshot, writer, changes, position) {
        Ok(()) => live.reload(),
        Err(error) => {
            // Half a batch must not slip in with the next commit.
            if let Err(rollback) = writer.rollback() {
                tracing::warn!(error = %rollback, "the index could not be rolled back");
            }
            Err(error)
        }
    }
}

fn write(
    live: &Live,
    snapshot: &Snapshot,
    writer: &mut IndexWriter<TantivyDocument>,
    changes: Vec<IndexChange>,
    position: IndexPosition,
) -> Result<(), SearchError> {
    let embedding = live.embedding(Some(snapshot));
    for (id, document) in last_states(&live.fields, snapshot, changes)? {
        writer.delete_term(id_term(&live.fields, id));
        if let Some(document) = document {
            add(&live.fields, embedding, writer, &document)?;
        }
    }
    commit(live, writer, position)
}

fn add(
    fields: &Fields,
    embedding: Option<Embedding<'_>>,
    writer: &IndexWriter<TantivyDocument>,
    document: &Document,
) -> Result<(), SearchError> {
    let mut entry = to_index(fields, document)?;
    if let Some(embedding) = embedding {
        embedding.add(&mut entry, document)?;
    }
    writer.add_document(entry).map_err(engine)?;
    Ok(())
}

/// What each changed document comes to in the end: a new state, or nothing. Documents whose indexed revision is newer
/// are left out.
fn last_states(
    fields: &Fields,
    snapshot: &Snapshot,
    changes: Vec<IndexChange>,
) -> Result<HashMap<Uuid, Option<Box<Document>>>, SearchError> {
    let mut states: HashMap<Uuid, Option<Box<Document>>> = HashMap::new();
    for change in changes {
        match change {
            IndexChange::Delete(id) => {
                states.insert(id, None);
            }
            IndexChange::Upsert(document) => match states.entry(document.id) {
                Entry::Occupied(mut state) => {
                    let newer = state
                        .get()
                        .as_ref()
                        .is_some_and(|known| known.revision > document.revision);
                    if !newer {
                        state.insert(Some(document));
                    }
                }
                Entry::Vacant(state) => {
                    let newer = indexed_revision(fields, snapshot, document.id)?
                        .is_some_and(|revision| revision > document.revision);
                    if !newer {
                        state.insert(Some(document));
                    }
                }
            },
        }
    }
    Ok(states)
}

fn indexed_revision(fields: &Fields, snapshot: &Snapshot, id: Uuid) -> Result<Option<i32>, SearchError> {
    let found = find(fields, snapshot, id)?;
    Ok(found.map(|(segment, document)| snapshot.segments[segment].revision(document)))
}

/// The segment and number of a document.
pub fn find(fields: &Fields, snapshot: &Snapshot, id: Uuid) -> Result<Option<(usize, tantivy::DocId)>, SearchError> {
    let term = id_term(fields, id);
    for (ordinal, reader) in snapshot.searcher.segment_readers().iter().enumerate() {
        let index = reader.inverted_index(fields.id).map_err(engine)?;
        let postings = index
            .read_postings(&term, tantivy::schema::IndexRecordOption::Basic)
            .map_err(|error| engine(error.into()))?;
        let Some(mut postings) = postings else {
            continue;
        };
        while postings.doc() != TERMINATED {
            if !reader.is_deleted(postings.doc()) {
                return Ok(Some((ordinal, postings.doc())));
            }
            postings.advance();
        }
    }
    Ok(None)
}

/// Commits what was added, with the position.
pub fn commit(
    live: &Live,
    writer: &mut IndexWriter<TantivyDocument>,
    position: IndexPosition,
) -> Result<(), SearchError> {
    let payload = live.payload(position)?;
    let mut prepared = writer.prepare_commit().map_err(engine)?;
    prepared.set_payload(&payload);
    prepared.commit().map_err(engine)?;
    Ok(())
}

fn id_term(fields: &Fields, id: Uuid) -> Term {
    Term::from_field_text(fields.id, &id.simple().to_string())
}

/// Adds documents to a generation that is being built. `seen` holds the revision of every document so far.
pub fn add_new(
    fields: &Fields,
    embedding: Option<Embedding<'_>>,
    writer: &IndexWriter<TantivyDocument>,
    seen: &mut HashMap<Uuid, i32>,
    documents: Vec<Document>,
) -> Result<(), SearchError> {
    let mut fresh = Vec::with_capacity(documents.len());
    for document in documents {
        match seen.entry(document.id) {
            Entry::Occupied(known) if *known.get() > document.revision => continue,
            Entry::Occupied(mut known) => {
                known.insert(document.revision);
                // The earlier one may be in this very batch, not yet given to the writer.
                fresh.retain(|other: &Document| other.id != document.id);
                writer.delete_term(id_term(fields, document.id));
            }
            Entry::Vacant(place) => {
                place.insert(document.revision);
            }
        }
        fresh.push(document);
    }
    add_in_parallel(fields, embedding, writer, &fresh)
}

/// Cutting and stemming takes longer than indexing, so it is shared between threads.
fn add_in_parallel(
    fields: &Fields,
    embedding: Option<Embedding<'_>>,
    writer: &IndexWriter<TantivyDocument>,
    documents: &[Document],
) -> Result<(), SearchError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let share = documents.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = documents
            .chunks(share)
            .map(|share| {
                scope.spawn(move || {
                    for document in share {
                        add(fields, embedding, writer, document)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(SearchError::Engine("a document could not be analysed".to_owned())))
        })
    })
}
