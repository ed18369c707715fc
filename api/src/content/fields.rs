//! The fields that the types of all kinds share, written once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ContentStatus, RelationKind};
use praxis_entities::{citation, content, content_concept, content_translation, revision};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::document::ContentInput;
use super::document::shown::without_hidden;
use super::kind::{detail_key, read, select};
use super::practitioner::Practitioner;
use super::related::{self, Direction};
use super::resource::Resource;
use super::row::{Columns, ContentRow};
use super::visibility;
use crate::curation::graphql::changes::{FieldChange, compare};
use crate::database::among;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::{LanguageTag, Markdown, Moment, Url};
use crate::identifier::NodeId;
use crate::vocabulary::Concept;
use crate::vocabulary::types::{Country, Instrument, Theme};

/// Marks the cursors of lists of citations.
const CITATIONS: u8 = 20;
/// Marks the cursors of lists of revisions.
const REVISIONS: u8 = 21;

/// Ties content to a resource, with the place in it.
#[derive(Clone, SimpleObject)]
pub struct Citation {
    /// The cited resource. It may have been retracted since; then it is a tombstone.
    pub resource: Resource,
    /// Page, paragraph or section.
    pub locator: Option<String>,
    /// A short note.
    pub note: Option<String>,
}

/// One published state of an item: a complete document.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Revision {
    /// From 1, without gaps.
    pub number: i32,
    /// When it was published.
    pub created_at: Moment,
    /// Why it was made.
    pub note: Option<String>,
    /// Where its document is.
    #[graphql(skip)]
    pub documents: Documents,
}

/// The document of a revision and that of the revision before it, of which the first has none.
#[derive(Clone)]
pub enum Documents {
    /// Of an item, read where they are asked for.
    Of(Uuid),
    /// Of what is not published yet.
    Proposed {
        /// Its document.
        document: String,
        /// The one that it would replace.
        before: Option<Arc<String>>,
    },
}

#[ComplexObject]
impl Revision {
    /// The document as JSON, in the form of `ContentInput`.
    async fn document(&self, context: &Context<'_>) -> Result<String, ApiError> {
        match &self.documents {
            Documents::Of(content) => Ok(stored(context, *content, self.number).await?.as_str().to_owned()),
            Documents::Proposed { document, .. } => Ok(document.clone()),
        }
    }

    /// What it changed, field by field, compared with the revision before it.
    async fn changes(&self, context: &Context<'_>) -> Result<Vec<FieldChange>, ApiError> {
        let changes = match &self.documents {
            Documents::Of(content) => {
                let (loaders, before) = (loaders(context)?, DocumentOf(*content, self.number - 1));
                let (before, document) =
                    futures::try_join!(loaders.load(before), stored(context, *content, self.number))?;
                compare(before.as_ref().map(|before| before.as_str()), &document)
            }
            Documents::Proposed { document, before } => {
                compare(before.as_ref().map(|before| before.as_str()), document)
            }
        };
        changes.map_err(ApiError::internal)
    }
}

async fn stored(context: &Context<'_>, content: Uuid, number: i32) -> Result<Arc<String>, ApiError> {
    let document = loaders(context)?.load(DocumentOf(content, number)).await?;
    document.ok_or_else(|| ApiError::internal("a revision has no document"))
}

/// The id.
pub fn id(row: &ContentRow) -> ID {
    NodeId::content(row.kind, row.id).into()
}

/// The public address.
///
/// # Errors
/// Where the slug was not read.
pub fn url(context: &Context<'_>, row: &ContentRow) -> Result<Url, ApiError> {
    let loaders = loaders(context)?;
    let slug: String = row.get(content::Column::Slug)?;
    Ok(Url::trusted(public_url(&loaders.app().public_url, row.kind, &slug)))
}

/// The address of an item under the public address of the service.
pub fn public_url(service: &str, kind: ContentKind, slug: &str) -> String {
    format!("{service}/{}/{slug}", ContentInput::field(kind))
}

/// The public reason of a retraction.
///
/// # Errors
/// Where the reason was not read.
pub fn status_reason(row: &ContentRow) -> Result<Option<String>, ApiError> {
    match row.status {
        ContentStatus::Retracted => row.get(content::Column::StatusReason),
        _ => Ok(None),
    }
}

