//! What a report is made of.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use praxis_entities::vocabulary::{
    CommitmentKind, ConceptScheme, ContentKind, ContentStatus, ImplementationStatus, RecommendationResponse,
    RelationKind, TreatyStatus,
};
use praxis_entities::{
    citation, commitment, content, content_concept, content_relation, indicator, mechanism, observation, ratification,
    recommendation, recommending_country, reported_figure, review, treaty,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use uuid::Uuid;

use super::{COMMITMENTS, INDICATORS, RECOMMENDATIONS};
use crate::accountability::implementation::ImplementationEntry;
use crate::accountability::uptake::{self, TOLD, Uptake};
use crate::identity::Actor;
use crate::vocabulary::{Concept, Vocabulary};

/// A review with its figures.
pub struct ReviewFacts {
    /// What it is called.
    pub name: String,
    /// The computed figures.
    pub uptake: Uptake,
    /// The figures that findings report.
    pub reported: Vec<Reported>,
}

/// A figure that a finding reports.
pub struct Reported {
    /// The figure.
    pub figure: reported_figure::Model,
    /// The finding.
    pub finding: String,
    /// Where the finding is taken from.
    pub sources: Vec<String>,
}

/// A recommendation about children.
pub struct Told {
    /// Where it stands: the review, and the paragraph where it has one.
    pub place: String,
    /// What it says.
    pub text: String,
    /// Who made it.
    pub makers: Vec<String>,
    /// What the state said.
    pub response: RecommendationResponse,
    /// The latest assessment.
    pub state: ImplementationStatus,
    /// All assessments.
    pub history: Vec<ImplementationEntry>,
    /// Who is responsible.
    pub responsible: Vec<String>,
    /// The theme that it is listed under.
    pub theme: String,
}

/// A commitment.
pub struct Promised {
    /// What was promised.
    pub title: String,
    /// What sort of thing.
    pub kind: CommitmentKind,
    /// By when.
    pub due: Option<NaiveDate>,
    /// The latest assessment.
    pub state: ImplementationStatus,
    /// Who promised.
    pub owners: Vec<String>,
}

/// Everything that a report says.
pub struct Facts {
    /// The reviews, the latest first.
    pub reviews: Vec<ReviewFacts>,
    /// The recommendations about children, by theme.
    pub told: Vec<Told>,
    /// How many recommendations about children there are.
    pub told_in_all: u64,
    /// The commitments, those due first first.
    pub promised: Vec<Promised>,
    /// Treaty, status and year.
    pub treaties: Vec<(String, TreatyStatus, Option<i32>)>,
    /// Indicator, value with unit, and period.
    pub values: Vec<(String, String, String)>,
}

/// Reads what a report is made of.
pub async fn gather(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    country: &Concept,
) -> Result<Facts, DbErr> {
    let (names, reviews) = reviews(connection, country.id).await?;
    let (told, told_in_all) = told(connection, vocabulary, &names).await?;
    Ok(Facts {
        reviews,
        told,
        told_in_all,
        promised: promised(connection, country.id).await?,
        treaties: treaties(connection, country.id).await?,
        values: values(connection, country.id).await?,
    })
}

type Names = HashMap<Uuid, String>;

async fn reviews(connection: &impl ConnectionTrait, country: Uuid) -> Result<(Names, Vec<ReviewFacts>), DbErr> {
    let mechanisms: Names = mechanism::Entity::find()
        .select_only()
        .columns([mechanism::Column::Id, mechanism::Column::Name])
        .into_tuple()
        .all(connection)
        .await?
        .into_iter()
        .collect();
    let rows = review::Entity::find()
        .filter(review::Column::CountryId.eq(country))
        .order_by_desc(review::Column::Place)
        .order_by_desc(review::Column::Id)
        .all(connection)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let uptakes = uptake::compute(connection, &Actor::Anonymous, &ids).await?;
    let mut reported = reported(connection, &ids).await?;
    let mut names = HashMap::new();
    let mut found = Vec::new();
    for row in rows {
        let mut name = mechanisms.get(&row.mechanism_id).cloned().unwrap_or_default();
        if let Some(session) = &row.session {
            name.push_str(&format!(", session {session}"));
        }
        if let Some(cycle) = row.cycle {
            name.push_str(&format!(", cycle {cycle}"));
        }
        match (row.date, row.year) {
            (Some(date), _) => name.push_str(&format!(" ({date})")),
            (None, Some(year)) => name.push_str(&format!(" ({year})")),
            (None, None) => {}
        }
        names.insert(row.id, name.clone());
        found.push(ReviewFacts {
            name,
            uptake: uptakes.get(&row.id).copied().unwrap_or_default(),
            reported: reported.remove(&row.id).unwrap_or_default(),
        });
    }
    Ok((names, found))
}

async fn reported(connection: &impl ConnectionTrait, reviews: &[Uuid]) -> Result<HashMap<Uuid, Vec<Reported>>, DbErr> {
    let figures = reported_figure::Entity::find()
        .filter(reported_figure::Column::ReviewId.is_in(reviews.iter().copied()))
        .order_by_asc(reported_figure::Column::ContentId)
        .order_by_asc(reported_figure::Column::Position)
        .all(connection)
        .await?;
    let findings: Vec<Uuid> = figures.iter().map(|figure| figure.content_id).collect();
    let titles = titles(connection, &findings).await?;
    let cited = citation::Entity::find()
        .filter(citation::Column::ContentId.is_in(findings))
        .order_by_asc(citation::Column::Position)
        .all(connection)
        .await?;
    let resources: Vec<Uuid> = cited.iter().map(|one| one.resource_id).collect();
    let resources = self::titles(connection, &resources).await?;
    let mut sources: HashMap<Uuid, Vec<String>> = HashMap::new();
    for one in cited {
        let Some(title) = resources.get(&one.resource_id) else {
            continue;
        };
        let place = one.locator.map_or_else(String::new, |locator| format!(", {locator}"));
        sources
            .entry(one.content_id)
            .or_default()
            .push(format!("{title}{place}"));
    }
    let mut found: HashMap<Uuid, Vec<Reported>> = HashMap::new();
    for figure in figures {
        // A finding that is not published has no title here.
        let Some(finding) = titles.get(&figure.content_id).cloned() else {
            continue;
        };
        let sources = sources.get(&figure.content_id).cloned().unwrap_or_default();
        found.entry(figure.review_id).or_default().push(Reported {
            figure,
            finding,
            sources,
        });
    }
    Ok(found)
}

/// The titles of those of the items that are published.
async fn titles(connection: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Names, DbErr> {
    let distinct: HashSet<Uuid> = ids.iter().copied().collect();
    if distinct.is_empty() {
        return Ok(Names::new());
    }
    let rows: Vec<(Uuid, String)> = content::Entity::find()
        .select_only()
        .columns([content::Column::Id, content::Column::Title])
        .filter(content::Column::Id.is_in(distinct))
        .filter(content::Column::Status.eq(ContentStatus::Published))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The titles of the organisations that items refer to by a relation, in the order of their documents.
async fn related(
    connection: &impl ConnectionTrait,
    sources: &[Uuid],
    kind: RelationKind,
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    if sources.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, Uuid)> = content_relation::Entity::find()
        .select_only()
        .columns([content_relation::Column::SourceId, content_relation::Column::TargetId])
        .filter(content_relation::Column::Kind.eq(kind))
        .filter(content_relation::Column::SourceId.is_in(sources.iter().copied()))
        .order_by_asc(content_relation::Column::Position)
        .into_tuple()
        .all(connection)
        .await?;
    let targets: Vec<Uuid> = rows.iter().map(|(_, target)| *target).collect();
    let titles = titles(connection, &targets).await?;
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (source, target) in rows {
        if let Some(title) = titles.get(&target) {
            found.entry(source).or_default().push(title.clone());
        }
    }
    Ok(found)
}

async fn told(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    reviews: &Names,
) -> Result<(Vec<Told>, u64), DbErr> {
    let about_children = recommendation::Entity::find()
        .filter(recommendation::Column::ReviewId.is_in(reviews.keys().copied()))
        .filter(recommendation::Column::ChildFocused.eq(true))
        .filter(recommendation::Column::Kind.is_in(TOLD))
        .filter(Expr::col((recommendation::Entity, recommendation::Column::ContentId)).in_subquery(published()));
    let rows = about_children
        .clone()
        .order_by_asc(recommendation::Column::Paragraph)
        .order_by_asc(recommendation::Column::ContentId)
        .limit(RECOMMENDATIONS + 1)
        .all(connection)
        .await?;
    let in_all = if rows.len() > usize::try_from(RECOMMENDATIONS).unwrap_or(usize::MAX) {
        let counted: Option<i64> = about_children
            .select_only()
            .column_as(Expr::cust("COUNT(*)"), "total")
            .into_tuple()
            .one(connection)
            .await?;
        counted.and_then(|total| u64::try_from(total).ok()).unwrap_or(0)
    } else {
        u64::try_from(rows.len()).unwrap_or(0)
    };
    let ids: Vec<Uuid> = rows.iter().map(|row| row.content_id).collect();
    let mut responsible = related(connection, &ids, RelationKind::Responsible).await?;
    let mut makers = makers(connection, vocabulary, &ids).await?;
    let themes = themes(connection, vocabulary, &ids).await?;
    let mut found: Vec<Told> = rows
        .into_iter()
        .take(usize::try_from(RECOMMENDATIONS).unwrap_or(usize::MAX))
        .map(|row| {
            let review = reviews.get(&row.review_id).cloned().unwrap_or_default();
            let mut by = makers.remove(&row.content_id).unwrap_or_default();
            by.extend(row.recommending_body);
            Ok(Told {
                place: row
                    .paragraph
                    .map_or_else(|| review.clone(), |number| format!("{review}, {number}")),
                text: row.text,
                makers: by,
                response: row.response,
                state: row.implementation,
                history: Vec::<ImplementationEntry>::deserialize(&row.implementation_history)
                    .map_err(|error| DbErr::Type(error.to_string()))?,
                responsible: responsible.remove(&row.content_id).unwrap_or_default(),
                theme: themes.get(&row.content_id).cloned().unwrap_or_default(),
            })
        })
        .collect::<Result<_, DbErr>>()?;
    found.sort_by(|a, b| (a.theme.is_empty(), &a.theme).cmp(&(b.theme.is_empty(), &b.theme)));
    Ok((found, in_all))
}

fn published() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column((content::Entity, content::Column::Id))
        .from(content::Entity)
        .and_where(
            Expr::col((content::Entity, content::Column::Kind))
                .is_in([ContentKind::Recommendation, ContentKind::Commitment]),
        )
        .and_where(Expr::col((content::Entity, content::Column::Status)).eq(ContentStatus::Published))
        .take()
}

async fn makers(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let rows = recommending_country::Entity::find()
        .filter(recommending_country::Column::ContentId.is_in(ids.iter().copied()))
        .order_by_asc(recommending_country::Column::Position)
        .all(connection)
        .await?;
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows {
        if let Some(country) = vocabulary.get(row.country_id) {
            found
                .entry(row.content_id)
                .or_default()
                .push(country.label(None).to_owned());
        }
    }
    Ok(found)
}

/// The first theme of each item.
async fn themes(connection: &impl ConnectionTrait, vocabulary: &Vocabulary, ids: &[Uuid]) -> Result<Names, DbErr> {
    let rows = content_concept::Entity::find()
        .filter(content_concept::Column::ContentId.is_in(ids.iter().copied()))
        .filter(content_concept::Column::Scheme.eq(ConceptScheme::Theme))
        .order_by_desc(content_concept::Column::Position)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.content_id, vocabulary.get(row.concept_id)?.label(None).to_owned())))
        .collect())
}

