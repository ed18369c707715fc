//! What the reference nodes have in common: loading by key, lists, and lists of each parent.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::{Context, OutputType};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, WindowStatement};
use sea_orm::{Condition, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, QueryFilter};
use uuid::Uuid;

use crate::content::kind;
use crate::database::{among, of_parents};
use crate::graphql::connection::{Connection, Cursor, CursorKey, Edge, Page, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::identifier::ReferenceKind;

/// A reference node as the API's type for it.
pub trait Reference: OutputType + Clone + Send + Sync + 'static {
    /// Which sort of node.
    const KIND: ReferenceKind;
    /// Its row.
    type Row: FromQueryResult + Send + Sync + 'static;
    /// Its table.
    type Table: EntityTrait<Model = Self::Row> + Default;

    /// Wraps a row.
    fn from_row(row: Arc<Self::Row>) -> Self;

    /// The key of a row.
    fn key(row: &Self::Row) -> Uuid;

    /// The place of a row in lists, where the greatest comes first.
    fn place(row: &Self::Row) -> i64;
}

fn key_column<R: Reference>() -> (R::Table, Alias) {
    (R::Table::default(), Alias::new("id"))
}

fn place_column<R: Reference>() -> (R::Table, Alias) {
    (R::Table::default(), Alias::new("place"))
}

fn cursor<R: Reference>(row: &R::Row) -> Cursor {
    Cursor {
        order: R::KIND.list_code(),
        key: CursorKey::Number(R::place(row)),
        id: R::key(row),
    }
}

fn beyond<R: Reference>(after: &Cursor) -> Expr {
    let place = match after.key {
        CursorKey::Number(number) => number,
        _ => 0,
    };
    Expr::tuple([Expr::col(place_column::<R>()), Expr::col(key_column::<R>())])
        .lt(Expr::tuple([Expr::val(place), Expr::val(after.id)]))
}

/// The node with this key: one statement for all that are asked for at a level.
///
/// # Errors
/// Where the database is away.
pub async fn by_id<R: Reference>(context: &LoadContext, ids: Vec<Uuid>) -> Result<Vec<R>, ApiError> {
    let rows = R::Table::find()
        .filter(among(context.app.database.read(), Expr::col(key_column::<R>()), ids))
        .all(context.app.database.read())
        .await?;
    Ok(rows.into_iter().map(Arc::new).map(R::from_row).collect())
}

/// A node by its key.
pub struct ById<R>(pub Uuid, std::marker::PhantomData<fn() -> R>);

impl<R> ById<R> {
    /// The node with this key.
    pub fn new(id: Uuid) -> Self {
        Self(id, std::marker::PhantomData)
    }
}

impl<R> Clone for ById<R> {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl<R> PartialEq for ById<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<R> Eq for ById<R> {}

impl<R> Hash for ById<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<R: Reference> BatchKey for ById<R> {
    type Value = R;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let rows = R::Table::find()
            .filter(among(
                context.app.database.read(),
                Expr::col(key_column::<R>()),
                keys.into_iter().map(|key| key.0).collect(),
            ))
            .all(context.app.database.read())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (Self::new(R::key(&row)), R::from_row(Arc::new(row))))
            .collect())
    }
}

/// A node that another row refers to, which the database keeps from going away.
///
/// # Errors
/// Where the database is away.
pub async fn required<R: Reference>(context: &Context<'_>, id: Uuid) -> Result<R, ApiError> {
    loaders(context)?
        .load(ById::<R>::new(id))
        .await?
        .ok_or_else(|| ApiError::internal(format!("{:?} {id} is missing", R::KIND)))
}