/// The title in a language, else in the original one.
///
/// # Errors
/// Where the database is away.
pub async fn title(context: &Context<'_>, row: &ContentRow, language: Option<LanguageTag>) -> Result<String, ApiError> {
    match translation(context, row, language).await? {
        Some(translation) => Ok(translation.title),
        None => row.get(content::Column::Title),
    }
}

/// The summary in a language, else in the original one.
///
/// # Errors
/// Where the database is away.
pub async fn summary(
    context: &Context<'_>,
    row: &ContentRow,
    language: Option<LanguageTag>,
) -> Result<Option<Markdown>, ApiError> {
    if row.status == ContentStatus::Retracted {
        return Ok(None);
    }
    let translated = translation(context, row, language).await?;
    let summary: Option<String> = match translated.and_then(|translation| translation.summary) {
        Some(summary) => Some(summary),
        None => row.get(content::Column::Summary)?,
    };
    Ok(summary.map(Markdown::trusted))
}

async fn translation(
    context: &Context<'_>,
    row: &ContentRow,
    language: Option<LanguageTag>,
) -> Result<Option<content_translation::Model>, ApiError> {
    let Some(language) = language else {
        return Ok(None);
    };
    let original: String = row.get(content::Column::Language)?;
    if language.as_str() == original {
        return Ok(None);
    }
    let all = loaders(context)?
        .load(TranslationsOf(row.id))
        .await?
        .unwrap_or_default();
    let base = |tag: &str| tag.split('-').next().map(str::to_owned);
    let wanted = base(language.as_str());
    let exact = all.iter().find(|one| one.language == language.as_str());
    if exact.is_none() && base(&original) == wanted {
        return Ok(None);
    }
    Ok(exact
        .or_else(|| all.iter().find(|one| base(&one.language) == wanted))
        .cloned())
}

/// The languages in which title and summary can be had, the original one first.
///
/// # Errors
/// Where the database is away.
pub async fn available_languages(context: &Context<'_>, row: &ContentRow) -> Result<Vec<LanguageTag>, ApiError> {
    let original: String = row.get(content::Column::Language)?;
    let all = loaders(context)?
        .load(TranslationsOf(row.id))
        .await?
        .unwrap_or_default();
    Ok(std::iter::once(original.as_str())
        .chain(all.iter().map(|one| one.language.as_str()))
        .map(LanguageTag::trusted)
        .collect())
}

async fn concepts(context: &Context<'_>, content: Uuid, scheme: ConceptScheme) -> Result<Vec<Arc<Concept>>, ApiError> {
    let all = loaders(context)?.load(ConceptsOf(content)).await?.unwrap_or_default();
    Ok(all.iter().filter(|concept| concept.scheme == scheme).cloned().collect())
}

/// The themes.
///
/// # Errors
/// Where the database is away.
pub async fn themes(context: &Context<'_>, content: Uuid) -> Result<Vec<Theme>, ApiError> {
    let found = concepts(context, content, ConceptScheme::Theme).await?;
    Ok(found.into_iter().map(Theme).collect())
}

/// The countries.
///
/// # Errors
/// Where the database is away.
pub async fn countries(context: &Context<'_>, content: Uuid) -> Result<Vec<Country>, ApiError> {
    let found = concepts(context, content, ConceptScheme::Country).await?;
    Ok(found.into_iter().map(Country).collect())
}

/// The instruments.
///
/// # Errors
/// Where the database is away.
pub async fn instruments(context: &Context<'_>, content: Uuid) -> Result<Vec<Instrument>, ApiError> {
    let found = concepts(context, content, ConceptScheme::Instrument).await?;
    Ok(found.into_iter().map(Instrument).collect())
}

/// The citations, in the order of the document.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn citations(
    context: &Context<'_>,
    content: Uuid,
    arguments: PageArguments,
) -> Result<Connection<Citation>, ApiError> {
    let page = arguments.check(CITATIONS)?;
    let all = loaders(context)?.load(CitationsOf(content)).await?.unwrap_or_default();
    Ok(page.slice(CITATIONS, &all))
}

