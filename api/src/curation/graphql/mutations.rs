//! Contributing and curating: the mutations.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::Utc;
use praxis_entities::vocabulary::ContentKind;
use uuid::Uuid;

use super::appeals::{self, AppealDecisionInput, AppealPayload, ResolveAppealInput};
use super::bulk::{self, DecideSubmissionsInput, DecideSubmissionsPayload};
use super::flags::Flag;
use super::inputs::{
    ContentDecisionInput, FlagContentInput, OverrideChildFocusInput, ResolveFindingInput, ResolveFlagInput,
    RestoreRevisionInput, ReviewMinorEditInput, SaveDraftInput, SubmissionActionInput, SubmissionDecisionInput,
};
use super::payloads::{
    ContentPayload, FlagPayload, ResolveFlagPayload, SubmissionPayload, content_payload, mendable, payload, saved,
    with_content,
};
use crate::curation::standing::{self, Decision};
use crate::curation::submission::state::Action;
use crate::curation::submission::store::Comment;
use crate::curation::submission::{decide, draft, minor_edit};
use crate::curation::{child_focus, flags};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::Loaders;
use crate::graphql::loaders;
use crate::identifier::{NodeId, NodeType};

/// Contributing and curating.
#[derive(Default)]
pub struct CurationMutations;

