//! Indicators and their values.

use async_graphql::{Context, InputObject};
use praxis_entities::vocabulary::ConceptScheme;
use praxis_entities::{indicator, observation};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{Condition, EntityTrait, QuerySelect};
use uuid::Uuid;

use super::cited::citation;
use super::commitment::Commitment;
use super::commitment::filter::CommitmentFilter;
use super::grouped::{self, Grouping};
use super::recommendation::text::Words;
use super::reference::{Narrowing, children, list, reference_object, required};
use super::review::country;
use super::states::States;
use crate::app::App;
use crate::content::fields::Citation;
use crate::content::filter::{given, in_order, lists_any};
use crate::content::initiative::Initiative;
use crate::content::initiative::filter::InitiativeFilter;
use crate::database::among;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::{CountryCode, Markdown};
use crate::vocabulary::slugs::{self, Slugged};
use crate::vocabulary::types::{Country, Theme};

reference_object! {
    /// Something that is measured again and again in the same way.
    Indicator, indicator, {
        /// The name that filters use.
        async fn slug(&self) -> &str {
            &self.0.slug
        }

        /// The name.
        async fn name(&self) -> &str {
            &self.0.name
        }

        /// What is measured, and how.
        async fn definition(&self) -> Option<Markdown> {
            self.0.definition.as_deref().map(Markdown::trusted)
        }

        /// The unit of its values.
        async fn unit(&self) -> Option<&str> {
            self.0.unit.as_deref()
        }

        /// Who publishes it, e.g. `UNICEF`.
        async fn source(&self) -> Option<&str> {
            self.0.source.as_deref()
        }

        /// The child rights issues that it belongs to.
        async fn themes(&self, context: &Context<'_>) -> Result<Vec<Theme>, ApiError> {
            let slugs: Vec<String> = crate::content::json(&self.0.themes)?;
            let vocabulary = loaders(context)?.app().vocabulary.clone();
            Ok(slugs
                .iter()
                .filter_map(|slug| vocabulary.find(ConceptScheme::Theme, slug).cloned())
                .map(Theme)
                .collect())
        }

        /// Where this is taken from.
        async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
            citation(context, self.0.citation_resource_id, self.0.citation_locator.clone(), None).await
        }

        /// Its values, the latest period first. Name several countries to compare them.
        async fn observations(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which values.")] filter: Option<ObservationFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Observation>, ApiError> {
            of(context, self.0.id, "indicator_id", filter, PageArguments::forward(first, after)).await
        }

        /// The initiatives that are measured by it, as plans of action are, the latest published first.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which initiatives.")] filter: Option<InitiativeFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            let page = PageArguments::forward(first, after);
            grouped::connection(context, Grouping::Indicator, self.0.id, filter, page).await
        }

        /// The commitments that are measured by it, the latest published first.
        async fn commitments(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which commitments.")] filter: Option<CommitmentFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Commitment>, ApiError> {
            let page = PageArguments::forward(first, after);
            grouped::connection(context, Grouping::Indicator, self.0.id, filter, page).await
        }
    }
}

reference_object! {
    /// One value of an indicator: for one country, one period and one group of people.
    Observation, observation, {
        /// The indicator.
        async fn indicator(&self, context: &Context<'_>) -> Result<Indicator, ApiError> {
            required(context, self.0.indicator_id).await
        }

        /// The country.
        async fn country(&self, context: &Context<'_>) -> Result<Country, ApiError> {
            country(context, self.0.country_id)
        }

        /// The period, as the source writes it, e.g. `2012` or `2012-Q1`.
        async fn period(&self) -> &str {
            &self.0.period
        }

        /// The value.
        async fn value(&self) -> f64 {
            self.0.value
        }

        /// The unit, where it differs from the indicator's.
        async fn unit(&self) -> Option<&str> {
            self.0.unit.as_deref()
        }

        /// Of whom, in the codes of the source, e.g. `SEX=F;AGE=Y0T4`; empty for all.
        async fn disaggregation(&self) -> &str {
            &self.0.disaggregation
        }

        /// What the source says of the value's quality, in its codes, e.g. `E`; `<` or `>` before it, or alone, where the true
        /// value lies below or above; `F` at the end where the file calls it a forecast or a projection.
        async fn flag(&self) -> Option<&str> {
            self.0.flag.as_deref()
        }

        /// The file that this was imported from, or the source that it names.
        async fn source(&self) -> &str {
            &self.0.source
        }
    }
}

impl Observation {
    /// Its place in lists: the first day of the period as a number.
    pub fn place(&self) -> i64 {
        self.0.place
    }

    /// The value.
    pub fn number(&self) -> f64 {
        self.0.value
    }
}

/// Which values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct ObservationFilter {
    /// ISO 3166-1 alpha-2 codes.
    pub countries: Option<Vec<CountryCode>>,
    /// UN M49 codes of regions.
    pub regions: Option<Vec<String>>,
    /// From this year on.
    pub from: Option<i32>,
    /// Up to this year. It must not lie before `from`.
    pub to: Option<i32>,
    /// Only values for these groups of people, in the codes of the source; an empty text stands for all people.
    pub disaggregations: Option<Vec<String>>,
    /// Slugs of indicators, in capitals too; those of all are in the query `indicators`.
    pub indicators: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Checked {
    states: States,
    filter: ObservationFilter,
}

