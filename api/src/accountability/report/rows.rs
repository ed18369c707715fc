//! What a report is made of.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use praxis_entities::vocabulary::{
    CommitmentKind, ConceptScheme, ContentKind, ContentStatus, ImplementationStatus, RecommendationKind,
    RecommendationResponse, RelationKind, TreatyStatus,
};
use praxis_entities::{
    citation, commitment, content, content_concept, content_relation, indicator, mechanism, observation, ratification,
    recommendation, recommending_country, reported_figure, review, treaty,
};
use sea_orm::sea_query::{Alias, Cond, Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use uuid::Uuid;

use super::{COMMITMENTS, INDICATORS, PLEDGES, RECOMMENDATIONS};
use crate::accountability::implementation::ImplementationEntry;
use crate::accountability::reference::place_of;
use crate::accountability::uptake::{self, TOLD, Uptake};
use crate::identity::Actor;
use crate::vocabulary::{Concept, Vocabulary};

/// A review with its figures.
pub struct ReviewFacts {
    /// What it is called.
    pub name: String,
    /// The computed figures.
    pub uptake: Uptake,
    /// Whether the state has answered any of the recommendations. It is not asked for an answer by every mechanism.
    pub is_answered: bool,
    /// Whether it has answered any of those about children.
    pub is_answered_on_children: bool,
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

/// A list that a report may show only the beginning of.
pub struct Cut<T> {
    /// What it shows.
    pub shown: Vec<T>,
    /// How much more there is.
    pub left_out: u64,
}

impl<T> Cut<T> {
    fn new(mut all: Vec<T>, limit: usize, in_all: u64) -> Self {
        all.truncate(limit);
        let left_out = in_all.saturating_sub(u64::try_from(all.len()).unwrap_or(u64::MAX));
        Self { shown: all, left_out }
    }

    fn map<U>(self, each: impl FnMut(T) -> Result<U, DbErr>) -> Result<Cut<U>, DbErr> {
        Ok(Cut {
            shown: self.shown.into_iter().map(each).collect::<Result<_, DbErr>>()?,
            left_out: self.left_out,
        })
    }
}

/// How many recommendations about children have come how far.
pub struct Progress {
    /// The theme that they are listed under; empty where they have none.
    pub theme: String,
    /// The latest assessment.
    pub state: ImplementationStatus,
    /// How many.
    pub count: u64,
}

/// An assessment with where it is taken from.
pub struct Assessed {
    /// The assessment.
    pub entry: ImplementationEntry,
    /// The title of its source, and the place in it.
    pub source: Option<String>,
}

/// A recommendation about children, or a voluntary pledge.
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
    pub history: Vec<Assessed>,
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
    /// All assessments.
    pub history: Vec<Assessed>,
    /// Who promised.
    pub owners: Vec<String>,
    /// Where it is taken from.
    pub sources: Vec<String>,
}

/// Everything that a report says.
pub struct Facts {
    /// The reviews, the latest first.
    pub reviews: Vec<ReviewFacts>,
    /// How far all recommendations about children have come.
    pub progress: Vec<Progress>,
    /// The recommendations about children, by theme.
    pub told: Cut<Told>,
    /// The voluntary pledges.
    pub pledged: Cut<Told>,
    /// The commitments, those due first first.
    pub promised: Cut<Promised>,
    /// Treaty, status and year.
    pub treaties: Vec<(String, TreatyStatus, Option<i32>)>,
    /// Indicator, value with unit, and period.
    pub values: Cut<(String, String, String)>,
}

/// Reads what a report is made of.
pub async fn gather(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    country: &Concept,
    today: NaiveDate,
) -> Result<Facts, DbErr> {
    let (names, reviews) = reviews(connection, country.id).await?;
    let progress = progress(connection, vocabulary, &names).await?;
    let in_all = progress.iter().map(|one| one.count).sum();
    let (told, pledged) = told(connection, vocabulary, &names, in_all).await?;
    Ok(Facts {
        reviews,
        progress,
        told,
        pledged,
        promised: promised(connection, country.id).await?,
        treaties: treaties(connection, country.id).await?,
        values: values(connection, country.id, today).await?,
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
    let answered = answered(connection, &ids).await?;
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
            is_answered: answered.contains(&(row.id, true)) || answered.contains(&(row.id, false)),
            is_answered_on_children: answered.contains(&(row.id, true)),
            reported: reported.remove(&row.id).unwrap_or_default(),
        });
    }
    Ok((names, found))
}

