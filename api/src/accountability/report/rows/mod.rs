//! What a report is made of.

mod measured;
mod promised;
mod reviews;
mod told;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use praxis_entities::vocabulary::{
    CommitmentKind, ContentKind, ContentStatus, ImplementationStatus, RecommendationResponse, RelationKind,
    TreatyStatus,
};
use praxis_entities::{content, content_relation, content_translation, reported_figure};
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::accountability::implementation::ImplementationEntry;
use crate::accountability::uptake::Uptake;
use crate::vocabulary::{Concept, Vocabulary};

/// A review with its figures.
pub struct ReviewFacts {
    /// What it is called.
    pub name: String,
    /// The computed figures.
    pub uptake: Uptake,
    /// Those of the review by the same mechanism one cycle before.
    pub before: Option<Uptake>,
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

/// The latest value of an indicator.
pub struct Measured {
    /// What is measured.
    pub indicator: String,
    /// The value with its unit.
    pub value: String,
    /// Of which period it is.
    pub period: String,
}

/// A target of a plan or a commitment. Values stand with their unit and their period.
pub struct Targeted {
    /// The plan or commitment.
    pub item: String,
    /// What is measured, and of whom.
    pub indicator: String,
    /// From where it sets out.
    pub baseline: Option<String>,
    /// Where it is to come.
    pub target: Option<String>,
    /// What was reported last.
    pub reported: Option<String>,
    /// Where the target and what was reported last are taken from.
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
    /// The latest values of indicators, by name.
    pub values: Cut<Measured>,
    /// The targets of plans and commitments.
    pub targets: Cut<Targeted>,
}

/// Reads what a report is made of.
pub async fn gather(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    country: &Concept,
    today: NaiveDate,
) -> Result<Facts, DbErr> {
    let (names, reviews) = reviews::reviews(connection, country.id).await?;
    let progress = told::progress(connection, vocabulary, &names).await?;
    let (told, pledged) = told::told(connection, vocabulary, &names).await?;
    Ok(Facts {
        reviews,
        progress,
        told,
        pledged,
        promised: promised::promised(connection, country.id).await?,
        treaties: measured::treaties(connection, country.id).await?,
        values: measured::values(connection, country.id, today).await?,
        targets: measured::targets(connection, country.id).await?,
    })
}

type Names = HashMap<Uuid, String>;

/// A source with the place in it.
fn place_in(title: &str, locator: Option<&str>) -> String {
    locator.map_or_else(|| title.to_owned(), |locator| format!("{title}, {locator}"))
}

/// The titles of those of the items that are published, in English where there is one: reports are in English.
async fn titles(connection: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Names, DbErr> {
    let distinct: HashSet<Uuid> = ids.iter().copied().collect();
    if distinct.is_empty() {
        return Ok(Names::new());
    }
    let english = content::Entity::belongs_to(content_translation::Entity)
        .from(content::Column::Id)
        .to(content_translation::Column::ContentId)
        .on_condition(|_, translation| {
            Expr::col((translation, content_translation::Column::Language))
                .eq("en")
                .into_condition()
        });
    let rows: Vec<(Uuid, String, Option<String>)> = content::Entity::find()
        .select_only()
        .columns([content::Column::Id, content::Column::Title])
        .column(content_translation::Column::Title)
        .join(JoinType::LeftJoin, english.into())
        .filter(content::Column::Id.is_in(distinct))
        .filter(content::Column::Status.eq(ContentStatus::Published))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, title, english)| (id, english.unwrap_or(title)))
        .collect())
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
