//! Export: the published documents of the database as a bundle.

use std::io::{self, Write};

use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use praxis_entities::{content, revision};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect};
use serde_json::value::RawValue;

use super::bundle::StoredItem;
use crate::database::Database;

/// How many items are read at a time.
const PAGE: u64 = 500;

/// What can go wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database is away.
    #[error("the database could not be read: {0}")]
    Database(#[from] DbErr),
    /// The output can't be written.
    #[error("the output could not be written: {0}")]
    Output(#[from] io::Error),
    /// A stored document is damaged.
    #[error("the stored document of `{slug}` is damaged: {error}")]
    Document {
        /// The item.
        slug: String,
        /// Why.
        error: serde_json::Error,
    },
}

/// Writes every published item of these kinds (all where there are none), ordered by kind and slug, and says how many.
/// Memory does not grow with the collection.
///
/// # Errors
/// Where the database is away or the output can't be written.
pub async fn export(
    database: &Database,
    kinds: &[ContentKind],
    output: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let mut written = 0;
    for kind in ContentKind::iter().filter(|kind| kinds.is_empty() || kinds.contains(kind)) {
        let mut after = String::new();
        loop {
            let rows: Vec<(String, String)> = content::Entity::find()
                .select_only()
                .column(content::Column::Slug)
                .column(revision::Column::Document)
                .join(
                    sea_orm::JoinType::InnerJoin,
                    content::Entity::belongs_to(revision::Entity)
                        .from((content::Column::Id, content::Column::Revision))
                        .to((revision::Column::ContentId, revision::Column::Number))
                        .into(),
                )
                .filter(
                    Condition::all()
                        .add(content::Column::Kind.eq(kind))
                        .add(content::Column::Status.eq(ContentStatus::Published))
                        .add(Expr::col((content::Entity, content::Column::Slug)).gt(after.clone())),
                )
                .order_by_asc(content::Column::Slug)
                .limit(PAGE)
                .into_tuple()
                .all(database.read())
                .await?;
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            for (slug, document) in rows {
                let damaged = |error| ExportError::Document {
                    slug: slug.clone(),
                    error,
                };
                let raw = RawValue::from_string(document).map_err(damaged)?;
                let item = StoredItem {
                    slug: &slug,
                    content: &raw,
                };
                let line = serde_json::to_string(&item).map_err(damaged)?;
                output.write_all(line.as_bytes())?;
                output.write_all(b"\n")?;
                written += 1;
            }
        }
    }
    output.flush()?;
    Ok(written)
}
