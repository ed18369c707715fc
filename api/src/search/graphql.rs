//! Search as the API shows it.

use std::time::Instant;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use praxis_entities::vocabulary::{ConceptScheme, ContentKind, StrengthLevel};
use praxis_search::{FacetCounts, Field, Filter, Hit, Quality, SearchRequest, SearchResults, Sort, SuggestRequest};
use sea_orm::{ActiveEnum, Iterable};
use uuid::Uuid;

use super::analytics;
use super::filter::SearchFilter;
use super::{labels, languages, shown};
use crate::content::interface::{Content, published};
use crate::content::kind::kinds_of;
use crate::content::row::CONNECTION;
use crate::graphql::connection::{Cursor, CursorKey, PageArguments, PageInfo, bounded, foreign_cursor};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loaders;
use crate::graphql::scalars::LanguageTag;
use crate::identifier::NodeId;

/// Longest search, in characters.
const LONGEST: usize = 512;
/// How deep a search can be paged.
const DEEPEST: i64 = 10_000;
/// Marks the cursors of searches.
const SEARCH: u8 = 23;

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum SearchSort {
    /// The best match first: title over summary over body over files, exact over prefix over misspelt; then strength, then recency.
    #[default]
    Relevance,
    /// The latest published first.
    Newest,
    /// The strongest evidence first, then by relevance. Content other than evidence comes last.
    Strongest,
}

/// A page of hits.
pub struct SearchConnection {
    results: SearchResults,
    edges: Vec<SearchEdge>,
    page: PageInfo,
    degraded: bool,
    took_ms: i32,
}

/// A page of hits.
#[Object]
impl SearchConnection {
    /// The hits with their cursors, the best first.
    async fn edges(&self) -> &[SearchEdge] {
        &self.edges
    }

    /// The content that was found, the best match first.
    async fn nodes(&self) -> Vec<&Content> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            start_cursor: self.page.start_cursor.clone(),
            end_cursor: self.page.end_cursor.clone(),
            ..self.page
        }
    }

    /// How many items match. Exact up to 10,000, an estimate above; `totalIsExact` tells.
    async fn total_count(&self) -> i32 {
        i32::try_from(self.results.total).unwrap_or(i32::MAX)
    }

    /// Whether `totalCount` is exact.
    async fn total_is_exact(&self) -> bool {
        self.results.total_is_exact
    }

    /// Counts per value over the whole result, for the filters beside a search box. Each facet is counted without its own
    /// filter and with all the others; values without a hit are left out. Computed only when it is selected.
    async fn facets(&self) -> Vec<Facet> {
        self.results.facets.iter().map(|counts| Facet(counts.clone())).collect()
    }

    /// The query that was really searched, where misspelt words were corrected or words were dropped to find anything:
    /// show it as "results for …". Null where the query was searched as it stands.
    async fn corrected_query(&self) -> Option<&str> {
        self.results.corrected_query.as_deref()
    }

    /// Whether the answer comes from the fallback because the search engine is away. It may lack the latest changes.
    async fn degraded(&self) -> bool {
        self.degraded
    }

    /// How long the search took, in milliseconds.
    async fn took_ms(&self) -> i32 {
        self.took_ms
    }
}

/// A hit.
#[derive(SimpleObject)]
pub struct SearchEdge {
    /// The hit's place in this search, to page on from.
    pub cursor: String,
    /// The content that was found.
    pub node: Content,
    /// Higher is better; hits whose scores differ by less than a hundredth of the best one's count as equal, and are ordered by
    /// strength and recency. Comparable within one answer only.
    pub score: f64,
    /// Where the words stand. Computed only when it is selected.
    pub highlights: Vec<Highlight>,
    /// Why it was found: for each word of the query that it has, what answers it best, and how. Of equal matches the one in
    /// the title is named, then summary, keywords, body and files. After relevance, strength and recency decide. Computed only when
    /// it is selected.
    pub explanation: Vec<WordMatch>,
    /// How near the hit is to the query in meaning, up to 1, as the sentence model of this service sees it; a hit that has none
    /// of the words was found by this alone. Null where the hit is not near, and where the service searches by words alone.
    pub similarity: Option<f64>,
}

