//! The vectors of documents: written with them, kept in memory to be searched.
//!
//! All of them are compared with a query's, one by one. That is exact, and for as many documents as an embedded index is made
//! for it takes less time than the query's own vector.

use tantivy::columnar::BytesColumn;
use tantivy::schema::Field;
use tantivy::{DocId, SegmentReader, TantivyDocument, TantivyError};

use super::schema::columns;
use super::snapshot::Snapshot;
use crate::meaning::{Packed, Query, SentenceModel, digest};
use crate::{Document, SearchError};

/// The vectors of so many texts of a document are kept, the original first.
const MOST_TEXTS: usize = 8;

/// The vectors of one segment, by digest.
pub struct Vectors {
    dimensions: usize,
    digests: Vec<u128>,
    scales: Vec<f32>,
    /// One after the other.
    steps: Vec<i8>,
    /// Which vector belongs to which document.
    rows: Vec<(u32, DocId)>,
}

impl Vectors {
    /// Reads the vectors of a segment; `None` where it has none.
    pub fn open(reader: &SegmentReader, dimensions: usize) -> Result<Option<Self>, TantivyError> {
        let Some(column) = reader.fast_fields().bytes(columns::MEANING)? else {
            return Ok(None);
        };
        Self::read(&column, reader.max_doc(), dimensions).map(Some)
    }

    fn read(column: &BytesColumn, documents: DocId, dimensions: usize) -> Result<Self, TantivyError> {
        let mut vectors = Self {
            dimensions,
            digests: Vec::with_capacity(column.num_terms()),
            scales: Vec::with_capacity(column.num_terms()),
            steps: Vec::with_capacity(column.num_terms() * dimensions),
            rows: Vec::with_capacity(column.num_terms()),
        };
        let mut terms = column.dictionary().stream()?;
        while terms.advance() {
            let parts = Packed::parts(terms.key(), dimensions);
            let (digest, scale, steps) =
                parts.ok_or_else(|| TantivyError::InternalError("a vector has other dimensions".to_owned()))?;
            vectors.digests.push(digest);
            vectors.scales.push(scale);
            vectors.steps.extend(steps);
        }
        for document in 0..documents {
            for place in column.ords().values_for_doc(document) {
                vectors.rows.push((u32::try_from(place).unwrap_or(u32::MAX), document));
            }
        }
        // In the order of memory.
        vectors.rows.sort_unstable();
        Ok(vectors)
    }

    /// The similarity of each document's nearest text to a query, by document; below every possible one where it has none.
    #[must_use]
    pub fn similarities(&self, query: &Query, documents: usize) -> Vec<f32> {
        let mut similarities = vec![f32::NEG_INFINITY; documents];
        for (place, document) in &self.rows {
            let place = *place as usize;
            let steps = &self.steps[place * self.dimensions..(place + 1) * self.dimensions];
            let similarity = query.similarity(self.scales[place], steps);
            let best = &mut similarities[*document as usize];
            *best = best.max(similarity);
        }
        similarities
    }

    fn of_digest(&self, digest: u128) -> Option<Packed> {
        // Digests come first in the bytes, so they are in order.
        let place = self.digests.binary_search(&digest).ok()?;
        let steps = &self.steps[place * self.dimensions..(place + 1) * self.dimensions];
        Some(Packed::from_parts(digest, self.scales[place], steps))
    }
}

/// What turns documents into vectors while they are written.
#[derive(Clone, Copy)]
pub struct Embedding<'a> {
    /// The field that they are kept in.
    pub field: Field,
    /// The model.
    pub model: &'a SentenceModel,
    /// Vectors by the same model that may be taken over where the text is the same.
    pub known: Option<&'a Snapshot>,
}

impl Embedding<'_> {
    /// Adds the vectors of a document's texts to what is indexed of it.
    pub fn add(&self, entry: &mut TantivyDocument, document: &Document) -> Result<(), SearchError> {
        for text in document.texts.iter().take(MOST_TEXTS) {
            let passage = self.model.passage(text);
            let digest = digest(&passage);
            let known = self
                .known
                .and_then(|snapshot| snapshot.vectors().find_map(|vectors| vectors.of_digest(digest)));
            let packed = match known {
                Some(packed) => packed,
                None => Packed::new(digest, &self.model.vector(&passage)?),
            };
            entry.add_bytes(self.field, packed.bytes());
        }
        Ok(())
    }
}
