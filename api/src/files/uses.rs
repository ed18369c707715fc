//! What uses a file; a file that nothing uses goes.

use std::collections::HashSet;

use praxis_entities::{content_file, file_upload, removed_file, stored_file, submission_file};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

/// Writes down which files the document of a submission names now.
///
/// # Errors
/// Where the database refuses, as where one of them was removed meanwhile.
pub async fn of_submission(
    connection: &impl ConnectionTrait,
    submission: Uuid,
    files: HashSet<Uuid>,
) -> Result<(), DbErr> {
    submission_file::Entity::delete_many()
        .filter(submission_file::Column::SubmissionId.eq(submission))
        .exec(connection)
        .await?;
    if files.is_empty() {
        return Ok(());
    }
    submission_file::Entity::insert_many(files.into_iter().map(|file| submission_file::ActiveModel {
        submission_id: Set(submission),
        file_id: Set(file),
    }))
    .exec_without_returning(connection)
    .await?;
    Ok(())
}

/// Takes the files away from content that is erased, and from what was proposed for it. Those that nothing else uses go, also
/// for who uploaded them.
///
/// # Errors
/// Where the database refuses.
pub async fn erase(connection: &impl ConnectionTrait, content: Uuid, submissions: &[Uuid]) -> Result<(), DbErr> {
    let mut files: Vec<Uuid> = content_file::Entity::find()
        .select_only()
        .column(content_file::Column::FileId)
        .filter(content_file::Column::ContentId.eq(content))
        .into_tuple()
        .all(connection)
        .await?;
    content_file::Entity::delete_many()
        .filter(content_file::Column::ContentId.eq(content))
        .exec(connection)
        .await?;
    for chunk in submissions.chunks(500) {
        let of_these = || submission_file::Column::SubmissionId.is_in(chunk.iter().copied());
        let more: Vec<Uuid> = submission_file::Entity::find()
            .select_only()
            .column(submission_file::Column::FileId)
            .filter(of_these())
            .into_tuple()
            .all(connection)
            .await?;
        files.extend(more);
        submission_file::Entity::delete_many()
            .filter(of_these())
            .exec(connection)
            .await?;
    }
    files.sort_unstable();
    files.dedup();
    for chunk in files.chunks(500) {
        file_upload::Entity::delete_many()
            .filter(file_upload::Column::FileId.is_in(chunk.iter().copied()))
            .filter(is_unused(Expr::col((file_upload::Entity, file_upload::Column::FileId))))
            .exec(connection)
            .await?;
    }
    remove_unused(connection, &files).await
}

/// Forgets what somebody uploaded. Files that nothing uses go.
///
/// # Errors
/// Where the database refuses.
pub async fn forget_uploads(connection: &impl ConnectionTrait, account: Uuid) -> Result<(), DbErr> {
    let files: Vec<Uuid> = file_upload::Entity::find()
        .select_only()
        .column(file_upload::Column::FileId)
        .filter(file_upload::Column::AccountId.eq(account))
        .into_tuple()
        .all(connection)
        .await?;
    file_upload::Entity::delete_many()
        .filter(file_upload::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    remove_unused(connection, &files).await
}

/// Removes those of these files that nothing uses and nobody has uploaded. Their bytes are removed by [`super::upkeep`].
///
/// # Errors
/// Where the database refuses.
pub async fn remove_unused(connection: &impl ConnectionTrait, files: &[Uuid]) -> Result<(), DbErr> {
    for chunk in files.chunks(500) {
        // Locked by themselves first: whoever is about to use one has then written it down, or finds it gone.
        let locked: Vec<Uuid> = stored_file::Entity::find()
            .select_only()
            .column(stored_file::Column::Id)
            .filter(stored_file::Column::Id.is_in(chunk.iter().copied()))
            .lock_exclusive()
            .into_tuple()
            .all(connection)
            .await?;
        let key = || Expr::col((stored_file::Entity, stored_file::Column::Id));
        let going: Vec<Uuid> = stored_file::Entity::find()
            .select_only()
            .column(stored_file::Column::Id)
            .filter(stored_file::Column::Id.is_in(locked))
            .filter(is_unused(key()))
            .filter(key().not_in_subquery(uploads()))
            .into_tuple()
            .all(connection)
            .await?;
        if going.is_empty() {
            continue;
        }
        removed_file::Entity::insert_many(going.iter().map(|id| removed_file::ActiveModel { id: Set(*id) }))
            .on_conflict(OnConflict::column(removed_file::Column::Id).do_nothing().to_owned())
            .exec_without_returning(connection)
            .await?;
        stored_file::Entity::delete_many()
            .filter(stored_file::Column::Id.is_in(going))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// Whether neither content nor a submission uses the file with this key.
pub fn is_unused(key: Expr) -> Condition {
    let in_content = Query::select()
        .column(content_file::Column::FileId)
        .from(content_file::Entity)
        .take();
    let in_submissions = Query::select()
        .column(submission_file::Column::FileId)
        .from(submission_file::Entity)
        .take();
    Condition::all()
        .add(key.clone().not_in_subquery(in_content))
        .add(key.not_in_subquery(in_submissions))
}

fn uploads() -> SelectStatement {
    Query::select()
        .column(file_upload::Column::FileId)
        .from(file_upload::Entity)
        .take()
}