impl SearchEdge {
    fn of(hit: Hit, node: Content, cursor: String) -> Self {
        let highlights = hit.highlights.into_iter().map(|highlight| Highlight {
            field: highlight.field,
            language: highlight.language.map(LanguageTag::trusted),
            html: highlight.html,
        });
        let explanation = hit.matches.into_iter().map(|found| WordMatch {
            word: found.word,
            found: found.found,
            field: found.field.to_owned(),
            kind: found.quality.into(),
        });
        Self {
            cursor,
            node,
            score: f64::from(hit.score),
            highlights: highlights.collect(),
            explanation: explanation.collect(),
            similarity: hit.similarity.map(f64::from),
        }
    }
}

/// How a word of the query is answered by a hit.
#[derive(SimpleObject)]
pub struct WordMatch {
    /// The word of the query, in lower case and without accents.
    pub word: String,
    /// What the hit has for it, as it is written there.
    pub found: String,
    /// Where: `title`, `summary`, `keywords`, `body` or `files`.
    pub field: String,
    /// How it answers.
    pub kind: WordMatchKind,
}

/// How a word answers another, the best first.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum WordMatchKind {
    /// It is the word.
    Exact,
    /// It is another form of the word, e.g. its plural.
    Stem,
    /// It means the same.
    Synonym,
    /// It begins with what was typed.
    Prefix,
    /// It is one typing error away.
    OneEdit,
    /// It is two typing errors away.
    TwoEdits,
}

impl From<Quality> for WordMatchKind {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Exact => Self::Exact,
            Quality::Stem => Self::Stem,
            Quality::Synonym => Self::Synonym,
            Quality::Prefix => Self::Prefix,
            Quality::OneEdit => Self::OneEdit,
            Quality::TwoEdits => Self::TwoEdits,
        }
    }
}

/// A passage with the matched words marked.
#[derive(SimpleObject)]
pub struct Highlight {
    /// The field that the passage is from: `title`, `summary`, `body`, `files` (what was read of its files)
    /// or `keywords`.
    pub field: String,
    /// The language of the passage.
    pub language: Option<LanguageTag>,
    /// HTML: the matched words are between `<mark>` and `</mark>`, everything else is escaped.
    pub html: String,
}

/// Counts per value of one field.
pub struct Facet(FacetCounts);

/// Counts per value of one field.
#[Object]
impl Facet {
    /// The field as `SearchFilter` names it, e.g. `themes` or `childFriendly`; `strengths` for levels of strength.
    async fn name(&self) -> &'static str {
        facet_name(self.0.field)
    }

    /// The values, the most frequent first.
    async fn values(&self) -> Vec<FacetValue> {
        self.0
            .values
            .iter()
            .filter(|(value, _)| self.0.field != Field::Language || languages::is_tag(value))
            .map(|(value, count)| FacetValue {
                field: self.0.field,
                value: value.clone(),
                count: i32::try_from(*count).unwrap_or(i32::MAX),
            })
            .collect()
    }
}

fn facet_name(field: Field) -> &'static str {
    match field {
        Field::Kind => "kinds",
        Field::Theme => "themes",
        Field::Country => "countries",
        Field::Region => "regions",
        Field::Language => "languages",
        Field::Instrument => "instruments",
        Field::OutcomeDomain => "outcomeDomains",
        Field::Direction => "directions",
        Field::Factor => "factors",
        Field::Strength => "strengths",
        Field::Year => "years",
        Field::ChildFriendly => "childFriendly",
    }
}

/// A value with its count.
pub struct FacetValue {
    field: Field,
    value: String,
    count: i32,
}

impl From<SearchSort> for Sort {
    fn from(sort: SearchSort) -> Self {
        match sort {
            SearchSort::Relevance => Self::Relevance,
            SearchSort::Newest => Self::Newest,
            SearchSort::Strongest => Self::Strongest,
        }
    }
}

impl FacetValue {
    fn strength(&self) -> Option<StrengthLevel> {
        StrengthLevel::iter().nth(self.value.parse().ok()?)
    }
}

/// A value with its count.
#[Object]
impl FacetValue {
    /// The value as filters take it.
    async fn value(&self) -> String {
        match (self.field, self.strength()) {
            (Field::Strength, Some(level)) => level.to_value(),
            _ => self.value.clone(),
        }
    }