/// The published revisions, the latest first.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn revisions(
    context: &Context<'_>,
    row: &ContentRow,
    arguments: PageArguments,
) -> Result<Connection<Revision>, ApiError> {
    let page = arguments.check(REVISIONS)?;
    // What was withdrawn is not to be read in an earlier revision either.
    if row.status == ContentStatus::Retracted {
        return Ok(page.slice(REVISIONS, &[]));
    }
    let content = row.id;
    let all = loaders(context)?.load(RevisionsOf(content)).await?.unwrap_or_default();
    Ok(page.slice(REVISIONS, &all))
}

/// The practitioners who shared the item.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn contributors(
    context: &Context<'_>,
    content: Uuid,
    arguments: PageArguments,
) -> Result<Connection<Practitioner>, ApiError> {
    related::connection(
        context,
        content,
        RelationKind::Contributor,
        Direction::Forward,
        None,
        None,
        arguments,
    )
    .await
}

/// All concepts of an item, of every scheme.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ConceptsOf(Uuid);

impl BatchKey for ConceptsOf {
    type Value = Arc<Vec<Arc<Concept>>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows: Vec<(Uuid, Uuid)> = content_concept::Entity::find()
            .select_only()
            .column(content_concept::Column::ContentId)
            .column(content_concept::Column::ConceptId)
            .filter(among(
                context.app.database.read(),
                Expr::col((content_concept::Entity, content_concept::Column::ContentId)),
                ids,
            ))
            .order_by_asc(content_concept::Column::Position)
            .into_tuple()
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<Arc<Concept>>> = HashMap::new();
        for (content, concept) in rows {
            if let Some(concept) = context.app.vocabulary.get(concept) {
                found.entry(content).or_default().push(concept.clone());
            }
        }
        Ok(found
            .into_iter()
            .map(|(id, concepts)| (Self(id), Arc::new(concepts)))
            .collect())
    }
}

/// All translations of an item.
#[derive(Clone, PartialEq, Eq, Hash)]
struct TranslationsOf(Uuid);

impl BatchKey for TranslationsOf {
    type Value = Arc<Vec<content_translation::Model>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = content_translation::Entity::find()
            .filter(among(
                context.app.database.read(),
                Expr::col((content_translation::Entity, content_translation::Column::ContentId)),
                ids,
            ))
            .order_by_asc(content_translation::Column::Language)
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<content_translation::Model>> = HashMap::new();
        for row in rows {
            found.entry(row.content_id).or_default().push(row);
        }
        Ok(found.into_iter().map(|(id, rows)| (Self(id), Arc::new(rows))).collect())
    }
}

/// All citations of an item. Their number is bounded when it is published.
#[derive(Clone, PartialEq, Eq, Hash)]
struct CitationsOf(Uuid);

impl BatchKey for CitationsOf {
    type Value = Arc<Vec<Citation>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let citing = Alias::new("citing_id");
        let columns = Columns::all::<Resource>();
        let statement = select::<Resource>(columns)
            .expr_as(
                Expr::col((citation::Entity, citation::Column::ContentId)),
                citing.clone(),
            )
            .columns([
                (citation::Entity, citation::Column::Locator),
                (citation::Entity, citation::Column::Note),
            ])
            .inner_join(
                citation::Entity,
                Expr::col((citation::Entity, citation::Column::ResourceId)).equals(detail_key::<Resource>()),
            )
            .and_where(among(
                context.app.database.read(),
                Expr::col((citation::Entity, citation::Column::ContentId)),
                ids,
            ))
            .cond_where(visibility::addressable(&context.actor))
            .order_by((citation::Entity, citation::Column::ContentId), Order::Asc)
            .order_by((citation::Entity, citation::Column::Position), Order::Asc)
            .take();
        let mut found: HashMap<Uuid, Vec<Citation>> = HashMap::new();
        for row in context.app.database.read().query_all(&statement).await? {
            let (locator, note) = (row.try_get("", "locator")?, row.try_get("", "note")?);
            found.entry(row.try_get("", "citing_id")?).or_default().push(Citation {
                resource: read(row, columns)?,
                locator,
                note,
            });
        }
        Ok(found
            .into_iter()
            .map(|(id, citations)| (Self(id), Arc::new(citations)))
            .collect())
    }
}

/// The revisions of an item.
#[derive(Clone, PartialEq, Eq, Hash)]
struct RevisionsOf(Uuid);

