//! What the kinds have in common in code, and how their rows are loaded.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::OutputType;
use praxis_entities::content;
use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Iden, Iterable, ModelTrait,
    QueryFilter, QueryResult, QuerySelect,
};
use uuid::Uuid;

use super::document::validate::is_slug;
use super::visibility;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::LoadContext;
use crate::vocabulary::Vocabulary;

/// An item's row in `content` with its row in the table of its kind.
#[derive(Debug)]
pub struct Row<D> {
    /// What all content shares.
    pub content: content::Model,
    /// What the kind adds.
    pub detail: D,
}

/// A filter of one kind, as the API takes it.
pub trait KindFilter: Clone + Default + Eq + Hash + Send + Sync + 'static {
    /// The condition on the item's rows.
    ///
    /// # Errors
    /// Where the filter names an unknown theme, country, region, language or instrument.
    fn condition(&self, vocabulary: &Vocabulary) -> Result<Condition, ApiError>;
}

/// A kind of content as the API's type for it.
pub trait Kind: OutputType + Clone + Send + Sync + 'static {
    /// Which kind.
    const KIND: ContentKind;
    /// The row of the kind's table.
    type Detail: FromQueryResult + ModelTrait<Entity = Self::Table> + Send + Sync + 'static;
    /// The kind's table.
    type Table: EntityTrait<Model = Self::Detail> + Default;
    /// The filter of its lists.
    type Filter: KindFilter;

    /// Wraps a row.
    fn from_row(row: Arc<Row<Self::Detail>>) -> Self;

    /// The row that it wraps.
    fn row(&self) -> &Row<Self::Detail>;

    /// Takes out of a row what a tombstone does not show.
    fn withhold(detail: &mut Self::Detail);
}

/// The column that every table of a kind refers to `content` by.
pub fn detail_key<K: Kind>() -> (K::Table, Alias) {
    (K::Table::default(), Alias::new("content_id"))
}

const DETAIL_PREFIX: &str = "d_";

/// Selects the columns of both rows, with the two tables joined.
pub fn select<K: Kind>() -> SelectStatement {
    let mut select = Query::select();
    for column in content::Column::iter() {
        select.column((content::Entity, column));
    }
    for column in <K::Table as EntityTrait>::Column::iter() {
        select.expr_as(
            Expr::col((K::Table::default(), column)),
            Alias::new(format!("{DETAIL_PREFIX}{}", column.unquoted())),
        );
    }
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

/// Reads both rows from a result of [`select`].
///
/// # Errors
/// Where a column can't be understood.
pub fn read<K: Kind>(result: &QueryResult) -> Result<K, DbErr> {
    let content = content::Model::from_query_result(result, "")?;
    let mut detail = K::Detail::from_query_result(result, DETAIL_PREFIX)?;
    if content.status == ContentStatus::Retracted {
        K::withhold(&mut detail);
    }
    Ok(K::from_row(Arc::new(Row { content, detail })))
}

/// Fills a list of keys up to the next power of two by repeating the last one, so that the database sees few different
/// statements and can keep them prepared.
pub fn padded(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    if let Some(last) = ids.last().copied() {
        ids.resize(ids.len().next_power_of_two(), last);
    }
    ids
}

/// Loads the items of a kind with these keys that the caller may see: one statement.
///
/// # Errors
/// Where the database is away.
pub async fn by_ids<K: Kind>(context: &LoadContext, ids: Vec<Uuid>) -> Result<Vec<K>, ApiError> {
    let statement = select::<K>()
        .and_where(Expr::col((content::Entity, content::Column::Id)).is_in(padded(ids)))
        .cond_where(visibility::addressable(&context.actor))
        .take();
    let rows = context.app.database.read().query_all(&statement).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
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
        .filter(content::Column::Id.is_in(padded(ids.to_vec())))
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