    /// The value in words.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "BCP 47 tag of the language wanted; English where it is missing.")] language: Option<
            LanguageTag,
        >,
    ) -> Result<String, ApiError> {
        let scheme = match self.field {
            Field::Theme => ConceptScheme::Theme,
            Field::Country => ConceptScheme::Country,
            Field::Region => ConceptScheme::Region,
            Field::Instrument => ConceptScheme::Instrument,
            Field::Language => ConceptScheme::Language,
            Field::Strength
            | Field::Kind
            | Field::OutcomeDomain
            | Field::Direction
            | Field::Factor
            | Field::ChildFriendly => {
                let value = self.strength().filter(|_| self.field == Field::Strength);
                let value = value.map_or(self.value.as_str(), |level| level.as_str());
                let language = language.as_ref().map(LanguageTag::as_str);
                return Ok(labels::label(facet_name(self.field), value, language));
            }
            Field::Year => return Ok(self.value.clone()),
        };
        let loaders = loaders(context)?;
        Ok(loaders.app().vocabulary.find(scheme, &self.value).map_or_else(
            || self.value.clone(),
            |concept| concept.label(language.as_ref().map(LanguageTag::as_str)).to_owned(),
        ))
    }

    /// How many of the hits have this value.
    async fn count(&self) -> i32 {
        self.count
    }
}

/// A completion for a search box.
#[derive(SimpleObject)]
pub struct Suggestion {
    /// What to put into the search box: the title of an item.
    pub text: String,
    /// The item's kind.
    pub kind: Option<ContentKind>,
    /// The item's id, to go there at once.
    pub id: Option<ID>,
}

/// Searches all content.
///
/// # Errors
/// `INVALID_QUERY`, `QUERY_TOO_LONG`, what the filter and the page can raise, `SEARCH_UNAVAILABLE`.
pub async fn search(
    context: &Context<'_>,
    query: String,
    filter: Option<SearchFilter>,
    sort: Option<SearchSort>,
    arguments: PageArguments,
) -> Result<SearchConnection, ApiError> {
    let begun = Instant::now();
    let loaders = loaders(context)?;
    let asked = check_query(&query)?;
    let page = arguments.check(SEARCH)?;
    let filter = filter.unwrap_or_default().check(&loaders.app().vocabulary)?;
    let sort = sort.unwrap_or_default().into();
    let search = identity(&asked, &filter, sort);
    let offset = offset(page.after, search)?;
    let look = context.look_ahead();
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX).min(DEEPEST - offset);
    let is_last = offset + limit == DEEPEST;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let request = SearchRequest {
        query: asked.clone(),
        filter,
        sort,
        offset: usize::try_from(offset).unwrap_or(0),
        limit: limit + 1,
        facets: if look.field("facets").exists() {
            Field::ALL.to_vec()
        } else {
            Vec::new()
        },
        highlight: look.field("edges").field("highlights").exists(),
        explain: look.field("edges").field("explanation").exists(),
        language: None,
    };
    let answer = loaders
        .app()
        .search
        .ask(|engine| {
            let request = request.clone();
            async move { engine.search(&request).await }
        })
        .await?;
    let mut results = answer.value;
    // A further page is no further search.
    if offset == 0 {
        analytics::graphql::count(context, &loaders, &asked, results.total > 0);
    }
    let has_next_page = results.hits.len() > limit && !is_last;
    results.hits.truncate(limit);
    let cursor = |place: usize| {
        let place = Cursor::number(SEARCH, offset + i64::try_from(place).unwrap_or(DEEPEST));
        Cursor { id: search, ..place }.encode()
    };
    // What the caller may see now, whatever the index says: it may be behind.
    let keys: Vec<_> = results
        .hits
        .iter()
        .filter_map(|hit| Some((ContentKind::iter().find(|kind| kind.as_str() == hit.kind)?, hit.id)))
        .collect();
    let (connection, vocabulary) = (loaders.app().database.read(), &loaders.app().vocabulary);
    shown::keep_current(connection, vocabulary, &mut results.hits).await?;
    let mut nodes = published(context, CONNECTION, &keys).await?;
    let count = results.hits.len();
    let page = PageInfo {
        has_next_page,
        has_previous_page: offset > 0,
        start_cursor: (count > 0).then(|| cursor(0)),
        end_cursor: (count > 0).then(|| cursor(count - 1)),
    };
    let edges = std::mem::take(&mut results.hits)
        .into_iter()
        .enumerate()
        .filter_map(|(place, hit)| {
            let node = nodes.remove(&hit.id)?;
            Some(SearchEdge::of(hit, node, cursor(place)))
        })
        .collect();
    Ok(SearchConnection {
        results,
        edges,
        page,
        degraded: answer.degraded,
        took_ms: i32::try_from(begun.elapsed().as_millis()).unwrap_or(i32::MAX),
    })
}