/// Contributing and curating.
#[Object]
impl CurationMutations {
    /// Saves a draft of new content, or of a change to existing content when `target` is given.
    async fn save_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The draft.")] input: SaveDraftInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let loaders = loaders(context)?;
        let target = input.target.as_ref().map(|id| NodeId::parse_content(id)).transpose()?;
        let submission = input
            .submission
            .as_ref()
            .map(|id| NodeId::parse_as(id, NodeType::Submission))
            .transpose()?;
        let draft = draft::save(
            loaders.app(),
            &loaders.context().actor,
            draft::Draft {
                submission,
                target,
                base_revision: input.base_revision,
                slug: input.slug,
                content: input.content,
                note: input.note,
            },
            Utc::now(),
        )
        .await;
        saved(draft)
    }

    /// Hands a draft in for review. It must be valid; every text is checked for what may put a child at risk. A trusted
    /// member's minor edit of content that is wholly theirs is published at once and reviewed afterwards: its status is then
    /// `PUBLISHED`, and `SUBMITTED` where it waits like any other.
    async fn submit_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The draft.")] input: SubmissionActionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let (loaders, id) = prepare(context, &input.submission)?;
        let actor = &loaders.context().actor;
        let submitted = draft::submit(loaders.app(), actor, id, Utc::now()).await;
        with_content(&loaders, submitted).await
    }

    /// Takes a submission back.
    async fn withdraw_submission(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The submission.")] input: SubmissionActionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let (loaders, id) = prepare(context, &input.submission)?;
        let actor = &loaders.context().actor;
        payload(draft::withdraw(loaders.app(), actor, id, Utc::now()).await)
    }

    /// Claims a submission for 24 hours, so that no other moderator works on it. Claim it again to go on.
    async fn claim_submission(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The submission.")] input: SubmissionActionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let (loaders, id) = prepare(context, &input.submission)?;
        let actor = &loaders.context().actor;
        payload(decide::claim(loaders.app(), actor, id, Utc::now()).await)
    }

    /// Leaves a submission that you have claimed to other moderators.
    async fn release_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The submission.")] input: SubmissionActionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let (loaders, id) = prepare(context, &input.submission)?;
        let actor = &loaders.context().actor;
        payload(decide::release(loaders.app(), actor, id, Utc::now()).await)
    }

    /// Gives a claimed submission back to its author with a reason.
    async fn request_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.")] input: SubmissionDecisionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        turn_down(context, input, Action::RequestChanges).await
    }

    /// Approves a claimed submission and publishes it.
    async fn approve_submission(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.")] input: SubmissionDecisionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let (loaders, id) = prepare(context, &input.submission)?;
        let actor = &loaders.context().actor;
        let approved = decide::approve(loaders.app(), actor, id, input.reason, Utc::now()).await;
        with_content(&loaders, approved).await
    }

    /// Turns a claimed submission down with a reason.
    async fn reject_submission(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The decision.")] input: SubmissionDecisionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        turn_down(context, input, Action::Reject).await
    }

    /// Reviews a minor edit that a trusted member published: accepts it, or goes back to the revision before with a reason
    /// that its author is told. Where the content has changed since, it can't go back: `CONFLICT`. For moderators; nobody
    /// reviews their own.
    async fn review_minor_edit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The edit, whether it may stay, and why.")] input: ReviewMinorEditInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let (loaders, id) = prepare(context, &input.submission)?;
        let actor = &loaders.context().actor;
        let reviewed = minor_edit::review(loaders.app(), actor, id, input.accepted, input.reason, Utc::now()).await;
        with_content(&loaders, reviewed).await
    }

    /// Resolves a safeguarding finding with a reason. Whoever resolves findings can't approve the submission alone.
    async fn resolve_finding(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The finding and why it may stay.")] input: ResolveFindingInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let loaders = loaders(context)?;
        let id = NodeId::parse_as(&input.finding, NodeType::Finding)?;
        let actor = &loaders.context().actor;
        payload(decide::resolve_finding(loaders.app(), actor, id, input.reason, Utc::now()).await)
    }

    /// Takes content out of sight at once, until somebody decides further.
    async fn hide_content(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content and why.")] input: ContentDecisionInput,
    ) -> Result<ContentPayload, ApiError> {
        decide_on_content(context, input, Decision::Hide).await
    }

    /// Makes hidden content visible again.
    async fn restore_content(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content and why.")] input: ContentDecisionInput,
    ) -> Result<ContentPayload, ApiError> {
        decide_on_content(context, input, Decision::Restore).await
    }

    /// Withdraws content for good. A tombstone with the reason stays, so that citations do not break.
    async fn retract_content(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content and why; the reason is public.")] input: ContentDecisionInput,
    ) -> Result<ContentPayload, ApiError> {
        decide_on_content(context, input, Decision::Retract).await
    }

    /// Removes content and the personal data in it for good: from revisions, drafts, the index and every export. Only the
    /// fact and the date remain. It can't be undone.
    async fn erase_content(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content and why; the reason is not kept.")] input: ContentDecisionInput,
    ) -> Result<ContentPayload, ApiError> {
        decide_on_content(context, input, Decision::Erase).await
    }

    /// Flags published content for the moderators. A safeguarding flag of a trusted member or a moderator hides it at once,
    /// but a moderator's not what they are limited from (`viewer.moderates`).
    async fn flag_content(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content and why.")] input: FlagContentInput,
    ) -> Result<FlagPayload, ApiError> {
        let loaders = loaders(context)?;
        let id = NodeId::parse_content(&input.id)?;
        let actor = &loaders.context().actor;
        let flagged = flags::flag(&loaders.app().database, actor, id, input.reason, input.note, Utc::now()).await;
        match flagged {
            Ok(hidden) => Ok(FlagPayload {
                flagged: true,
                hidden,
                errors: Vec::new(),
            }),
            Err(error) => Ok(FlagPayload {
                flagged: false,
                hidden: false,
                errors: mendable(error, &["input"])?,
            }),
        }
    }

    /// Appeals against the rejection of your submission, or against hiding or retracting content that came from one. Another
    /// moderator than the one who decided looks at it.
    async fn appeal_decision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the decision was about, and why it should be another.")] input: AppealDecisionInput,
    ) -> Result<AppealPayload, ApiError> {
        appeals::make(context, input).await
    }

    /// Decides on an appeal. For moderators.
    async fn resolve_appeal(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appeal, whether it is right, and why.")] input: ResolveAppealInput,
    ) -> Result<AppealPayload, ApiError> {
        appeals::resolve(context, input).await
    }

    /// Makes the same decision on several submissions, with one reason. Each is claimed first where nobody has claimed it,
    /// and decided on by itself: one that can't be decided on is left as it was and does not keep the others. For moderators.
    async fn decide_submissions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The submissions and the decision.")] input: DecideSubmissionsInput,
    ) -> Result<DecideSubmissionsPayload, ApiError> {
        bulk::decide(context, input).await
    }

    /// Decides whether a recommendation is about children where the rule errs, or lets the rule decide again. It makes a
    /// revision; uptake and summaries follow at once, and imports of the same recommendation keep it. For moderators.
    async fn override_child_focus(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The recommendation, the decision and why.")] input: OverrideChildFocusInput,
    ) -> Result<ContentPayload, ApiError> {
        let loaders = loaders(context)?;
        let id = NodeId::parse_as(&input.recommendation, NodeType::Content(ContentKind::Recommendation))?;
        let actor = &loaders.context().actor;
        let decided =
            child_focus::decide(loaders.app(), actor, id, input.child_focused, input.reason, Utc::now()).await;
        content_payload(&loaders, (ContentKind::Recommendation, id), decided).await
    }

    /// Makes a draft of an earlier revision, to be submitted like any other change.
    async fn restore_revision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content and the revision.")] input: RestoreRevisionInput,
    ) -> Result<SubmissionPayload, ApiError> {
        let loaders = loaders(context)?;
        let target = NodeId::parse_content(&input.content)?;
        let actor = &loaders.context().actor;
        let restored = draft::restore(loaders.app(), actor, target, input.revision, input.note, Utc::now()).await;
        saved(restored)
    }

    /// Settles a flag. What is to become of the content is decided by itself: hide, restore, retract. For moderators.
    async fn resolve_flag(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The flag and what came of it.")] input: ResolveFlagInput,
    ) -> Result<ResolveFlagPayload, ApiError> {
        let loaders = loaders(context)?;
        let id = NodeId::parse_as(&input.flag, NodeType::Flag)?;
        let actor = &loaders.context().actor;
        let resolved = flags::resolve(&loaders.app().database, actor, id, input.resolution, Utc::now()).await;
        match resolved {
            Ok(flag) => Ok(ResolveFlagPayload {
                flag: Some(Flag(flag)),
                errors: Vec::new(),
            }),
            Err(error) => Ok(ResolveFlagPayload {
                flag: None,
                errors: mendable(error, &["input"])?,
            }),
        }
    }
}

