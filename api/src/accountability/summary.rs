//! How far recommendations have been put into practice, counted by country, theme, cycle, mechanism or goal: the clusters
//! by which following up is organised, across mechanisms.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use praxis_entities::vocabulary::{ConceptScheme, ImplementationStatus, RecommendationResponse};
use praxis_entities::{concept, content, content_concept, recommendation, review};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::mechanism::Mechanism;
use super::recommendation::filter::RecommendationFilter;
use super::reference::ById;
use super::uptake::TOLD;
use crate::content::kind::KindFilter;
use crate::content::visibility;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::LanguageTag;
use crate::vocabulary::Vocabulary;

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
enum Group {
    Concept(Uuid),
    Target(String),
    Number(i32),
    Mechanism(Uuid),
}

/// How far the recommendations of a group have been put into practice. Recommendations and concluding observations are
/// counted; pledges and questions are not.
#[derive(Clone, Debug)]
pub struct ImplementationSummary {
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
}

/// The summary of a country, or of everything.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Summary {
    country: Option<Uuid>,
    axis: SummaryAxis,
    filter: RecommendationFilter,
}

const PLACE: &str = "place_key";
const GROUP: &str = "group_key";

/// Each concept with what it counts for: itself and everything broader, or the targets of all of these.
fn memberships(vocabulary: &Vocabulary, axis: SummaryAxis) -> Vec<(Group, Uuid)> {
    let mut pairs = Vec::new();
    for theme in vocabulary.all(ConceptScheme::Theme) {
        for broader in vocabulary.with_broader(theme) {
            if axis == SummaryAxis::Theme {
                pairs.push((Group::Concept(broader.id), theme.id));
            }
        }
        if axis == SummaryAxis::SdgTarget {
            for target in &theme.properties.sdg_targets {
                pairs.push((Group::Target(target.clone()), theme.id));
            }
        }
    }
    pairs
}

/// The recommendations by response, status and what they are about, for each group and place.
fn statement(
    context: &LoadContext,
    axis: SummaryAxis,
    filter: &RecommendationFilter,
    countries: Option<Vec<Uuid>>,
) -> Result<SelectStatement, ApiError> {
    let told = |column| Expr::col((recommendation::Entity, column));
    let (place, member) = (Alias::new("place"), Alias::new("member"));
    let mut select = Query::select();
    select
        .columns([
            (recommendation::Entity, recommendation::Column::Response),
            (recommendation::Entity, recommendation::Column::Implementation),
            (recommendation::Entity, recommendation::Column::ChildFocused),
        ])
        .from(content::Entity)
        .inner_join(
            recommendation::Entity,
            told(recommendation::Column::ContentId).equals((content::Entity, content::Column::Id)),
        )
        .and_where(told(recommendation::Column::Kind).is_in(TOLD))
        .and_where(visibility::listed(&context.actor))
        .cond_where(filter.condition(&context.app.vocabulary)?);
    let joined = |alias: &Alias| {
        Expr::col((alias.clone(), content_concept::Column::ContentId)).equals((content::Entity, content::Column::Id))
    };
    let mut groups = vec![
        told(recommendation::Column::Response),
        told(recommendation::Column::Implementation),
        told(recommendation::Column::ChildFocused),
    ];
    let mut counted = Expr::cust("COUNT(*)");
    let group = match axis {
        SummaryAxis::Country | SummaryAxis::Theme | SummaryAxis::SdgTarget => {
            let scheme = match axis {
                SummaryAxis::Country => ConceptScheme::Country,
                _ => ConceptScheme::Theme,
            };
            select
                .join_as(
                    sea_orm::JoinType::InnerJoin,
                    content_concept::Entity,
                    member.clone(),
                    joined(&member),
                )
                .and_where(Expr::col((member.clone(), content_concept::Column::Scheme)).eq(scheme));
            Expr::col((member.clone(), content_concept::Column::ConceptId))
        }
        SummaryAxis::Cycle | SummaryAxis::Mechanism => {
            select.inner_join(
                review::Entity,
                Expr::col((review::Entity, review::Column::Id))
                    .equals((recommendation::Entity, recommendation::Column::ReviewId)),
            );
            if axis == SummaryAxis::Cycle {
                select.and_where(Expr::col((review::Entity, review::Column::Cycle)).is_not_null());
                Expr::col((review::Entity, review::Column::Cycle))
            } else {
                Expr::col((review::Entity, review::Column::MechanismId))
            }
        }
    };
    // A recommendation with two themes of one group counts once, so the groups are made where the rows are counted.
    let group = match axis {
        SummaryAxis::Theme | SummaryAxis::SdgTarget => {
            let numbers = numbered(&memberships(&context.app.vocabulary, axis));
            let values = Alias::new("membership");
            select.join_subquery(
                sea_orm::JoinType::InnerJoin,
                members(&numbers),
                values.clone(),
                group.equals((values.clone(), Alias::new("concept_key"))),
            );
            counted = Expr::expr(Func::count_distinct(Expr::col((content::Entity, content::Column::Id))));
            Expr::col((values, Alias::new("number")))
        }
        _ => group,
    };
    select.expr_as(group.clone(), GROUP).expr_as(counted, "found");
    groups.push(group);
    if let Some(countries) = countries {
        select
            .expr_as(Expr::col((place.clone(), content_concept::Column::ConceptId)), PLACE)
            .join_as(
                sea_orm::JoinType::InnerJoin,
                content_concept::Entity,
                place.clone(),
                joined(&place),
            )
            .and_where(among(
                context.app.database.read(),
                Expr::col((place.clone(), content_concept::Column::ConceptId)),
                countries,
            ));
        groups.push(Expr::col((place, content_concept::Column::ConceptId)));
    }
    select.add_group_by(groups);
    Ok(select)
}