impl BatchKey for RevisionsOf {
    type Value = Arc<Vec<Revision>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows: Vec<(Uuid, i32, DateTimeUtc, Option<String>)> = revision::Entity::find()
            .select_only()
            .columns([
                revision::Column::ContentId,
                revision::Column::Number,
                revision::Column::CreatedAt,
                revision::Column::Note,
            ])
            .filter(among(
                context.app.database.read(),
                Expr::col((revision::Entity, revision::Column::ContentId)),
                ids,
            ))
            .order_by_desc(revision::Column::Number)
            .into_tuple()
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<Revision>> = HashMap::new();
        for (content, number, created_at, note) in rows {
            found.entry(content).or_default().push(Revision {
                number,
                created_at: created_at.into(),
                note,
                documents: Documents::Of(content),
            });
        }
        Ok(found
            .into_iter()
            .map(|(id, revisions)| (Self(id), Arc::new(revisions)))
            .collect())
    }
}

/// The document of an item's revision with a number.
#[derive(Clone, PartialEq, Eq, Hash)]
struct DocumentOf(Uuid, i32);

/// How many documents one statement reads: each is up to a megabyte large.
const DOCUMENTS: usize = 200;

impl BatchKey for DocumentOf {
    type Value = Arc<String>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut found = HashMap::new();
        for chunk in keys.chunks(DOCUMENTS) {
            let place = Expr::tuple([
                Expr::col(revision::Column::ContentId),
                Expr::col(revision::Column::Number),
            ]);
            let rows: Vec<(Uuid, i32, String)> = revision::Entity::find()
                .select_only()
                .columns([
                    revision::Column::ContentId,
                    revision::Column::Number,
                    revision::Column::Document,
                ])
                .filter(place.in_tuples(chunk.iter().map(|key| (key.0, key.1))))
                .into_tuple()
                .all(context.app.database.read())
                .await?;
            let (keys, documents): (Vec<Self>, Vec<String>) = rows
                .into_iter()
                .map(|(content, number, document)| (Self(content, number), document))
                .unzip();
            let shown = without_hidden(context, documents).await?;
            found.extend(keys.into_iter().zip(shown.into_iter().map(Arc::new)));
        }
        Ok(found)
    }
}

