//! The register of reference nodes: mechanisms, reviews, treaties and indicators as they come in and go out.
//!
//! In bundles they are lines of their own, `{"slug": "…", "reference": {"review": {…}}}`. They are no content, so they
//! have no revisions; each change is an entry of the audit log.

mod check;
mod export;
pub mod facts;
mod reviews;
mod rows;
pub mod standard;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

pub use self::check::Lookup;
pub use self::export::export;
pub use self::reviews::Reviews;
pub use self::rows::{Registration, Resolved, ids, named, write};
use crate::graphql::scalars::{CountryCode, Date};

/// The sorts of nodes that are registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum)]
pub enum Sort {
    /// Bodies and procedures before which states account for themselves.
    Mechanism,
    /// States before mechanisms.
    Review,
    /// Treaties.
    Treaty,
    /// Indicators.
    Indicator,
}

impl Sort {
    /// The field of a bundle that holds this sort.
    pub fn field(self) -> &'static str {
        match self {
            Sort::Mechanism => "mechanism",
            Sort::Review => "review",
            Sort::Treaty => "treaty",
            Sort::Indicator => "indicator",
        }
    }

    /// The query that lists this sort.
    pub fn query(self) -> &'static str {
        match self {
            Sort::Mechanism => "mechanisms",
            Sort::Review => "reviews",
            Sort::Treaty => "treaties",
            Sort::Indicator => "indicators",
        }
    }
}

/// A reference node of one sort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReferenceInput {
    /// A mechanism.
    Mechanism(MechanismInput),
    /// A review.
    Review(ReviewInput),
    /// A treaty.
    Treaty(TreatyInput),
    /// An indicator.
    Indicator(IndicatorInput),
}

impl ReferenceInput {
    /// Which sort of node it is.
    pub fn sort(&self) -> Sort {
        match self {
            ReferenceInput::Mechanism(_) => Sort::Mechanism,
            ReferenceInput::Review(_) => Sort::Review,
            ReferenceInput::Treaty(_) => Sort::Treaty,
            ReferenceInput::Indicator(_) => Sort::Indicator,
        }
    }

    /// Where it is taken from.
    pub fn citation(&self) -> Option<&SourceInput> {
        match self {
            ReferenceInput::Mechanism(input) => input.citation.as_ref(),
            ReferenceInput::Review(input) => input.citation.as_ref(),
            ReferenceInput::Treaty(input) => input.citation.as_ref(),
            ReferenceInput::Indicator(input) => input.citation.as_ref(),
        }
    }
}

/// Where a reference node is taken from.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceInput {
    /// Slug of the resource.
    pub resource: String,
    /// Page, paragraph or section.
    pub locator: Option<String>,
}

/// A body or procedure before which states account for themselves.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MechanismInput {
    /// The name.
    pub name: String,
    /// The usual acronym.
    pub acronym: Option<String>,
    /// What it does, CommonMark.
    pub description: Option<String>,
    /// Where this is taken from.
    pub citation: Option<SourceInput>,
}

/// One state before one mechanism.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewInput {
    /// Slug of the mechanism.
    pub mechanism: String,
    /// The state under review.
    pub country: CountryCode,
    /// The cycle, where the mechanism has cycles.
    pub cycle: Option<i32>,
    /// The session.
    pub session: Option<String>,
    /// The day.
    pub date: Option<Date>,
    /// The year; that of the day where both are given.
    pub year: Option<i32>,
    /// Symbol of the United Nations document that reports on it.
    pub document_symbol: Option<String>,
    /// Where this is taken from.
    pub citation: Option<SourceInput>,
}

/// A treaty that states may become bound by.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TreatyInput {
    /// The name.
    pub name: String,
    /// The usual acronym.
    pub acronym: Option<String>,
    /// When it was adopted.
    pub adopted_on: Option<Date>,
    /// When it entered into force.
    pub in_force_on: Option<Date>,
    /// Where this is taken from.
    pub citation: Option<SourceInput>,
}

/// Something that is measured again and again in the same way.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IndicatorInput {
    /// The name.
    pub name: String,
    /// What is measured, and how, CommonMark.
    pub definition: Option<String>,
    /// The unit.
    pub unit: Option<String>,
    /// Who publishes it.
    pub source: Option<String>,
    /// Theme slugs.
    pub themes: Option<Vec<String>>,
    /// Where this is taken from.
    pub citation: Option<SourceInput>,
}
