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
    let submissions = submission::Entity::find()
        .filter(submission::Column::AuthorId.eq(account))
        .order_by_asc(submission::Column::Id)
        .all(connection)
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
    let flags = flag::Entity::find()
        .filter(flag::Column::ById.eq(account))
        .order_by_asc(flag::Column::Id)
        .all(connection)
        .await?;
    let appeals = appeal::Entity::find()
        .filter(appeal::Column::ById.eq(account))
        .order_by_asc(appeal::Column::Id)
        .all(connection)
        .await?;
    let notifications = notification::Entity::find()
        .filter(notification::Column::AccountId.eq(account))
        .order_by_asc(notification::Column::Id)
        .all(connection)
        .await?;
    let searches = saved::of(connection, account).await?;
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
    let consents = consent::Entity::find()
        .filter(consent::Column::RecordedById.eq(account))
        .order_by_asc(consent::Column::Id)
        .all(connection)
        .await?;
    Ok(json!({
        "consents": consents.iter().map(|row| json!({
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
        })).collect::<Vec<_>>(),
        "uploads": uploads.iter().map(|(sha256, media_type, size_bytes, at)| json!({
            "sha256": sha256,
            "mediaType": media_type,
            "sizeBytes": size_bytes,
            "uploadedAt": at,
        })).collect::<Vec<_>>(),
        "savedSearches": searches.iter().map(|row| json!({
            "id": row.id,
            "name": row.name,
            "query": row.query,
            "filter": row.filter,
            "mail": row.mail,
            "createdAt": row.created_at,
            "updatedAt": row.updated_at,
        })).collect::<Vec<_>>(),
        "submissions": submissions.iter().map(|row| json!({
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
        })).collect::<Vec<_>>(),
        "flags": flags.iter().map(|row| json!({
            "id": row.id,
            "content": row.content_id,
            "reason": row.reason,
            "note": row.note,
            "createdAt": row.created_at,
            "resolvedAt": row.resolved_at,
            "resolution": row.resolution,
        })).collect::<Vec<_>>(),
        "appeals": appeals.iter().map(|row| json!({
            "id": row.id,
            "submission": row.submission_id,
            "content": row.content_id,
            "reason": row.reason,
            "createdAt": row.created_at,
            "decidedAt": row.decided_at,
            "upheld": row.upheld,
            "answer": row.answer,
        })).collect::<Vec<_>>(),
        "notifications": notifications.iter().map(|row| json!({
            "id": row.id,
            "kind": row.kind,
            "submission": row.submission_id,
            "content": row.content_id,
            "savedSearch": row.saved_search_id,
            "createdAt": row.created_at,
            "readAt": row.read_at,
            "mailedAt": row.mailed_at,
        })).collect::<Vec<_>>(),
    }))
}
