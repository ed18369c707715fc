//! Documents: content as it comes in and goes out, the same in the API and in bundles.
//!
//! A document is complete and typed. Its JSON form is canonical: fields in the order of their definition, nothing that
//! is empty, references by slug. Revisions keep it in that form, so that exporting what was imported gives the same
//! bytes.

pub mod number;
pub mod problem;
pub mod reference;
pub mod shown;
pub mod validate;

use async_graphql::{InputObject, OneofObject};
use praxis_entities::vocabulary::ContentKind;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use self::problem::Problems;
use self::reference::Slot;
use self::validate::Rules;
use crate::accountability::commitment::document::CommitmentInput;
use crate::accountability::event::document::EventInput;
use crate::accountability::recommendation::document::RecommendationInput;
use crate::accountability::register::Sort;
use crate::accountability::review::facts::ReviewFacts;
use crate::content::evidence::document::EvidenceInput;
use crate::content::initiative::document::InitiativeInput;
use crate::content::lesson::document::LessonInput;
use crate::content::organization::document::OrganizationInput;
use crate::content::practitioner::document::PractitionerInput;
use crate::content::resource::document::ResourceInput;
use crate::files::FileInput;
use crate::graphql::scalars::{CountryCode, LanguageTag, Markdown};

/// Content of one kind: exactly one of the fields.
#[derive(Clone, Debug, PartialEq, OneofObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContentInput {
    /// A practitioner's public profile.
    Practitioner(PractitionerInput),
    /// An organisation.
    Organization(OrganizationInput),
    /// An initiative.
    Initiative(InitiativeInput),
    /// A finding.
    Evidence(EvidenceInput),
    /// A lesson.
    Lesson(LessonInput),
    /// A resource.
    Resource(ResourceInput),
    /// A recommendation, pledge, question or concluding observation.
    Recommendation(RecommendationInput),
    /// A commitment.
    Commitment(CommitmentInput),
    /// An event.
    Event(EventInput),
}

impl ContentInput {
    /// The document inside, as what all documents have in common.
    pub fn document(&self) -> &dyn Document {
        match self {
            ContentInput::Practitioner(document) => document,
            ContentInput::Organization(document) => document,
            ContentInput::Initiative(document) => document,
            ContentInput::Evidence(document) => document,
            ContentInput::Lesson(document) => document,
            ContentInput::Resource(document) => document,
            ContentInput::Recommendation(document) => document,
            ContentInput::Commitment(document) => document,
            ContentInput::Event(document) => document,
        }
    }

    /// The same, to be changed.
    pub fn document_mut(&mut self) -> &mut dyn Document {
        match self {
            ContentInput::Practitioner(document) => document,
            ContentInput::Organization(document) => document,
            ContentInput::Initiative(document) => document,
            ContentInput::Evidence(document) => document,
            ContentInput::Lesson(document) => document,
            ContentInput::Resource(document) => document,
            ContentInput::Recommendation(document) => document,
            ContentInput::Commitment(document) => document,
            ContentInput::Event(document) => document,
        }
    }

    /// Which kind of content it is.
    pub fn kind(&self) -> ContentKind {
        match self {
            ContentInput::Practitioner(_) => ContentKind::Practitioner,
            ContentInput::Organization(_) => ContentKind::Organization,
            ContentInput::Initiative(_) => ContentKind::Initiative,
            ContentInput::Evidence(_) => ContentKind::Evidence,
            ContentInput::Lesson(_) => ContentKind::Lesson,
            ContentInput::Resource(_) => ContentKind::Resource,
            ContentInput::Recommendation(_) => ContentKind::Recommendation,
            ContentInput::Commitment(_) => ContentKind::Commitment,
            ContentInput::Event(_) => ContentKind::Event,
        }
    }

    /// The field of the API and of bundles that holds this kind.
    pub fn field(kind: ContentKind) -> &'static str {
        match kind {
            ContentKind::Practitioner => "practitioner",
            ContentKind::Organization => "organization",
            ContentKind::Initiative => "initiative",
            ContentKind::Evidence => "evidence",
            ContentKind::Lesson => "lesson",
            ContentKind::Resource => "resource",
            ContentKind::Recommendation => "recommendation",
            ContentKind::Commitment => "commitment",
            ContentKind::Event => "event",
        }
    }
}

/// Finds what is known of a review by its slug.
pub type FindReview<'a> = &'a dyn Fn(&str) -> Option<&'a ReviewFacts>;

/// Finds the slug of the review that a recommendation belongs to, by the slug of the recommendation.
pub type FindReviewOf<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// A node of the register that a document names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// Which sort of node.
    pub sort: Sort,
    /// The field that names it, e.g. `mechanisms[0]`.
    pub path: String,
    /// Its slug.
    pub slug: &'a str,
}

