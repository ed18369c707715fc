//! The evidence gap map: where evidence is thick and where it is missing.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::{Context, Enum, SimpleObject};
use praxis_entities::vocabulary::{
    ConceptScheme, ContentStatus, EvidenceDirection, Factor, OutcomeDomain, RelationKind, StrengthLevel, StudyDesign,
};
use praxis_entities::{content, content_concept, content_relation, evidence, lesson};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, Iterable, JoinType};
use uuid::Uuid;

use super::filter::EvidenceFilter;
use super::{Evidence, strength_level};
use crate::content::kind::{KindFilter, Scope, join_detail};
use crate::content::visibility;
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loader::LoadContext;
use crate::graphql::loaders;
use crate::vocabulary::Vocabulary;

/// What the rows or the columns of an evidence map stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum EvidenceMapAxis {
    /// The instruments used by the initiatives that the findings are about.
    Instrument,
    /// What the findings are about.
    OutcomeDomain,
    /// Child rights issues. A finding counts under its themes and everything broader.
    Theme,
    /// Countries.
    Country,
    /// UN M49 regions. A finding counts under every region around its countries.
    Region,
    /// How the findings were arrived at.
    StudyDesign,
    /// The factors of the lessons that the findings support or challenge.
    Factor,
}

/// An evidence gap map. A finding with several values on an axis counts in each of their cells, once in each.
#[derive(SimpleObject)]
pub struct EvidenceMap {
    /// The rows. Of countries and regions only those with evidence; of everything else all.
    pub rows: Vec<MapHeading>,
    /// The columns, chosen like the rows.
    pub columns: Vec<MapHeading>,
    /// One cell for every row and column, row by row, the empty ones included.
    pub cells: Vec<EvidenceMapCell>,
}

/// A row or a column of an evidence map.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct MapHeading {
    /// The value as filters take it.
    pub value: String,
    /// The value in words, in English.
    pub label: String,
    /// How many findings have this value, each counted once.
    pub total: i32,
}

/// A cell of an evidence map.
#[derive(Clone, Debug, Default, PartialEq, Eq, SimpleObject)]
pub struct EvidenceMapCell {
    /// The value of the row.
    pub row: String,
    /// The value of the column.
    pub column: String,
    /// How many findings.
    pub count: i32,
    /// How many of them point to a benefit.
    pub benefits: i32,
    /// How many point to a pitfall.
    pub pitfalls: i32,
    /// How many point both ways.
    pub mixed: i32,
    /// How many found no effect.
    pub no_effect: i32,
    /// The strongest of them; null in an empty cell.
    pub strongest: Option<StrengthLevel>,
}

/// The column of a value in the statement of an axis.
const VALUE: &str = "axis_value";

/// A finding as the map sees it.
#[derive(Clone, Copy, Debug)]
struct Finding {
    direction: EvidenceDirection,
    strength: StrengthLevel,
}

type Values = HashMap<Uuid, HashSet<String>>;

/// The headings of an axis, value and label, in order.
struct Headings {
    list: Vec<(String, String)>,
    /// Whether those without evidence are shown.
    empty_too: bool,
}

