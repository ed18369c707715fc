//! What submissions and the revisions that they change are loaded by.

use std::collections::HashMap;
use std::sync::Arc;

use praxis_entities::vocabulary::ContentStatus;
use praxis_entities::{content, revision, submission};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Submission;
use crate::content::visibility;
use crate::curation::submission::store;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};

/// A submission by its key, if the caller may see it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SubmissionKey(pub Uuid);

impl BatchKey for SubmissionKey {
    type Value = Submission;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = submission::Entity::find()
            .filter(among(
                context.app.database.read(),
                Expr::col(submission::Column::Id),
                ids,
            ))
            .filter(store::visible(&context.actor))
            .all(context.app.database.read())
            .await?;
        Ok(rows.into_iter().map(|row| (Self(row.id), row.into())).collect())
    }
}

/// The published revision that a change was made against, if the caller may read the content.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseRevision(pub Uuid, pub i32);

impl BatchKey for BaseRevision {
    type Value = Arc<String>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let any = keys.iter().fold(Condition::any(), |any, key| {
            any.add(
                Expr::col(revision::Column::ContentId)
                    .eq(key.0)
                    .and(Expr::col(revision::Column::Number).eq(key.1)),
            )
        });
        // What was withdrawn is not to be read in an earlier revision either.
        let readable = Query::select()
            .column(content::Column::Id)
            .from(content::Entity)
            .cond_where(visibility::addressable(&context.actor))
            .and_where(Expr::col((content::Entity, content::Column::Status)).ne(ContentStatus::Retracted))
            .take();
        let rows = revision::Entity::find()
            .filter(any)
            .filter(Expr::col(revision::Column::ContentId).in_subquery(readable))
            .all(context.app.database.read())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (Self(row.content_id, row.number), Arc::new(row.document)))
            .collect())
    }
}
