//! Content of any kind that cites a resource.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use futures::future::try_join_all;
use praxis_entities::vocabulary::ContentKind;
use praxis_entities::{citation, content};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Order, Query, WindowStatement};
use uuid::Uuid;

use super::interface::Content;
use super::order::ContentOrder;
use super::visibility;
use crate::database::among;
use crate::graphql::connection::{Connection, Cursor, CursorKey, Edge, Page, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// A page of the content that cites a resource, newest first: one statement for all resources at a level, and one for
/// each kind of content that is found.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn cited_by(
    context: &Context<'_>,
    resource: Uuid,
    arguments: PageArguments,
) -> Result<Connection<Content>, ApiError> {
    let loaders = loaders(context)?;
    let page = arguments.check(ContentOrder::Newest.code(None))?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_previous_page = page.after.is_some();
    let places = loaders.load(CitedBy { resource, page }).await?.unwrap_or_default();
    let edges = try_join_all(places.iter().take(limit).map(|place| async {
        let node = Content::load(&loaders, place.kind, place.cursor.id).await?;
        Ok::<_, ApiError>(node.map(|node| Edge {
            cursor: place.cursor.clone().into(),
            node,
        }))
    }))
    .await?;
    // Where the first page holds everything there is nothing to count.
    let known = (!has_previous_page && places.len() <= limit).then_some(places.len());
    let counting = loaders.clone();
    Ok(Connection {
        edges: edges.into_iter().flatten().collect(),
        has_next_page: places.len() > limit,
        has_previous_page,
        total: Box::new(move || {
            let loaders = counting.clone();
            Box::pin(async move {
                match known {
                    Some(known) => Ok(i32::try_from(known).unwrap_or(i32::MAX)),
                    None => Ok(loaders.load(CitedByCount(resource)).await?.unwrap_or(0)),
                }
            })
        }),
    })
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct CitedBy {
    resource: Uuid,
    page: Page,
}

struct Place {
    kind: ContentKind,
    cursor: Cursor,
}

impl BatchKey for CitedBy {
    type Value = Arc<Vec<Place>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut resources_of: HashMap<Page, Vec<Uuid>> = HashMap::new();
        for key in keys {
            resources_of.entry(key.page).or_default().push(key.resource);
        }
        let mut found = HashMap::new();
        for (page, resources) in resources_of {
            let resource = Alias::new("cited_id");
            let mut citing = Query::select();
            citing
                .distinct()
                .column((citation::Entity, citation::Column::ContentId))
                .expr_as(
                    Expr::col((citation::Entity, citation::Column::ResourceId)),
                    resource.clone(),
                )
                .from(citation::Entity)
                .and_where(among(
                    context.app.database.read(),
                    Expr::col((citation::Entity, citation::Column::ResourceId)),
                    resources,
                ));
            let pairs = Alias::new("pairs");
            let rank = Alias::new("place");
            let mut ranked = Query::select();
            ranked.column((pairs.clone(), resource.clone()));
            for column in [content::Column::Id, content::Column::Kind, content::Column::PublishedAt] {
                ranked.column((content::Entity, column));
            }
            ranked
                .expr_window_as(
                    Expr::cust("ROW_NUMBER()"),
                    WindowStatement::partition_by((pairs.clone(), resource.clone()))
                        .order_by((content::Entity, content::Column::PublishedAt), Order::Desc)
                        .order_by((content::Entity, content::Column::Id), Order::Desc)
                        .take(),
                    rank.clone(),
                )
                .from_subquery(citing, pairs.clone())
                .inner_join(
                    content::Entity,
                    Expr::col((content::Entity, content::Column::Id)).equals((pairs.clone(), Alias::new("content_id"))),
                )
                .and_where(visibility::listed(&context.actor));
            if let Some(after) = &page.after {
                ranked.cond_where(ContentOrder::Newest.beyond(after, false).into_condition());
            }
            let statement = Query::select()
                .expr(Expr::cust("*"))
                .from_subquery(ranked, Alias::new("ranked"))
                .and_where(Expr::col(rank.clone()).lte(i64::try_from(page.limit + 1).unwrap_or(i64::MAX)))
                .order_by(rank, Order::Asc)
                .take();
            let mut places: HashMap<Uuid, Vec<Place>> = HashMap::new();
            for row in context.app.database.read().query_all(&statement).await? {
                let published = CursorKey::Moment(row.try_get("", "published_at")?);
                places.entry(row.try_get("", "cited_id")?).or_default().push(Place {
                    kind: row.try_get("", "kind")?,
                    cursor: ContentOrder::Newest.place(None, published, row.try_get("", "id")?),
                });
            }
            for (resource, places) in places {
                let page = page.clone();
                found.insert(Self { resource, page }, Arc::new(places));
            }
        }
        Ok(found)
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct CitedByCount(Uuid);

impl BatchKey for CitedByCount {
    type Value = i32;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let resources = keys.into_iter().map(|key| key.0).collect();
        let statement = Query::select()
            .column((citation::Entity, citation::Column::ResourceId))
            .expr_as(
                Expr::col((citation::Entity, citation::Column::ContentId)).count_distinct(),
                Alias::new("total"),
            )
            .from(citation::Entity)
            .inner_join(
                content::Entity,
                Expr::col((content::Entity, content::Column::Id))
                    .equals((citation::Entity, citation::Column::ContentId)),
            )
            .and_where(among(
                context.app.database.read(),
                Expr::col((citation::Entity, citation::Column::ResourceId)),
                resources,
            ))
            .and_where(visibility::listed(&context.actor))
            .group_by_col((citation::Entity, citation::Column::ResourceId))
            .take();
        let mut found = HashMap::new();
        for row in context.app.database.read().query_all(&statement).await? {
            let total: i64 = row.try_get("", "total")?;
            found.insert(
                Self(row.try_get("", "resource_id")?),
                i32::try_from(total).unwrap_or(i32::MAX),
            );
        }
        Ok(found)
    }
}