/// The reviews in which the state has answered recommendations about children (`true`) or others.
async fn answered(connection: &impl ConnectionTrait, reviews: &[Uuid]) -> Result<HashSet<(Uuid, bool)>, DbErr> {
    let rows: Vec<(Uuid, bool)> = of_reviews(reviews.iter().copied(), &TOLD)
        .filter(recommendation::Column::Response.ne(RecommendationResponse::Pending))
        .select_only()
        .columns([recommendation::Column::ReviewId, recommendation::Column::ChildFocused])
        .distinct()
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The published recommendations of these kinds in reviews.
fn of_reviews(
    reviews: impl IntoIterator<Item = Uuid>,
    kinds: &[RecommendationKind],
) -> sea_orm::Select<recommendation::Entity> {
    recommendation::Entity::find()
        .filter(recommendation::Column::ReviewId.is_in(reviews))
        .filter(recommendation::Column::Kind.is_in(kinds.iter().copied()))
        .filter(Expr::col((recommendation::Entity, recommendation::Column::ContentId)).in_subquery(published()))
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
        sources
            .entry(one.content_id)
            .or_default()
            .push(place_in(title, one.locator.as_deref()));
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

/// A source with the place in it.
fn place_in(title: &str, locator: Option<&str>) -> String {
    locator.map_or_else(|| title.to_owned(), |locator| format!("{title}, {locator}"))
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

/// What items refer to by a relation, in the order of their documents.
async fn links(
    connection: &impl ConnectionTrait,
    sources: &[Uuid],
    kind: RelationKind,
) -> Result<Vec<(Uuid, Uuid)>, DbErr> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    content_relation::Entity::find()
        .select_only()
        .columns([content_relation::Column::SourceId, content_relation::Column::TargetId])
        .filter(content_relation::Column::Kind.eq(kind))
        .filter(content_relation::Column::SourceId.is_in(sources.iter().copied()))
        .order_by_asc(content_relation::Column::Position)
        .into_tuple()
        .all(connection)
        .await
}

/// The titles of what items refer to, by item.
fn named(links: Vec<(Uuid, Uuid)>, titles: &Names) -> HashMap<Uuid, Vec<String>> {
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (source, target) in links {
        if let Some(title) = titles.get(&target) {
            found.entry(source).or_default().push(title.clone());
        }
    }
    found
}

/// The assessments of a JSON column.
fn history(column: &serde_json::Value) -> Result<Vec<ImplementationEntry>, DbErr> {
    Vec::<ImplementationEntry>::deserialize(column).map_err(|error| DbErr::Type(error.to_string()))
}

/// The keys of the resources that assessments are taken from.
fn resources(history: &[ImplementationEntry]) -> impl Iterator<Item = Uuid> {
    history.iter().filter_map(|entry| Some(entry.source()?.0))
}

/// Assessments with where they are taken from.
fn assessed(history: Vec<ImplementationEntry>, titles: &Names) -> Vec<Assessed> {
    history
        .into_iter()
        .map(|entry| Assessed {
            source: entry
                .source()
                .and_then(|(resource, locator)| Some(place_in(titles.get(&resource)?, locator))),
            entry,
        })
        .collect()
}

/// The rows of a list up to a limit, and how many there are in all, counted where the limit cuts them.
async fn cut<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    all: sea_orm::Select<E>,
    limit: u64,
) -> Result<Cut<E::Model>, DbErr>
where
    E::Model: Send + Sync + 'static,
{
    let rows = all.clone().limit(limit + 1).all(connection).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let in_all = if rows.len() > shown {
        all.count(connection).await?
    } else {
        u64::try_from(rows.len()).unwrap_or(u64::MAX)
    };
    Ok(Cut::new(rows, shown, in_all))
}

/// Counts all recommendations about children, each under its first theme.
async fn progress(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    reviews: &Names,
) -> Result<Vec<Progress>, DbErr> {
    let told = |column| (recommendation::Entity, column);
    let about = |column| (content_concept::Entity, column);
    let earlier = Alias::new("earlier");
    let first = Query::select()
        .expr(Func::min(Expr::col((
            earlier.clone(),
            content_concept::Column::Position,
        ))))
        .from_as(content_concept::Entity, earlier.clone())
        .and_where(
            Expr::col((earlier.clone(), content_concept::Column::ContentId))
                .equals(told(recommendation::Column::ContentId)),
        )
        .and_where(Expr::col((earlier, content_concept::Column::Scheme)).eq(ConceptScheme::Theme))
        .take();
    let statement = Query::select()
        .expr_as(Expr::col(about(content_concept::Column::ConceptId)), "theme")
        .expr_as(Expr::col(told(recommendation::Column::Implementation)), "state")
        .expr_as(Expr::cust("COUNT(*)"), "counted")
        .from(recommendation::Entity)
        .left_join(
            content_concept::Entity,
            Cond::all()
                .add(
                    Expr::col(about(content_concept::Column::ContentId))
                        .equals(told(recommendation::Column::ContentId)),
                )
                .add(Expr::col(about(content_concept::Column::Scheme)).eq(ConceptScheme::Theme))
                .add(
                    Expr::col(about(content_concept::Column::Position))
                        .eq(Expr::SubQuery(None, Box::new(first.into()))),
                ),
        )
        .and_where(Expr::col(told(recommendation::Column::ReviewId)).is_in(reviews.keys().copied()))
        .and_where(Expr::col(told(recommendation::Column::ChildFocused)).eq(true))
        .and_where(Expr::col(told(recommendation::Column::Kind)).is_in(TOLD))
        .and_where(Expr::col(told(recommendation::Column::ContentId)).in_subquery(published()))
        .add_group_by([
            Expr::col(about(content_concept::Column::ConceptId)),
            Expr::col(told(recommendation::Column::Implementation)),
        ])
        .take();
    connection
        .query_all(&statement)
        .await?
        .into_iter()
        .map(|row| {
            let theme: Option<Uuid> = row.try_get("", "theme")?;
            let counted: i64 = row.try_get("", "counted")?;
            Ok(Progress {
                theme: theme
                    .and_then(|theme| vocabulary.get(theme))
                    .map_or_else(String::new, |theme| theme.label(None).to_owned()),
                state: row.try_get("", "state")?,
                count: u64::try_from(counted).unwrap_or(0),
            })
        })
        .collect()
}

/// The recommendations about children, of which there are so many, and the voluntary pledges.
async fn told(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    reviews: &Names,
    in_all: u64,
) -> Result<(Cut<Told>, Cut<Told>), DbErr> {
    let of_kinds = |kinds: &[RecommendationKind]| {
        of_reviews(reviews.keys().copied(), kinds)
            .order_by_asc(recommendation::Column::Paragraph)
            .order_by_asc(recommendation::Column::ContentId)
    };
    let limit = usize::try_from(RECOMMENDATIONS).unwrap_or(usize::MAX);
    let about_children = of_kinds(&TOLD)
        .filter(recommendation::Column::ChildFocused.eq(true))
        .limit(RECOMMENDATIONS)
        .all(connection)
        .await?;
    let with_history = |row: recommendation::Model| Ok::<_, DbErr>((history(&row.implementation_history)?, row));
    let about_children = Cut::new(about_children, limit, in_all).map(with_history)?;
    let pledges = cut(connection, of_kinds(&[RecommendationKind::VoluntaryPledge]), PLEDGES)
        .await?
        .map(with_history)?;
    let all = || about_children.shown.iter().chain(&pledges.shown);
    let ids: Vec<Uuid> = all().map(|(_, row)| row.content_id).collect();
    let links = links(connection, &ids, RelationKind::Responsible).await?;
    let mut named_by: Vec<Uuid> = links.iter().map(|(_, target)| *target).collect();
    named_by.extend(all().flat_map(|(history, _)| resources(history)));
    let titles = titles(connection, &named_by).await?;
    let mut responsible = named(links, &titles);
    let mut makers = makers(connection, vocabulary, &ids).await?;
    let themes = themes(connection, vocabulary, &ids).await?;
    let mut one = |(history, row): (Vec<ImplementationEntry>, recommendation::Model)| {
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
            history: assessed(history, &titles),
            responsible: responsible.remove(&row.content_id).unwrap_or_default(),
            theme: themes.get(&row.content_id).cloned().unwrap_or_default(),
        })
    };
    let mut found = about_children.map(&mut one)?;
    found
        .shown
        .sort_by(|a, b| (a.theme.is_empty(), &a.theme).cmp(&(b.theme.is_empty(), &b.theme)));
    Ok((found, pledges.map(one)?))
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

