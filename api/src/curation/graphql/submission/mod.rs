//! A submission as the API shows it.

mod author_record;
mod decision;
mod finding;
mod loaded;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use futures::future::try_join_all;
use praxis_entities::submission;
use praxis_entities::vocabulary::{ContentKind, SubmissionStatus};
use uuid::Uuid;

pub use self::author_record::AuthorRecord;
use self::author_record::RecordOf;
use self::decision::decisions;
pub use self::decision::{Decision, FieldComment};
pub use self::finding::SafeguardingFinding;
use self::finding::findings;
use self::loaded::{BaseRevision, SubmissionKey};
use super::changes::{FieldChange, compare};
use super::duplicates::{DuplicatesOf, PossibleDuplicate};
use crate::content::document::ContentInput;
use crate::content::fields::{Documents, Revision};
use crate::content::interface::Content;
use crate::curation::consent::graphql::{Consent, ConsentsOf};
use crate::files::graphql::{self as files, File};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::Loaders;
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::identifier::{NodeId, NodeType};
use crate::identity::permissions::Permission;
use crate::identity::viewer::Viewer;

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
        findings(context, &self.0).await
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
        decisions(context, self.0.id).await
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
