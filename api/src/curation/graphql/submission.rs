//! A submission as the API shows it.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use futures::future::try_join_all;
use praxis_entities::vocabulary::{ContentKind, ContentStatus, SubmissionStatus};
use praxis_entities::{content, decision, revision, safeguarding_finding, submission};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use super::changes::{FieldChange, compare};
use super::duplicates::{DuplicatesOf, PossibleDuplicate};
use super::excerpt::{ExcerptOfFile, FindingExcerpt};
use crate::content::document::ContentInput;
use crate::content::fields::{Documents, Revision};
use crate::content::interface::Content;
use crate::content::visibility;
use crate::curation::consent::graphql::{Consent, ConsentsOf};
use crate::curation::safeguarding::NOTE;
use crate::curation::submission::store::{self, Comment};
use crate::database::among;
use crate::files::graphql::{self as files, File};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext, Loaders};
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::identifier::{NodeId, NodeType};
use crate::identity::api_client::graphql::ClientKey;
use crate::identity::permissions::Permission;
use crate::identity::viewer::Viewer;

/// A submission by its key, if the caller may see it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct SubmissionKey(Uuid);

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
struct BaseRevision(Uuid, i32);

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
struct RecordOf(Uuid);

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

impl Submission {
    /// The document of the revision that it was made against; none of new content, and none where the caller may not read the
    /// content any more.
    async fn base(&self, context: &Context<'_>) -> Result<Option<Arc<String>>, ApiError> {
        match (self.0.target_id, self.0.base_revision) {
            (Some(target), Some(base)) => loaders(context)?.load(BaseRevision(target, base)).await,
            _ => Ok(None),
        }
    }

    /// Loads a submission, if the caller may see it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn load(loaders: &Loaders, id: Uuid) -> Result<Option<Self>, ApiError> {
        loaders.load(SubmissionKey(id)).await
    }
}

/// A proposed revision of new or existing content. Its author sees it always, moderators once it was submitted.
#[derive(Clone)]
pub struct Submission(pub Arc<submission::Model>);

