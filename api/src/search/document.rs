//! What the index holds of an item: built from the published document and the texts of the files that it shows, and from
//! nothing else.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Utc};
use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ContentStatus, RelationKind, ResourceKind};
use praxis_entities::{
    content, content_file, content_relation, evidence, file_text, indicator, indicator_target, organization, revision,
};
use praxis_search::{Document as Indexed, LocalizedText};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::languages;
use crate::content::document::ContentInput;
use crate::database::among;
use crate::graphql::scalars::LanguageTag;
use crate::identifier::NodeId;
use crate::text::plain;
use crate::vocabulary::Vocabulary;

/// Most characters of the files of an item that are indexed: some fifty pages. A batch of items is held in memory.
const FILES: usize = 100_000;
/// How many documents are looked at together where all are.
const PAGE: u64 = 500;

/// The relations whose targets are found by name: the names of partners, people, authors and publishers stand in the
/// documents of what they have a part in.
const NAMED: [RelationKind; 8] = [
    RelationKind::Partner,
    RelationKind::Person,
    RelationKind::Affiliation,
    RelationKind::Author,
    RelationKind::Publisher,
    RelationKind::Responsible,
    RelationKind::Owner,
    RelationKind::Organizer,
];

/// The items in whose documents the names of these stand.
///
/// # Errors
/// Where the database is away.
pub async fn naming(connection: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let sources: Vec<Uuid> = content_relation::Entity::find()
            .select_only()
            .distinct()
            .column(content_relation::Column::SourceId)
            .filter(content_relation::Column::TargetId.is_in(chunk.iter().copied()))
            .filter(content_relation::Column::Kind.is_in(NAMED))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(sources);
    }
    Ok(found)
}

/// What the index is to hold of items that were read.
#[derive(Default)]
pub struct Documents {
    /// The documents, in the order in which the items were read.
    pub found: Vec<Indexed>,
    /// How many items were passed over, since their stored document is damaged.
    pub damaged: u64,
    /// The last item that was read, damaged or not.
    pub last: Option<Uuid>,
}

struct Source {
    id: Uuid,
    kind: ContentKind,
    revision: i32,
    published_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    document: String,
}

impl Source {
    fn input(&self) -> Result<ContentInput, serde_json::Error> {
        serde_json::from_str(&self.document)
    }
}

/// The documents of those of the items that are published: four statements for all of them.
///
/// # Errors
/// Where the database is away.
pub async fn documents(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    ids: Vec<Uuid>,
) -> Result<Documents, DbErr> {
    if ids.is_empty() {
        return Ok(Documents::default());
    }
    let sources = sources(connection, Some(ids), None, u64::MAX).await?;
    build(connection, vocabulary, sources).await
}

/// The documents of the published items after a key, in the order of keys, for building an index from the start.
///
/// # Errors
/// Where the database is away.
pub async fn documents_after(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Documents, DbErr> {
    let sources = sources(connection, None, after, limit).await?;
    build(connection, vocabulary, sources).await
}

/// How many published items there are, and those whose stored document is damaged, which search passes over.
///
/// # Errors
/// Where the database is away.
pub async fn damaged(connection: &impl ConnectionTrait) -> Result<(usize, Vec<NodeId>), DbErr> {
    let mut count = 0;
    let mut damaged = Vec::new();
    let mut after = None;
    loop {
        let page = sources(connection, None, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok((count, damaged));
        };
        after = Some(last.id);
        count += page.len();
        let bad = page.iter().filter(|source| source.input().is_err());
        damaged.extend(bad.map(|source| NodeId::content(source.kind, source.id)));
    }
}

async fn sources(
    connection: &impl ConnectionTrait,
    ids: Option<Vec<Uuid>>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Source>, DbErr> {
    let mut select = content::Entity::find()
        .select_only()
        .columns([
            content::Column::Id,
            content::Column::Kind,
            content::Column::Revision,
            content::Column::PublishedAt,
            content::Column::UpdatedAt,
        ])
        .column(revision::Column::Document)
        .join(JoinType::InnerJoin, content::current_revision())
        .filter(content::Column::Status.eq(ContentStatus::Published));
    if let Some(ids) = ids {
        select = select.filter(among(
            connection,
            Expr::col((content::Entity, content::Column::Id)),
            ids,
        ));
    } else {
        select = select.order_by_asc(content::Column::Id).limit(limit);
    }
    if let Some(after) = after {
        // Of both tables: PostgreSQL merges them, and would read all revisions from the first one on for each page.
        select = select
            .filter(content::Column::Id.gt(after))
            .filter(revision::Column::ContentId.gt(after));
    }
    type Columns = (Uuid, ContentKind, i32, DateTime<Utc>, DateTime<Utc>, String);
    let rows: Vec<Columns> = select.into_tuple().all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, revision, published_at, updated_at, document)| Source {
            id,
            kind,
            revision,
            published_at,
            updated_at,
            document,
        })
        .collect())
}

