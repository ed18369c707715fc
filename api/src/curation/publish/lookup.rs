//! Which content exists.

use praxis_entities::content;
use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::database::among;

/// The keys of existing content by kind and slug, and where it stands.
///
/// # Errors
/// Where the database is away.
pub async fn ids_by_slug(
    connection: &impl ConnectionTrait,
    kind: ContentKind,
    slugs: &[String],
) -> Result<Vec<(String, Uuid, ContentStatus)>, DbErr> {
    let mut found = Vec::new();
    for chunk in slugs.chunks(500) {
        let rows: Vec<(String, Uuid, ContentStatus)> = content::Entity::find()
            .select_only()
            .columns([content::Column::Slug, content::Column::Id, content::Column::Status])
            .filter(content::Column::Kind.eq(kind))
            .filter(among(
                connection,
                Expr::col((content::Entity, content::Column::Slug)),
                chunk.to_vec(),
            ))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
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
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let rows: Vec<(Uuid, String, ContentStatus)> = content::Entity::find()
            .select_only()
            .columns([content::Column::Id, content::Column::Slug, content::Column::Status])
            .filter(content::Column::Kind.eq(kind))
            .filter(among(
                connection,
                Expr::col((content::Entity, content::Column::Id)),
                chunk.to_vec(),
            ))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
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
