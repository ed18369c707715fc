//! The revisions of an item, with their documents.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, SimpleObject};
use praxis_entities::revision;
use praxis_entities::vocabulary::ContentStatus;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::content::document::shown::without_hidden;
use crate::content::row::ContentRow;
use crate::curation::graphql::changes::{FieldChange, compare};
use crate::database::among;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;

/// Marks the cursors of lists of revisions.
const REVISIONS: u8 = 21;

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
