//! The lists of content, with filter, order and paging.

use std::marker::PhantomData;

use async_graphql::Context;
use futures::FutureExt;
use futures::future::BoxFuture;
use praxis_entities::content;
use sea_orm::sea_query::{Alias, CommonTableExpression, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, IdenStatic, QueryResult, Statement};
use uuid::Uuid;

use super::kind::{self, FEW, Kind, Reading, cursor, read, require_slugs, select};
use super::listed::{Listed, Rows, keys_of};
use super::order::ContentOrder;
use super::row::{CONNECTION, Columns, select_columns};
use super::visibility;
use crate::database::{Reader, among_selected};
use crate::graphql::connection::{Connection, Edge, EdgeCursor, Page, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::LoadContext;
use crate::graphql::loaders;

/// A page of the content of one kind: one statement, one more beside it where `totalCount` is selected, and one more after it where it
/// turns out that more than a few fulfil the filter.
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
        if let Some(filter) = &filter {
            require_slugs(&loaders, filter).await?;
        }
        let columns = Columns::selected::<K>(context, CONNECTION).with(order.column());
        let is_counted = context.look_ahead().field("totalCount").exists();
        let app = loaders.app().clone();
        let Listed { rows, total } = Listed::new::<K>(&app, &loaders.context().actor, filter.as_ref()).await?;
        let reader = PageReader::<K> {
            context: loaders.context(),
            order,
            page: &page,
            columns,
            kind: PhantomData,
        };
        let rows = async {
            match rows {
                Rows::Fulfilling(condition) => reader.fulfilling(condition).await,
                Rows::KeysOrFulfilling(keys, condition) => match reader.with_few_keys(*keys).await? {
                    Some(rows) => Ok(rows),
                    None => reader.fulfilling(condition).await,
                },
            }
        };
        // Neither waits for the other.
        let counted = async {
            match is_counted {
                true => kind::total(&total, app.database.read()).await.map(Some),
                false => Ok(None),
            }
        };
        let (rows, counted) = futures::try_join!(rows, counted)?;
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

/// Reads the rows of one page, and one more where the list goes on.
struct PageReader<'a, K> {
    context: &'a LoadContext,
    order: ContentOrder,
    page: &'a Page,
    columns: Columns,
    kind: PhantomData<K>,
}

impl<K: Kind> PageReader<'_, K> {
    /// Of what fulfils a condition, walking along the list.
    async fn fulfilling(&self, condition: Condition) -> Result<Vec<QueryResult>, ApiError> {
        let mut statement = select::<K>(self.columns);
        statement.cond_where(condition);
        place(&mut statement, self.order, self.page);
        self.rows(&statement).await
    }

    /// Of what is visible and has these keys, in one statement that looks for no more of them than a few: `None` where there are
    /// more. The wide rows are read of the page alone.
    async fn with_few_keys(&self, mut keys: SelectStatement) -> Result<Option<Vec<QueryResult>>, ApiError> {
        const NUMBER: &str = "found_number";
        let (found, counted, page) = (Alias::new("found"), Alias::new("counted"), Alias::new("page"));
        let first = CommonTableExpression::new()
            .query(keys.limit(FEW + 1).take())
            .table_name(found.clone())
            .materialized(true)
            .to_owned();
        let of_found = || Query::select().from(found.clone()).take();
        let number = || of_found().expr_as(Expr::cust("COUNT(*)"), NUMBER).take();
        let mut of_page = self.first_of(of_found().column(kind::detail_key::<K>().1).take());
        // This is known before any of them is looked up.
        of_page.and_where(Expr::SubQuery(None, Box::new(number().into())).lte(FEW));
        let mut statement = Query::select();
        select_columns::<K>(&mut statement, self.columns);
        statement
            .with_cte(first)
            .column((counted.clone(), NUMBER))
            .from_subquery(number(), counted)
            .join_subquery(JoinType::LeftJoin, of_page, page.clone(), Expr::cust("TRUE"))
            .left_join(content::Entity, content_key().equals((page, content::Column::Id)))
            .left_join(
                K::Table::default(),
                Expr::col(kind::detail_key::<K>()).eq(content_key()),
            );
        self.order.apply(&mut statement, self.page.backward);
        let mut rows = self.rows(&statement).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        if Reading::of(first.try_get("", NUMBER)?) == Reading::Walked {
            return Ok(None);
        }
        let is_empty = first
            .try_get::<Option<Uuid>>("", content::Column::Id.as_str())?
            .is_none();
        if is_empty {
            rows.clear();
        }
        Ok(Some(rows))
    }

    /// The keys of the page, of those of these that are visible.
    fn first_of(&self, keys: SelectStatement) -> SelectStatement {
        let mut first = keys_of(visibility::listed(&self.context.actor));
        first.and_where(among_selected(self.database(), content_key(), keys));
        place(&mut first, self.order, self.page);
        first.limit(self.page.limit + 1);
        first
    }

    fn database(&self) -> &Reader {
        self.context.app.database.read()
    }

    async fn rows(&self, statement: &SelectStatement) -> Result<Vec<QueryResult>, ApiError> {
        let statement = first_rows(statement, self.page.limit + 1, self.database());
        Ok(self.database().query_all_raw(statement).await?)
    }
}

fn content_key() -> Expr {
    Expr::col((content::Entity, content::Column::Id))
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
