//! Contributing and curating: what the mutations give.

use std::sync::Arc;

use async_graphql::SimpleObject;
use praxis_entities::submission;
use praxis_entities::vocabulary::{ContentKind, SubmissionStatus};
use uuid::Uuid;

use super::flags::Flag;
use super::submission::Submission;
use crate::content::document::problem::Problem;
use crate::content::interface::Content;
use crate::curation::error::CurationError;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::Loaders;
use crate::graphql::user_error::UserError;

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

/// What became of a flag that was to be settled.
#[derive(SimpleObject)]
pub struct ResolveFlagPayload {
    /// The flag; null where nothing was done.
    pub flag: Option<Flag>,
    /// What you can mend.
    pub errors: Vec<UserError>,
}

/// The content after a decision on it, or why there was none.
///
/// # Errors
/// What the caller can't mend; where the database is away.
pub async fn content_payload(
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

/// A submission as it is now, or why nothing was done.
///
/// # Errors
/// What the caller can't mend.
pub fn payload(result: Result<submission::Model, CurationError>) -> Result<SubmissionPayload, ApiError> {
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
///
/// # Errors
/// What the caller can't mend; where the database is away.
pub async fn with_content(
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
///
/// # Errors
/// What the caller can't mend.
pub fn saved(result: Result<(submission::Model, Vec<Problem>), CurationError>) -> Result<SubmissionPayload, ApiError> {
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