async fn build(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    sources: Vec<Source>,
) -> Result<Documents, DbErr> {
    let findings: Vec<Uuid> = sources
        .iter()
        .filter(|source| source.kind == ContentKind::Evidence)
        .map(|source| source.id)
        .collect();
    let strengths = strengths(connection, findings).await?;
    let mut names = names(connection, sources.iter().map(|source| source.id).collect()).await?;
    let resources = sources.iter().filter(|source| source.kind == ContentKind::Resource);
    let mut files = files(connection, resources.map(|source| source.id).collect()).await?;
    let mut built = Documents {
        last: sources.last().map(|source| source.id),
        ..Documents::default()
    };
    for source in sources {
        let input = match source.input() {
            Ok(input) => input,
            Err(error) => {
                // The error's own words may be the document's.
                tracing::error!(
                    content = %source.id,
                    line = error.line(),
                    column = error.column(),
                    "a stored document is damaged; search passes over it"
                );
                built.damaged += 1;
                continue;
            }
        };
        let names = names.remove(&source.id).unwrap_or_default();
        let strength = strengths.get(&source.id).copied();
        let mut indexed = indexed(vocabulary, &source, &input, names, strength);
        if let (Some(text), Some(files)) = (indexed.texts.first_mut(), files.remove(&source.id)) {
            text.files = files;
        }
        built.found.push(indexed);
    }
    Ok(built)
}

/// The keywords of those of the items that are published, as they would be indexed now: two statements for all of them. What
/// search passes over has none.
///
/// # Errors
/// Where the database is away.
pub async fn keywords(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (sources, mut names) = futures::try_join!(
        sources(connection, Some(ids.clone()), None, u64::MAX),
        names(connection, ids)
    )?;
    let own = sources.into_iter().filter_map(|source| {
        let names = names.remove(&source.id).unwrap_or_default();
        let input = source.input().ok()?;
        Some((source.id, all_keywords(vocabulary, &input, names)))
    });
    Ok(own.collect())
}

async fn strengths(connection: &impl ConnectionTrait, findings: Vec<Uuid>) -> Result<HashMap<Uuid, (i16, i16)>, DbErr> {
    if findings.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, i16, i16)> = evidence::Entity::find()
        .select_only()
        .columns([
            evidence::Column::ContentId,
            evidence::Column::StrengthLevel,
            evidence::Column::StrengthScore,
        ])
        .filter(among(connection, Expr::col(evidence::Column::ContentId), findings))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, level, score)| (id, (level, score)))
        .collect())
}

/// The texts of the files that items show, in their order, as far as they are indexed.
async fn files(connection: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let used = |column| Expr::col((content_file::Entity, column));
    let beginning = Func::cust(Alias::new("SUBSTR")).args([
        Expr::col((file_text::Entity, file_text::Column::Text)),
        Expr::val(1_i32),
        Expr::val(i32::try_from(FILES).unwrap_or(i32::MAX)),
    ]);
    let statement = Query::select()
        .column((content_file::Entity, content_file::Column::ContentId))
        .expr_as(beginning, Alias::new("beginning"))
        .from(content_file::Entity)
        .inner_join(
            file_text::Entity,
            Expr::col((file_text::Entity, file_text::Column::FileId))
                .equals((content_file::Entity, content_file::Column::FileId)),
        )
        .and_where(among(connection, used(content_file::Column::ContentId), ids))
        .and_where(used(content_file::Column::Position).is_not_null())
        .order_by((content_file::Entity, content_file::Column::Position), Order::Asc)
        .take();
    let mut found: HashMap<Uuid, (String, usize)> = HashMap::new();
    for row in connection.query_all(&statement).await? {
        let (text, characters) = found.entry(row.try_get("", "content_id")?).or_default();
        let beginning: String = row.try_get("", "beginning")?;
        if !text.is_empty() {
            text.push('\n');
        }
        let before = text.len();
        text.extend(beginning.chars().take(FILES.saturating_sub(*characters)));
        *characters += text.get(before..).unwrap_or_default().chars().count();
    }
    Ok(found.into_iter().map(|(id, (text, _))| (id, text)).collect())
}

