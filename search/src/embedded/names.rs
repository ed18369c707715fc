//! Documents that a query names.

use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader, TantivyError, Term};

use super::schema::Fields;
use super::snapshot::Snapshot;

/// The documents, by segment and in order, that have one of these names.
pub fn named(snapshot: &Snapshot, fields: &Fields, names: &[String]) -> Result<Vec<Vec<DocId>>, TantivyError> {
    let named_in = |reader: &SegmentReader| {
        let mut documents = Vec::new();
        for name in names {
            each(reader, fields.names, name, &mut |document| documents.push(document))?;
        }
        documents.retain(|document| !reader.is_deleted(*document));
        documents.sort_unstable();
        documents.dedup();
        Ok(documents)
    };
    snapshot.searcher.segment_readers().iter().map(named_in).collect()
}

/// The documents of a segment that have a term.
pub fn each(reader: &SegmentReader, field: Field, text: &str, add: &mut impl FnMut(DocId)) -> Result<(), TantivyError> {
    let index = reader.inverted_index(field)?;
    let term = Term::from_field_text(field, text);
    if let Some(postings) = index.read_block_postings(&term, IndexRecordOption::Basic)? {
        each_in(postings, add);
    }
    Ok(())
}

/// The documents of one list.
pub fn each_in(mut postings: BlockSegmentPostings, add: &mut impl FnMut(DocId)) {
    while !postings.docs().is_empty() {
        postings.docs().iter().copied().for_each(&mut *add);
        postings.advance();
    }
}