/// What the documents of all kinds have in common.
pub trait Document: Send + Sync {
    /// The fields that every kind has.
    fn common(&self) -> Common<'_>;

    /// Slugs of instruments.
    fn instruments(&self) -> &[String] {
        &[]
    }

    /// Checks what only this kind has.
    fn check(&self, rules: &Rules<'_>, problems: &mut Problems);

    /// The fields that name a review, with the slug that each names.
    fn reviews(&self) -> Vec<(String, &str)> {
        Vec::new()
    }

    /// Checks the document against the reviews that it names, where they were found.
    fn check_reviews(&self, _find: FindReview<'_>, _problems: &mut Problems) {}

    /// Checks the recommendations that the document refers to, where they were found, against the reviews that it names.
    fn check_recommendations(&self, _find: FindReview<'_>, _review_of: FindReviewOf<'_>, _problems: &mut Problems) {}

    /// The nodes of the register that it names, reviews apart.
    fn named(&self) -> Vec<Named<'_>> {
        Vec::new()
    }

    /// Shows every reference to other content, in the order of the document.
    fn references(&mut self, visit: &mut dyn FnMut(Slot<'_>));

    /// The stored files that it names.
    fn files(&self) -> &[FileInput] {
        &[]
    }

    /// Texts beside title and summary that are worth finding.
    fn body(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// The fields that every kind has.
#[derive(Clone, Copy)]
pub struct Common<'a> {
    /// The title.
    pub title: &'a str,
    /// The language of the document's texts.
    pub language: &'a LanguageTag,
    /// The summary.
    pub summary: Option<&'a Markdown>,
    /// Theme slugs.
    pub themes: &'a [String],
    /// Country codes.
    pub countries: &'a [CountryCode],
    /// Translations.
    pub translations: &'a [TranslationInput],
    /// Citations.
    pub citations: &'a [CitationInput],
    /// Slugs of practitioners; of a document that is not prepared yet, also ids.
    pub contributors: &'a [String],
}

/// Title and summary in another language.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TranslationInput {
    /// BCP 47 tag of the translation; not that of the original.
    pub language: LanguageTag,
    /// The translated title.
    pub title: String,
    /// The translated summary, CommonMark.
    pub summary: Option<Markdown>,
}

/// Ties the content to a resource, with the place in it.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Hash, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CitationInput {
    /// Slug or id of the cited resource.
    pub resource: String,
    /// Page, paragraph or section, e.g. `pp. 8–9` or `¶13`.
    pub locator: Option<String>,
    /// A short note.
    pub note: Option<String>,
}

/// Defines the document of a kind: the fields that every kind has, and then its own.
macro_rules! document {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[serde_with::skip_serializing_none]
        #[derive(Clone, Debug, PartialEq, async_graphql::InputObject, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// The title, in one line of at most 300 characters.
            pub title: String,
            /// BCP 47 tag of the language that the texts are written in.
            pub language: $crate::graphql::scalars::LanguageTag,
            /// What it is about in a few sentences, CommonMark, at most 5,000 characters.
            pub summary: Option<$crate::graphql::scalars::Markdown>,
            /// Theme slugs, the most important first.
            pub themes: Option<Vec<String>>,
            /// ISO 3166-1 alpha-2 codes of the countries that it is about.
            pub countries: Option<Vec<$crate::graphql::scalars::CountryCode>>,
            /// Title and summary in other languages.
            pub translations: Option<Vec<$crate::content::document::TranslationInput>>,
            /// Where this is taken from.
            pub citations: Option<Vec<$crate::content::document::CitationInput>>,
            /// Slugs or ids of the practitioners who shared this with the community.
            pub contributors: Option<Vec<String>>,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $name {
            /// The fields that every kind has.
            fn common_fields(&self) -> $crate::content::document::Common<'_> {
                $crate::content::document::Common {
                    title: &self.title,
                    language: &self.language,
                    summary: self.summary.as_ref(),
                    themes: self.themes.as_deref().unwrap_or_default(),
                    countries: self.countries.as_deref().unwrap_or_default(),
                    translations: self.translations.as_deref().unwrap_or_default(),
                    citations: self.citations.as_deref().unwrap_or_default(),
                    contributors: self.contributors.as_deref().unwrap_or_default(),
                }
            }

            /// Shows the references that every kind has.
            fn common_references(
                &mut self,
                visit: &mut dyn FnMut($crate::content::document::reference::Slot<'_>),
            ) {
                $crate::content::document::reference::common(
                    &mut self.citations,
                    &mut self.contributors,
                    visit,
                );
            }
        }
    };
}

pub(crate) use document;
