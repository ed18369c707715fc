//! Proximity: neighbours in the query that are neighbours in the text too.
//!
//! Only the best documents are looked at, and they only gain: so their order changes, but none falls behind one that was
//! not looked at.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, TantivyError, Term};

use super::rank::Candidate;
use super::schema::Fields;
use super::snapshot::Snapshot;
use crate::text::prominence::near;
use crate::text::reading::{Lookup, Slot};
use crate::text::tier::Tier;

/// How many documents are looked at.
const LOOKED_AT: usize = 100;

/// The tiers whose words are in sentences.
const SENTENCES: [Tier; 3] = [Tier::Title, Tier::Summary, Tier::Body];

/// Raises the scores of the best candidates by how near the words stand to each other.
pub fn raise(
    snapshot: &Snapshot,
    fields: &Fields,
    slots: &[Slot],
    candidates: &mut [Candidate],
) -> Result<(), TantivyError> {
    if slots.len() < 2 {
        return Ok(());
    }
    let end = LOOKED_AT.min(candidates.len());
    if end < candidates.len() {
        candidates.select_nth_unstable_by(end - 1, |one, other| other.score.total_cmp(&one.score));
    }
    let best = &mut candidates[..end];
    // Postings can only be read forwards.
    best.sort_unstable_by_key(|candidate| (candidate.segment, candidate.document));
    for of_segment in best.chunk_by_mut(|one, other| one.segment == other.segment) {
        let Some(first) = of_segment.first() else {
            continue;
        };
        let reader = &snapshot.searcher.segment_readers()[first.segment];
        let mut nearness = vec![0.0_f32; of_segment.len()];
        for tier in SENTENCES {
            let mut places = slots
                .iter()
                .map(|slot| Places::open(reader, fields, tier, slot))
                .collect::<Result<Vec<_>, _>>()?;
            for (candidate, nearness) in of_segment.iter().zip(&mut nearness) {
                for places in &mut places {
                    places.go_to(candidate.document);
                }
                *nearness = nearness.max(near(slots, |number| &places[number].now));
            }
        }
        for (candidate, nearness) in of_segment.iter_mut().zip(nearness) {
            candidate.score += nearness;
        }
    }
    Ok(())
}

/// Where the forms of one word stand.
struct Places {
    postings: Vec<SegmentPostings>,
    /// In the document that was gone to.
    now: Vec<u32>,
    buffer: Vec<u32>,
}

impl Places {
    fn open(reader: &SegmentReader, fields: &Fields, tier: Tier, slot: &Slot) -> Result<Self, TantivyError> {
        let field = fields.tiers[tier.index()].stems;
        let index = reader.inverted_index(field)?;
        let mut postings = Vec::new();
        for (_, lookup) in &slot.lookups {
            if let Lookup::Stem(stem) = lookup {
                let term = Term::from_field_text(field, stem);
                postings.extend(index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?);
            }
        }
        Ok(Self {
            postings,
            now: Vec::new(),
            buffer: Vec::new(),
        })
    }

    fn go_to(&mut self, document: DocId) {
        self.now.clear();
        for postings in &mut self.postings {
            let mut at = postings.doc();
            if at < document {
                at = postings.seek(document);
            }
            if at == document && at != TERMINATED {
                postings.positions(&mut self.buffer);
                self.now.extend_from_slice(&self.buffer);
            }
        }
        self.now.sort_unstable();
    }
}
