//! Counting facets.

use std::collections::HashMap;

use tantivy::{DocId, TantivyError};

use super::filter::Verdict;
use super::schema::facet_index;
use super::snapshot::SegmentColumns;
use crate::FacetCounts;
use crate::query::Field;
use crate::results::in_order;

/// Counts by value of the facets asked for, summed over segments.
pub struct FacetTotals {
    fields: Vec<(Field, HashMap<String, u64>)>,
}

impl FacetTotals {
    /// Starts at zero.
    #[must_use]
    pub fn new(fields: &[Field]) -> Self {
        Self {
            fields: fields.iter().map(|field| (*field, HashMap::new())).collect(),
        }
    }

    /// Starts counting in one segment.
    #[must_use]
    pub fn in_segment<'a>(&self, columns: &'a SegmentColumns) -> SegmentFacets<'a> {
        let counts = self
            .fields
            .iter()
            .map(|(field, _)| {
                let values = columns.facets[facet_index(*field)]
                    .as_ref()
                    .map_or(0, |column| column.num_terms());
                (*field, vec![0; values])
            })
            .collect();
        SegmentFacets { columns, counts }
    }

    /// Adds what was counted in a segment.
    pub fn add(&mut self, segment: SegmentFacets<'_>) -> Result<(), TantivyError> {
        for ((field, totals), (_, counts)) in self.fields.iter_mut().zip(segment.counts) {
            let Some(column) = &segment.columns.facets[facet_index(*field)] else {
                continue;
            };
            let mut value = String::new();
            for (position, count) in counts.into_iter().enumerate() {
                if count > 0 && column.ord_to_str(position as u64, &mut value)? {
                    *totals.entry(value.clone()).or_default() += count;
                }
            }
        }
        Ok(())
    }

    /// The answer: highest counts first, then by value.
    #[must_use]
    pub fn finish(self) -> Vec<FacetCounts> {
        self.fields
            .into_iter()
            .map(|(field, totals)| FacetCounts {
                field,
                values: in_order(totals),
            })
            .collect()
    }
}

/// Counts by position in the dictionaries of one segment.
pub struct SegmentFacets<'a> {
    columns: &'a SegmentColumns,
    counts: Vec<(Field, Vec<u64>)>,
}

impl SegmentFacets<'_> {
    /// Counts a document in every facet whose own filter is the only one that it may fail.
    pub fn count(&mut self, document: DocId, verdict: Verdict) {
        for (field, counts) in &mut self.counts {
            let counted = match verdict {
                Verdict::Accepted => true,
                Verdict::RejectedBy(rejecting) => rejecting == *field,
                Verdict::Rejected => false,
            };
            if !counted {
                continue;
            }
            if let Some(column) = &self.columns.facets[facet_index(*field)] {
                for value in column.ords().values_for_doc(document) {
                    if let Some(count) = counts.get_mut(value as usize) {
                        *count += 1;
                    }
                }
            }
        }
    }
}
