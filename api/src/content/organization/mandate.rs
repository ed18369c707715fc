//! Mandates: what a body was charged with, by which instrument, from when and until when.

use async_graphql::{Context, InputObject, Object};
use futures::future::try_join_all;
use praxis_entities::vocabulary::{ContentKind, DatePrecision, RelationKind};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use uuid::Uuid;

use crate::accountability::cited::citation;
use crate::content::document::CitationInput;
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{Meaning, Slot, source};
use crate::content::document::validate::{Rules, SUMMARY};
use crate::content::fields::Citation;
use crate::content::interface::Content;
use crate::content::resource::Resource;
use crate::curation::prepare::Prepared;
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::{Date, Markdown};

/// What a body was charged with. A mandate that was renewed or changed is one more.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MandateInput {
    /// What it was charged with, CommonMark, at most 5,000 characters.
    pub text: Markdown,
    /// Since when.
    pub from: Option<Date>,
    /// How exactly that is known: with `MONTH` give the first of the month, with `YEAR` the first of January. `DAY` where it
    /// is missing.
    pub from_precision: Option<DatePrecision>,
    /// Until when; may lie ahead.
    pub to: Option<Date>,
    /// How exactly that is known.
    pub to_precision: Option<DatePrecision>,
    /// Slugs or ids of the resources that it rests on: the resolution that established or renewed it, a treaty, a decision.
    pub legal_basis: Option<Vec<String>>,
    /// Where this is taken from.
    pub citation: Option<CitationInput>,
}

/// Checks the mandates of an organisation: each for itself, and that they stand in the order of their beginnings.
pub fn check(rules: &Rules<'_>, problems: &mut Problems, mandates: Option<&[MandateInput]>) {
    let mandates = mandates.unwrap_or_default();
    rules.list(problems, "mandates", mandates.len());
    let mut latest: Option<Date> = None;
    for (index, mandate) in mandates.iter().enumerate() {
        let path = |field: &str| format!("mandates[{index}].{field}");
        rules.markdown(problems, &path("text"), Some(&mandate.text), SUMMARY);
        rules.precision(problems, &path("fromPrecision"), mandate.from_precision, mandate.from);
        rules.precision(problems, &path("toPrecision"), mandate.to_precision, mandate.to);
        rules.in_order(problems, &path("to"), mandate.from, mandate.to);
        rules.references(problems, &path("legalBasis"), mandate.legal_basis.as_deref());
        rules.citation(problems, &path("citation"), mandate.citation.as_ref());
        if let (Some(before), Some(from)) = (latest, mandate.from)
            && from < before
        {
            problems.add(
                ProblemCode::Invalid,
                path("from"),
                format!(
                    "{} lies before the beginning of the mandate above it, {}; write the earliest first.",
                    from.0, before.0
                ),
            );
        }
        latest = mandate.from.or(latest);
    }
}

/// Shows the resources that mandates rest on and are taken from.
pub fn references(mandates: &mut Option<Vec<MandateInput>>, visit: &mut dyn FnMut(Slot<'_>)) {
    for (index, mandate) in mandates.iter_mut().flatten().enumerate() {
        for (place, value) in mandate.legal_basis.iter_mut().flatten().enumerate() {
            visit(Slot {
                path: format!("mandates[{index}].legalBasis[{place}]"),
                target: ContentKind::Resource,
                value,
                meaning: Meaning::Relation {
                    kind: RelationKind::MandatedBy,
                    role: None,
                    from: mandate.from.map(|day| day.0),
                    to: mandate.to.map(|day| day.0),
                },
            });
        }
        source(&format!("mandates[{index}].citation"), mandate.citation.as_mut(), visit);
    }
}

/// The mandates as a JSON column, with the keys of the resources that they name.
pub fn column(mandates: Option<&[MandateInput]>, prepared: &Prepared) -> serde_json::Value {
    let key = |slug: &String| prepared.key_of(ContentKind::Resource, slug);
    let stored: Vec<Mandate> = mandates
        .unwrap_or_default()
        .iter()
        .map(|mandate| {
            let cited = prepared.cited(mandate.citation.as_ref());
            Mandate {
                text: mandate.text.to_string(),
                from: mandate.from,
                from_precision: mandate.from_precision,
                to: mandate.to,
                to_precision: mandate.to_precision,
                legal_basis: mandate.legal_basis.iter().flatten().filter_map(key).collect(),
                resource: cited.as_ref().map(|cited| cited.resource),
                locator: cited.as_ref().and_then(|cited| cited.locator.clone()),
                citation_note: cited.and_then(|cited| cited.note),
            }
        })
        .collect();
    serde_json::to_value(stored).unwrap_or_else(|_| crate::content::no_list())
}

/// What a body was charged with, by which instrument, from when and until when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mandate {
    text: String,
    from: Option<Date>,
    from_precision: Option<DatePrecision>,
    to: Option<Date>,
    to_precision: Option<DatePrecision>,
    legal_basis: Vec<Uuid>,
    resource: Option<Uuid>,
    locator: Option<String>,
    citation_note: Option<String>,
}

/// What a body was charged with, by which instrument, from when and until when.
#[Object]
impl Mandate {
    /// What it was charged with.
    async fn text(&self) -> Markdown {
        Markdown::trusted(&self.text)
    }

    /// Since when, as exactly as `fromPrecision` says; null where it is not known.
    async fn from(&self) -> Option<Date> {
        self.from
    }

    /// How exactly the beginning is known; to the day where this is null.
    async fn from_precision(&self) -> Option<DatePrecision> {
        self.from_precision
    }

    /// Until when, as exactly as `toPrecision` says; null while it lasts or where it is not known.
    async fn to(&self) -> Option<Date> {
        self.to
    }

    /// How exactly the end is known; to the day where this is null.
    async fn to_precision(&self) -> Option<DatePrecision> {
        self.to_precision
    }

    /// What it rests on: the resolution that established or renewed it, a treaty, a decision. A resource may have been
    /// retracted since; then it is a tombstone.
    async fn legal_basis(&self, context: &Context<'_>) -> Result<Vec<Resource>, ApiError> {
        let loaders = loaders(context)?;
        let found = try_join_all(
            self.legal_basis
                .iter()
                .map(|id| Content::load(&loaders, ContentKind::Resource, *id)),
        )
        .await?;
        Ok(found
            .into_iter()
            .filter_map(|content| match content {
                Some(Content::Resource(resource)) => Some(resource),
                _ => None,
            })
            .collect())
    }

    /// Where this is taken from.
    async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
        citation(context, self.resource, self.locator.clone(), self.citation_note.clone()).await
    }
}
