//! What the kinds have in common in code, and how their rows are loaded.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::OutputType;
use praxis_entities::content;
use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryResult, QuerySelect,
};
use uuid::Uuid;

use super::document::validate::is_slug;
use super::order::ContentOrder;
use super::row::{Columns, Row, select_columns};
use super::visibility;
use crate::app::App;
use crate::database::{Reader, among};
use crate::graphql::connection::Cursor;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{LoadContext, Loaders};
use crate::vocabulary::Vocabulary;
use crate::vocabulary::slugs::{self, Slugged};

/// How the rows that fulfil a filter are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// All of them: counted, grouped, or ordered afterwards.
    #[default]
    Whole,
    /// All of them first, since they are few, and ordered afterwards.
    Few,
    /// In the order of the list, each row tested until the page is full.
    Walked,
}

/// Up to so many items are found first and then ordered. Where there are more, one in fifty or more of 100,000 fulfils the filter,
/// and a page is sooner filled by walking along the list.
pub const FEW: u64 = 2_000;

impl Reading {
    /// How a page of so many items is best read.
    pub fn of(total: i64) -> Self {
        if u64::try_from(total).is_ok_and(|total| total > FEW) {
            Self::Walked
        } else {
            Self::Few
        }
    }

    /// How a page of what this selects is best read: one statement, which counts no further than it must.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn of_found(mut found: SelectStatement, database: &Reader) -> Result<Self, ApiError> {
        found.limit(FEW + 1);
        let counted = counting().from_subquery(found, Alias::new("found")).take();
        total(&counted, database).await.map(Self::of)
    }
}

/// Counts what is selected from, for [`total`].
pub fn counting() -> SelectStatement {
    Query::select()
        .expr_as(Expr::cust("COUNT(*)"), Alias::new("total"))
        .take()
}

/// The number that a statement counts as `total`.
///
/// # Errors
/// Where the database is away.
pub async fn total(statement: &SelectStatement, database: &Reader) -> Result<i64, ApiError> {
    match database.query_one(statement).await? {
        Some(row) => Ok(row.try_get("", "total")?),
        None => Ok(0),
    }
}

/// What is selected of what fulfils a filter.
pub enum Selected {
    /// Its keys.
    Keys,
    /// How many there are.
    Count,
    /// How many there are among those with the keys of this selection, which is short.
    CountAmong(Box<SelectStatement>),
}

/// What a condition is made for.
pub struct Scope<'a> {
    /// What codes mean.
    pub vocabulary: &'a Vocabulary,
    /// Which database.
    pub backend: DatabaseBackend,
    /// How its rows are found. The condition holds for the same rows whatever is said here.
    pub reading: Reading,
    /// The column with the key of the item.
    pub key: Expr,
}

impl<'a> Scope<'a> {
    /// A condition for all rows that fulfil it.
    pub fn whole(app: &'a App) -> Self {
        Self::read(app, Reading::Whole)
    }

    /// A condition for rows that are found in this way.
    pub fn read(app: &'a App, reading: Reading) -> Self {
        Self {
            vocabulary: &app.vocabulary,
            backend: app.database.backend(),
            reading,
            key: Expr::col((content::Entity, content::Column::Id)),
        }
    }

    /// The same for rows whose key is in another column.
    pub fn by(&self, key: Expr) -> Self {
        Self { key, ..*self }
    }
}

/// A filter of one kind, as the API takes it.
pub trait KindFilter: Clone + Default + Eq + Hash + Send + Sync + 'static {
    /// Whether what fulfils the filter is counted from the table of the kind and what the filter names. Otherwise it is
    /// counted along the index of all items of the kind, which is right for kinds with few items.
    const COUNTED_BY_DETAIL: bool = false;

    /// The slugs of what is no content that it names, to be checked before its condition is made.
    fn slugs(&self) -> Option<(Slugged, &[String])> {
        None
    }

    /// The condition on the item's rows.
    ///
    /// # Errors
    /// Where the filter names an unknown theme, country, region, language or instrument.
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError>;

    /// Selects what fulfils the filter from tables of the kind alone, whatever its status: `content` is not read for it. `None` where
    /// the filter asks for more than these tables have, or the kind has no such tables.
    ///
    /// # Errors
    /// As [`KindFilter::condition`].
    fn selecting(&self, _scope: &Scope<'_>, _selected: Selected) -> Result<Option<SelectStatement>, ApiError> {
        Ok(None)
    }

    /// Selects nothing yet, from narrow rows under the name of the kind's table, of what fulfils the filter, whatever its status: who asks
    /// joins to them. `None` where there are no such rows, or it is better read from the tables.
    ///
    /// # Errors
    /// As [`KindFilter::condition`].
    fn narrow_rows(&self, _scope: &Scope<'_>) -> Result<Option<SelectStatement>, ApiError> {
        Ok(None)
    }

    /// How a page of a list with this filter is best read, where it can't be selected from tables of the kind alone.
    ///
    /// # Errors
    /// Where the database is away.
    fn reading(&self, _database: &Reader) -> impl Future<Output = Result<Reading, ApiError>> + Send {
        async { Ok(Reading::Walked) }
    }
}