async fn promised(connection: &impl ConnectionTrait, country: Uuid) -> Result<Cut<Promised>, DbErr> {
    let all = commitment::Entity::find()
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
        // The databases differ in where they put what has no day.
        .order_by_asc(Expr::col((commitment::Entity, commitment::Column::DueOn)).is_null())
        .order_by_asc(commitment::Column::DueOn)
        .order_by_asc(commitment::Column::ContentId);
    let rows = cut(connection, all, COMMITMENTS)
        .await?
        .map(|row| Ok((history(&row.implementation_history)?, row)))?;
    let ids: Vec<Uuid> = rows.shown.iter().map(|(_, row)| row.content_id).collect();
    let owners = links(connection, &ids, RelationKind::Owner).await?;
    let cited = citation::Entity::find()
        .filter(citation::Column::ContentId.is_in(ids.iter().copied()))
        .order_by_asc(citation::Column::Position)
        .all(connection)
        .await?;
    let mut named_by = ids;
    named_by.extend(owners.iter().map(|(_, target)| *target));
    named_by.extend(cited.iter().map(|one| one.resource_id));
    named_by.extend(rows.shown.iter().flat_map(|(history, _)| resources(history)));
    let titles = titles(connection, &named_by).await?;
    let mut owners = named(owners, &titles);
    let mut sources: HashMap<Uuid, Vec<String>> = HashMap::new();
    // What stands behind an assessment is named with it.
    let of_assessments: HashSet<_> = rows
        .shown
        .iter()
        .flat_map(|(history, row)| {
            history
                .iter()
                .filter_map(|entry| Some((row.content_id, entry.source()?)))
        })
        .collect();
    for one in cited {
        let place = (one.content_id, (one.resource_id, one.locator.as_deref()));
        if let Some(title) = titles.get(&one.resource_id)
            && !of_assessments.contains(&place)
        {
            let source = place_in(title, one.locator.as_deref());
            sources.entry(one.content_id).or_default().push(source);
        }
    }
    let mut found = rows.map(|(history, row)| {
        Ok(Promised {
            title: titles.get(&row.content_id).cloned().unwrap_or_default(),
            kind: row.kind,
            due: row.due_on,
            state: row.implementation,
            history: assessed(history, &titles),
            owners: owners.remove(&row.content_id).unwrap_or_default(),
            sources: sources.remove(&row.content_id).unwrap_or_default(),
        })
    })?;
    found
        .shown
        .sort_by(|a, b| (a.due.is_none(), a.due, &a.title).cmp(&(b.due.is_none(), b.due, &b.title)));
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

/// The latest value for all people of each indicator, of periods that have begun: sources give projections too.
async fn values(
    connection: &impl ConnectionTrait,
    country: Uuid,
    today: NaiveDate,
) -> Result<Cut<(String, String, String)>, DbErr> {
    let names: Names = indicator::Entity::find()
        .select_only()
        .columns([indicator::Column::Id, indicator::Column::Name])
        .into_tuple()
        .all(connection)
        .await?
        .into_iter()
        .collect();
    let of_all = Cond::all()
        .add(observation::Column::CountryId.eq(country))
        .add(observation::Column::Disaggregation.eq(""))
        .add(observation::Column::Place.lte(place_of(Some(today), None)));
    let latest = Query::select()
        .column(observation::Column::IndicatorId)
        .expr(Func::max(Expr::col(observation::Column::Place)))
        .from(observation::Entity)
        .cond_where(of_all.clone())
        .add_group_by([Expr::col(observation::Column::IndicatorId)])
        .take();
    let rows = observation::Entity::find()
        .filter(of_all)
        .filter(
            Expr::tuple([
                Expr::col((observation::Entity, observation::Column::IndicatorId)),
                Expr::col((observation::Entity, observation::Column::Place)),
            ])
            .in_subquery(latest),
        )
        .order_by_asc(observation::Column::Id)
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
    let in_all = u64::try_from(latest.len()).unwrap_or(u64::MAX);
    let rows = latest
        .into_iter()
        .map(|(name, (value, period))| (name, value, period))
        .collect();
    Ok(Cut::new(rows, INDICATORS, in_all))
}