impl From<submission::Model> for Submission {
    fn from(row: submission::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A proposed revision of new or existing content. Its author sees it always, moderators once it was submitted.
#[Object]
impl Submission {
    /// The id.
    pub async fn id(&self) -> ID {
        NodeId {
            node_type: NodeType::Submission,
            uuid: self.0.id,
        }
        .into()
    }

    /// Where it stands.
    async fn status(&self) -> SubmissionStatus {
        self.0.status
    }

    /// The kind of content.
    async fn kind(&self) -> ContentKind {
        self.0.kind
    }

    /// The title of the proposed document.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The slug that new content will have.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The content that it changes; null while it is new.
    async fn target(&self, context: &Context<'_>) -> Result<Option<Content>, ApiError> {
        match self.0.target_id {
            Some(id) => Content::load(&*loaders(context)?, self.0.kind, id).await,
            None => Ok(None),
        }
    }

    /// The revision of the target that the change was made against.
    async fn base_revision(&self) -> Option<i32> {
        self.0.base_revision
    }

    /// The proposed revision.
    async fn proposed(&self, context: &Context<'_>) -> Result<Revision, ApiError> {
        Ok(Revision {
            number: self.0.base_revision.unwrap_or(0) + 1,
            created_at: self.0.updated_at.into(),
            note: self.0.note.clone(),
            documents: Documents::Proposed {
                document: self.0.document.clone(),
                before: self.base(context).await?,
            },
        })
    }

    /// What it changes, field by field, compared with the revision that it was made against. Where that was taken out of sight
    /// since, every field stands as new.
    async fn changes(&self, context: &Context<'_>) -> Result<Vec<FieldChange>, ApiError> {
        let before = self.base(context).await?;
        compare(before.as_ref().map(|document| document.as_str()), &self.0.document).map_err(ApiError::internal)
    }

    /// Who wrote it; null of a former member.
    async fn author(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.0.author_id).await
    }

    /// The moderator who reviews it; null where nobody does.
    async fn claimed_by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.0.claimed_by_id).await
    }

    /// When the claim ends.
    async fn claimed_until(&self) -> Option<Moment> {
        self.0.claimed_until.map(Moment)
    }

    /// The files that the proposed document names, in its order.
    async fn files(&self, context: &Context<'_>) -> Result<Vec<File>, ApiError> {
        if self.0.kind != ContentKind::Resource || self.0.document == "{}" {
            return Ok(Vec::new());
        }
        let input: ContentInput = serde_json::from_str(&self.0.document).map_err(ApiError::internal)?;
        files::of_submission(context, self.0.id, input.document().files()).await
    }

    /// The consents to quote or show children that were recorded for it.
    async fn consents(&self, context: &Context<'_>) -> Result<Vec<Consent>, ApiError> {
        let found = loaders(context)?.load(ConsentsOf(self.0.id)).await?;
        Ok(found.map(|consents| consents.to_vec()).unwrap_or_default())
    }

    /// What the safeguarding checks found. Nothing is published past an open finding.
    async fn findings(&self, context: &Context<'_>) -> Result<Vec<SafeguardingFinding>, ApiError> {
        let loaders = loaders(context)?;
        let moderates = loaders.context().actor.may(Permission::Moderate);
        let rows = loaders.load(FindingsOf(self.0.id)).await?.unwrap_or_default();
        let document: Arc<Value> = Arc::new(if rows.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&self.0.document).map_err(ApiError::internal)?
        });
        Ok(rows
            .iter()
            .cloned()
            .map(|row| SafeguardingFinding {
                within: match row.file_id {
                    Some(_) => Within::File(row.id),
                    None if row.path == NOTE => Within::Note(self.0.clone()),
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

    /// Whether its author published it as a minor edit that nobody else has reviewed yet. `decisions` tells how it was
    /// reviewed.
    async fn awaits_review(&self) -> bool {
        self.0.awaits_review
    }

    /// The revision of the target with which a moderator took it back; null of all but minor edits that were found wrong.
    async fn taken_back_in(&self) -> Option<i32> {
        self.0.taken_back_in
    }

    /// What was done with it, the earliest first.
    async fn decisions(&self, context: &Context<'_>) -> Result<Vec<Decision>, ApiError> {
        let rows = loaders(context)?
            .load(DecisionsOf(self.0.id))
            .await?
            .unwrap_or_default();
        Ok(rows.iter().cloned().map(Decision).collect())
    }

    /// Published content that this may be a second copy of, the surest first; at most ten. For moderators; empty for its
    /// author.
    async fn possible_duplicates(&self, context: &Context<'_>) -> Result<Vec<PossibleDuplicate>, ApiError> {
        let loaders = loaders(context)?;
        if !loaders.context().actor.may(Permission::Moderate) {
            return Ok(Vec::new());
        }
        let found = loaders.load(DuplicatesOf::new(&self.0)).await?.unwrap_or_default();
        let contents = try_join_all(found.iter().map(|(kind, id, _)| Content::load(&loaders, *kind, *id))).await?;
        Ok(contents
            .into_iter()
            .zip(found.iter())
            .filter_map(|(content, (_, _, reasons))| {
                Some(PossibleDuplicate {
                    content: content?,
                    reasons: reasons.clone(),
                })
            })
            .collect())
    }

    /// What became of its author's submissions so far; null of a former member. For moderators; null for its author.
    async fn author_record(&self, context: &Context<'_>) -> Result<Option<AuthorRecord>, ApiError> {
        let loaders = loaders(context)?;
        match self.0.author_id {
            Some(author) if loaders.context().actor.may(Permission::Moderate) => {
                Ok(Some(loaders.load(RecordOf(author)).await?.unwrap_or_default()))
            }
            _ => Ok(None),
        }
    }

    /// When it was last submitted; null of a draft that never was.
    async fn submitted_at(&self) -> Option<Moment> {
        self.0.submitted_at.map(Moment)
    }

    /// When it was begun.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

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

/// An account that is part of the curation; none of a former member.
pub(in crate::curation) async fn viewer(
    context: &Context<'_>,
    account: Option<Uuid>,
) -> Result<Option<Viewer>, ApiError> {
    match account {
        Some(account) => Viewer::load(&*loaders(context)?, account).await,
        None => Ok(None),
    }
}
