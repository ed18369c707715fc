//! The vocabularies as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use praxis_entities::vocabulary::ConceptScheme;

use super::{Concept, Vocabulary};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loaders;
use crate::graphql::scalars::{CountryCode, LanguageTag};
use crate::identifier::{NodeId, NodeType};

fn id(concept: &Concept) -> ID {
    NodeId {
        node_type: NodeType::Concept(concept.scheme),
        uuid: concept.id,
    }
    .into()
}

fn label(concept: &Concept, language: Option<&LanguageTag>) -> String {
    concept.label(language.map(LanguageTag::as_str)).to_owned()
}

fn vocabulary(context: &Context<'_>) -> Result<Arc<Vocabulary>, ApiError> {
    Ok(loaders(context)?.app().vocabulary.clone())
}

fn alternative_labels(concept: &Concept, language: Option<&LanguageTag>) -> Vec<String> {
    let labels = &concept.properties.alt_label;
    match language {
        Some(language) => labels.get(language.as_str()).cloned().unwrap_or_default(),
        None => labels.values().flatten().cloned().collect(),
    }
}

/// A child rights issue: a concept of a hierarchical, multilingual vocabulary (SKOS).
#[derive(Clone)]
pub struct Theme(pub Arc<Concept>);

/// A child rights issue: a concept of a hierarchical, multilingual vocabulary (SKOS).
#[Object]
impl Theme {
    /// The id.
    pub async fn id(&self) -> ID {
        id(&self.0)
    }

    /// The name that filters and documents use, e.g. `child-marriage`.
    async fn slug(&self) -> &str {
        &self.0.code
    }

    /// The preferred label in the language asked for, else in English.
    async fn label(&self, #[graphql(desc = "BCP 47 tag, e.g. `es`.")] language: Option<LanguageTag>) -> String {
        label(&self.0, language.as_ref())
    }

    /// Other labels that people use: synonyms and acronyms, in one language or in all.
    async fn alternative_labels(
        &self,
        #[graphql(desc = "BCP 47 tag; every language where it is missing.")] language: Option<LanguageTag>,
    ) -> Vec<String> {
        alternative_labels(&self.0, language.as_ref())
    }

    /// What the theme covers, in the language asked for or else in English.
    async fn definition(
        &self,
        #[graphql(desc = "BCP 47 tag, e.g. `es`.")] language: Option<LanguageTag>,
    ) -> Option<String> {
        let definitions = &self.0.properties.definition;
        language
            .and_then(|language| definitions.get(language.as_str()))
            .or_else(|| definitions.get("en"))
            .cloned()
    }

    /// A short systematic code, e.g. `5.1`.
    async fn notation(&self) -> Option<&str> {
        self.0.notation.as_deref()
    }

    /// The next broader theme.
    async fn broader(&self, context: &Context<'_>) -> Result<Option<Theme>, ApiError> {
        let vocabulary = vocabulary(context)?;
        Ok(self.0.broader.and_then(|id| vocabulary.get(id).cloned()).map(Theme))
    }

    /// The next narrower themes.
    async fn narrower(&self, context: &Context<'_>) -> Result<Vec<Theme>, ApiError> {
        Ok(vocabulary(context)?
            .narrower(self.0.id)
            .iter()
            .cloned()
            .map(Theme)
            .collect())
    }

    /// The articles of the Convention on the Rights of the Child that it rests on.
    async fn crc_articles(&self) -> &[i32] {
        &self.0.properties.crc_articles
    }

    /// The targets of the Sustainable Development Goals that it belongs to, e.g. `16.2`.
    async fn sdg_targets(&self) -> &[String] {
        &self.0.properties.sdg_targets
    }
}

/// A way in which accountability is exercised, e.g. a community score card.
#[derive(Clone)]
pub struct Instrument(pub Arc<Concept>);

/// A way in which accountability is exercised, e.g. a community score card.
#[Object]
impl Instrument {
    /// The id.
    pub async fn id(&self) -> ID {
        id(&self.0)
    }

    /// The name that filters and documents use, e.g. `community-score-card`.
    async fn slug(&self) -> &str {
        &self.0.code
    }

