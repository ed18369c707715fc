//! Taking a file in: received piece by piece, examined, and then known.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use praxis_entities::{file_text, file_upload, stored_file};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter,
    QuerySelect, RuntimeErr, SqlErr, SqlxError,
};
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use super::examine::{ExamineError, Examined, examine};
use super::folder::Folder;
use super::reading::process::read_apart;
use crate::database::Database;
use crate::identity::{account, truncate};

/// How often it is tried again to know a file that somebody else stores or removes at the same time.
const ATTEMPTS: usize = 5;

/// Why a file is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is longer than allowed, in bytes.
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
    /// What it is, or that it can't be read.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// The data directory can't be written.
    #[error("the file could not be written: {0}")]
    Folder(#[from] std::io::Error),
    /// The account uploaded its share of the day already.
    #[error("{files} files of {bytes} bytes were uploaded within a day")]
    ShareUsed {
        /// How many files.
        files: u64,
        /// Of how many bytes in all.
        bytes: u64,
        /// Of what it may.
        share: Share,
    },
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[from] DbErr),
}

/// How much an account may upload within a day.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// How many files.
    pub files: u64,
    /// Of how many bytes in all; the last one may go beyond.
    pub bytes: u64,
}

/// Whose file it is, and how much they may upload.
#[derive(Clone, Copy, Debug)]
pub struct Uploader {
    /// The account.
    pub account: Uuid,
    /// Its share.
    pub share: Share,
}

impl Uploader {
    /// Refuses what goes beyond the share of the day before this moment.
    ///
    /// # Errors
    /// `ShareUsed`, or where the database is away.
    pub async fn check(&self, connection: &impl ConnectionTrait, at: DateTime<Utc>) -> Result<(), IntakeError> {
        let share = self.share;
        let sizes: Vec<i64> = file_upload::Entity::find()
            .select_only()
            .column(stored_file::Column::SizeBytes)
            .join(JoinType::InnerJoin, file_upload::stored_file())
            .filter(file_upload::Column::AccountId.eq(self.account))
            .filter(file_upload::Column::UploadedAt.gte(truncate(at - TimeDelta::days(1))))
            .limit(share.files)
            .into_tuple()
            .all(connection)
            .await?;
        let files = u64::try_from(sizes.len()).unwrap_or(u64::MAX);
        let bytes: u64 = sizes.iter().filter_map(|size| u64::try_from(*size).ok()).sum();
        if files < share.files && bytes < share.bytes {
            return Ok(());
        }
        Err(IntakeError::ShareUsed { files, bytes, share })
    }
}

/// A file on its way in. What is dropped before it is known leaves nothing behind.
pub struct Incoming {
    file: File,
    path: TempPath,
    hasher: Sha256,
    size: u64,
    most: u64,
}

/// A file that has come in wholly and was examined.
pub struct Received {
    path: TempPath,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    size: u64,
    examined: Examined,
}

impl Incoming {
    /// Begins with a file of at most so many bytes.
    ///
    /// # Errors
    /// Where the data directory can't be written.
    pub async fn begin(folder: &Folder, most: u64) -> Result<Self, IntakeError> {
        let (file, path) = folder.apart(Folder::incoming).await?.into_parts();
        Ok(Self {
            file: File::from_std(file),
            path,
            hasher: Sha256::new(),
            size: 0,
            most,
        })
    }

    /// Adds the next piece.
    ///
    /// # Errors
    /// Where the file gets too large or the data directory can't be written.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), IntakeError> {
        self.size += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if self.size > self.most {
            return Err(IntakeError::TooLarge(self.most));
        }
        self.hasher.update(piece);
        Ok(self.file.write_all(piece).await?)
    }

    /// Ends, and examines what came.
    ///
    /// # Errors
    /// Where the file is of a sort that is not taken, or the data directory can't be written.
    pub async fn finish(mut self, declared: Option<String>) -> Result<Received, IntakeError> {
        self.file.flush().await?;
        drop(self.file);
        let examined = examine_all(&self.path, declared).await?;
        Ok(Received {
            path: self.path,
            sha256: HEXLOWER.encode(&self.hasher.finalize()),
            size: self.size,
            examined,
        })
    }
}

/// Looks at a file and reads its text.
///
/// # Errors
/// Where it is of a sort that is not taken, is empty, or can't be read from the disk.
pub async fn examine_all(path: &Path, declared: Option<String>) -> Result<Examined, ExamineError> {
    let looked_at = path.to_owned();
    let examining = tokio::task::spawn_blocking(move || examine(&looked_at, declared.as_deref()));
    let mut examined = examining.await.map_err(std::io::Error::other)??;
    if examined.is_to_be_read() {
        let outcome = read_apart(path, &examined.media_type).await;
        examined.add(outcome);
    }
    Ok(examined)
}