/// The names of the published organisations and people that items refer to, and of the indicators that they are measured by.
async fn names(connection: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let relation = |column| Expr::col((content_relation::Entity, column));
    let acronym = Alias::new("acronym");
    let measured = |column| Expr::col((indicator_target::Entity, column));
    let indicators = Query::select()
        .column((indicator_target::Entity, indicator_target::Column::ContentId))
        .column((indicator::Entity, indicator::Column::Name))
        .expr(Expr::cust("NULL"))
        .from(indicator_target::Entity)
        .inner_join(
            indicator::Entity,
            Expr::col((indicator::Entity, indicator::Column::Id)).eq(measured(indicator_target::Column::IndicatorId)),
        )
        .and_where(among(
            connection,
            measured(indicator_target::Column::ContentId),
            ids.clone(),
        ))
        .take();
    let statement = Query::select()
        .column((content_relation::Entity, content_relation::Column::SourceId))
        .column((content::Entity, content::Column::Title))
        .expr_as(
            Expr::col((organization::Entity, organization::Column::Acronym)),
            acronym,
        )
        .from(content_relation::Entity)
        .inner_join(
            content::Entity,
            Expr::col((content::Entity, content::Column::Id))
                .equals((content_relation::Entity, content_relation::Column::TargetId)),
        )
        .left_join(
            organization::Entity,
            Expr::col((organization::Entity, organization::Column::ContentId))
                .equals((content::Entity, content::Column::Id)),
        )
        .and_where(among(connection, relation(content_relation::Column::SourceId), ids))
        .and_where(relation(content_relation::Column::Kind).is_in(NAMED))
        .and_where(Expr::col((content::Entity, content::Column::Status)).eq(ContentStatus::Published))
        .union(UnionType::All, indicators)
        .take();
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in connection.query_all(&statement).await? {
        let names = found.entry(row.try_get("", "source_id")?).or_default();
        names.push(row.try_get("", "title")?);
        names.extend(row.try_get::<Option<String>>("", "acronym")?);
    }
    Ok(found)
}

fn indexed(
    vocabulary: &Vocabulary,
    source: &Source,
    input: &ContentInput,
    names: Vec<String>,
    strength: Option<(i16, i16)>,
) -> Indexed {
    let document = input.document();
    let common = document.common();
    let texts = texts(input);
    let mut themes = Vec::new();
    for code in common.themes {
        for concept in concept_chain(vocabulary, ConceptScheme::Theme, code) {
            push_once(&mut themes, &concept.code);
        }
    }
    let mut regions = Vec::new();
    let mut countries = Vec::new();
    for code in common.countries {
        push_once(&mut countries, code.as_str());
        for concept in concept_chain(vocabulary, ConceptScheme::Country, code.as_str()) {
            if concept.scheme == ConceptScheme::Region {
                push_once(&mut regions, &concept.code);
            }
        }
    }
    let mut languages = Vec::new();
    for text in &texts {
        for value in languages::indexed(&LanguageTag::trusted(text.language.as_str())) {
            push_once(&mut languages, &value);
        }
    }
    let mut indexed = Indexed {
        id: source.id,
        revision: source.revision,
        kind: source.kind.as_str().to_owned(),
        texts,
        keywords: all_keywords(vocabulary, input, names),
        themes,
        countries,
        regions,
        languages,
        instruments: document.instruments().to_vec(),
        outcome_domain: None,
        direction: None,
        factor: None,
        strength_level: strength.and_then(|(level, _)| u8::try_from(level).ok()),
        strength_score: strength.and_then(|(_, score)| u8::try_from(score).ok()),
        year: None,
        child_friendly: false,
        published_at: source.published_at,
        updated_at: source.updated_at,
    };
    add_of_kind(&mut indexed, input);
    indexed
}

