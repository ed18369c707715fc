//! What became of an author's submissions so far.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use praxis_entities::submission;
use praxis_entities::vocabulary::SubmissionStatus;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};

/// What became of an author's submissions so far.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct AuthorRecord {
    /// How many were published.
    pub published: i32,
    /// How many were rejected.
    pub rejected: i32,
    /// How many wait, are under review, or were given back for changes.
    pub open: i32,
}

/// The record of an author.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RecordOf(pub Uuid);

impl BatchKey for RecordOf {
    type Value = AuthorRecord;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows: Vec<(Uuid, SubmissionStatus, i64)> = submission::Entity::find()
            .select_only()
            .column(submission::Column::AuthorId)
            .column(submission::Column::Status)
            .column_as(submission::Column::Id.count(), "count")
            .filter(among(
                context.app.database.read(),
                Expr::col(submission::Column::AuthorId),
                ids,
            ))
            .group_by(submission::Column::AuthorId)
            .group_by(submission::Column::Status)
            .into_tuple()
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Self, AuthorRecord> = HashMap::new();
        for (author, status, count) in rows {
            let record = found.entry(Self(author)).or_default();
            let count = i32::try_from(count).unwrap_or(i32::MAX);
            match status {
                SubmissionStatus::Published => record.published += count,
                SubmissionStatus::Rejected => record.rejected += count,
                SubmissionStatus::Submitted | SubmissionStatus::InReview | SubmissionStatus::ChangesRequested => {
                    record.open += count;
                }
                SubmissionStatus::Draft | SubmissionStatus::Withdrawn => {}
            }
        }
        Ok(found)
    }
}
