//! How recommendations are put into groups, in one statement for all groups and countries.

use praxis_entities::vocabulary::ConceptScheme;
use praxis_entities::{content_concept, recommendation, review};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, IntoIden, Query, SelectStatement, TableRef};
use sea_orm::{JoinType, QueryResult};
use uuid::Uuid;

use super::{Group, SummaryAxis};
use crate::accountability::recommendation::Recommendation;
use crate::accountability::recommendation::filter::RecommendationFilter;
use crate::accountability::uptake::is_told;
use crate::content::listed::{narrow_rows, rows};
use crate::database::{join_in_order, of_parents};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::LoadContext;
use crate::vocabulary::Vocabulary;

/// What the country is called in a row.
pub const PLACE: &str = "place_key";
/// What the group is called in a row.
const GROUP: &str = "group_key";

/// Each concept with what it counts for: itself and everything broader, or the targets of all of these.
pub fn memberships(vocabulary: &Vocabulary, axis: SummaryAxis) -> Vec<(Group, Uuid)> {
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

/// A selection of the recommendations that are counted, with their group and place; nothing else is selected yet. What is told of
/// them is under the name of their table, whether that or the narrow rows of lists are read.
pub struct Grouped {
    /// The selection.
    pub select: SelectStatement,
    /// The columns that tell groups and places apart.
    pub columns: Vec<Expr>,
    /// How a recommendation is counted once in a group.
    pub counted: Expr,
}

/// Selects the recommendations that fulfil a filter, by group, and by country where some are given.
///
/// # Errors
/// Where the filter names something unknown.
pub fn grouped(
    context: &LoadContext,
    axis: SummaryAxis,
    filter: &RecommendationFilter,
    countries: Option<Vec<Uuid>>,
) -> Result<Grouped, ApiError> {
    let told = |column| Expr::col((recommendation::Entity, column));
    let key = || told(recommendation::Column::ContentId);
    let (place, member) = (Alias::new("place"), Alias::new("member"));
    let mut select = match narrow_rows::<Recommendation>(context, filter)? {
        Some(narrow) => narrow,
        None => rows::<Recommendation>(context, filter)?,
    };
    select.and_where(is_told());
    let concept = |alias: &Alias, column| Expr::col((alias.clone(), column));
    let mut columns = Vec::new();
    if let Some(countries) = countries {
        let of = || concept(&place, content_concept::Column::ConceptId);
        select
            .expr_as(of(), PLACE)
            .join_as(
                JoinType::InnerJoin,
                content_concept::Entity,
                place.clone(),
                concept(&place, content_concept::Column::ContentId).eq(key()),
            )
            .and_where(of_parents(context.app.database.read(), of(), countries));
        columns.push(of());
    }
    let mut counted = Expr::cust("COUNT(*)");
    let group = match axis {
        SummaryAxis::Country | SummaryAxis::Theme | SummaryAxis::SdgTarget => {
            let scheme = match axis {
                SummaryAxis::Country => ConceptScheme::Country,
                _ => ConceptScheme::Theme,
            };
            let on = concept(&member, content_concept::Column::ContentId).eq(key());
            join_in_order(&mut select, content_concept::Entity, member.clone(), on);
            select.and_where(concept(&member, content_concept::Column::Scheme).eq(Expr::Constant(scheme.into())));
            concept(&member, content_concept::Column::ConceptId)
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
            let table = TableRef::SubQuery(Box::new(members(&numbers)), values.clone().into_iden());
            let on = group.equals((values.clone(), Alias::new("concept_key")));
            join_in_order(&mut select, table, values.clone(), on);
            counted = Expr::expr(Func::count_distinct(key()));
            Expr::col((values, Alias::new("number")))
        }
        _ => group,
    };
    select.expr_as(group.clone(), GROUP);
    columns.push(group);
    Ok(Grouped {
        select,
        columns,
        counted,
    })
}

/// The groups in order, each with a number by which the statement knows it.
pub fn groups_in_order(pairs: &[(Group, Uuid)]) -> Vec<Group> {
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

/// The memberships as a table: concepts of the vocabulary with the number of the group that each counts for. Its rows stand in
/// the statement: what PostgreSQL had to look up, it would take for so few that it began with every recommendation of a theme.
fn members(numbers: &[(i32, Uuid)]) -> SelectStatement {
    let mut rows: Vec<(Uuid, i32)> = numbers.iter().map(|(number, concept)| (*concept, *number)).collect();
    if rows.is_empty() {
        // Without any membership nothing is counted.
        rows.push((Uuid::nil(), 0));
    }
    Query::select()
        .expr_as(Expr::col(Alias::new("column1")), "concept_key")
        .expr_as(Expr::col(Alias::new("column2")), "number")
        .from_values(rows, Alias::new("member_rows"))
        .take()
}

/// The group of a row.
///
/// # Errors
/// Where the row can't be understood.
pub fn group_of(row: &QueryResult, axis: SummaryAxis, groups: &[Group]) -> Result<Option<Group>, ApiError> {
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
