//! Reading back what is stored of a document.

use tantivy::schema::Value;
use tantivy::{DocAddress, DocId, TantivyDocument};

use super::convert::Source;
use super::live::engine;
use super::schema::Fields;
use super::snapshot::Snapshot;
use crate::SearchError;

/// The texts of a document.
pub fn read(snapshot: &Snapshot, fields: &Fields, segment: usize, document: DocId) -> Result<Source, SearchError> {
    let address = DocAddress::new(u32::try_from(segment).unwrap_or(u32::MAX), document);
    let stored: TantivyDocument = snapshot.searcher.doc(address).map_err(engine)?;
    let text = stored
        .get_first(fields.source)
        .and_then(|value| value.as_str())
        .unwrap_or_default();
    serde_json::from_str(text).map_err(|error| SearchError::Damaged(format!("a stored document: {error}")))
}
