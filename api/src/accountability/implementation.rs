//! The history of putting into practice: assessments of a recommendation or a commitment, each with its date and source.

use async_graphql::{Context, InputObject, Object};
use chrono::NaiveDate;
use praxis_entities::vocabulary::ImplementationStatus;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use uuid::Uuid;

use super::cited::citation;
use super::review::facts::ReviewFacts;
use crate::content::document::CitationInput;
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{Slot, source};
use crate::content::document::validate::{Rules, SUMMARY};
use crate::content::fields::Citation;
use crate::curation::prepare::Prepared;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::Date;

/// What somebody found when they looked how far something has been put into practice.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImplementationEntryInput {
    /// How far it had come; not `UNKNOWN`, which is what nobody has assessed.
    pub status: ImplementationStatus,
    /// On which day; not in the future, and not before the review or before it was undertaken.
    pub as_of: Date,
    /// Who assessed it.
    pub assessor: Option<String>,
    /// What they found, in at most 5,000 characters.
    pub note: Option<String>,
    /// Where this is taken from.
    pub citation: Option<CitationInput>,
}

/// Checks the assessments of a document: each for itself, and that they stand in the order of their dates.
pub fn check(rules: &Rules<'_>, problems: &mut Problems, entries: Option<&[ImplementationEntryInput]>) {
    let entries = entries.unwrap_or_default();
    rules.list(problems, "implementation", entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let path = |field: &str| format!("implementation[{index}].{field}");
        if entry.status == ImplementationStatus::Unknown {
            problems.add(
                ProblemCode::Invalid,
                path("status"),
                "`UNKNOWN` is what nobody has assessed; say what was found, or leave the assessment out.",
            );
        }
        rules.past(problems, &path("asOf"), Some(entry.as_of));
        rules.optional_line(problems, &path("assessor"), entry.assessor.as_deref());
        if let Some(note) = &entry.note {
            rules.line(problems, &path("note"), note, SUMMARY);
        }
        rules.citation(problems, &path("citation"), entry.citation.as_ref());
        let before = index.checked_sub(1).and_then(|index| entries.get(index));
        if let Some(before) = before.filter(|before| before.as_of > entry.as_of) {
            problems.add(
                ProblemCode::Invalid,
                path("asOf"),
                format!(
                    "{} lies before the assessment above it, of {}; write the oldest first.",
                    entry.as_of.0, before.as_of.0
                ),
            );
        }
    }
}

/// Refuses assessments from before the review in which the recommendation was made.
pub fn check_begun(problems: &mut Problems, entries: Option<&[ImplementationEntryInput]>, review: &ReviewFacts) {
    for (index, entry) in entries.unwrap_or_default().iter().enumerate() {
        review.check_begun(problems, &format!("implementation[{index}].asOf"), entry.as_of.0);
    }
}

/// Refuses assessments from before the day on which a commitment was made.
pub fn check_made(problems: &mut Problems, entries: Option<&[ImplementationEntryInput]>, made_on: Option<Date>) {
    for (index, entry) in entries.unwrap_or_default().iter().enumerate() {
        if let Some(made_on) = made_on.filter(|made_on| entry.as_of < *made_on) {
            problems.add(
                ProblemCode::Invalid,
                format!("implementation[{index}].asOf"),
                format!(
                    "{} lies before the commitment, which was made on {}.",
                    entry.as_of.0, made_on.0
                ),
            );
        }
    }
}

/// Shows the resources that assessments are taken from.
pub fn references(entries: &mut Option<Vec<ImplementationEntryInput>>, visit: &mut dyn FnMut(Slot<'_>)) {
    for (index, entry) in entries.iter_mut().flatten().enumerate() {
        source(
            &format!("implementation[{index}].citation"),
            entry.citation.as_mut(),
            visit,
        );
    }
}

/// The latest assessment.
pub fn latest(entries: Option<&[ImplementationEntryInput]>) -> ImplementationStatus {
    entries
        .and_then(<[_]>::last)
        .map_or(ImplementationStatus::Unknown, |entry| entry.status)
}

/// The assessments as a JSON column, with the keys of the resources that they are taken from.
pub fn column(entries: Option<&[ImplementationEntryInput]>, prepared: &Prepared) -> serde_json::Value {
    let stored: Vec<ImplementationEntry> = entries
        .unwrap_or_default()
        .iter()
        .map(|entry| {
            let cited = prepared.cited(entry.citation.as_ref());
            ImplementationEntry {
                status: entry.status,
                as_of: entry.as_of,
                assessor: entry.assessor.clone(),
                note: entry.note.clone(),
                resource: cited.as_ref().map(|cited| cited.resource),
                locator: cited.as_ref().and_then(|cited| cited.locator.clone()),
                citation_note: cited.and_then(|cited| cited.note),
            }
        })
        .collect();
    serde_json::to_value(stored).unwrap_or_else(|_| crate::content::no_list())
}

/// What somebody found when they looked how far something has been put into practice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImplementationEntry {
    status: ImplementationStatus,
    as_of: Date,
    assessor: Option<String>,
    note: Option<String>,
    resource: Option<Uuid>,
    locator: Option<String>,
    citation_note: Option<String>,
}

impl ImplementationEntry {
    /// How far it had come.
    pub fn state(&self) -> ImplementationStatus {
        self.status
    }

    /// Who assessed it.
    pub fn by(&self) -> Option<&str> {
        self.assessor.as_deref()
    }

    /// What they found.
    pub fn words(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// On which day.
    pub fn day(&self) -> NaiveDate {
        self.as_of.0
    }

    /// Where this is taken from: the key of the resource, and the place in it.
    pub fn source(&self) -> Option<(Uuid, Option<&str>)> {
        Some((self.resource?, self.locator.as_deref()))
    }
}

/// What somebody found when they looked how far something has been put into practice.
#[Object]
impl ImplementationEntry {
    /// How far it had come.
    async fn status(&self) -> ImplementationStatus {
        self.status
    }

    /// On which day.
    async fn as_of(&self) -> Date {
        self.as_of
    }

    /// Who assessed it.
    async fn assessor(&self) -> Option<&str> {
        self.assessor.as_deref()
    }

    /// What they found.
    async fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Where this is taken from.
    async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
        citation(context, self.resource, self.locator.clone(), self.citation_note.clone()).await
    }
}