/// Defines the API's type of a kind: the fields of `Content`, and then its own.
macro_rules! content_object {
    (
        $(#[$meta:meta])*
        $name:ident, $table:ident, $filter:ty,
        withheld: [$($withheld:ident),*], reads: [$($reader:literal => $read:ident),*], { $($own:tt)* }
    ) => {
        #[derive(Clone)]
        $(#[$meta])*
        pub struct $name(std::sync::Arc<$crate::content::row::Row<$name>>);

        impl $crate::content::kind::Kind for $name {
            const KIND: praxis_entities::vocabulary::ContentKind =
                praxis_entities::vocabulary::ContentKind::$name;
            const WITHHELD: &'static [praxis_entities::$table::Column] =
                &[$(praxis_entities::$table::Column::$withheld),*];
            const READS: &'static [(&'static str, praxis_entities::$table::Column)] =
                &[$(($reader, praxis_entities::$table::Column::$read)),*];
            type Table = praxis_entities::$table::Entity;
            type Filter = $filter;

            fn from_row(row: std::sync::Arc<$crate::content::row::Row<Self>>) -> Self {
                Self(row)
            }

            fn row(&self) -> &$crate::content::row::Row<Self> {
                &self.0
            }
        }

        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
            /// The id: opaque, stable, sortable by the time of creation.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::content::fields::id(&self.0.content)
            }

            /// The name in the public address: unique within the kind, never changed.
            pub async fn slug(&self) -> Result<String, $crate::graphql::errors::ApiError> {
                self.0.content.get(praxis_entities::content::Column::Slug)
            }

            /// The title in the language asked for, or in the original language where there is no translation.
            pub async fn title(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "BCP 47 tag of the language wanted; the original language where it is missing.")]
                language: Option<$crate::graphql::scalars::LanguageTag>,
            ) -> Result<String, $crate::graphql::errors::ApiError> {
                $crate::content::fields::title(context, &self.0.content, language).await
            }

            /// What it is about in a few sentences, in the language asked for or else the original one.
            pub async fn summary(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "BCP 47 tag of the language wanted; the original language where it is missing.")]
                language: Option<$crate::graphql::scalars::LanguageTag>,
            ) -> Result<Option<$crate::graphql::scalars::Markdown>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::summary(context, &self.0.content, language).await
            }

            /// The summary rendered as sanitised HTML.
            pub async fn summary_html(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "BCP 47 tag of the language wanted; the original language where it is missing.")]
                language: Option<$crate::graphql::scalars::LanguageTag>,
            ) -> Result<Option<String>, $crate::graphql::errors::ApiError> {
                let summary = $crate::content::fields::summary(context, &self.0.content, language).await?;
                Ok(summary.map(|text| $crate::text::html(text.as_str())))
            }

            /// The original language.
            pub async fn language(
                &self,
            ) -> Result<$crate::graphql::scalars::LanguageTag, $crate::graphql::errors::ApiError> {
                let tag: String = self.0.content.get(praxis_entities::content::Column::Language)?;
                Ok($crate::graphql::scalars::LanguageTag::trusted(tag))
            }

            /// The languages in which title and summary can be had, the original one first.
            pub async fn available_languages(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<Vec<$crate::graphql::scalars::LanguageTag>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::available_languages(context, &self.0.content).await
            }

            /// The child rights issues that it is about, the most important first.
            pub async fn themes(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<Vec<$crate::vocabulary::types::Theme>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::themes(context, self.0.content.id).await
            }

            /// The countries that it is about.
            pub async fn countries(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<Vec<$crate::vocabulary::types::Country>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::countries(context, self.0.content.id).await
            }

            /// Where it is taken from: resources with the place in them.
            pub async fn citations(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
                #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
            ) -> Result<
                $crate::graphql::connection::Connection<$crate::content::fields::Citation>,
                $crate::graphql::errors::ApiError,
            > {
                let page = $crate::graphql::connection::PageArguments::forward(first, after);
                $crate::content::fields::citations(context, self.0.content.id, page).await
            }

            /// Where the item stands. Anonymous callers see published items and the tombstones of retracted ones.
            pub async fn status(&self) -> praxis_entities::vocabulary::ContentStatus {
                self.0.content.status
            }

            /// Why the item was retracted; null of every other item.
            pub async fn status_reason(&self) -> Result<Option<String>, $crate::graphql::errors::ApiError> {
                $crate::content::fields::status_reason(&self.0.content)
            }

            /// The number of the current revision, from 1.
            pub async fn revision(&self) -> Result<i32, $crate::graphql::errors::ApiError> {
                self.0.content.get(praxis_entities::content::Column::Revision)
            }

            /// The published revisions, the latest first.
            pub async fn revisions(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
                #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
            ) -> Result<
                $crate::graphql::connection::Connection<$crate::content::fields::Revision>,
                $crate::graphql::errors::ApiError,
            > {
                let page = $crate::graphql::connection::PageArguments::forward(first, after);
                $crate::content::fields::revisions(context, &self.0.content, page).await
            }

            /// The practitioners who shared it with the community.
            pub async fn contributors(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
                #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
            ) -> Result<
                $crate::graphql::connection::Connection<$crate::content::practitioner::Practitioner>,
                $crate::graphql::errors::ApiError,
            > {
                let page = $crate::graphql::connection::PageArguments::forward(first, after);
                $crate::content::fields::contributors(context, self.0.content.id, page).await
            }

            /// When its first revision was published.
            pub async fn published_at(
                &self,
            ) -> Result<$crate::graphql::scalars::Moment, $crate::graphql::errors::ApiError> {
                let moment: sea_orm::prelude::DateTimeUtc =
                    self.0.content.get(praxis_entities::content::Column::PublishedAt)?;
                Ok(moment.into())
            }

            /// When its current revision was published.
            pub async fn updated_at(
                &self,
            ) -> Result<$crate::graphql::scalars::Moment, $crate::graphql::errors::ApiError> {
                let moment: sea_orm::prelude::DateTimeUtc =
                    self.0.content.get(praxis_entities::content::Column::UpdatedAt)?;
                Ok(moment.into())
            }

            /// The public address.
            pub async fn url(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Result<$crate::graphql::scalars::Url, $crate::graphql::errors::ApiError> {
                $crate::content::fields::url(context, &self.0.content)
            }

            $($own)*
        }
    };
}

pub(crate) use content_object;
