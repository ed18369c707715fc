//! The filter of lists of recommendations.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{ConceptScheme, ImplementationStatus, RecommendationKind, RecommendationResponse};
use praxis_entities::{recommendation, recommending_country, review};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{Condition, DatabaseBackend};

use super::text::{Words, items};
use crate::accountability::review::filter::before;
use crate::content::filter::{ContentFilter, given, lists_any};
use crate::content::kind::{KindFilter, Reading, Scope, Selected};
use crate::database::Reader;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::CountryCode;
use crate::vocabulary::slugs::Slugged;

/// Of so many states, all recommendations are found first and then ordered: a state got a few hundred among all that there are.
const FEW_COUNTRIES: usize = 3;

/// Which recommendations a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct RecommendationFilter {
    /// The conditions that all kinds share; `countries` are the states under review.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// What they are.
    pub kinds: Option<Vec<RecommendationKind>>,
    /// ISO 3166-1 alpha-2 codes of the states that made them.
    pub recommending_countries: Option<Vec<CountryCode>>,
    /// Slugs of mechanisms, in capitals too; those of all are in the query `mechanisms`.
    pub mechanisms: Option<Vec<String>>,
    /// Numbers of the cycles of the mechanism.
    pub cycles: Option<Vec<i32>>,
    /// What the state under review said.
    pub responses: Option<Vec<RecommendationResponse>>,
    /// Only those about children, or only the others.
    pub child_focused: Option<bool>,
    /// How far they have been put into practice.
    pub implementation: Option<Vec<ImplementationStatus>>,
    /// Tags of the source, e.g. `Rights of the Child` of UPR Info, spelt as there.
    pub source_tags: Option<Vec<String>>,
    /// Words that must all stand in the text, or words that begin so: `traffick` finds *trafficking*, and `age` neither
    /// *marriage* nor *language*. Accents, case and punctuation do not count. At most ten words.
    /// For ranked, forgiving search use the query `search`.
    pub text: Option<String>,
}

impl RecommendationFilter {
    /// The conditions on what is known of every recommendation apart from its text and the source's tags.
    fn told(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((recommendation::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(column(recommendation::Column::Kind).is_in(kinds.iter().copied()));
        }
        if let Some(countries) = given(&self.recommending_countries) {
            let codes: Vec<String> = countries.iter().map(ToString::to_string).collect();
            let states = scope.vocabulary.expand(ConceptScheme::Country, &codes)?;
            condition = condition.add(
                scope.key.clone().in_subquery(
                    Query::select()
                        .column(recommending_country::Column::ContentId)
                        .from(recommending_country::Entity)
                        .and_where(Expr::col(recommending_country::Column::CountryId).is_in(states))
                        .take(),
                ),
            );
        }
        let (mechanisms, cycles) = (given(&self.mechanisms), given(&self.cycles));
        if mechanisms.is_some() || cycles.is_some() {
            let mut reviews = Query::select();
            reviews
                .column((review::Entity, review::Column::Id))
                .from(review::Entity);
            if let Some(mechanisms) = mechanisms {
                reviews.and_where(before(mechanisms));
            }
            if let Some(cycles) = cycles {
                reviews.and_where(Expr::col((review::Entity, review::Column::Cycle)).is_in(cycles.iter().copied()));
            }
            condition = condition.add(column(recommendation::Column::ReviewId).in_subquery(reviews));
        }
        if let Some(responses) = given(&self.responses) {
            condition = condition.add(column(recommendation::Column::Response).is_in(responses.iter().copied()));
        }
        if let Some(wanted) = self.child_focused {
            // Written into the statement: with a parameter PostgreSQL would plan it anew each time, since it takes half of all for such.
            let wanted = Expr::Constant(wanted.into());
            condition = condition.add(column(recommendation::Column::ChildFocused).is_in([wanted]));
        }
        if let Some(implementation) = given(&self.implementation) {
            condition =
                condition.add(column(recommendation::Column::Implementation).is_in(implementation.iter().copied()));
        }
        Ok(condition)
    }

    fn words(&self) -> Result<Option<Words>, ApiError> {
        self.text.as_deref().map(Words::parse).transpose()
    }

    /// Whether narrow rows have all that it asks for.
    fn is_narrow(&self) -> bool {
        self.common.is_of_keys() && given(&self.source_tags).is_none()
    }

    /// Whether it names so few states, under review or recommending, that what they were told or said is found first.
    fn names_few_states(&self) -> bool {
        [&self.common.countries, &self.recommending_countries]
            .into_iter()
            .filter_map(given)
            .any(|countries| countries.len() <= FEW_COUNTRIES)
    }
}

fn key() -> Expr {
    Expr::col((recommendation::Entity, recommendation::Column::ContentId))
}

impl KindFilter for RecommendationFilter {
    const COUNTED_BY_DETAIL: bool = true;

    fn slugs(&self) -> Option<(Slugged, &[String])> {
        given(&self.mechanisms).map(|mechanisms| (Slugged::Mechanism, mechanisms))
    }

    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let mut condition = self.told(scope)?;
        if let Some(tags) = given(&self.source_tags) {
            let column = Expr::col((recommendation::Entity, recommendation::Column::SourceTags));
            condition = condition.add(lists_any(column, tags)?);
        }
        if let Some(words) = self.words()? {
            condition = condition.add(words.condition(scope));
        }
        Ok(condition)
    }

    fn selecting(&self, scope: &Scope<'_>, selected: Selected) -> Result<Option<SelectStatement>, ApiError> {
        if !self.is_narrow() {
            return Ok(None);
        }
        let key = key();
        let told = self.told(&scope.by(key.clone()))?;
        let few = self.names_few_states() || matches!(selected, Selected::CountAmong(_));
        let by_words_alone = told.is_empty() && matches!(selected, Selected::Count);
        let mut select = match self.words()? {
            Some(words) if few => words.in_rows(scope.backend, told),
            Some(words) if by_words_alone => words.in_index(scope.backend),
            Some(words) => words.in_items(scope.backend).cond_where(told).take(),
            None => items().cond_where(told).take(),
        };
        let total = (Expr::cust("COUNT(*)"), Alias::new("total"));
        Ok(Some(match selected {
            Selected::Keys => select.expr(key).take(),
            Selected::Count => select.expr_as(total.0, total.1).take(),
            Selected::CountAmong(keys) => select
                .and_where(key.in_subquery(*keys))
                .expr_as(total.0, total.1)
                .take(),
        }))
    }

    fn narrow_rows(&self, scope: &Scope<'_>) -> Result<Option<SelectStatement>, ApiError> {
        // PostgreSQL would rather read all narrow rows than look up those of a state.
        if !self.is_narrow() || scope.backend == DatabaseBackend::Postgres {
            return Ok(None);
        }
        Ok(Some(items().cond_where(self.condition(&scope.by(key()))?).take()))
    }

    async fn reading(&self, database: &Reader) -> Result<Reading, ApiError> {
        match self.words()? {
            Some(words) => words.reading(database).await,
            None if self.names_few_states() => Ok(Reading::Few),
            None => Ok(Reading::Walked),
        }
    }
}