/// Refuses a filter that names a slug which nothing has.
///
/// # Errors
/// As [`slugs::require`].
pub async fn require_slugs(loaders: &Loaders, filter: &impl KindFilter) -> Result<(), ApiError> {
    match filter.slugs() {
        Some((sort, slugs)) => slugs::require(loaders, sort, slugs).await,
        None => Ok(()),
    }
}

/// A column of the table of a kind.
pub type DetailColumn<K> = <<K as Kind>::Table as EntityTrait>::Column;

/// A kind of content as the API's type for it.
pub trait Kind: OutputType + Clone + Send + Sync + 'static {
    /// Which kind.
    const KIND: ContentKind;
    /// The columns of the kind's table that a tombstone does not show.
    const WITHHELD: &'static [DetailColumn<Self>];
    /// Fields that read a column of the kind's table that is not named like them, with the column.
    const READS: &'static [(&'static str, DetailColumn<Self>)];
    /// The kind's table.
    type Table: EntityTrait + Default;
    /// The filter of its lists.
    type Filter: KindFilter;

    /// Wraps a row.
    fn from_row(row: Arc<Row<Self>>) -> Self;

    /// The row that it wraps.
    fn row(&self) -> &Row<Self>;
}

/// The column that every table of a kind refers to `content` by.
pub fn detail_key<K: Kind>() -> (K::Table, Alias) {
    (K::Table::default(), Alias::new("content_id"))
}

/// Selects these columns of both rows, with the two tables joined.
pub fn select<K: Kind>(columns: Columns) -> SelectStatement {
    let mut select = Query::select();
    select_columns::<K>(&mut select, columns);
    select.from(content::Entity);
    join_detail::<K>(&mut select);
    select
}

/// Joins the table of the kind to `content`.
pub fn join_detail<K: Kind>(select: &mut SelectStatement) {
    select.inner_join(
        K::Table::default(),
        Expr::col(detail_key::<K>()).equals((content::Entity, content::Column::Id)),
    );
}

/// Takes an item from a result of [`select`] with the same columns.
///
/// # Errors
/// Where it can't be understood.
pub fn read<K: Kind>(result: QueryResult, columns: Columns) -> Result<K, ApiError> {
    Ok(K::from_row(Arc::new(Row::new(result, columns)?)))
}

/// The place of an item in a list of its kind in this order.
///
/// # Errors
/// Where the column of the order was not read.
pub fn cursor<K: Kind>(order: ContentOrder, item: &K) -> Result<Cursor, ApiError> {
    order.cursor(Some(K::KIND), &item.row().content)
}

/// Loads the items of a kind with these keys that the caller may see: one statement.
///
/// # Errors
/// Where the database is away.
pub async fn by_ids<K: Kind>(context: &LoadContext, ids: Vec<Uuid>) -> Result<Vec<K>, ApiError> {
    with_columns(
        context,
        ids,
        Columns::all::<K>(),
        visibility::addressable(&context.actor),
    )
    .await
}

/// Loads these columns of the items of a kind with these keys that fulfil the condition: one statement.
///
/// # Errors
/// Where the database is away.
pub async fn with_columns<K: Kind>(
    context: &LoadContext,
    ids: Vec<Uuid>,
    columns: Columns,
    condition: impl IntoCondition,
) -> Result<Vec<K>, ApiError> {
    let database = context.app.database.read();
    let statement = select::<K>(columns)
        .and_where(among(database, Expr::col((content::Entity, content::Column::Id)), ids))
        .cond_where(condition)
        .take();
    let rows = database.query_all(&statement).await?;
    rows.into_iter().map(|row| read(row, columns)).collect()
}

/// The kind and the status of items, whoever may see them; for deciding what may be shown of a list of keys from outside
/// the database.
///
/// # Errors
/// Where the database is away.
pub async fn kinds_of(
    context: &LoadContext,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, (ContentKind, ContentStatus)>, ApiError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, ContentKind, ContentStatus)> = content::Entity::find()
        .select_only()
        .columns([content::Column::Id, content::Column::Kind, content::Column::Status])
        .filter(among(
            context.app.database.read(),
            Expr::col((content::Entity, content::Column::Id)),
            ids.to_vec(),
        ))
        .into_tuple()
        .all(context.app.database.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, status)| (id, (kind, status)))
        .collect())
}

/// The item of a kind with this slug, if the caller may see it.
///
/// # Errors
/// Where the database is away.
pub async fn id_by_slug(context: &LoadContext, kind: ContentKind, slug: &str) -> Result<Option<Uuid>, ApiError> {
    // PostgreSQL has no text with the character U+0000, and what is no slug is nobody's.
    if !is_slug(slug) {
        return Ok(None);
    }
    Ok(content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .filter(content::Column::Kind.eq(kind))
        .filter(content::Column::Slug.eq(slug))
        .filter(visibility::addressable(&context.actor))
        .into_tuple()
        .one(context.app.database.read())
        .await?)
}
