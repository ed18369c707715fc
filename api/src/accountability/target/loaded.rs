//! The targets of initiatives and commitments: one statement for all of them at one level of a query.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use praxis_entities::{content, indicator_target};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef};
use uuid::Uuid;

use super::{IndicatorTarget, Reach};
use crate::content::visibility;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

#[derive(Clone, PartialEq, Eq, Hash)]
struct OfContent(Uuid);

impl BatchKey for OfContent {
    type Value = Arc<Vec<Arc<indicator_target::Model>>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let database = context.app.database.read();
        let items = keys.into_iter().map(|key| key.0).collect();
        // A target is as visible as the item that states it.
        let to_content: RelationDef = indicator_target::Entity::belongs_to(content::Entity)
            .from(indicator_target::Column::ContentId)
            .to(content::Column::Id)
            .into();
        let rows = indicator_target::Entity::find()
            .join(JoinType::InnerJoin, to_content)
            .filter(among(
                database,
                Expr::col((indicator_target::Entity, indicator_target::Column::ContentId)),
                items,
            ))
            .filter(visibility::listed(&context.actor))
            .order_by_asc(indicator_target::Column::ContentId)
            .order_by_asc(indicator_target::Column::Position)
            .all(database)
            .await?;
        let mut found: HashMap<Uuid, Vec<Arc<indicator_target::Model>>> = HashMap::new();
        for row in rows {
            found.entry(row.content_id).or_default().push(Arc::new(row));
        }
        Ok(found
            .into_iter()
            .map(|(id, rows)| (OfContent(id), Arc::new(rows)))
            .collect())
    }
}

/// The targets of an initiative or a commitment, in the order of its document.
///
/// # Errors
/// Where the database is away.
pub async fn of_content(context: &Context<'_>, content: Uuid, reach: Reach) -> Result<Vec<IndicatorTarget>, ApiError> {
    let rows = loaders(context)?.load(OfContent(content)).await?;
    let targets = rows.iter().flat_map(|rows| rows.iter());
    Ok(targets
        .map(|row| IndicatorTarget {
            row: row.clone(),
            reach,
        })
        .collect())
}
