//! What a moderator does: claim, ask for changes, approve, reject, resolve findings.

use chrono::{DateTime, TimeDelta, Utc};
use praxis_entities::vocabulary::SubmissionStatus;
use praxis_entities::{safeguarding_finding, submission};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::state::Action;
use super::store::{self, Act, Comment};
use super::{draft, findings, publication};
use crate::app::App;
use crate::content::document::problem::ProblemCode;
use crate::curation::consent;
use crate::curation::error::CurationError;
use crate::curation::publish::Publisher;
use crate::curation::safeguarding;
use crate::curation::words::{required, words};
use crate::identity::audit::{self, Entry};
use crate::identity::permissions::Permission;
use crate::identity::{Actor, truncate};

/// How long a claim lasts. Claiming again makes it last anew.
const CLAIM: TimeDelta = TimeDelta::hours(24);
/// Most comments on single fields in one decision.
const COMMENTS: usize = 100;

/// Claims a submission for the moderator.
///
/// # Errors
/// `OWN_SUBMISSION`, `CLAIMED_BY_ANOTHER`, `WRONG_STATE`, `CONFLICT`.
pub async fn claim(app: &App, actor: &Actor, id: Uuid, at: DateTime<Utc>) -> Result<submission::Model, CurationError> {
    actor.require(Permission::Moderate)?;
    let at = truncate(at);
    let transaction = app.database.begin().await?;
    let before = others(&transaction, actor, id).await?;
    let status = store::step(&before, Action::Claim)?;
    if before.status == SubmissionStatus::InReview
        && before.claimed_by_id != actor.account()
        && before.claimed_until.is_some_and(|until| until > at)
    {
        return Err(CurationError::problem(
            ProblemCode::ClaimedByAnother,
            "submission",
            "Another moderator is reviewing this submission.",
        ));
    }
    let changes = submission::ActiveModel {
        status: Set(status),
        claimed_by_id: Set(actor.account()),
        claimed_until: Set(Some(at + CLAIM)),
        ..Default::default()
    };
    let saved = store::update(&transaction, &before, changes, at).await?;
    store::record(&transaction, actor, Act::new(id, Action::Claim), at).await?;
    transaction.commit().await?;
    Ok(saved)
}

/// Leaves a claimed submission to others.
///
/// # Errors
/// `NOT_CLAIMED`, `WRONG_STATE`, `CONFLICT`.
pub async fn release(
    app: &App,
    actor: &Actor,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    actor.require(Permission::Moderate)?;
    let at = truncate(at);
    let transaction = app.database.begin().await?;
    let before = claimed(&transaction, actor, id, at).await?;
    let changes = submission::ActiveModel {
        status: Set(store::step(&before, Action::Release)?),
        claimed_by_id: Set(None),
        claimed_until: Set(None),
        ..Default::default()
    };
    let saved = store::update(&transaction, &before, changes, at).await?;
    store::record(&transaction, actor, Act::new(id, Action::Release), at).await?;
    transaction.commit().await?;
    Ok(saved)
}

/// Gives a submission back to its author, or turns it down; both with a reason.
///
/// # Errors
/// `REQUIRED` without a reason, `NOT_CLAIMED`, `WRONG_STATE`, `CONFLICT`.
pub async fn turn_down(
    app: &App,
    actor: &Actor,
    id: Uuid,
    action: Action,
    reason: Option<String>,
    comments: Vec<Comment>,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    actor.require(Permission::Moderate)?;
    let at = truncate(at);
    let reason = required(reason, "reason", "Say why: the author will read it.")?;
    let comments = check_comments(comments)?;
    let transaction = app.database.begin().await?;
    let before = claimed(&transaction, actor, id, at).await?;
    let changes = submission::ActiveModel {
        status: Set(store::step(&before, action)?),
        claimed_by_id: Set(None),
        claimed_until: Set(None),
        ..Default::default()
    };
    let saved = store::update(&transaction, &before, changes, at).await?;
    let act = Act {
        reason: Some(reason),
        comments,
        ..Act::new(id, action)
    };
    store::record(&transaction, actor, act, at).await?;
    transaction.commit().await?;
    Ok(saved)
}

/// Approves a submission and publishes it: submission, content, revision, audit entry and event in one transaction.
///
/// # Errors
/// `OPEN_FINDINGS`, also where something was found in its files since it was submitted, or a consent that it relied on was
/// withdrawn; `SECOND_MODERATOR_REQUIRED`, `STALE_REVISION`, `NOT_CLAIMED`, `WRONG_STATE`, `CONFLICT`, and what has become wrong
/// with the document since it was submitted.
pub async fn approve(
    app: &App,
    actor: &Actor,
    id: Uuid,
    reason: Option<String>,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    actor.require(Permission::Moderate)?;
    let at = truncate(at);
    let reason = words(reason, "reason")?;
    let transaction = app.database.begin().await?;
    let before = claimed(&transaction, actor, id, at).await?;
    store::step(&before, Action::Approve)?;
    check_findings(&transaction, actor, id).await?;
    let prepared = draft::check(app, &transaction, &before, at).await?;
    consent::refuse_withdrawn(&transaction, &before, &prepared).await?;
    // A file may have been read only after the submission was handed in, or while it stood rejected.
    let in_files = safeguarding::of_files(&transaction, &prepared).await?;
    let unseen = findings::add(&transaction, &before, in_files, at).await?;
    if unseen > 0 {
        transaction.commit().await?;
        return Err(open_findings(unseen));
    }
    let publisher = Publisher::within(transaction, publication::provenance(actor, before.note.clone(), at));
    let act = Act {
        reason,
        ..Act::new(id, Action::Approve)
    };
    publication::publish(publisher, &before, prepared, act, submission::ActiveModel::default()).await
}