/// Counts the findings of the filter: one statement for the findings and one for each axis that needs it.
///
/// # Errors
/// Where the filter is wrong or both axes are the same.
pub async fn evidence_map(
    context: &Context<'_>,
    rows: EvidenceMapAxis,
    columns: EvidenceMapAxis,
    filter: Option<EvidenceFilter>,
) -> Result<EvidenceMap, ApiError> {
    if rows == columns {
        return Err(ApiError::new(
            Code::BadRequest,
            "`rows` and `columns` are the same axis; choose two different ones.",
        ));
    }
    let loaders = loaders(context)?;
    let context = loaders.context();
    let vocabulary = &context.app.vocabulary;
    let filter = filter.unwrap_or_default();
    let mut scalars = [Values::new(), Values::new()];
    let mut findings = HashMap::new();
    let statement = selection(context, &filter)?
        .columns([
            (evidence::Entity, evidence::Column::Direction),
            (evidence::Entity, evidence::Column::StrengthLevel),
            (evidence::Entity, evidence::Column::OutcomeDomain),
            (evidence::Entity, evidence::Column::StudyDesign),
        ])
        .take();
    for row in context.app.database.read().query_all(&statement).await? {
        let id: Uuid = row.try_get("", "id")?;
        findings.insert(
            id,
            Finding {
                direction: row.try_get("", "direction")?,
                strength: strength_level(row.try_get("", "strength_level")?)?,
            },
        );
        for (axis, values) in [rows, columns].into_iter().zip(&mut scalars) {
            let value: Option<String> = match axis {
                EvidenceMapAxis::OutcomeDomain => row.try_get("", "outcome_domain")?,
                EvidenceMapAxis::StudyDesign => row.try_get("", "study_design")?,
                _ => None,
            };
            if let Some(value) = value {
                values.entry(id).or_default().insert(value);
            }
        }
    }
    let [mut row_values, mut column_values] = scalars;
    for (axis, values) in [(rows, &mut row_values), (columns, &mut column_values)] {
        add_related(context, axis, &filter, values).await?;
    }
    Ok(count(
        &findings,
        (headings(vocabulary, rows), &row_values),
        (headings(vocabulary, columns), &column_values),
    ))
}

/// Selects the ids of the findings of the filter that the caller may see.
fn selection(context: &LoadContext, filter: &EvidenceFilter) -> Result<SelectStatement, ApiError> {
    let mut select = Query::select();
    select
        .column((content::Entity, content::Column::Id))
        .from(content::Entity)
        .and_where(visibility::listed(&context.actor))
        .cond_where(filter.condition(&Scope::whole(&context.app))?);
    join_detail::<Evidence>(&mut select);
    Ok(select)
}

/// Adds the values of an axis that stand in other tables.
async fn add_related(
    context: &LoadContext,
    axis: EvidenceMapAxis,
    filter: &EvidenceFilter,
    values: &mut Values,
) -> Result<(), ApiError> {
    let mut statement = selection(context, filter)?;
    match axis {
        EvidenceMapAxis::OutcomeDomain | EvidenceMapAxis::StudyDesign => return Ok(()),
        EvidenceMapAxis::Theme => join_concepts(&mut statement, ConceptScheme::Theme),
        EvidenceMapAxis::Country | EvidenceMapAxis::Region => join_concepts(&mut statement, ConceptScheme::Country),
        EvidenceMapAxis::Instrument => join_instruments(&mut statement),
        EvidenceMapAxis::Factor => join_factors(&mut statement),
    }
    let vocabulary = &context.app.vocabulary;
    for row in context.app.database.read().query_all(&statement).await? {
        let id: Uuid = row.try_get("", "id")?;
        let found = values.entry(id).or_default();
        if axis == EvidenceMapAxis::Factor {
            found.insert(row.try_get("", VALUE)?);
            continue;
        }
        let Some(concept) = vocabulary.get(row.try_get("", VALUE)?) else {
            continue;
        };
        match axis {
            EvidenceMapAxis::Country | EvidenceMapAxis::Instrument => {
                found.insert(concept.code.clone());
            }
            _ => found.extend(
                vocabulary
                    .with_broader(concept)
                    .into_iter()
                    .filter(|one| axis == EvidenceMapAxis::Theme || one.scheme == ConceptScheme::Region)
                    .map(|one| one.code.clone()),
            ),
        }
    }
    Ok(())
}

/// Joins the concepts of the findings.
fn join_concepts(statement: &mut SelectStatement, scheme: ConceptScheme) {
    statement
        .expr_as(
            Expr::col(concept(content_concept::Column::ConceptId)),
            Alias::new(VALUE),
        )
        .inner_join(
            content_concept::Entity,
            Expr::col(concept(content_concept::Column::ContentId))
                .equals((content::Entity, content::Column::Id))
                .and(Expr::col(concept(content_concept::Column::Scheme)).eq(scheme)),
        );
}

