//! The fields that the types of all kinds share, written once.

mod citations;
mod object;
mod revisions;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID};
use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ContentStatus, RelationKind};
use praxis_entities::{content, content_concept, content_translation};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

pub use self::citations::{Citation, citations};
pub(crate) use self::object::content_object;
pub use self::revisions::{Documents, Revision, revisions};
use super::document::ContentInput;
use super::practitioner::Practitioner;
use super::related::{self, Direction};
use super::row::ContentRow;
use crate::database::among;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::{LanguageTag, Markdown, Url};
use crate::identifier::NodeId;
use crate::vocabulary::Concept;
use crate::vocabulary::types::{Country, Instrument, Theme};

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