/// Resolves a safeguarding finding with a reason.
///
/// # Errors
/// `REQUIRED` without a reason, `NOT_FOUND`, `OWN_SUBMISSION`, `WRONG_STATE`, `CONFLICT`.
pub async fn resolve_finding(
    app: &App,
    actor: &Actor,
    finding: Uuid,
    reason: String,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    actor.require(Permission::ResolveFindings)?;
    let at = truncate(at);
    let reason = required(Some(reason), "reason", "Say why it may stay: the decision is recorded.")?;
    let transaction = app.database.begin().await?;
    let missing = || {
        CurationError::problem(
            ProblemCode::NotFound,
            "finding",
            "There is no such finding, or it is resolved already.",
        )
    };
    let found = safeguarding_finding::Entity::find_by_id(finding)
        .one(&transaction)
        .await?
        .filter(|found| found.resolved_at.is_none())
        .ok_or_else(missing)?;
    let before = others(&transaction, actor, found.submission_id).await?;
    let done = safeguarding_finding::Entity::update_many()
        .set(safeguarding_finding::ActiveModel {
            resolved_by_id: Set(actor.account()),
            resolved_at: Set(Some(at)),
            reason: Set(Some(reason.clone())),
            ..Default::default()
        })
        .filter(safeguarding_finding::Column::Id.eq(finding))
        .filter(safeguarding_finding::Column::ResolvedAt.is_null())
        .exec(&transaction)
        .await?;
    if done.rows_affected == 0 {
        return Err(missing());
    }
    let changes = submission::ActiveModel {
        open_findings: Set(before.open_findings - 1),
        ..Default::default()
    };
    let saved = store::update(&transaction, &before, changes, at).await?;
    let entry = Entry {
        subject: store::subject(before.id),
        reason: Some(reason),
        ..Entry::new(actor, "FINDING_RESOLVED", at)
    };
    audit::record(&transaction, entry).await?;
    transaction.commit().await?;
    Ok(saved)
}

/// Checks the comments on single fields.
fn check_comments(comments: Vec<Comment>) -> Result<Vec<Comment>, CurationError> {
    if comments.len() > COMMENTS {
        return Err(CurationError::problem(
            ProblemCode::TooLong,
            "comments",
            format!("Give at most {COMMENTS} comments."),
        ));
    }
    comments
        .into_iter()
        .enumerate()
        .map(|(index, comment)| {
            let path = required(
                Some(comment.path),
                &format!("comments[{index}].path"),
                "Name the field that the comment is about.",
            )?;
            let text = required(
                Some(comment.text),
                &format!("comments[{index}].text"),
                "Say what is to be changed.",
            )?;
            Ok(Comment { path, text })
        })
        .collect()
}

/// A submission of somebody else: nobody decides on their own.
pub(super) async fn others(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    id: Uuid,
) -> Result<submission::Model, CurationError> {
    let found = store::find(connection, actor, id).await?;
    if store::is_author(actor, &found) {
        return Err(CurationError::problem(
            ProblemCode::OwnSubmission,
            "submission",
            "This is your own submission; another moderator must decide on it.",
        ));
    }
    Ok(found)
}

/// A submission of somebody else that the actor has claimed.
async fn claimed(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    let found = others(connection, actor, id).await?;
    if found.status != SubmissionStatus::InReview {
        // Says what the state is where nothing can be decided.
        store::step(&found, Action::Approve)?;
    }
    let holds = found.claimed_by_id == actor.account() && found.claimed_until.is_some_and(|until| until > at);
    if holds {
        return Ok(found);
    }
    Err(CurationError::problem(
        ProblemCode::NotClaimed,
        "submission",
        "You have not claimed this submission, or your claim has run out; claim it first.",
    ))
}

fn open_findings(open: usize) -> CurationError {
    CurationError::problem(
        ProblemCode::OpenFindings,
        "submission",
        format!("{open} safeguarding finding(s) are open; resolve each with a reason, or request changes."),
    )
}

/// Nothing is published past an open finding, and whoever resolved findings does not decide alone.
async fn check_findings(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    submission: Uuid,
) -> Result<(), CurationError> {
    let findings = safeguarding_finding::Entity::find()
        .filter(safeguarding_finding::Column::SubmissionId.eq(submission))
        .all(connection)
        .await?;
    let open = findings.iter().filter(|finding| finding.resolved_at.is_none()).count();
    if open > 0 {
        return Err(open_findings(open));
    }
    if findings.iter().any(|finding| finding.resolved_by_id == actor.account()) {
        return Err(CurationError::problem(
            ProblemCode::SecondModeratorRequired,
            "submission",
            "You resolved safeguarding findings of this submission; another moderator must approve it.",
        ));
    }
    Ok(())
}
