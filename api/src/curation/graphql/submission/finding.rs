//! What the safeguarding checks found in a submission.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use praxis_entities::{safeguarding_finding, submission};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

use crate::curation::graphql::excerpt::{ExcerptOfFile, FindingExcerpt};
use crate::curation::safeguarding::NOTE;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::identifier::{NodeId, NodeType};
use crate::identity::permissions::Permission;

/// Where a finding is.
enum Within {
    /// In a file; with the key of the finding.
    File(Uuid),
    /// In a field of this document.
    Document(Arc<Value>),
    /// In the note of this submission.
    Note(Arc<submission::Model>),
}

/// Something in a submission that may put a child at risk or show who a child is.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SafeguardingFinding {
    #[graphql(skip)]
    within: Within,
    /// The id, for `resolveFinding`.
    pub id: ID,
    /// The rule that found it.
    pub rule: String,
    /// The field of the document, or the file: `files[0]` is the first of its files; `note` is what its author says about it.
    pub path: String,
    /// The first character of the span, counted from 0; of a file, in the text that was read of it.
    pub start: i32,
    /// The character after the span; 0 where a file is meant as a whole.
    pub end: i32,
    /// Whether a moderator has resolved it.
    pub resolved: bool,
    /// Why it may stay; for moderators.
    pub reason: Option<String>,
}

#[ComplexObject]
impl SafeguardingFinding {
    /// The passage that it is in. Null where a file is meant as a whole, where the text is not there any more, and of a file
    /// that the caller may not read.
    async fn excerpt(&self, context: &Context<'_>) -> Result<Option<FindingExcerpt>, ApiError> {
        match &self.within {
            Within::Document(document) => Ok(FindingExcerpt::of_field(document, &self.path, self.start, self.end)),
            Within::Note(submission) => {
                let note = submission.note.as_deref();
                Ok(note.and_then(|note| FindingExcerpt::of_text(note, self.start, self.end)))
            }
            Within::File(finding) => {
                let found = loaders(context)?.load(ExcerptOfFile(*finding)).await?;
                Ok(found.map(Arc::unwrap_or_clone))
            }
        }
    }
}

/// The findings of a submission, as the caller may read them.
///
/// # Errors
/// Where the database is away or the document is damaged.
pub async fn findings(
    context: &Context<'_>,
    submission: &Arc<submission::Model>,
) -> Result<Vec<SafeguardingFinding>, ApiError> {
    let loaders = loaders(context)?;
    let moderates = loaders.context().actor.may(Permission::Moderate);
    let rows = loaders.load(FindingsOf(submission.id)).await?.unwrap_or_default();
    let document: Arc<Value> = Arc::new(if rows.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&submission.document).map_err(ApiError::internal)?
    });
    Ok(rows
        .iter()
        .cloned()
        .map(|row| SafeguardingFinding {
            within: match row.file_id {
                Some(_) => Within::File(row.id),
                None if row.path == NOTE => Within::Note(submission.clone()),
                None => Within::Document(document.clone()),
            },
            id: NodeId {
                node_type: NodeType::Finding,
                uuid: row.id,
            }
            .into(),
            rule: row.rule,
            path: row.path,
            start: row.start_at,
            end: row.end_at,
            resolved: row.resolved_at.is_some(),
            reason: row.reason.filter(|_| moderates),
        })
        .collect())
}

/// The findings of a submission.
#[derive(Clone, PartialEq, Eq, Hash)]
struct FindingsOf(Uuid);

impl BatchKey for FindingsOf {
    type Value = Arc<Vec<safeguarding_finding::Model>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = safeguarding_finding::Entity::find()
            .filter(among(
                context.app.database.read(),
                Expr::col(safeguarding_finding::Column::SubmissionId),
                ids,
            ))
            .order_by_asc(safeguarding_finding::Column::Id)
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<safeguarding_finding::Model>> = HashMap::new();
        for row in rows {
            found.entry(row.submission_id).or_default().push(row);
        }
        Ok(found.into_iter().map(|(id, rows)| (Self(id), Arc::new(rows))).collect())
    }
}