    /// The preferred label in the language asked for, else in English.
    async fn label(&self, #[graphql(desc = "BCP 47 tag, e.g. `es`.")] language: Option<LanguageTag>) -> String {
        label(&self.0, language.as_ref())
    }

    /// Other labels that people use, in one language or in all.
    async fn alternative_labels(
        &self,
        #[graphql(desc = "BCP 47 tag; every language where it is missing.")] language: Option<LanguageTag>,
    ) -> Vec<String> {
        alternative_labels(&self.0, language.as_ref())
    }
}

/// A country or territory of ISO 3166-1.
#[derive(Clone)]
pub struct Country(pub Arc<Concept>);

/// A country or territory of ISO 3166-1.
#[Object]
impl Country {
    /// The id.
    pub async fn id(&self) -> ID {
        id(&self.0)
    }

    /// The ISO 3166-1 alpha-2 code.
    async fn code(&self) -> CountryCode {
        CountryCode::trusted(self.0.code.as_str())
    }

    /// The short name in the language asked for, else in English.
    async fn name(&self, #[graphql(desc = "BCP 47 tag, e.g. `es`.")] language: Option<LanguageTag>) -> String {
        label(&self.0, language.as_ref())
    }

    /// The most specific UN M49 region that it lies in.
    async fn region(&self, context: &Context<'_>) -> Result<Region, ApiError> {
        let vocabulary = vocabulary(context)?;
        self.0
            .broader
            .and_then(|id| vocabulary.get(id).cloned())
            .map(Region)
            .ok_or_else(|| ApiError::new(Code::Internal, "The vocabulary has no region for this country."))
    }
}

/// A region of the UN M49 standard: the world, a continent or a part of one.
#[derive(Clone)]
pub struct Region(pub Arc<Concept>);

/// A region of the UN M49 standard: the world, a continent or a part of one.
#[Object]
impl Region {
    /// The id.
    pub async fn id(&self) -> ID {
        id(&self.0)
    }

    /// The UN M49 code, three digits, e.g. `034`.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The name in the language asked for, else in English.
    async fn name(&self, #[graphql(desc = "BCP 47 tag, e.g. `es`.")] language: Option<LanguageTag>) -> String {
        label(&self.0, language.as_ref())
    }

    /// The region around it; null for the world.
    async fn broader(&self, context: &Context<'_>) -> Result<Option<Region>, ApiError> {
        let vocabulary = vocabulary(context)?;
        Ok(self.0.broader.and_then(|id| vocabulary.get(id).cloned()).map(Region))
    }

    /// The regions directly within it.
    async fn narrower(&self, context: &Context<'_>) -> Result<Vec<Region>, ApiError> {
        Ok(vocabulary(context)?
            .narrower(self.0.id)
            .iter()
            .filter(|concept| concept.scheme == ConceptScheme::Region)
            .cloned()
            .map(Region)
            .collect())
    }

    /// Every country in it, those of the regions within it included, by code.
    async fn countries(&self, context: &Context<'_>) -> Result<Vec<Country>, ApiError> {
        let vocabulary = vocabulary(context)?;
        let mut countries: Vec<_> = vocabulary
            .with_narrower(self.0.id)
            .into_iter()
            .filter_map(|id| vocabulary.get(id))
            .filter(|concept| concept.scheme == ConceptScheme::Country)
            .cloned()
            .collect();
        countries.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(countries.into_iter().map(Country).collect())
    }
}

/// A language of the vocabulary.
#[derive(Clone)]
pub struct Language(pub Arc<Concept>);

/// A language of the vocabulary.
#[Object]
impl Language {
    /// The BCP 47 tag.
    async fn tag(&self) -> LanguageTag {
        LanguageTag::trusted(self.0.code.as_str())
    }

    /// The name in the language asked for, else in English.
    async fn name(&self, #[graphql(desc = "BCP 47 tag, e.g. `es`.")] language: Option<LanguageTag>) -> String {
        label(&self.0, language.as_ref())
    }

    /// The name in the language itself.
    async fn autonym(&self) -> Option<&str> {
        self.0.properties.autonym.as_deref()
    }
}