async fn promised(connection: &impl ConnectionTrait, country: Uuid) -> Result<Vec<Promised>, DbErr> {
    let rows = commitment::Entity::find()
        .filter(
            Expr::col((commitment::Entity, commitment::Column::ContentId)).in_subquery(
                Query::select()
                    .column(content_concept::Column::ContentId)
                    .from(content_concept::Entity)
                    .and_where(Expr::col(content_concept::Column::ConceptId).eq(country))
                    .take(),
            ),
        )
        .filter(Expr::col((commitment::Entity, commitment::Column::ContentId)).in_subquery(published()))
        .order_by_asc(commitment::Column::ContentId)
        .limit(COMMITMENTS)
        .all(connection)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.content_id).collect();
    let titles = titles(connection, &ids).await?;
    let mut owners = related(connection, &ids, RelationKind::Owner).await?;
    let mut found: Vec<Promised> = rows
        .into_iter()
        .map(|row| Promised {
            title: titles.get(&row.content_id).cloned().unwrap_or_default(),
            kind: row.kind,
            due: row.due_on,
            state: row.implementation,
            owners: owners.remove(&row.content_id).unwrap_or_default(),
        })
        .collect();
    found.sort_by(|a, b| (a.due.is_none(), a.due, &a.title).cmp(&(b.due.is_none(), b.due, &b.title)));
    Ok(found)
}

