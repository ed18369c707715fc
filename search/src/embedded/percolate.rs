//! Percolation: which of many standing searches a few new documents answer.
//!
//! The documents become an index of their own in memory, which every search is asked of by the same rules as the large one.
//! So the work depends on the number of new documents and of searches, never on the size of the collection.
//!
//! Nobody looks at what was searched instead, so nothing is guessed: typing errors are not forgiven, no word is completed and
//! none is left out of up to [`MOST_REQUIRED`](crate::text::reading::MOST_REQUIRED) words. Of a longer query a document must
//! have three quarters of the words.

use tantivy::{Index, TantivyError};
use uuid::Uuid;

use super::convert::to_index;
use super::expand::{Forgiving, expand};
use super::filter::{SegmentFilter, Verdict};
use super::live::engine;
use super::schema::{self, Fields};
use super::score::{Wanted, evaluate};
use super::snapshot::Snapshot;
use super::writer::WRITER_MEMORY;
use crate::text::reading::read;
use crate::text::synonyms::Synonyms;
use crate::{Document, SearchError, StandingSearch};

/// For each search the ids of the documents that answer it, in no order.
///
/// # Errors
/// Where a document can't be indexed.
pub fn percolate(
    documents: &[Document],
    searches: &[StandingSearch],
    synonyms: &Synonyms,
) -> Result<Vec<Vec<Uuid>>, SearchError> {
    if documents.is_empty() {
        return Ok(searches.iter().map(|_| Vec::new()).collect());
    }
    let (schema, fields) = schema::build(false);
    let index = Index::create_in_ram(schema);
    let mut writer = index.writer_with_num_threads(1, WRITER_MEMORY).map_err(engine)?;
    for document in documents {
        writer.add_document(to_index(&fields, document)?).map_err(engine)?;
    }
    writer.commit().map_err(engine)?;
    let reader = index.reader().map_err(engine)?;
    let snapshot = Snapshot::new(reader.searcher(), &fields, None, None).map_err(engine)?;
    searches
        .iter()
        .map(|search| answering(&snapshot, &fields, search, synonyms).map_err(engine))
        .collect()
}

fn answering(
    snapshot: &Snapshot,
    fields: &Fields,
    search: &StandingSearch,
    synonyms: &Synonyms,
) -> Result<Vec<Uuid>, TantivyError> {
    let mut reading = read(&search.query, None, synonyms);
    reading.last_is_open = false;
    let anything = search.query.trim().is_empty();
    if reading.slots.is_empty() && !anything {
        return Ok(Vec::new());
    }
    let slots = expand(snapshot, fields, &reading, Forgiving::Nothing)?;
    let required = if reading.sentence {
        (slots.len() * 3).div_ceil(4)
    } else {
        slots.len()
    };
    let mut answers = Vec::new();
    for (segment, columns) in snapshot.segments.iter().enumerate() {
        let filter = SegmentFilter::new(&search.filter, columns)?;
        let has_words: Vec<u32> = if anything {
            let all = u32::try_from(columns.lengths[0].len()).unwrap_or(u32::MAX);
            (0..all).collect()
        } else {
            let found = evaluate(snapshot, segment, fields, &slots, reading.sentence, Wanted::Any)?;
            let enough = found
                .iter()
                .filter(|found| found.matched.count_ones() as usize >= required);
            enough.map(|found| found.document).collect()
        };
        let accepted = has_words
            .into_iter()
            .filter(|document| filter.verdict(*document) == Verdict::Accepted)
            .map(|document| columns.id(document));
        answers.extend(accepted);
    }
    Ok(answers)
}
