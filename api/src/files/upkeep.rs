//! What happens to files in the background: bytes of what is no more are removed, and what was uploaded and never used goes.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use praxis_entities::{file_upload, removed_file, stored_file};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::folder::Folder;
use super::uses::{is_unused, remove_unused};
use crate::database::Database;
use crate::identity::truncate;

/// For how long a file that was uploaded waits to be used.
const WAITING: TimeDelta = TimeDelta::days(1);
/// For how long bytes may lie on the disk before the database knows of them.
const SETTLING: Duration = Duration::from_secs(3600);

/// Why the upkeep of files is not done.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// The database is away.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The data directory can't be written.
    #[error(transparent)]
    Folder(#[from] std::io::Error),
}

/// Removes the bytes of files that are no more. Doing it again, or in two processes at once, changes nothing.
///
/// # Errors
/// Where the database is away or the data directory can't be written.
pub async fn remove_bytes(database: &Database, folder: &Folder) -> Result<(), UpkeepError> {
    let gone: Vec<Uuid> = removed_file::Entity::find()
        .select_only()
        .column(removed_file::Column::Id)
        .into_tuple()
        .all(database.read())
        .await?;
    if gone.is_empty() {
        return Ok(());
    }
    for id in &gone {
        folder.remove(*id)?;
    }
    let transaction = database.begin().await?;
    for chunk in gone.chunks(500) {
        removed_file::Entity::delete_many()
            .filter(removed_file::Column::Id.is_in(chunk.iter().copied()))
            .exec(&transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Removes what was uploaded a day ago and never used, and bytes that the database does not know.
///
/// # Errors
/// Where the database is away or the data directory can't be read.
pub async fn sweep(database: &Database, folder: &Folder, now: DateTime<Utc>) -> Result<(), UpkeepError> {
    let cutoff = truncate(now - WAITING);
    let key = || Expr::col((stored_file::Entity, stored_file::Column::Id));
    let fresh = Query::select()
        .column(file_upload::Column::FileId)
        .from(file_upload::Entity)
        .and_where(Expr::col(file_upload::Column::UploadedAt).gte(cutoff))
        .take();
    let stale: Vec<Uuid> = stored_file::Entity::find()
        .select_only()
        .column(stored_file::Column::Id)
        .filter(stored_file::Column::CreatedAt.lt(cutoff))
        .filter(is_unused(key()))
        .filter(key().not_in_subquery(fresh))
        .into_tuple()
        .all(database.read())
        .await?;
    if !stale.is_empty() {
        let transaction = database.begin().await?;
        for chunk in stale.chunks(500) {
            file_upload::Entity::delete_many()
                .filter(file_upload::Column::FileId.is_in(chunk.iter().copied()))
                .filter(file_upload::Column::UploadedAt.lt(cutoff))
                .filter(is_unused(Expr::col((file_upload::Entity, file_upload::Column::FileId))))
                .exec(&transaction)
                .await?;
        }
        remove_unused(&transaction, &stale).await?;
        transaction.commit().await?;
    }
    let lying = folder.settled(SETTLING)?;
    for chunk in lying.chunks(500) {
        for id in unknown(database, chunk).await? {
            folder.remove(id)?;
        }
    }
    Ok(())
}

/// Those of these files that the database does not know.
async fn unknown(database: &Database, ids: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    let known: Vec<Uuid> = stored_file::Entity::find()
        .select_only()
        .column(stored_file::Column::Id)
        .filter(stored_file::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(database.read())
        .await?;
    let known: HashSet<Uuid> = known.into_iter().collect();
    Ok(ids.iter().copied().filter(|id| !known.contains(id)).collect())
}

/// The keys of files that the database knows and whose bytes are not as long as they should be, or not there.
///
/// # Errors
/// Where the database is away.
pub async fn damaged(database: &Database, folder: &Folder) -> Result<(usize, Vec<Uuid>), DbErr> {
    let known: Vec<(Uuid, i64)> = stored_file::Entity::find()
        .select_only()
        .columns([stored_file::Column::Id, stored_file::Column::SizeBytes])
        .into_tuple()
        .all(database.read())
        .await?;
    let whole = |id: Uuid, size: i64| {
        std::fs::metadata(folder.path(id))
            .is_ok_and(|found| i64::try_from(found.len()).is_ok_and(|length| length == size))
    };
    let count = known.len();
    let damaged = known
        .into_iter()
        .filter(|(id, size)| !whole(*id, *size))
        .map(|(id, _)| id)
        .collect();
    Ok((count, damaged))
}
