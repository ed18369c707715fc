//! What happens to files in the background: bytes of what is no more are removed, what was uploaded and never used goes, and
//! what was stored before its text could be read, or while too much else was, is read again.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use praxis_entities::vocabulary::{ChangeType, ContentStatus};
use praxis_entities::{content, content_file, file_upload, removed_file, stored_file};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use tokio::sync::watch;
use uuid::Uuid;

use super::examine::{FileFinding, READER};
use super::folder::Folder;
use super::intake::{examine_all, keep_text};
use super::uses::{is_unused, remove_unused};
use crate::content::json;
use crate::curation::error::CurationError;
use crate::curation::flags::raise_unattended;
use crate::curation::submission::findings;
use crate::database::Database;
use crate::graphql::errors::ApiError;
use crate::identity::truncate;
use crate::log::{self, PendingEvent};

/// For how long a file that was uploaded waits to be used.
const WAITING: TimeDelta = TimeDelta::days(1);
/// How often it is looked whether there is something to read.
const PERIOD: Duration = Duration::from_secs(5);
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
    remove(folder, gone.clone()).await?;
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
    let lying = folder.apart(|folder| folder.settled(SETTLING)).await?;
    for chunk in lying.chunks(500) {
        remove(folder, unknown(database, chunk).await?).await?;
    }
    Ok(())
}

/// Removes the bytes of these files.
async fn remove(folder: &Folder, files: Vec<Uuid>) -> std::io::Result<()> {
    folder
        .apart(move |folder| files.into_iter().try_for_each(|id| folder.remove(id)))
        .await
}

/// Reads what is still to be read, until it is told to stop.
pub async fn run(database: Database, folder: Folder, mut stop: watch::Receiver<bool>) {
    let mut passed = HashSet::new();
    loop {
        // What is cut short is begun anew by the next process.
        let read = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            read = read_again(&database, &folder, &mut passed, Utc::now()) => read,
        };
        match read {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(?error, "stored files can't be read again yet"),
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

/// Reads one file that was stored by an earlier version, or while too much else was read, and writes down what is found in it.
/// What shows it is indexed anew, and flagged where more is found than before, also what is out of sight and may be restored.
/// Submissions under review that name it get the findings. Says whether there may be more. `passed` holds those that can't be
/// read at the moment.
///
/// # Errors
/// Where the database is away.
async fn read_again(
    database: &Database,
    folder: &Folder,
    passed: &mut HashSet<Uuid>,
    now: DateTime<Utc>,
) -> Result<bool, CurationError> {
    let waiting = to_be_read()
        .filter(stored_file::Column::Id.is_not_in(passed.iter().copied()))
        .order_by_asc(stored_file::Column::Id)
        .one(database.read())
        .await?;
    let Some(file) = waiting else { return Ok(false) };
    let examined = match examine_all(&folder.path(file.id), Some(file.media_type.clone())).await {
        Ok(examined) if examined.reader == READER => examined,
        // So much else is being read.
        Ok(_) => return Ok(false),
        Err(error) => {
            tracing::warn!(%error, file = %file.id, "a stored file can't be read again");
            passed.insert(file.id);
            return Ok(true);
        }
    };
    // Findings that can't be understood count as none, so that all that is found now is told, and the files after it are read.
    let before: Vec<FileFinding> = json(&file.findings).unwrap_or_default();
    let found = found_since(&before, &examined.findings);
    let findings = serde_json::to_value(&examined.findings).map_err(ApiError::internal)?;
    let transaction = database.begin().await?;
    let done = stored_file::Entity::update_many()
        .set(stored_file::ActiveModel {
            findings: Set(findings),
            reader: Set(READER),
            ..Default::default()
        })
        .filter(stored_file::Column::Id.eq(file.id))
        .filter(stored_file::Column::Reader.lt(READER))
        .exec(&transaction)
        .await?;
    // It has gone, or another process was faster.
    if done.rows_affected == 0 {
        return Ok(true);
    }
    keep_text(&transaction, file.id, examined.text.as_deref()).await?;
    // Before it is looked what shows the file: what is published meanwhile is then among that.
    findings::add_of_file(&transaction, &file, &examined.findings, truncate(now)).await?;
    tell(&transaction, file.id, &found, truncate(now)).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Tells of what shows a file that was read late: indexes follow, and it is flagged where these rules found something in it.
async fn tell(
    transaction: &DatabaseTransaction,
    file: Uuid,
    found: &[&str],
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    let shown = content::Entity::find()
        .join(JoinType::InnerJoin, content_file::content().rev())
        .filter(Expr::col((content_file::Entity, content_file::Column::FileId)).eq(file))
        .filter(Expr::col((content_file::Entity, content_file::Column::Position)).is_not_null())
        .filter(content::Column::Status.ne(ContentStatus::Erased))
        .all(transaction)
        .await?;
    if !found.is_empty() {
        let note = format!(
            "Found in a file of it, which was read after it was published: {}.",
            found.join(", ")
        );
        raise_unattended(transaction, &shown, &note, at).await?;
    }
    let events: Vec<PendingEvent> = shown
        .into_iter()
        .filter(|shown| shown.status == ContentStatus::Published)
        .map(|shown| PendingEvent {
            change: ChangeType::Updated,
            content_id: shown.id,
            kind: shown.kind,
            revision: shown.revision,
        })
        .collect();
    log::append(transaction, &events, at).await?;
    Ok(())
}

/// What is still to be read.
fn to_be_read() -> Select<stored_file::Entity> {
    stored_file::Entity::find().filter(stored_file::Column::Reader.lt(READER))
}

/// How many files are still to be read.
///
/// # Errors
/// Where the database is away.
pub async fn unread(database: &Database) -> Result<u64, DbErr> {
    to_be_read().count(database.read()).await
}

/// The rules that found something now and nothing before.
fn found_since(before: &[FileFinding], now: &[FileFinding]) -> Vec<&'static str> {
    let is_new = |finding: &&FileFinding| before.iter().all(|known| known.rule != finding.rule);
    let mut rules: Vec<&str> = now.iter().filter(is_new).map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
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
pub async fn damaged(database: &Database, folder: &Folder) -> Result<(usize, Vec<Uuid>), UpkeepError> {
    let known: Vec<(Uuid, i64)> = stored_file::Entity::find()
        .select_only()
        .columns([stored_file::Column::Id, stored_file::Column::SizeBytes])
        .into_tuple()
        .all(database.read())
        .await?;
    let count = known.len();
    let look = move |folder: &Folder| {
        let whole = |id: Uuid, size: i64| {
            std::fs::metadata(folder.path(id))
                .is_ok_and(|found| i64::try_from(found.len()).is_ok_and(|length| length == size))
        };
        let damaged = known.into_iter().filter(|(id, size)| !whole(*id, *size));
        Ok(damaged.map(|(id, _)| id).collect::<Vec<Uuid>>())
    };
    Ok((count, folder.apart(look).await?))
}
