//! How far recommendations have been put into practice, counted by country, theme, cycle, mechanism or goal: the clusters
//! by which following up is organised, across mechanisms.

mod grouping;
mod linked;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use futures::future::try_join_all;
use praxis_entities::recommendation;
use praxis_entities::vocabulary::{ImplementationStatus, RecommendationResponse};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, SelectStatement};
use uuid::Uuid;

use self::grouping::{Grouped, PLACE, group_of, grouped, groups_in_order, memberships};
use self::linked::{Link, Linked, Measured};
use super::commitment::Commitment;
use super::indicator::Indicator;
use super::mechanism::Mechanism;
use super::recommendation::filter::RecommendationFilter;
use super::reference::ById;
use crate::content::interface::Content;
use crate::content::kind::require_slugs;
use crate::content::organization::Organization;
use crate::graphql::connection::bounded;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::LanguageTag;

/// By what recommendations are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum SummaryAxis {
    /// By state under review.
    Country,
    /// By theme; a broader theme includes everything under it, so that a recommendation may count for several.
    Theme,
    /// By target of the Sustainable Development Goals, through the themes; a recommendation may count for several.
    SdgTarget,
    /// By cycle; those of mechanisms without cycles are left out.
    Cycle,
    /// By mechanism.
    Mechanism,
}

/// Which recommendations are counted together: a value of the axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// A country or a theme.
    Concept(Uuid),
    /// A target of the Sustainable Development Goals.
    Target(String),
    /// A cycle.
    Number(i32),
    /// A mechanism.
    Mechanism(Uuid),
}

/// How far the recommendations of a group have been put into practice. Recommendations and concluding observations are
/// counted; pledges and questions are not.
#[derive(Clone, Debug)]
pub struct ImplementationSummary {
    /// The summary that it is a group of.
    of: Arc<Summary>,
    group: Group,
    counts: Counts,
}

/// How many recommendations of a group there are, and of which sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    all: i32,
    child_focused: i32,
    accepted: i32,
    partly_accepted: i32,
    noted: i32,
    pending: i32,
    unknown: i32,
    not_started: i32,
    under_way: i32,
    partly_implemented: i32,
    implemented: i32,
    reversed: i32,
}

impl Counts {
    fn add(&mut self, response: RecommendationResponse, state: ImplementationStatus, child_focused: bool, count: i32) {
        self.all += count;
        if child_focused {
            self.child_focused += count;
        }
        *match response {
            RecommendationResponse::Accepted => &mut self.accepted,
            RecommendationResponse::PartlyAccepted => &mut self.partly_accepted,
            RecommendationResponse::Noted => &mut self.noted,
            RecommendationResponse::Pending => &mut self.pending,
        } += count;
        *match state {
            ImplementationStatus::Unknown => &mut self.unknown,
            ImplementationStatus::NotStarted => &mut self.not_started,
            ImplementationStatus::UnderWay => &mut self.under_way,
            ImplementationStatus::PartlyImplemented => &mut self.partly_implemented,
            ImplementationStatus::Implemented => &mut self.implemented,
            ImplementationStatus::Reversed => &mut self.reversed,
        } += count;
    }
}

/// How far the recommendations of a group have been put into practice. Recommendations and concluding observations are
/// counted; pledges and questions are not.
#[Object]
impl ImplementationSummary {
    /// The value of the axis: a country code, a theme slug, an SDG target, a cycle or the slug of a mechanism.
    async fn value(&self, context: &Context<'_>) -> Result<String, ApiError> {
        let loaders = loaders(context)?;
        Ok(match &self.group {
            Group::Concept(id) => loaders
                .app()
                .vocabulary
                .get(*id)
                .map_or_else(String::new, |concept| concept.code.clone()),
            Group::Target(target) => target.clone(),
            Group::Number(number) => number.to_string(),
            Group::Mechanism(id) => match loaders.load(ById::<Mechanism>::new(*id)).await? {
                Some(mechanism) => mechanism.name_and_slug().1.to_owned(),
                None => String::new(),
            },
        })
    }