/// Joins the instruments of the published initiatives that the findings are about.
fn join_instruments(statement: &mut SelectStatement) {
    let initiative = Alias::new("initiative_content");
    statement
        .expr_as(
            Expr::col(concept(content_concept::Column::ConceptId)),
            Alias::new(VALUE),
        )
        .inner_join(
            content_relation::Entity,
            Expr::col(relation(content_relation::Column::SourceId))
                .equals((content::Entity, content::Column::Id))
                .and(Expr::col(relation(content_relation::Column::Kind)).eq(RelationKind::About)),
        )
        .join_as(
            JoinType::InnerJoin,
            content::Entity,
            initiative.clone(),
            Expr::col((initiative.clone(), content::Column::Id))
                .equals(relation(content_relation::Column::TargetId))
                .and(Expr::col((initiative, content::Column::Status)).eq(ContentStatus::Published)),
        )
        .inner_join(
            content_concept::Entity,
            Expr::col(concept(content_concept::Column::ContentId))
                .equals(relation(content_relation::Column::TargetId))
                .and(Expr::col(concept(content_concept::Column::Scheme)).eq(ConceptScheme::Instrument)),
        );
}

/// Joins the factors of the published lessons that the findings support or challenge.
fn join_factors(statement: &mut SelectStatement) {
    let source = Alias::new("lesson_content");
    statement
        .expr_as(Expr::col((lesson::Entity, lesson::Column::Factor)), Alias::new(VALUE))
        .inner_join(
            content_relation::Entity,
            Expr::col(relation(content_relation::Column::TargetId))
                .equals((content::Entity, content::Column::Id))
                .and(
                    Expr::col(relation(content_relation::Column::Kind))
                        .is_in([RelationKind::SupportedBy, RelationKind::ChallengedBy]),
                ),
        )
        .join_as(
            JoinType::InnerJoin,
            content::Entity,
            source.clone(),
            Expr::col((source.clone(), content::Column::Id))
                .equals(relation(content_relation::Column::SourceId))
                .and(Expr::col((source.clone(), content::Column::Status)).eq(ContentStatus::Published)),
        )
        .inner_join(
            lesson::Entity,
            Expr::col((lesson::Entity, lesson::Column::ContentId)).equals((source, content::Column::Id)),
        );
}

fn concept(column: content_concept::Column) -> (content_concept::Entity, content_concept::Column) {
    (content_concept::Entity, column)
}

fn relation(column: content_relation::Column) -> (content_relation::Entity, content_relation::Column) {
    (content_relation::Entity, column)
}

/// The headings of an axis.
fn headings(vocabulary: &Vocabulary, axis: EvidenceMapAxis) -> Headings {
    let of_scheme = |scheme| {
        vocabulary
            .all(scheme)
            .iter()
            .map(|concept| (concept.code.clone(), concept.label(None).to_owned()))
            .collect()
    };
    Headings {
        list: match axis {
            EvidenceMapAxis::Instrument => of_scheme(ConceptScheme::Instrument),
            EvidenceMapAxis::Theme => of_scheme(ConceptScheme::Theme),
            EvidenceMapAxis::Country => of_scheme(ConceptScheme::Country),
            EvidenceMapAxis::Region => of_scheme(ConceptScheme::Region),
            EvidenceMapAxis::OutcomeDomain => OutcomeDomain::iter().map(|one| named(one.as_str())).collect(),
            EvidenceMapAxis::StudyDesign => StudyDesign::iter().map(|one| named(one.as_str())).collect(),
            EvidenceMapAxis::Factor => Factor::iter().map(|one| named(one.as_str())).collect(),
        },
        empty_too: !matches!(axis, EvidenceMapAxis::Country | EvidenceMapAxis::Region),
    }
}

