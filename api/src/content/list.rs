//! The lists of content, with filter, order and paging.

use async_graphql::Context;
use futures::FutureExt;
use futures::future::BoxFuture;
use praxis_entities::content;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ConnectionTrait, Statement};

use super::kind::{self, Kind, cursor, read, select};
use super::listed::{Listed, Rows, keys_of};
use super::order::ContentOrder;
use super::row::{CONNECTION, Columns};
use super::visibility;
use crate::database::among_selected;
use crate::graphql::connection::{Connection, Edge, EdgeCursor, Page, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;

/// A page of the content of one kind: one statement, one more where `totalCount` is selected, and one more before both
/// where the filter must know how much fulfils it.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub fn connection<'a, K: Kind>(
    context: &'a Context<'a>,
    filter: Option<K::Filter>,
    order: Option<ContentOrder>,
    arguments: PageArguments,
) -> BoxFuture<'a, Result<Connection<K>, ApiError>> {
    async move {
        let loaders = loaders(context)?;
        let order = order.unwrap_or_default();
        let page = arguments.check(order.code(Some(K::KIND)))?;
        let filter = filter.filter(|filter| *filter != K::Filter::default());
        let columns = Columns::selected::<K>(context, CONNECTION).with(order.column());
        let database = loaders.app().database.read();
        let is_counted = context.look_ahead().field("totalCount").exists();
        let listed = Listed::new::<K>(loaders.app(), &loaders.context().actor, filter.as_ref(), is_counted).await?;
        let mut statement = select::<K>(columns);
        match listed.rows {
            Rows::Fulfilling(condition) => {
                statement.cond_where(condition);
                place(&mut statement, order, &page);
            }
            Rows::Keys(keys) => {
                // The wide rows are read of the page alone.
                let key = || Expr::col((content::Entity, content::Column::Id));
                let mut first = keys_of(visibility::listed(&loaders.context().actor));
                first.and_where(among_selected(database, key(), *keys));
                place(&mut first, order, &page);
                first.limit(page.limit + 1);
                statement.and_where(among_selected(database, key(), first));
                order.apply(&mut statement, page.backward);
            }
        }
        let rows = database
            .query_all_raw(first_rows(&statement, page.limit + 1, database))
            .await?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        let mut edges = rows
            .into_iter()
            .take(limit)
            .map(|row| {
                let node: K = read(row, columns)?;
                Ok(Edge {
                    cursor: EdgeCursor::Derived(order, cursor::<K>),
                    node,
                })
            })
            .collect::<Result<Vec<_>, ApiError>>()?;
        if page.backward {
            edges.reverse();
        }
        let app = loaders.app().clone();
        let Listed { total, counted, .. } = listed;
        Ok(Connection {
            edges,
            has_next_page: page.before.is_some() || (!page.backward && more),
            has_previous_page: page.after.is_some() || (page.backward && more),
            total: Box::new(move || {
                let (app, total) = (app.clone(), total.clone());
                Box::pin(async move {
                    let total = match counted {
                        Some(counted) => counted,
                        None => kind::total(&total, app.database.read()).await?,
                    };
                    Ok(i32::try_from(total).unwrap_or(i32::MAX))
                })
            }),
        })
    }
    .boxed()
}

/// Cuts a statement to what is beyond the places of a page, in the order of the list.
fn place(statement: &mut SelectStatement, order: ContentOrder, page: &Page) {
    if let Some(after) = &page.after {
        statement.and_where(order.beyond(after, false));
    }
    if let Some(before) = &page.before {
        statement.and_where(order.beyond(before, true));
    }
    order.apply(statement, page.backward);
}

/// The statement with a limit written into it. With a parameter for it PostgreSQL would plan the statement anew each time:
/// it takes an unknown limit for a tenth of the rows.
fn first_rows(statement: &SelectStatement, limit: u64, connection: &impl ConnectionTrait) -> Statement {
    let mut limited = connection.get_database_backend().build(statement);
    limited.sql.push_str(&format!(" LIMIT {limit}"));
    limited
}
