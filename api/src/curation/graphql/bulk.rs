//! The same decision on several submissions.

use async_graphql::{Context, Enum, ID, InputObject, SimpleObject};
use chrono::Utc;
use praxis_entities::submission;
use praxis_entities::vocabulary::SubmissionStatus;
use uuid::Uuid;

use super::payloads::mendable;
use super::submission::Submission;
use crate::app::App;
use crate::curation::error::CurationError;
use crate::curation::submission::state::Action;
use crate::curation::submission::{decide, store};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loaders;
use crate::graphql::user_error::UserError;
use crate::identifier::{NodeId, NodeType};
use crate::identity::Actor;
use crate::identity::permissions::Permission;

/// Most submissions that are decided on at once.
const SUBMISSIONS: usize = 50;

/// A decision on a submission under review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SubmissionDecision {
    /// Publish it.
    Approve,
    /// Give it back to its author.
    RequestChanges,
    /// Turn it down.
    Reject,
}

/// Several submissions and one decision.
#[derive(InputObject)]
pub struct DecideSubmissionsInput {
    /// The submissions; at most 50.
    pub submissions: Vec<ID>,
    /// The decision.
    pub decision: SubmissionDecision,
    /// Why; required but for approving. Every author reads it.
    pub reason: Option<String>,
}

/// What became of one of several submissions.
#[derive(SimpleObject)]
pub struct SubmissionOutcome {
    /// Its id.
    pub id: ID,
    /// The submission as it is now; null where nothing was done.
    pub submission: Option<Submission>,
    /// Why nothing was done.
    pub errors: Vec<UserError>,
}

/// What became of several submissions.
#[derive(SimpleObject)]
pub struct DecideSubmissionsPayload {
    /// One outcome for each submission, in the order of the input.
    pub outcomes: Vec<SubmissionOutcome>,
    /// What you can mend of the input as a whole; the errors of single submissions stand beside them.
    pub errors: Vec<UserError>,
}

/// Decides on each submission in a transaction of its own.
///
/// # Errors
/// `FORBIDDEN`, `INVALID_ID`, `BAD_REQUEST` of more than 50; where the database is away.
pub async fn decide(
    context: &Context<'_>,
    input: DecideSubmissionsInput,
) -> Result<DecideSubmissionsPayload, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    actor.require(Permission::Moderate)?;
    if input.submissions.len() > SUBMISSIONS {
        return Err(ApiError::new(
            Code::BadRequest,
            format!(
                "`submissions` has {} entries; decide on at most {SUBMISSIONS} at once.",
                input.submissions.len()
            ),
        ));
    }
    let ids = input
        .submissions
        .iter()
        .map(|id| NodeId::parse_as(id, NodeType::Submission))
        .collect::<Result<Vec<_>, _>>()?;
    let mut outcomes = Vec::with_capacity(ids.len());
    for (id, key) in input.submissions.into_iter().zip(ids) {
        let (submission, errors) = match one(loaders.app(), actor, key, input.decision, input.reason.clone()).await {
            Ok(decided) => (Some(decided.into()), Vec::new()),
            Err(error) => (None, mendable(error, &["input"])?),
        };
        outcomes.push(SubmissionOutcome { id, submission, errors });
    }
    Ok(DecideSubmissionsPayload {
        outcomes,
        errors: Vec::new(),
    })
}

async fn one(
    app: &App,
    actor: &Actor,
    id: Uuid,
    decision: SubmissionDecision,
    reason: Option<String>,
) -> Result<submission::Model, CurationError> {
    let found = store::find(app.database.read(), actor, id).await?;
    let waits = found.status == SubmissionStatus::Submitted;
    if waits {
        decide::claim(app, actor, id, Utc::now()).await?;
    }
    let decided = match decision {
        SubmissionDecision::Approve => decide::approve(app, actor, id, reason, Utc::now()).await,
        SubmissionDecision::RequestChanges => {
            decide::turn_down(app, actor, id, Action::RequestChanges, reason, Vec::new(), Utc::now()).await
        }
        SubmissionDecision::Reject => {
            decide::turn_down(app, actor, id, Action::Reject, reason, Vec::new(), Utc::now()).await
        }
    };
    // What was claimed for a decision that can't be made is left to others again.
    if waits
        && decided.is_err()
        && let Err(error) = decide::release(app, actor, id, Utc::now()).await
    {
        tracing::warn!(?error, submission = %id, "a submission stays claimed after it could not be decided on");
    }
    decided
}
