//! The lists of content, with filter, order and paging.

use async_graphql::Context;
use futures::FutureExt;
use futures::future::BoxFuture;
use praxis_entities::content;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, Statement};

use super::kind::{Kind, KindFilter, Reading, Scope, cursor, join_detail, read, select};
use super::order::ContentOrder;
use super::row::{CONNECTION, Columns};
use super::visibility;
use crate::graphql::connection::{Connection, Edge, EdgeCursor, PageArguments};
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
        let visible = || visibility::listed(&loaders.context().actor);
        let of_kind = || Expr::col((content::Entity, content::Column::Kind)).eq(Expr::Constant(K::KIND.into()));
        let (mut all, mut counted) = (Condition::all().add(visible()), Condition::all().add(visible()));
        match &filter {
            Some(filter) => {
                let reading = filter.reading(database).await?;
                all = all.add(filter.condition(&Scope::read(loaders.app(), reading))?);
                counted = counted.add(filter.condition(&Scope::whole(loaders.app()))?);
                // The table of the kind, which is joined, says what they are. With this condition too, a planner without
                // statistics walks all content of the kind.
                if reading != Reading::Few {
                    all = all.add(of_kind());
                }
                if !K::Filter::COUNTED_BY_DETAIL {
                    counted = counted.add(of_kind());
                }
            }
            None => (all, counted) = (all.add(of_kind()), counted.add(of_kind())),
        }
        let mut statement = select::<K>(columns);
        statement.cond_where(all);
        if let Some(after) = &page.after {
            statement.and_where(order.beyond(after, false));
        }
        if let Some(before) = &page.before {
            statement.and_where(order.beyond(before, true));
        }
        order.apply(&mut statement, page.backward);
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
        let filtered = filter.is_some();
        let app = loaders.app().clone();
        Ok(Connection {
            edges,
            has_next_page: page.before.is_some() || (!page.backward && more),
            has_previous_page: page.after.is_some() || (page.backward && more),
            total: Box::new(move || {
                let app = app.clone();
                let mut statement = Query::select();
                statement
                    .expr_as(Expr::cust("COUNT(*)"), Alias::new("total"))
                    .from(content::Entity)
                    .cond_where(counted.clone());
                if filtered {
                    join_detail::<K>(&mut statement);
                }
                Box::pin(async move {
                    let row = app.database.read().query_one(&statement).await?;
                    let total: i64 = match row {
                        Some(row) => row.try_get("", "total")?,
                        None => 0,
                    };
                    Ok(i32::try_from(total).unwrap_or(i32::MAX))
                })
            }),
        })
    }
    .boxed()
}

/// The statement with a limit written into it. With a parameter for it PostgreSQL would plan the statement anew each time:
/// it takes an unknown limit for a tenth of the rows.
fn first_rows(statement: &SelectStatement, limit: u64, connection: &impl ConnectionTrait) -> Statement {
    let mut limited = connection.get_database_backend().build(statement);
    limited.sql.push_str(&format!(" LIMIT {limit}"));
    limited
}