impl Narrowing for Checked {
    fn condition(&self) -> Condition {
        let column = |column| Expr::col((observation::Entity, column));
        let mut condition = self.states.condition(&column(observation::Column::CountryId));
        if let Some(from) = self.filter.from {
            condition = condition.add(column(observation::Column::Place).gte(i64::from(from) * 10_000));
        }
        if let Some(to) = self.filter.to {
            condition = condition.add(column(observation::Column::Place).lt((i64::from(to) + 1) * 10_000));
        }
        if let Some(groups) = given(&self.filter.disaggregations) {
            let groups = groups.iter().map(|group| group.replace('\0', "\u{fffd}"));
            condition = condition.add(column(observation::Column::Disaggregation).is_in(groups));
        }
        if let Some(indicators) = given(&self.filter.indicators) {
            condition = condition.add(
                column(observation::Column::IndicatorId).in_subquery(
                    Query::select()
                        .column((indicator::Entity, indicator::Column::Id))
                        .from(indicator::Entity)
                        .and_where(named(indicators))
                        .take(),
                ),
            );
        }
        condition
    }
}

/// A page of the values of an indicator or a country, the latest first.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub async fn of(
    context: &Context<'_>,
    parent: Uuid,
    column: &'static str,
    filter: Option<ObservationFilter>,
    page: PageArguments,
) -> Result<Connection<Observation>, ApiError> {
    let loaders = loaders(context)?;
    let filter = filter.unwrap_or_default();
    in_order(("from", filter.from), ("to", filter.to))?;
    if let Some(indicators) = given(&filter.indicators) {
        slugs::require(&loaders, Slugged::Indicator, indicators).await?;
    }
    let states = States::find(&loaders.app().vocabulary, &filter.countries, &filter.regions)?;
    let checked = Checked { states, filter };
    children(context, parent, column, checked, page).await
}

/// Which indicators. Every given condition must hold; within one condition any value will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct IndicatorFilter {
    /// Slugs of indicators, in capitals too.
    pub slugs: Option<Vec<String>>,
    /// Theme slugs. A broader theme includes everything under it.
    pub themes: Option<Vec<String>>,
    /// Words that must all stand in the name, the definition or the source, or words that begin so. Accents, case and punctuation
    /// do not count. At most ten words.
    pub text: Option<String>,
}

impl IndicatorFilter {
    /// The condition on the rows. Words take a statement of their own, which reads all texts: no database orders or folds them alike,
    /// and there are few.
    async fn condition(&self, app: &App) -> Result<Condition, ApiError> {
        type Row = (Uuid, String, Option<String>, Option<String>);
        let mut condition = Condition::all();
        if let Some(slugs) = given(&self.slugs) {
            condition = condition.add(named(slugs));
        }
        if let Some(themes) = given(&self.themes) {
            let themes = app.vocabulary.expand(ConceptScheme::Theme, themes)?.into_iter();
            let slugs: Vec<String> = themes
                .filter_map(|id| app.vocabulary.get(id))
                .map(|theme| theme.code.clone())
                .collect();
            let column = Expr::col((indicator::Entity, indicator::Column::Themes));
            condition = condition.add(lists_any(column, &slugs)?);
        }
        if let Some(text) = &self.text {
            let words = Words::parse(text)?;
            let rows: Vec<Row> = indicator::Entity::find()
                .select_only()
                .columns([
                    indicator::Column::Id,
                    indicator::Column::Name,
                    indicator::Column::Definition,
                    indicator::Column::Source,
                ])
                .into_tuple()
                .all(app.database.read())
                .await?;
            let found = rows.into_iter().filter_map(|(id, name, definition, source)| {
                let parts: Vec<String> = std::iter::once(name).chain(definition).chain(source).collect();
                words.are_in(&parts.join(" ")).then_some(id)
            });
            let key = Expr::col((indicator::Entity, indicator::Column::Id));
            condition = condition.add(among(app.database.read(), key, found.collect()));
        }
        Ok(condition)
    }
}

/// Indicators with these slugs.
fn named(indicators: &[String]) -> Expr {
    Expr::col((indicator::Entity, indicator::Column::Slug)).is_in(slugs::written(indicators))
}

/// A page of all indicators.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub async fn all(
    context: &Context<'_>,
    filter: Option<IndicatorFilter>,
    page: PageArguments,
) -> Result<Connection<Indicator>, ApiError> {
    let loaders = loaders(context)?;
    let filter = filter.unwrap_or_default();
    if let Some(slugs) = given(&filter.slugs) {
        slugs::require(&loaders, Slugged::Indicator, slugs).await?;
    }
    let condition = filter.condition(loaders.app()).await?;
    list(context, condition, page).await
}
