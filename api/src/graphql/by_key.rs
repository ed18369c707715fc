//! Lists that are ordered by their key alone, which is the order of their making.

use std::sync::Arc;

use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::connection::{Connection, Cursor, Edge, Page, Total};
use super::errors::ApiError;
use crate::app::App;

/// A table whose rows are listed by their key.
pub struct ByKey<E: EntityTrait> {
    /// Marks the cursors of the list.
    pub order: u8,
    /// The column of the key.
    pub key: E::Column,
    /// Reads the key of a row.
    pub key_of: fn(&E::Model) -> Uuid,
    /// The oldest or the latest first.
    pub direction: Order,
}

impl<E> ByKey<E>
where
    E: EntityTrait + 'static,
    E::Model: Send + Sync + 'static,
{
    /// A page of the rows that meet the condition.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn page<N>(
        self,
        app: Arc<App>,
        condition: Condition,
        page: Page,
        wrap: impl Fn(E::Model) -> N,
    ) -> Result<Connection<N>, ApiError> {
        let mut select = E::find().filter(condition.clone());
        if let Some(after) = &page.after {
            select = select.filter(match self.direction {
                Order::Desc => self.key.lt(after.id),
                _ => self.key.gt(after.id),
            });
        }
        let rows = select
            .order_by(self.key, self.direction)
            .limit(page.limit + 1)
            .all(app.database.read())
            .await?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_next_page = rows.len() > limit;
        let edges = rows
            .into_iter()
            .take(limit)
            .map(|row| Edge {
                cursor: Cursor {
                    id: (self.key_of)(&row),
                    ..Cursor::number(self.order, 0)
                }
                .into(),
                node: wrap(row),
            })
            .collect();
        Ok(Connection {
            edges,
            has_next_page,
            has_previous_page: page.after.is_some(),
            total: counted::<E>(app, condition),
        })
    }
}

/// Counts the rows that meet the condition when the count is asked for.
pub fn counted<E>(app: Arc<App>, condition: Condition) -> Total
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    Box::new(move || {
        let app = app.clone();
        let condition = condition.clone();
        Box::pin(async move {
            let total = E::find().filter(condition).count(app.database.read()).await?;
            Ok(i32::try_from(total).unwrap_or(i32::MAX))
        })
    })
}
