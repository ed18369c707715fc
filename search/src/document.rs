//! What is indexed of one item of content.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text of an item in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalizedText {
    /// BCP 47 tag, e.g. `en`.
    pub language: String,
    /// The title.
    pub title: String,
    /// The summary as plain text (Markdown already removed), possibly empty.
    pub summary: String,
    /// Everything else worth finding: what was done, limitations, where a lesson applies, … Plain text, possibly empty.
    pub body: String,
    /// The texts of its files. Plain text, possibly empty; found after everything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub files: String,
}

/// One published item of content as the index sees it. Nothing unpublished is ever turned into a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The content's id.
    pub id: Uuid,
    /// The content's revision number; an older revision never replaces a newer one.
    pub revision: i32,
    /// The kind as the API names it, e.g. `INITIATIVE`.
    pub kind: String,
    /// The original text first, then each translation.
    pub texts: Vec<LocalizedText>,
    /// Acronyms, identifiers, names of partners and alternative labels of themes: findable, weighted like a summary.
    pub keywords: Vec<String>,
    /// Theme slugs, each with all its broader themes.
    pub themes: Vec<String>,
    /// ISO 3166-1 alpha-2 codes.
    pub countries: Vec<String>,
    /// UN M49 codes of the regions of the countries, each with all the regions around it.
    pub regions: Vec<String>,
    /// The languages that the item is available in, in the values that filters take.
    pub languages: Vec<String>,
    /// Instrument slugs.
    pub instruments: Vec<String>,
    /// The outcome domain, of evidence.
    pub outcome_domain: Option<String>,
    /// The direction of a finding, of evidence.
    pub direction: Option<String>,
    /// The factor, of lessons.
    pub factor: Option<String>,
    /// Strength level of evidence, 0 (anecdotal) to 3 (strong).
    pub strength_level: Option<u8>,
    /// Strength score, 0 to 100: of evidence its own, of other kinds `None`.
    pub strength_score: Option<u8>,
    /// The year that the item is about or from: publication year of a resource, first year of an initiative.
    pub year: Option<i32>,
    /// Whether this is a version for children.
    pub child_friendly: bool,
    /// When the item was first published.
    pub published_at: DateTime<Utc>,
    /// When its current revision was published.
    pub updated_at: DateTime<Utc>,
}