/// An enum value with its name in words: `BEFORE_AFTER` is "Before after".
fn named(value: &str) -> (String, String) {
    (value.to_owned(), crate::text::in_words(value))
}

/// Counts the cells. Pure: the same findings give the same map.
fn count(
    findings: &HashMap<Uuid, Finding>,
    (row_headings, row_values): (Headings, &Values),
    (column_headings, column_values): (Headings, &Values),
) -> EvidenceMap {
    let mut cells: BTreeMap<(&str, &str), EvidenceMapCell> = BTreeMap::new();
    let none = HashSet::new();
    for (id, finding) in findings {
        for row in row_values.get(id).unwrap_or(&none) {
            for column in column_values.get(id).unwrap_or(&none) {
                let cell = cells.entry((row, column)).or_default();
                cell.count += 1;
                match finding.direction {
                    EvidenceDirection::Benefit => cell.benefits += 1,
                    EvidenceDirection::Pitfall => cell.pitfalls += 1,
                    EvidenceDirection::Mixed => cell.mixed += 1,
                    EvidenceDirection::NoEffect => cell.no_effect += 1,
                }
                cell.strongest = Ord::max(cell.strongest, Some(finding.strength));
            }
        }
    }
    let totals = |headings: Headings, values: &Values| {
        headings
            .list
            .into_iter()
            .map(|(value, label)| MapHeading {
                total: i32::try_from(
                    findings
                        .keys()
                        .filter(|id| values.get(*id).is_some_and(|one| one.contains(&value)))
                        .count(),
                )
                .unwrap_or(i32::MAX),
                value,
                label,
            })
            .filter(|heading| headings.empty_too || heading.total > 0)
            .collect::<Vec<_>>()
    };
    let rows = totals(row_headings, row_values);
    let columns = totals(column_headings, column_values);
    let mut all = Vec::with_capacity(rows.len() * columns.len());
    for row in &rows {
        for column in &columns {
            all.push(EvidenceMapCell {
                row: row.value.clone(),
                column: column.value.clone(),
                ..cells
                    .get(&(row.value.as_str(), column.value.as_str()))
                    .cloned()
                    .unwrap_or_default()
            });
        }
    }
    EvidenceMap {
        rows,
        columns,
        cells: all,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heads(values: &[&str]) -> Headings {
        Headings {
            list: values.iter().map(|one| named(one)).collect(),
            empty_too: true,
        }
    }

    proptest! {
        #[test]
        fn the_map_has_every_cell_and_counts_every_finding_once_in_each(
            findings in prop::collection::vec((0usize..4, 0usize..4, prop::collection::hash_set(0usize..3, 0..3), prop::collection::hash_set(0usize..2, 0..2)), 0..30)
        ) {
            let rows = ["A", "B", "C"];
            let columns = ["X", "Y"];
            let mut all = HashMap::new();
            let mut row_values = Values::new();
            let mut column_values = Values::new();
            let mut expected = 0;
            for (direction, strength, at_rows, at_columns) in findings {
                let id = Uuid::now_v7();
                all.insert(id, Finding {
                    direction: EvidenceDirection::iter().nth(direction).unwrap(),
                    strength: StrengthLevel::iter().nth(strength).unwrap(),
                });
                expected += at_rows.len() * at_columns.len();
                row_values.insert(id, at_rows.into_iter().map(|one| rows[one].to_owned()).collect());
                column_values.insert(id, at_columns.into_iter().map(|one| columns[one].to_owned()).collect());
            }
            let map = count(&all, (heads(&rows), &row_values), (heads(&columns), &column_values));
            prop_assert_eq!(map.cells.len(), 6);
            prop_assert_eq!(map.cells.iter().map(|cell| cell.count).sum::<i32>(), expected as i32);
            for cell in &map.cells {
                prop_assert_eq!(cell.count, cell.benefits + cell.pitfalls + cell.mixed + cell.no_effect);
                prop_assert_eq!(cell.count > 0, cell.strongest.is_some());
            }
        }
    }
}