    /// What the value is called.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "BCP 47 tag, e.g. `es`; English where it is missing.")] language: Option<LanguageTag>,
    ) -> Result<String, ApiError> {
        let loaders = loaders(context)?;
        Ok(match &self.group {
            Group::Concept(id) => loaders.app().vocabulary.get(*id).map_or_else(String::new, |concept| {
                concept.label(language.as_ref().map(LanguageTag::as_str)).to_owned()
            }),
            Group::Target(target) => target.clone(),
            Group::Number(number) => number.to_string(),
            Group::Mechanism(id) => match loaders.load(ById::<Mechanism>::new(*id)).await? {
                Some(mechanism) => mechanism.name_and_slug().0.to_owned(),
                None => String::new(),
            },
        })
    }

    /// How many recommendations there are.
    async fn recommendations(&self) -> i32 {
        self.counts.all
    }

    /// How many of them are about children.
    async fn child_focused(&self) -> i32 {
        self.counts.child_focused
    }

    /// How many were accepted.
    async fn accepted(&self) -> i32 {
        self.counts.accepted
    }

    /// How many were accepted in part.
    async fn partly_accepted(&self) -> i32 {
        self.counts.partly_accepted
    }

    /// How many were noted.
    async fn noted(&self) -> i32 {
        self.counts.noted
    }

    /// Of how many no answer is known.
    async fn pending(&self) -> i32 {
        self.counts.pending
    }

    /// How many nobody has assessed.
    async fn unknown(&self) -> i32 {
        self.counts.unknown
    }

    /// How many are not started.
    async fn not_started(&self) -> i32 {
        self.counts.not_started
    }

    /// How many are under way.
    async fn under_way(&self) -> i32 {
        self.counts.under_way
    }

    /// How many are implemented in part.
    async fn partly_implemented(&self) -> i32 {
        self.counts.partly_implemented
    }

    /// How many are implemented.
    async fn implemented(&self) -> i32 {
        self.counts.implemented
    }

    /// How many were taken back.
    async fn reversed(&self) -> i32 {
        self.counts.reversed
    }

    /// The institutions that are responsible for putting them into practice, those for most of them first.
    async fn responsible(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 50; 10 where it is missing.")] first: Option<i32>,
    ) -> Result<Vec<Organization>, ApiError> {
        let linked = self.linked(context, Link::Responsible, first).await?;
        Ok(linked
            .into_iter()
            .filter_map(|content| match content {
                Content::Organization(organization) => Some(organization),
                _ => None,
            })
            .collect())
    }

    /// The commitments that answer them, those that answer most of them first: one may serve many recommendations, also of
    /// several mechanisms.
    async fn commitments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 50; 10 where it is missing.")] first: Option<i32>,
    ) -> Result<Vec<Commitment>, ApiError> {
        let linked = self.linked(context, Link::Commitments, first).await?;
        Ok(linked
            .into_iter()
            .filter_map(|content| match content {
                Content::Commitment(commitment) => Some(commitment),
                _ => None,
            })
            .collect())
    }

    /// The indicators by which progress can be seen: those of the group's themes. Of other axes none.
    async fn indicators(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 50; 10 where it is missing.")] first: Option<i32>,
    ) -> Result<Vec<Indicator>, ApiError> {
        let limit = bounded("first", first, 10, 50)?;
        let loaders = loaders(context)?;
        let measured = loaders.load(Measured(self.of.axis)).await?;
        let mut indicators = measured
            .and_then(|measured| measured.get(&self.group).cloned())
            .unwrap_or_default();
        indicators.truncate(limit);
        Ok(indicators)
    }
}