/// Makes a file known, and who uploaded it. Bytes that are known already are not stored twice. What goes beyond the share of an
/// account is refused in the same transaction, so that many files at once do not get more than many one after another.
///
/// # Errors
/// Where the share of the account is used up, the data directory can't be written or the database refuses.
pub async fn store(
    database: &Database,
    folder: &Folder,
    received: Received,
    uploader: Option<Uploader>,
    at: DateTime<Utc>,
) -> Result<stored_file::Model, IntakeError> {
    let at = truncate(at);
    let id = Uuid::now_v7();
    // Complete on the disk before the database knows of it. Bytes that are not needed are swept up later.
    let known = by_sha256(database.read(), &received.sha256).await?.is_some();
    let mut incoming = Some(received.path);
    if !known {
        keep(folder, &mut incoming, id).await?;
    }
    let mut attempt = 1;
    loop {
        let new = stored_file::Model {
            id,
            sha256: received.sha256.clone(),
            media_type: received.examined.media_type.clone(),
            size_bytes: i64::try_from(received.size).unwrap_or(i64::MAX),
            findings: serde_json::to_value(&received.examined.findings).map_err(std::io::Error::other)?,
            reader: received.examined.reader,
            created_at: at,
        };
        let text = received.examined.text.as_deref();
        match know(database, folder, &mut incoming, new, text, uploader, at).await {
            Ok(stored) => {
                if stored.id != id {
                    folder.apart(move |folder| folder.remove(id)).await?;
                }
                return Ok(stored);
            }
            Err(IntakeError::Database(error)) if attempt < ATTEMPTS && is_overtaken(&error) => attempt += 1,
            Err(refusal @ IntakeError::ShareUsed { .. }) => {
                folder.apart(move |folder| folder.remove(id)).await?;
                return Err(refusal);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Moves what came in to its place, if it is not there yet.
async fn keep(folder: &Folder, incoming: &mut Option<TempPath>, id: Uuid) -> Result<(), IntakeError> {
    if let Some(path) = incoming.take() {
        folder.apart(move |folder| folder.keep(path, id)).await?;
    }
    Ok(())
}

async fn know(
    database: &Database,
    folder: &Folder,
    incoming: &mut Option<TempPath>,
    new: stored_file::Model,
    text: Option<&str>,
    uploader: Option<Uploader>,
    at: DateTime<Utc>,
) -> Result<stored_file::Model, IntakeError> {
    let transaction = database.begin().await?;
    if let Some(uploader) = uploader {
        // Of several of one account at once, the second waits here and then sees the first.
        account::by_id_locked(&transaction, uploader.account).await?;
        uploader.check(&transaction, at).await?;
    }
    let stored = match by_sha256(&transaction, &new.sha256).await? {
        Some(stored) => stored,
        None => {
            keep(folder, incoming, new.id).await?;
            let row = stored_file::ActiveModel::from(new.clone());
            stored_file::Entity::insert(row.reset_all())
                .exec_without_returning(&transaction)
                .await?;
            keep_text(&transaction, new.id, text).await?;
            new
        }
    };
    if let Some(Uploader { account, .. }) = uploader {
        let row = file_upload::ActiveModel {
            file_id: Set(stored.id),
            account_id: Set(account),
            uploaded_at: Set(at),
        };
        let again = OnConflict::columns([file_upload::Column::FileId, file_upload::Column::AccountId])
            .update_column(file_upload::Column::UploadedAt)
            .to_owned();
        file_upload::Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(&transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(stored)
}

/// Writes down the text of a file, in the place of what was read of it before.
///
/// # Errors
/// Where the database refuses.
pub async fn keep_text(connection: &impl ConnectionTrait, file: Uuid, text: Option<&str>) -> Result<(), DbErr> {
    file_text::Entity::delete_by_id(file).exec(connection).await?;
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(());
    };
    let row = file_text::ActiveModel {
        file_id: Set(file),
        text: Set(text.to_owned()),
    };
    file_text::Entity::insert(row)
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// The file with this SHA-256.
///
/// # Errors
/// Where the database is away.
pub async fn by_sha256(connection: &impl ConnectionTrait, sha256: &str) -> Result<Option<stored_file::Model>, DbErr> {
    stored_file::Entity::find()
        .filter(stored_file::Column::Sha256.eq(sha256))
        .one(connection)
        .await
}

/// Whether somebody else stored the same bytes, or removed them, at the same time.
fn is_overtaken(error: &DbErr) -> bool {
    if let Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_)) = error.sql_err() {
        return true;
    }
    // PostgreSQL checks foreign keys at the end of the transaction.
    matches!(error, DbErr::Conn(RuntimeErr::SqlxError(cause)) | DbErr::Exec(RuntimeErr::SqlxError(cause))
        if matches!(&**cause, SqlxError::Database(refusal) if refusal.code().as_deref() == Some("23503")))
}

/// Takes in a file of this machine. Of plain texts its name says what sort they are.
///
/// # Errors
/// As [`store`].
pub async fn take(
    database: &Database,
    folder: &Folder,
    path: &Path,
    name: &str,
    most: u64,
) -> Result<stored_file::Model, IntakeError> {
    let declared = match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Some("text/csv"),
        Some("md") => Some("text/markdown"),
        Some("txt") => Some("text/plain"),
        _ => None,
    };
    let mut source = File::open(path).await?;
    let mut incoming = Incoming::begin(folder, most).await?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = source.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        incoming.write(buffer.get(..read).unwrap_or_default()).await?;
    }
    let received = incoming.finish(declared.map(str::to_owned)).await?;
    store(database, folder, received, None, Utc::now()).await
}