async fn treaties(
    connection: &impl ConnectionTrait,
    country: Uuid,
) -> Result<Vec<(String, TreatyStatus, Option<i32>)>, DbErr> {
    let rows = ratification::Entity::find()
        .filter(ratification::Column::CountryId.eq(country))
        .all(connection)
        .await?;
    let all = treaty::Entity::find()
        .order_by_asc(treaty::Column::Place)
        .order_by_asc(treaty::Column::Slug)
        .all(connection)
        .await?;
    Ok(all
        .into_iter()
        .filter_map(|treaty| {
            let row = rows.iter().find(|row| row.treaty_id == treaty.id)?;
            Some((treaty.name, row.status, row.year))
        })
        .collect())
}

/// The latest value for all people of each indicator.
async fn values(connection: &impl ConnectionTrait, country: Uuid) -> Result<Vec<(String, String, String)>, DbErr> {
    let names: Names = indicator::Entity::find()
        .select_only()
        .columns([indicator::Column::Id, indicator::Column::Name])
        .into_tuple()
        .all(connection)
        .await?
        .into_iter()
        .collect();
    let rows = observation::Entity::find()
        .filter(observation::Column::CountryId.eq(country))
        .filter(observation::Column::Disaggregation.eq(""))
        .order_by_desc(observation::Column::Place)
        .limit(10_000)
        .all(connection)
        .await?;
    let mut latest: BTreeMap<String, (String, String)> = BTreeMap::new();
    for row in rows {
        let Some(name) = names.get(&row.indicator_id) else {
            continue;
        };
        let unit = row.unit.map_or_else(String::new, |unit| format!(" {unit}"));
        latest
            .entry(name.clone())
            .or_insert_with(|| (format!("{}{unit}", row.value), row.period));
    }
    Ok(latest
        .into_iter()
        .take(INDICATORS)
        .map(|(name, (value, period))| (name, value, period))
        .collect())
}
