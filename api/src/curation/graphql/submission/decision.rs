//! What was done with a submission.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use praxis_entities::decision;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::viewer;
use crate::curation::submission::store::Comment;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::identity::api_client::graphql::ClientKey;
use crate::identity::viewer::Viewer;

/// Something that was done with a submission.
pub struct Decision(decision::Model);

/// Something that was done with a submission.
#[Object]
impl Decision {
    /// `SUBMIT`, `WITHDRAW`, `CLAIM`, `RELEASE`, `REQUEST_CHANGES`, `APPROVE`, `REJECT` or `REOPEN`; of minor edits
    /// `PUBLISH_MINOR_EDIT`, `ACCEPT_MINOR_EDIT` or `TAKE_BACK_MINOR_EDIT`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Why.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Comments on single fields of the document, where changes were requested.
    async fn comments(&self) -> Result<Vec<FieldComment>, ApiError> {
        let Some(comments) = &self.0.comments else {
            return Ok(Vec::new());
        };
        let comments: Vec<Comment> = crate::content::json(comments)?;
        Ok(comments
            .into_iter()
            .map(|comment| FieldComment {
                path: comment.path,
                text: comment.text,
            })
            .collect())
    }

    /// When.
    async fn at(&self) -> Moment {
        Moment(self.0.at)
    }

    /// By whom; null of a former member.
    async fn by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.0.by_id).await
    }

    /// The name of the application that did it for them; null where they did it themselves.
    async fn application(&self, context: &Context<'_>) -> Result<Option<String>, ApiError> {
        match self.0.client_id {
            Some(client) => Ok(loaders(context)?
                .load(ClientKey(client))
                .await?
                .map(|client| client.0.name)),
            None => Ok(None),
        }
    }
}

/// A moderator's comment on one field of a document.
#[derive(SimpleObject)]
pub struct FieldComment {
    /// The field, e.g. `measurements[0].unit`.
    pub path: String,
    /// What is to be changed.
    pub text: String,
}

/// What was done with a submission, the earliest first.
///
/// # Errors
/// Where the database is away.
pub async fn decisions(context: &Context<'_>, submission: Uuid) -> Result<Vec<Decision>, ApiError> {
    let rows = loaders(context)?
        .load(DecisionsOf(submission))
        .await?
        .unwrap_or_default();
    Ok(rows.iter().cloned().map(Decision).collect())
}

/// What was done with a submission.
#[derive(Clone, PartialEq, Eq, Hash)]
struct DecisionsOf(Uuid);

impl BatchKey for DecisionsOf {
    type Value = Arc<Vec<decision::Model>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = decision::Entity::find()
            .filter(among(
                context.app.database.read(),
                Expr::col(decision::Column::SubmissionId),
                ids,
            ))
            .order_by_asc(decision::Column::Id)
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<decision::Model>> = HashMap::new();
        for row in rows {
            found.entry(row.submission_id).or_default().push(row);
        }
        Ok(found.into_iter().map(|(id, rows)| (Self(id), Arc::new(rows))).collect())
    }
}
