//! Filters, checked document by document on columns.

use tantivy::columnar::StrColumn;
use tantivy::{DocId, TantivyError};

use super::schema::facet_index;
use super::snapshot::SegmentColumns;
use crate::query::{Field, Filter};

/// What a filter makes of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every condition holds.
    Accepted,
    /// Every condition holds but the one on this field: the document still counts in that field's facet.
    RejectedBy(Field),
    /// It is out.
    Rejected,
}

/// A filter prepared for one segment.
pub struct SegmentFilter<'a> {
    columns: &'a SegmentColumns,
    conditions: Vec<(Field, Condition<'a>)>,
    minimum_strength: Option<u64>,
    year_from: Option<i64>,
    year_to: Option<i64>,
    child_friendly: Option<bool>,
}

/// One field's accepted values.
enum Condition<'a> {
    /// The segment has none of them.
    Never,
    /// One of these positions in the column's dictionary.
    AnyOf(&'a StrColumn, Vec<u64>),
}

impl<'a> SegmentFilter<'a> {
    /// Looks up the values in the dictionaries of the segment.
    pub fn new(filter: &Filter, columns: &'a SegmentColumns) -> Result<Self, TantivyError> {
        let mut conditions = Vec::with_capacity(filter.any_of.len());
        for (field, values) in &filter.any_of {
            let condition = match &columns.facets[facet_index(*field)] {
                None => Condition::Never,
                Some(column) => {
                    let mut accepted = Vec::with_capacity(values.len());
                    for value in values {
                        accepted.extend(column.dictionary().term_ord(value)?);
                    }
                    if accepted.is_empty() {
                        Condition::Never
                    } else {
                        Condition::AnyOf(column, accepted)
                    }
                }
            };
            conditions.push((*field, condition));
        }
        Ok(Self {
            columns,
            conditions,
            minimum_strength: filter.minimum_strength.map(u64::from),
            year_from: filter.year_from.map(i64::from),
            year_to: filter.year_to.map(i64::from),
            child_friendly: filter.child_friendly,
        })
    }

    /// Checks a document. The range of years belongs to the field of years, the minimum strength to that of strength, whether it is for
    /// children to the field for that.
    pub fn verdict(&self, document: DocId) -> Verdict {
        let mut rejected_by = None;
        let mut reject = |field: Field| match rejected_by {
            Some(other) if other != field => true,
            _ => {
                rejected_by = Some(field);
                false
            }
        };
        for (field, condition) in &self.conditions {
            let holds = match condition {
                Condition::Never => false,
                Condition::AnyOf(column, accepted) => column
                    .ords()
                    .values_for_doc(document)
                    .any(|value| accepted.contains(&value)),
            };
            if !holds && reject(*field) {
                return Verdict::Rejected;
            }
        }
        if !self.strong_enough(document) && reject(Field::Strength) {
            return Verdict::Rejected;
        }
        if !self.in_years(document) && reject(Field::Year) {
            return Verdict::Rejected;
        }
        if !self.for_the_reader(document) && reject(Field::ChildFriendly) {
            return Verdict::Rejected;
        }
        match rejected_by {
            None => Verdict::Accepted,
            Some(field) => Verdict::RejectedBy(field),
        }
    }

    fn strong_enough(&self, document: DocId) -> bool {
        self.minimum_strength.is_none_or(|minimum| {
            self.columns
                .strength_level
                .first(document)
                .is_some_and(|level| level >= minimum)
        })
    }

    fn for_the_reader(&self, document: DocId) -> bool {
        self.child_friendly
            .is_none_or(|wanted| self.columns.child_friendly.first(document).unwrap_or(false) == wanted)
    }

    fn in_years(&self, document: DocId) -> bool {
        if self.year_from.is_none() && self.year_to.is_none() {
            return true;
        }
        self.columns.year.first(document).is_some_and(|year| {
            self.year_from.is_none_or(|from| year >= from) && self.year_to.is_none_or(|to| year <= to)
        })
    }
}
