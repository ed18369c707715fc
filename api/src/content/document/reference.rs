//! References from one document to other content.

use chrono::NaiveDate;
use praxis_entities::vocabulary::{ContentKind, RelationKind};

use super::CitationInput;

/// What a reference stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A relation with what it says beside.
    Relation {
        /// Which relation.
        kind: RelationKind,
        /// A role.
        role: Option<String>,
        /// Since when.
        from: Option<NaiveDate>,
        /// Until when.
        to: Option<NaiveDate>,
    },
    /// A citation.
    Citation {
        /// The place in the resource.
        locator: Option<String>,
        /// A short note.
        note: Option<String>,
    },
}

/// One reference in a document.
pub struct Slot<'a> {
    /// The field, e.g. `partners[2].organization`.
    pub path: String,
    /// The kind of content that it must refer to.
    pub target: ContentKind,
    /// The slug or id as the author wrote it; ids are replaced by slugs.
    pub value: &'a mut String,
    /// What the reference stands for.
    pub meaning: Meaning,
}

/// Shows each entry of a list of references that all mean the same plain relation.
pub fn list(
    name: &str,
    values: &mut Option<Vec<String>>,
    target: ContentKind,
    kind: RelationKind,
    visit: &mut dyn FnMut(Slot<'_>),
) {
    for (index, value) in values.iter_mut().flatten().enumerate() {
        visit(Slot {
            path: format!("{name}[{index}]"),
            target,
            value,
            meaning: Meaning::Relation {
                kind,
                role: None,
                from: None,
                to: None,
            },
        });
    }
}

/// Shows the references that the documents of every kind have.
pub fn common(
    citations: &mut Option<Vec<CitationInput>>,
    contributors: &mut Option<Vec<String>>,
    visit: &mut dyn FnMut(Slot<'_>),
) {
    for (index, citation) in citations.iter_mut().flatten().enumerate() {
        visit(Slot {
            path: format!("citations[{index}].resource"),
            target: ContentKind::Resource,
            meaning: Meaning::Citation {
                locator: citation.locator.clone(),
                note: citation.note.clone(),
            },
            value: &mut citation.resource,
        });
    }
    list(
        "contributors",
        contributors,
        ContentKind::Practitioner,
        RelationKind::Contributor,
        visit,
    );
}