/// How many hits come before a page.
fn offset(after: Option<Cursor>, search: Uuid) -> Result<i64, ApiError> {
    match after {
        Some(Cursor { id, .. }) if id != search => Err(foreign_cursor()),
        Some(Cursor {
            key: CursorKey::Number(number),
            ..
        }) if (0..DEEPEST - 1).contains(&number) => Ok(number + 1),
        Some(_) => Err(ApiError::new(
            Code::InvalidCursor,
            format!("A search can be paged to its first {DEEPEST} hits; make it narrower with a filter."),
        )),
        None => Ok(0),
    }
}

/// What the cursors of a search are places in: the same words, filter and order. Elsewhere they would skip hits that nobody has seen.
fn identity(query: &str, filter: &Filter, sort: Sort) -> Uuid {
    // How Rust writes them may change from one release to another; then a search is begun anew.
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{:?}", (query, filter, sort)).as_bytes())
}

/// Completes what stands in a search box.
///
/// # Errors
/// `INVALID_QUERY`, `QUERY_TOO_LONG`, `INVALID_PAGE_SIZE`, `SEARCH_UNAVAILABLE`.
pub async fn suggest(context: &Context<'_>, prefix: String, first: Option<i32>) -> Result<Vec<Suggestion>, ApiError> {
    let loaders = loaders(context)?;
    let request = SuggestRequest {
        prefix: check_query(&prefix)?,
        limit: bounded("first", first, 8, 20)?,
    };
    let answer = loaders
        .app()
        .search
        .ask(|engine| {
            let request = request.clone();
            async move { engine.suggest(&request).await }
        })
        .await?;
    let ids: Vec<_> = answer.value.iter().map(|one| one.id).collect();
    let titles = shown::titles(loaders.app().database.read(), ids).await?;
    Ok(answer
        .value
        .into_iter()
        .filter_map(|suggestion| {
            let (kind, titles) = titles.get(&suggestion.id)?;
            titles.contains(&suggestion.text).then(|| Suggestion {
                text: suggestion.text,
                kind: Some(*kind),
                id: Some(NodeId::content(*kind, suggestion.id).into()),
            })
        })
        .collect())
}

/// The content most like an item.
///
/// # Errors
/// `INVALID_ID`, `WRONG_ID_TYPE`, `NOT_FOUND`, `INVALID_PAGE_SIZE`, `SEARCH_UNAVAILABLE`.
pub async fn similar(context: &Context<'_>, id: &str, first: Option<i32>) -> Result<Vec<Content>, ApiError> {
    let loaders = loaders(context)?;
    let (kind, uuid) = NodeId::parse_content(id)?;
    let limit = bounded("first", first, 10, 50)?;
    if Content::load(&loaders, kind, uuid).await?.is_none() {
        return Err(ApiError::not_found(id));
    }
    let answer = loaders
        .app()
        .search
        .ask(|engine| async move { engine.similar(uuid, limit).await })
        .await?;
    let kinds = kinds_of(loaders.context(), &answer.value).await?;
    let keys: Vec<_> = kinds.into_iter().map(|(id, (kind, _))| (kind, id)).collect();
    let mut nodes = published(context, &[&[]], &keys).await?;
    Ok(answer.value.iter().filter_map(|id| nodes.remove(id)).collect())
}

/// The words of a search, trimmed.
///
/// # Errors
/// `INVALID_QUERY` where they are empty or hold a control character, `QUERY_TOO_LONG`.
pub fn check_query(query: &str) -> Result<String, ApiError> {
    let query = query.trim();
    if query.is_empty() {
        return Err(ApiError::new(
            Code::InvalidQuery,
            "The search is empty; write at least one word.",
        ));
    }
    let length = query.chars().count();
    if length > LONGEST {
        return Err(ApiError::new(
            Code::QueryTooLong,
            format!("The search has {length} characters; shorten it to {LONGEST}."),
        ));
    }
    if let Some(character) = query
        .chars()
        .find(|character| character.is_control() && !character.is_whitespace())
    {
        return Err(ApiError::new(
            Code::InvalidQuery,
            format!(
                "The search has the control character U+{:04X}; remove it.",
                character as u32
            ),
        ));
    }
    Ok(query.to_owned())
}