impl ImplementationSummary {
    async fn linked(&self, context: &Context<'_>, link: Link, first: Option<i32>) -> Result<Vec<Content>, ApiError> {
        let limit = bounded("first", first, 10, 50)?;
        let loaders = loaders(context)?;
        let linked = loaders.load(Linked(Summary::clone(&self.of), link)).await?;
        let ids = linked.as_ref().and_then(|linked| linked.get(&self.group));
        let ids = ids.into_iter().flatten().take(limit);
        let found = try_join_all(ids.map(|id| Content::load(&loaders, link.kind(), *id))).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// The summary of a country, or of everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Summary {
    country: Option<Uuid>,
    axis: SummaryAxis,
    filter: RecommendationFilter,
}

/// Summaries that differ by their country alone, which one statement answers.
type Shape = (SummaryAxis, RecommendationFilter, bool);

/// The countries of the summaries of each shape.
fn by_shape(keys: impl IntoIterator<Item = Summary>) -> HashMap<Shape, Vec<Uuid>> {
    let mut countries_of: HashMap<Shape, Vec<Uuid>> = HashMap::new();
    for key in keys {
        let shape = (key.axis, key.filter, key.country.is_some());
        countries_of.entry(shape).or_default().extend(key.country);
    }
    countries_of
}

/// The recommendations by response, status and what they are about, for each group and place.
fn counts(grouped: Grouped) -> SelectStatement {
    let told = [
        recommendation::Column::Response,
        recommendation::Column::Implementation,
        recommendation::Column::ChildFocused,
    ];
    let mut select = grouped.select;
    select
        .columns(told.map(|column| (recommendation::Entity, column)))
        .expr_as(grouped.counted, "found")
        .add_group_by(told.map(|column| Expr::col((recommendation::Entity, column))))
        .add_group_by(grouped.columns);
    select
}

impl BatchKey for Summary {
    type Value = Arc<Vec<ImplementationSummary>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        // One for each axis and filter, none of which waits for another.
        let shapes = by_shape(keys).into_iter();
        let found = try_join_all(shapes.map(|(shape, countries)| of_shape(context, shape, countries))).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// The summaries of one shape: one statement for all countries.
async fn of_shape(
    context: &LoadContext,
    (axis, filter, by_country): Shape,
    countries: Vec<Uuid>,
) -> Result<Vec<(Summary, Arc<Vec<ImplementationSummary>>)>, ApiError> {
    let statement = counts(grouped(context, axis, &filter, by_country.then_some(countries))?);
    let groups = groups_in_order(&memberships(&context.app.vocabulary, axis));
    let mut counts: HashMap<Option<Uuid>, BTreeMap<Group, Counts>> = HashMap::new();
    for row in context.app.database.read().query_all(&statement).await? {
        let country: Option<Uuid> = if by_country {
            Some(row.try_get("", PLACE)?)
        } else {
            None
        };
        let Some(group) = group_of(&row, axis, &groups)? else {
            continue;
        };
        let number: i64 = row.try_get("", "found")?;
        counts.entry(country).or_default().entry(group).or_default().add(
            row.try_get("", "response")?,
            row.try_get("", "implementation")?,
            row.try_get("", "child_focused")?,
            i32::try_from(number).unwrap_or(i32::MAX),
        );
    }
    let summaries = counts.into_iter().map(|(country, counts)| {
        let mut summaries: Vec<_> = counts.into_iter().collect();
        summaries.sort_by(|a, b| b.1.all.cmp(&a.1.all).then_with(|| a.0.cmp(&b.0)));
        let key = Summary {
            country,
            axis,
            filter: filter.clone(),
        };
        let of = Arc::new(key.clone());
        let summaries = summaries.into_iter().map(|(group, counts)| ImplementationSummary {
            of: of.clone(),
            group,
            counts,
        });
        (key, Arc::new(summaries.collect()))
    });
    Ok(summaries.collect())
}

/// The summary of the recommendations that fulfil a filter, of a country or of all: one statement for all countries at a
/// level. The largest groups come first.
///
/// # Errors
/// Where the filter names something unknown, or the database is away.
pub async fn summary(
    context: &Context<'_>,
    country: Option<Uuid>,
    axis: SummaryAxis,
    filter: Option<RecommendationFilter>,
) -> Result<Vec<ImplementationSummary>, ApiError> {
    let loaders = loaders(context)?;
    let filter = filter.unwrap_or_default();
    require_slugs(&loaders, &filter).await?;
    let key = Summary { country, axis, filter };
    let found = loaders.load(key).await?;
    Ok(found.map(|summaries| summaries.to_vec()).unwrap_or_default())
}
