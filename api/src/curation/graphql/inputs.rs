//! Contributing and curating: what the mutations take.

use async_graphql::{ID, InputObject};
use praxis_entities::vocabulary::FlagReason;

use crate::content::document::ContentInput;

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
