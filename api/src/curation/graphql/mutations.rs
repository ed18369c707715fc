//! Contributing and curating: the mutations.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Utc;
use praxis_entities::submission;
use praxis_entities::vocabulary::{ContentKind, FlagReason, SubmissionStatus};
use uuid::Uuid;

use super::appeals::{self, AppealDecisionInput, AppealPayload, ResolveAppealInput};
use super::bulk::{self, DecideSubmissionsInput, DecideSubmissionsPayload};
use super::flags::Flag;
use super::submission::Submission;
use crate::content::document::ContentInput;
use crate::content::document::problem::Problem;
use crate::content::interface::Content;
use crate::curation::error::CurationError;
use crate::curation::standing::{self, Decision};
use crate::curation::submission::state::Action;
use crate::curation::submission::store::Comment;
use crate::curation::submission::{decide, draft, minor_edit};
use crate::curation::{child_focus, flags};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::Loaders;
use crate::graphql::loaders;
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};

/// A draft to be saved.
#[derive(InputObject)]
pub struct SaveDraftInput {
    /// The submission to change; a new one where it is missing.
    pub submission: Option<ID>,
    /// The content to change; new content where it is missing.
    pub target: Option<ID>,
    /// The revision of the target that the change was made against; the current one where it is missing.
    pub base_revision: Option<i32>,
    /// The slug of new content; made from the title where it is missing. It gets a suffix where it is taken.
    pub slug: Option<String>,
    /// The whole document, not a part of it.
    pub content: ContentInput,
    /// What you want to say about it. It is published with the revision.
    pub note: Option<String>,
}

/// A submission to do something with.
#[derive(InputObject)]
pub struct SubmissionActionInput {
    /// The submission.
    pub submission: ID,
}

/// A decision on a submission.
#[derive(InputObject)]
pub struct SubmissionDecisionInput {
    /// The submission.
    pub submission: ID,
    /// Why. Required for requesting changes and for rejecting; the author reads it.
    pub reason: Option<String>,
    /// Comments on single fields, for `requestChanges` and `rejectSubmission`; at most 100.
    pub comments: Option<Vec<FieldCommentInput>>,
}

/// A comment on one field of a document.
#[derive(InputObject)]
pub struct FieldCommentInput {
    /// The field, e.g. `measurements[0].unit`.
    pub path: String,
    /// What is to be changed.
    pub text: String,
}

/// The review of a minor edit.
#[derive(InputObject)]
pub struct ReviewMinorEditInput {
    /// The submission.
    pub submission: ID,
    /// Whether the edit may stay. It goes back to the revision before where it may not.
    pub accepted: bool,
    /// Why. Required where it is not accepted; the author reads it.
    pub reason: Option<String>,
}

/// A safeguarding finding to be resolved.
#[derive(InputObject)]
pub struct ResolveFindingInput {
    /// The finding.
    pub finding: ID,
    /// Why it may stay.
    pub reason: String,
}

/// A decision on published content.
#[derive(InputObject)]
pub struct ContentDecisionInput {
    /// The content.
    pub id: ID,
    /// Why. Public where content is retracted.
    pub reason: String,
}

/// A flag on published content.
#[derive(InputObject)]
pub struct FlagContentInput {
    /// The content.
    pub id: ID,
    /// Why.
    pub reason: FlagReason,
    /// What you want to say about it.
    pub note: Option<String>,
}

/// A flag that is settled.
#[derive(InputObject)]
pub struct ResolveFlagInput {
    /// The flag.
    pub flag: ID,
    /// What came of it.
    pub resolution: String,
}

/// Whether a recommendation is about children.
#[derive(InputObject)]
pub struct OverrideChildFocusInput {
    /// The recommendation.
    pub recommendation: ID,
    /// Whether it is about children; null, or left out, lets the rule decide again.
    pub child_focused: Option<bool>,
    /// Why, for everybody to read: it stands with the recommendation and with the revision.
    pub reason: String,
}

