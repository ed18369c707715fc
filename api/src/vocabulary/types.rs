//! The vocabularies as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use praxis_entities::vocabulary::ConceptScheme;

use super::{Concept, Vocabulary};
use crate::accountability::commitment::Commitment;
use crate::accountability::commitment::filter::CommitmentFilter;
use crate::accountability::event::Event;
use crate::accountability::event::filter::EventFilter;
use crate::accountability::grouped::{self, Grouping};
use crate::accountability::indicator::{self, Observation, ObservationFilter};
use crate::accountability::recommendation::Recommendation;
use crate::accountability::recommendation::filter::RecommendationFilter;
use crate::accountability::review::filter::ReviewFilter;
use crate::accountability::review::{self, Review};
use crate::accountability::summary::{self, ImplementationSummary, SummaryAxis};
use crate::accountability::treaty::{self, Ratification, RatificationFilter};
use crate::content::evidence::Evidence;
use crate::content::evidence::filter::EvidenceFilter;
use crate::content::initiative::Initiative;
use crate::content::initiative::filter::InitiativeFilter;
use crate::graphql::connection::{Connection, PageArguments};
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

    /// How far what it was told has been put into practice, by theme, goal, cycle or mechanism; the largest groups first.
    async fn implementation_summary(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "By what the recommendations are counted.")] by: SummaryAxis,
        #[graphql(desc = "Which recommendations.")] filter: Option<RecommendationFilter>,
    ) -> Result<Vec<ImplementationSummary>, ApiError> {
        summary::summary(context, Some(self.0.id), by, filter).await
    }

    /// Its reviews before all mechanisms, the latest first.
    async fn reviews(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ReviewFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Review>, ApiError> {
        let page = PageArguments::forward(first, after);
        review::of(context, self.0.id, "country_id", filter, page).await
    }

    /// What it was told, pledged and was asked, the latest published first.
    async fn recommendations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<RecommendationFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Recommendation>, ApiError> {
        let page = PageArguments::forward(first, after);
        grouped::connection(context, Grouping::Country, self.0.id, filter, page).await
    }

    /// What its duty bearers undertook, the latest published first. `overdue` filters those whose day has passed.
    async fn commitments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<CommitmentFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Commitment>, ApiError> {
        let page = PageArguments::forward(first, after);
        grouped::connection(context, Grouping::Country, self.0.id, filter, page).await
    }

    /// Events about it, the latest published first.
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<EventFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Event>, ApiError> {
        let page = PageArguments::forward(first, after);
        grouped::connection(context, Grouping::Country, self.0.id, filter, page).await
    }

    /// Initiatives about it, the latest published first.
    async fn initiatives(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<InitiativeFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Initiative>, ApiError> {
        let page = PageArguments::forward(first, after);
        grouped::connection(context, Grouping::Country, self.0.id, filter, page).await
    }

    /// Findings about it, the latest published first.
    async fn evidence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<EvidenceFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Evidence>, ApiError> {
        let page = PageArguments::forward(first, after);
        grouped::connection(context, Grouping::Country, self.0.id, filter, page).await
    }

    /// Where it stands towards treaties, the latest to bind it first.
    async fn ratifications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<RatificationFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Ratification>, ApiError> {
        let page = PageArguments::forward(first, after);
        treaty::of(context, self.0.id, "country_id", filter, page).await
    }

    /// Values of indicators for it, the latest period first.
    async fn observations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ObservationFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
    ) -> Result<Connection<Observation>, ApiError> {
        let page = PageArguments::forward(first, after);
        indicator::of(context, self.0.id, "country_id", filter, page).await
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