/// The groups in order, each with a number by which the statement knows it.
fn groups_in_order(pairs: &[(Group, Uuid)]) -> Vec<Group> {
    let mut groups: Vec<Group> = pairs.iter().map(|(group, _)| group.clone()).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn numbered(pairs: &[(Group, Uuid)]) -> Vec<(i32, Uuid)> {
    let groups = groups_in_order(pairs);
    pairs
        .iter()
        .filter_map(|(group, concept)| {
            let place = groups.binary_search(group).ok()?;
            Some((i32::try_from(place).ok()?, *concept))
        })
        .collect()
}

/// The memberships as a table: concepts of the vocabulary with the number of the group that each counts for.
fn members(numbers: &[(i32, Uuid)]) -> SelectStatement {
    let mut concepts_of: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for (number, id) in numbers {
        concepts_of.entry(*number).or_default().push(*id);
    }
    let member = |number: i32, ids: Vec<Uuid>| {
        Query::select()
            .expr_as(Expr::col((concept::Entity, concept::Column::Id)), "concept_key")
            .expr_as(Expr::val(number), "number")
            .from(concept::Entity)
            .and_where(Expr::col((concept::Entity, concept::Column::Id)).is_in(ids))
            .take()
    };
    let mut all = concepts_of.into_iter().map(|(number, ids)| member(number, ids));
    // Without any membership nothing is counted.
    let first = all.next().unwrap_or_else(|| member(0, Vec::new()));
    all.fold(first, |mut before, one| before.union(UnionType::All, one).take())
}

fn group_of(row: &QueryResult, axis: SummaryAxis, groups: &[Group]) -> Result<Option<Group>, ApiError> {
    Ok(match axis {
        SummaryAxis::Country => Some(Group::Concept(row.try_get("", GROUP)?)),
        SummaryAxis::Cycle => Some(Group::Number(row.try_get("", GROUP)?)),
        SummaryAxis::Mechanism => Some(Group::Mechanism(row.try_get("", GROUP)?)),
        SummaryAxis::Theme | SummaryAxis::SdgTarget => {
            let number: i32 = row.try_get("", GROUP)?;
            usize::try_from(number)
                .ok()
                .and_then(|place| groups.get(place))
                .cloned()
        }
    })
}

impl BatchKey for Summary {
    type Value = Arc<Vec<ImplementationSummary>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        type Shape = (SummaryAxis, RecommendationFilter, bool);
        let mut countries_of: HashMap<Shape, Vec<Uuid>> = HashMap::new();
        for key in keys {
            let shape = (key.axis, key.filter, key.country.is_some());
            countries_of.entry(shape).or_default().extend(key.country);
        }
        let mut found = HashMap::new();
        for ((axis, filter, by_country), countries) in countries_of {
            let statement = statement(context, axis, &filter, by_country.then_some(countries))?;
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
            for (country, counts) in counts {
                let mut summaries: Vec<_> = counts
                    .into_iter()
                    .map(|(group, counts)| ImplementationSummary { group, counts })
                    .collect();
                summaries.sort_by(|a, b| b.counts.all.cmp(&a.counts.all).then_with(|| a.group.cmp(&b.group)));
                let key = Self {
                    country,
                    axis,
                    filter: filter.clone(),
                };
                found.insert(key, Arc::new(summaries));
            }
        }
        Ok(found)
    }
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
    let key = Summary {
        country,
        axis,
        filter: filter.unwrap_or_default(),
    };
    let found = loaders(context)?.load(key).await?;
    Ok(found.map(|summaries| summaries.to_vec()).unwrap_or_default())
}
