//! Which content exists.

use praxis_entities::content;
use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::database::among;

/// How many keys one statement names.
const CHUNK: usize = 500;

/// The keys of existing content by kind and slug, and where it stands.
///
/// # Errors
/// Where the database is away.
pub async fn ids_by_slug(
    connection: &impl ConnectionTrait,
    kind: ContentKind,
    slugs: &[String],
) -> Result<Vec<(String, Uuid, ContentStatus)>, DbErr> {
    let slug = || Expr::col((content::Entity, content::Column::Slug));
    let mut found = Vec::new();
    for chunk in slugs.chunks(CHUNK) {
        found.extend(existing(connection, kind, among(connection, slug(), chunk.to_vec())).await?);
    }
    Ok(found)
}

/// The slugs of existing content by kind and key, and where it stands.
///
/// # Errors
/// Where the database is away.
pub async fn slugs_by_id(
    connection: &impl ConnectionTrait,
    kind: ContentKind,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, String, ContentStatus)>, DbErr> {
    let key = || Expr::col((content::Entity, content::Column::Id));
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let rows = existing(connection, kind, among(connection, key(), chunk.to_vec())).await?;
        found.extend(rows.into_iter().map(|(slug, id, status)| (id, slug, status)));
    }
    Ok(found)
}

async fn existing(
    connection: &impl ConnectionTrait,
    kind: ContentKind,
    wanted: Expr,
) -> Result<Vec<(String, Uuid, ContentStatus)>, DbErr> {
    content::Entity::find()
        .select_only()
        .columns([content::Column::Slug, content::Column::Id, content::Column::Status])
        .filter(content::Column::Kind.eq(kind))
        .filter(wanted)
        .into_tuple()
        .all(connection)
        .await
}

/// Whether the database holds any content at all.
///
/// # Errors
/// Where the database is away.
pub async fn is_empty(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let any: Option<Uuid> = content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .filter(Expr::col(content::Column::Revision).gt(0))
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(any.is_none())
}