/// A page of the nodes that fulfil a condition: one statement, and one more where `totalCount` is selected.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn list<R: Reference>(
    context: &Context<'_>,
    condition: Condition,
    arguments: PageArguments,
) -> Result<Connection<R>, ApiError> {
    let loaders = loaders(context)?;
    let page = arguments.check(R::KIND.list_code())?;
    let mut statement = Query::select();
    for column in <R::Table as EntityTrait>::Column::iter() {
        statement.column((R::Table::default(), column));
    }
    statement
        .from(R::Table::default())
        .cond_where(condition.clone())
        .order_by(place_column::<R>(), Order::Desc)
        .order_by(key_column::<R>(), Order::Desc)
        .limit(page.limit + 1);
    if let Some(after) = &page.after {
        statement.and_where(beyond::<R>(after));
    }
    let rows = loaders.app().database.read().query_all(&statement).await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let edges = rows
        .iter()
        .take(limit)
        .map(|row| {
            let row = R::Row::from_query_result(row, "")?;
            Ok(Edge {
                cursor: cursor::<R>(&row).into(),
                node: R::from_row(Arc::new(row)),
            })
        })
        .collect::<Result<Vec<_>, ApiError>>()?;
    let app = loaders.app().clone();
    Ok(Connection {
        edges,
        has_next_page: rows.len() > limit,
        has_previous_page: page.after.is_some(),
        total: Box::new(move || {
            let app = app.clone();
            let statement = kind::counting()
                .from(R::Table::default())
                .cond_where(condition.clone())
                .take();
            Box::pin(async move {
                let total = kind::total(&statement, app.database.read()).await?;
                Ok(i32::try_from(total).unwrap_or(i32::MAX))
            })
        }),
    })
}

/// What narrows the list of each parent.
pub trait Narrowing: Clone + Default + Eq + Hash + Send + Sync + 'static {
    /// The condition on the rows.
    fn condition(&self) -> Condition;
}

/// Nothing does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct All;

impl Narrowing for All {
    fn condition(&self) -> Condition {
        Condition::all()
    }
}

/// The nodes of a parent.
struct Children<R, N> {
    parent: Uuid,
    column: &'static str,
    narrowing: N,
    page: Page,
    of: std::marker::PhantomData<fn() -> R>,
}

impl<R, N: Clone> Clone for Children<R, N> {
    fn clone(&self) -> Self {
        Self {
            parent: self.parent,
            column: self.column,
            narrowing: self.narrowing.clone(),
            page: self.page.clone(),
            of: self.of,
        }
    }
}

impl<R, N: PartialEq> PartialEq for Children<R, N> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent
            && self.column == other.column
            && self.narrowing == other.narrowing
            && self.page == other.page
    }
}

impl<R, N: Eq> Eq for Children<R, N> {}

impl<R, N: Hash> Hash for Children<R, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.column.hash(state);
        self.narrowing.hash(state);
        self.page.hash(state);
    }
}

/// The nodes of a page and one more where there are more; and how many there are in all.
type Found<R> = Arc<(Vec<(Cursor, R)>, i32)>;

impl<R: Reference, N: Narrowing> BatchKey for Children<R, N> {
    type Value = Found<R>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut parents_of: HashMap<(&'static str, N, Page), Vec<Uuid>> = HashMap::new();
        for key in keys {
            parents_of
                .entry((key.column, key.narrowing, key.page))
                .or_default()
                .push(key.parent);
        }
        let mut found = HashMap::new();
        for ((column, narrowing, page), parents) in parents_of {
            let parent = (R::Table::default(), Alias::new(column));
            let (rank, total) = (Alias::new("child_rank"), Alias::new("child_total"));
            let mut ranked = Query::select();
            for column in <R::Table as EntityTrait>::Column::iter() {
                ranked.column((R::Table::default(), column));
            }
            ranked
                .expr_as(Expr::col(parent.clone()), Alias::new("parent_key"))
                .expr_window_as(
                    Expr::cust("ROW_NUMBER()"),
                    WindowStatement::partition_by(parent.clone())
                        .order_by(place_column::<R>(), Order::Desc)
                        .order_by(key_column::<R>(), Order::Desc)
                        .take(),
                    rank.clone(),
                )
                .expr_window_as(
                    Expr::cust("COUNT(*)"),
                    WindowStatement::partition_by(parent.clone()),
                    total.clone(),
                )
                .from(R::Table::default())
                .and_where(of_parents(context.app.database.read(), Expr::col(parent), parents))
                .cond_where(narrowing.condition());
            if let Some(after) = &page.after {
                ranked.and_where(beyond::<R>(after));
            }
            let statement = Query::select()
                .expr(Expr::cust("*"))
                .from_subquery(ranked, Alias::new("ranked"))
                .and_where(Expr::col(rank.clone()).lte(i64::try_from(page.limit + 1).unwrap_or(i64::MAX)))
                .order_by(rank, Order::Asc)
                .take();
            let mut children: HashMap<Uuid, (Vec<(Cursor, R)>, i32)> = HashMap::new();
            for row in context.app.database.read().query_all(&statement).await? {
                let total: i64 = row.try_get("", "child_total")?;
                let parent: Uuid = row.try_get("", "parent_key")?;
                let row = R::Row::from_query_result(&row, "")?;
                let entry = children.entry(parent).or_default();
                entry.0.push((cursor::<R>(&row), R::from_row(Arc::new(row))));
                entry.1 = i32::try_from(total).unwrap_or(i32::MAX);
            }
            for (parent, children) in children {
                let key = Self {
                    parent,
                    column,
                    narrowing: narrowing.clone(),
                    page: page.clone(),
                    of: std::marker::PhantomData,
                };
                found.insert(key, Arc::new(children));
            }
        }
        Ok(found)
    }
}