/// Title, summary and body in the original language, and what is translated of them.
fn texts(input: &ContentInput) -> Vec<LocalizedText> {
    let document = input.document();
    let common = document.common();
    let mut texts = vec![LocalizedText {
        language: common.language.to_string(),
        title: common.title.to_owned(),
        summary: common.summary.map(|text| plain(text.as_str())).unwrap_or_default(),
        body: document.body().into_iter().map(plain).collect::<Vec<_>>().join("\n"),
        files: String::new(),
    }];
    texts.extend(common.translations.iter().map(|translation| {
        LocalizedText {
            language: translation.language.to_string(),
            title: translation.title.clone(),
            summary: translation
                .summary
                .as_ref()
                .map(|text| plain(text.as_str()))
                .unwrap_or_default(),
            body: String::new(),
            files: String::new(),
        }
    }));
    texts
}

/// Adds what only some kinds have.
fn add_of_kind(indexed: &mut Indexed, input: &ContentInput) {
    match input {
        ContentInput::Evidence(evidence) => {
            indexed.outcome_domain = Some(evidence.outcome_domain.as_str().to_owned());
            indexed.direction = Some(evidence.direction.as_str().to_owned());
            indexed.year = evidence
                .measurements
                .iter()
                .flatten()
                .filter_map(|measurement| measurement.to.or(measurement.from))
                .map(|day| day.0.year())
                .max();
        }
        ContentInput::Lesson(lesson) => {
            indexed.factor = Some(lesson.factor.as_str().to_owned());
        }
        ContentInput::Initiative(initiative) => {
            indexed.year = initiative.started_on.or(initiative.ended_on).map(|day| day.0.year());
        }
        ContentInput::Resource(resource) => {
            indexed.year = resource.year;
            indexed.child_friendly = resource.kind == ResourceKind::ChildFriendly
                || resource
                    .child_friendly_version_of
                    .as_ref()
                    .is_some_and(|list| !list.is_empty());
        }
        ContentInput::Commitment(commitment) => {
            indexed.year = commitment.made_on.or(commitment.due_on).map(|day| day.0.year());
        }
        ContentInput::Event(event) => indexed.year = Some(event.starts_on.0.year()),
        ContentInput::Practitioner(_) | ContentInput::Organization(_) | ContentInput::Recommendation(_) => {}
    }
}

/// Names of others, what the item itself is found by, and the labels of its concepts.
fn all_keywords(vocabulary: &Vocabulary, input: &ContentInput, names: Vec<String>) -> Vec<String> {
    let document = input.document();
    let common = document.common();
    let mut keywords = names;
    keywords.extend(own_keywords(input));
    for (scheme, codes) in [
        (ConceptScheme::Theme, common.themes),
        (ConceptScheme::Instrument, document.instruments()),
    ] {
        for concept in codes.iter().filter_map(|code| vocabulary.find(scheme, code)) {
            keywords.extend(concept.all_labels().map(str::to_owned));
        }
    }
    for code in common.countries {
        for concept in concept_chain(vocabulary, ConceptScheme::Country, code.as_str()) {
            if concept.scheme != ConceptScheme::Region {
                keywords.extend(concept.all_labels().map(str::to_owned));
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    keywords.retain(|keyword| !keyword.is_empty() && seen.insert(keyword.clone()));
    keywords
}

fn own_keywords(input: &ContentInput) -> Vec<String> {
    match input {
        ContentInput::Organization(organization) => organization.acronym.iter().cloned().collect(),
        ContentInput::Resource(resource) => resource
            .identifiers
            .iter()
            .flatten()
            .map(|identifier| identifier.value.clone())
            .collect(),
        ContentInput::Recommendation(recommendation) => recommendation
            .paragraph
            .iter()
            .cloned()
            .chain(recommendation.source_tags.iter().flatten().cloned())
            .collect(),
        _ => Vec::new(),
    }
}

fn concept_chain<'a>(
    vocabulary: &'a Vocabulary,
    scheme: ConceptScheme,
    code: &str,
) -> Vec<&'a std::sync::Arc<crate::vocabulary::Concept>> {
    vocabulary
        .find(scheme, code)
        .map(|concept| vocabulary.with_broader(concept))
        .unwrap_or_default()
}

fn push_once(list: &mut Vec<String>, value: &str) {
    if !list.iter().any(|one| one == value) {
        list.push(value.to_owned());
    }
}