/// What became of a submission.
#[derive(SimpleObject)]
pub struct SubmissionPayload {
    /// The submission as it is now; null where nothing was done.
    pub submission: Option<Submission>,
    /// The published content, after an approval, and after a minor edit was published or reviewed.
    pub content: Option<Content>,
    /// What you can mend. A draft is saved in spite of problems with its document; they must be mended before it is
    /// submitted.
    pub errors: Vec<UserError>,
}

/// What became of content.
#[derive(SimpleObject)]
pub struct ContentPayload {
    /// The content as you may see it now; null where nothing was done, and after it was hidden or erased.
    pub content: Option<Content>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// What became of a flag.
#[derive(SimpleObject)]
pub struct FlagPayload {
    /// Whether the flag was set.
    pub flagged: bool,
    /// Whether it took the content out of sight at once.
    pub hidden: bool,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// An earlier revision to go back to.
#[derive(InputObject)]
pub struct RestoreRevisionInput {
    /// The content.
    pub content: ID,
    /// The number of the revision.
    pub revision: i32,
    /// What you want to say about it.
    pub note: Option<String>,
}

/// What became of a flag that was to be settled.
#[derive(SimpleObject)]
pub struct ResolveFlagPayload {
    /// The flag; null where nothing was done.
    pub flag: Option<Flag>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

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

/// The content after a decision on it, or why there was none.
async fn content_payload(
    loaders: &Arc<Loaders>,
    (kind, id): (ContentKind, Uuid),
    decided: Result<(), CurationError>,
) -> Result<ContentPayload, ApiError> {
    match decided {
        Ok(()) => Ok(ContentPayload {
            content: Content::load(loaders, kind, id).await?,
            errors: Vec::new(),
        }),
        Err(error) => Ok(ContentPayload {
            content: None,
            errors: mendable(error, &["input"])?,
        }),
    }
}

fn payload(result: Result<submission::Model, CurationError>) -> Result<SubmissionPayload, ApiError> {
    match result {
        Ok(submission) => Ok(SubmissionPayload {
            submission: Some(submission.into()),
            content: None,
            errors: Vec::new(),
        }),
        Err(error) => refused(error),
    }
}

/// A submission, with its content where it is published.
async fn with_content(
    loaders: &Arc<Loaders>,
    result: Result<submission::Model, CurationError>,
) -> Result<SubmissionPayload, ApiError> {
    let mut payload = payload(result)?;
    if let Some(Submission(submission)) = &payload.submission
        && submission.status == SubmissionStatus::Published
        && let Some(target) = submission.target_id
    {
        payload.content = Content::load(loaders, submission.kind, target).await?;
    }
    Ok(payload)
}

/// A saved draft, and what is still wrong with its document.
fn saved(result: Result<(submission::Model, Vec<Problem>), CurationError>) -> Result<SubmissionPayload, ApiError> {
    match result {
        Ok((saved, problems)) => Ok(SubmissionPayload {
            submission: Some(saved.into()),
            content: None,
            errors: user_errors(problems, &["input", "content"]),
        }),
        Err(error) => refused(error),
    }
}

fn refused(error: CurationError) -> Result<SubmissionPayload, ApiError> {
    Ok(SubmissionPayload {
        submission: None,
        content: None,
        errors: mendable(error, &["input"])?,
    })
}

/// What the caller can mend, with the path into the input.
///
/// # Errors
/// What the caller can't mend.
pub fn mendable(error: CurationError, prefix: &[&str]) -> Result<Vec<UserError>, ApiError> {
    match error {
        CurationError::Problems(problems) => Ok(user_errors(problems, prefix)),
        CurationError::Api(error) => Err(error),
    }
}

/// Problems as the API shows them, with the path into the input.
fn user_errors(problems: Vec<Problem>, prefix: &[&str]) -> Vec<UserError> {
    problems
        .into_iter()
        .map(|problem| UserError {
            code: problem.code.as_str().to_owned(),
            message: problem.message,
            path: prefix
                .iter()
                .map(|part| (*part).to_owned())
                .chain(
                    problem
                        .path
                        .split(['.', '[', ']'])
                        .filter(|part| !part.is_empty())
                        .map(str::to_owned),
                )
                .collect(),
        })
        .collect()
}