/// A page of the nodes of a parent, which they refer to by a column: one statement for all parents at a level.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn children<R: Reference, N: Narrowing>(
    context: &Context<'_>,
    parent: Uuid,
    column: &'static str,
    narrowing: N,
    arguments: PageArguments,
) -> Result<Connection<R>, ApiError> {
    let loaders = loaders(context)?;
    let page = arguments.check(R::KIND.list_code())?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let later = page.after.is_some();
    let key = |page: Page| Children::<R, N> {
        parent,
        column,
        narrowing: narrowing.clone(),
        page,
        of: std::marker::PhantomData,
    };
    let found = loaders.load(key(page)).await?.unwrap_or_default();
    let (all, counted) = &*found;
    let edges = all
        .iter()
        .take(limit)
        .map(|(cursor, node)| Edge {
            cursor: cursor.clone().into(),
            node: node.clone(),
        })
        .collect();
    // On a later page, what was counted are the nodes from there on; the first page knows them all.
    let first = key(Page {
        limit: 1,
        backward: false,
        after: None,
        before: None,
    });
    let (counted, counting) = (*counted, loaders.clone());
    Ok(Connection {
        edges,
        has_next_page: all.len() > limit,
        has_previous_page: later,
        total: Box::new(move || {
            let (counting, first) = (counting.clone(), first.clone());
            Box::pin(async move {
                if !later {
                    return Ok(counted);
                }
                Ok(counting.load(first).await?.map_or(0, |found| found.1))
            })
        }),
    })
}

/// Defines a reference node: its type, its id, and how its rows are found.
macro_rules! reference_object {
    ($(#[$meta:meta])* $name:ident, $table:ident, { $($own:tt)* }) => {
        #[derive(Clone)]
        $(#[$meta])*
        pub struct $name(std::sync::Arc<praxis_entities::$table::Model>);

        impl $crate::accountability::reference::Reference for $name {
            const KIND: $crate::identifier::ReferenceKind = $crate::identifier::ReferenceKind::$name;
            type Row = praxis_entities::$table::Model;
            type Table = praxis_entities::$table::Entity;

            fn from_row(row: std::sync::Arc<Self::Row>) -> Self {
                Self(row)
            }

            fn key(row: &Self::Row) -> uuid::Uuid {
                row.id
            }

            fn place(row: &Self::Row) -> i64 {
                i64::from(row.place)
            }
        }

        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
            /// The id: opaque, stable, sortable by the time of creation.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::identifier::NodeId::reference($crate::identifier::ReferenceKind::$name, self.0.id).into()
            }

            $($own)*
        }
    };
}

pub(crate) use reference_object;

/// A day as a number that orders like it, `20110125`; zeros for what is not known.
pub fn place_of(date: Option<chrono::NaiveDate>, year: Option<i32>) -> i64 {
    use chrono::Datelike;
    match date {
        Some(date) => i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day()),
        None => i64::from(year.unwrap_or(0)) * 10_000,
    }
}