fn prepare(context: &Context<'_>, submission: &ID) -> Result<(Arc<Loaders>, Uuid), ApiError> {
    Ok((loaders(context)?, NodeId::parse_as(submission, NodeType::Submission)?))
}

async fn turn_down(
    context: &Context<'_>,
    input: SubmissionDecisionInput,
    action: Action,
) -> Result<SubmissionPayload, ApiError> {
    let (loaders, id) = prepare(context, &input.submission)?;
    let actor = &loaders.context().actor;
    let comments = input
        .comments
        .unwrap_or_default()
        .into_iter()
        .map(|comment| Comment {
            path: comment.path,
            text: comment.text,
        })
        .collect();
    payload(decide::turn_down(loaders.app(), actor, id, action, input.reason, comments, Utc::now()).await)
}

async fn decide_on_content(
    context: &Context<'_>,
    input: ContentDecisionInput,
    decision: Decision,
) -> Result<ContentPayload, ApiError> {
    let loaders = loaders(context)?;
    let (kind, id) = NodeId::parse_content(&input.id)?;
    let actor = &loaders.context().actor;
    let decided = standing::decide(
        &loaders.app().database,
        actor,
        decision,
        (kind, id),
        &input.reason,
        Utc::now(),
    )
    .await;
    content_payload(&loaders, (kind, id), decided).await
}
