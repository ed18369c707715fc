//! What the service keeps of somebody's part in curation, for them to take along.

use chrono::{DateTime, Utc};
use praxis_entities::{appeal, consent, decision, file_upload, flag, notification, stored_file, submission};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::search::saved;

/// The submissions, consents, uploads, flags, appeals, notifications and saved searches of an account, as a JSON object.
///
/// # Errors
/// Where the database is away.
pub async fn of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Value, DbErr> {
    Ok(json!({
        "consents": consents(connection, account).await?,
        "uploads": uploads(connection, account).await?,
        "savedSearches": searches(connection, account).await?,
        "submissions": submissions(connection, account).await?,
        "flags": flags(connection, account).await?,
        "appeals": appeals(connection, account).await?,
        "notifications": notifications(connection, account).await?,
    }))
}

/// The rows that name an account in this column, in the order of their ids.
async fn rows_of<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    column: E::Column,
    id: E::Column,
    account: Uuid,
) -> Result<Vec<E::Model>, DbErr> {
    let rows = E::find().filter(column.eq(account)).order_by_asc(id);
    rows.all(connection).await
}

/// The consents that they recorded.
async fn consents(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, DbErr> {
    let consents =
        rows_of::<consent::Entity>(connection, consent::Column::RecordedById, consent::Column::Id, account).await?;
    Ok(consents
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "submission": row.submission_id,
                "content": row.content_id,
                "covers": row.covers,
                "form": row.form,
                "obtainedBy": row.obtained_by,
                "obtainedOn": row.obtained_on,
                "note": row.note,
                "recordedAt": row.recorded_at,
                "withdrawnAt": row.withdrawn_at,
                "withdrawalReason": row.withdrawal_reason,
            })
        })
        .collect())
}

/// The files that they uploaded.
async fn uploads(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, DbErr> {
    let uploads: Vec<(String, String, i64, DateTime<Utc>)> = file_upload::Entity::find()
        .select_only()
        .columns([stored_file::Column::Sha256, stored_file::Column::MediaType])
        .column(stored_file::Column::SizeBytes)
        .column(file_upload::Column::UploadedAt)
        .join(JoinType::InnerJoin, file_upload::stored_file())
        .filter(file_upload::Column::AccountId.eq(account))
        .order_by_asc(file_upload::Column::UploadedAt)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(uploads
        .iter()
        .map(|(sha256, media_type, size_bytes, at)| {
            json!({
                "sha256": sha256,
                "mediaType": media_type,
                "sizeBytes": size_bytes,
                "uploadedAt": at,
            })
        })
        .collect())
}

/// Their saved searches.
async fn searches(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, DbErr> {
    let searches = saved::of(connection, account).await?;
    Ok(searches
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "name": row.name,
                "query": row.query,
                "filter": row.filter,
                "mail": row.mail,
                "createdAt": row.created_at,
                "updatedAt": row.updated_at,
            })
        })
        .collect())
}

/// What they wrote, with what was decided on it.
async fn submissions(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, DbErr> {
    let submissions = rows_of::<submission::Entity>(
        connection,
        submission::Column::AuthorId,
        submission::Column::Id,
        account,
    )
    .await?;
    let own = Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::AuthorId).eq(account))
        .take();
    let decisions = decision::Entity::find()
        .filter(Expr::col(decision::Column::SubmissionId).in_subquery(own))
        .order_by_asc(decision::Column::Id)
        .all(connection)
        .await?;
    Ok(submissions
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "kind": row.kind,
                "slug": row.slug,
                "title": row.title,
                "language": row.language,
                "status": row.status,
                "content": row.target_id,
                "baseRevision": row.base_revision,
                "document": serde_json::from_str(&row.document).unwrap_or(Value::Null),
                "note": row.note,
                "createdAt": row.created_at,
                "updatedAt": row.updated_at,
                "submittedAt": row.submitted_at,
                "decisions": decisions.iter().filter(|decision| decision.submission_id == row.id).map(|decision| json!({
                    "action": decision.action,
                    "at": decision.at,
                    "byYou": decision.by_id == Some(account),
                    "reason": decision.reason,
                    "comments": decision.comments,
                })).collect::<Vec<_>>(),
            })
        })
        .collect())
}

/// What they flagged.
async fn flags(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, DbErr> {
    let flags = rows_of::<flag::Entity>(connection, flag::Column::ById, flag::Column::Id, account).await?;
    Ok(flags
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "content": row.content_id,
                "reason": row.reason,
                "note": row.note,
                "createdAt": row.created_at,
                "resolvedAt": row.resolved_at,
                "resolution": row.resolution,
            })
        })
        .collect())
}

/// Their appeals.
async fn appeals(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, DbErr> {
    let appeals = rows_of::<appeal::Entity>(connection, appeal::Column::ById, appeal::Column::Id, account).await?;
    Ok(appeals
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "submission": row.submission_id,
                "content": row.content_id,
                "reason": row.reason,
                "createdAt": row.created_at,
                "decidedAt": row.decided_at,
                "upheld": row.upheld,
                "answer": row.answer,
            })
        })
        .collect())
}

/// What they were told.
async fn notifications(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Value>, DbErr> {
    let notifications = rows_of::<notification::Entity>(
        connection,
        notification::Column::AccountId,
        notification::Column::Id,
        account,
    )
    .await?;
    Ok(notifications
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "kind": row.kind,
                "submission": row.submission_id,
                "content": row.content_id,
                "savedSearch": row.saved_search_id,
                "createdAt": row.created_at,
                "readAt": row.read_at,
                "mailedAt": row.mailed_at,
            })
        })
        .collect())
}
