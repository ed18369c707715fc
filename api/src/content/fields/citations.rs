//! The citations of an item.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, SimpleObject};
use praxis_entities::citation;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order};
use uuid::Uuid;

use crate::content::kind::{detail_key, read, select};
use crate::content::resource::Resource;
use crate::content::row::Columns;
use crate::content::visibility;
use crate::database::among;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// Marks the cursors of lists of citations.
const CITATIONS: u8 = 20;

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
