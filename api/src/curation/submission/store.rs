//! Reading and writing the rows of submissions.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::SubmissionStatus;
use praxis_entities::{decision, submission};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::state::{Action, next};
use crate::content::document::problem::ProblemCode;
use crate::curation::error::CurationError;
use crate::curation::notification::{News, notify};
use crate::database::never;
use crate::graphql::errors::ApiError;
use crate::identity::audit::{self, Entry};
use crate::identity::permissions::Permission;
use crate::identity::remit::Remit;
use crate::identity::{Actor, truncate};
use crate::log::submissions as log;

/// The submission with this key, if the actor may see it: its author, and those who moderate
/// such submissions once it was submitted.
///
/// # Errors
/// A problem `NOT_FOUND`; where the database is away.
pub async fn find(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    id: Uuid,
) -> Result<submission::Model, CurationError> {
    select(actor, id).one(connection).await?.ok_or_else(missing)
}

/// The same, held until the transaction ends, so that nobody decides on it meanwhile.
///
/// # Errors
/// As [`find`].
pub async fn hold(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    id: Uuid,
) -> Result<submission::Model, CurationError> {
    let found = select(actor, id).lock_exclusive().one(transaction).await?;
    found.ok_or_else(missing)
}

fn select(actor: &Actor, id: Uuid) -> Select<submission::Entity> {
    submission::Entity::find_by_id(id).filter(visible(actor))
}

fn missing() -> CurationError {
    CurationError::problem(
        ProblemCode::NotFound,
        "submission",
        "There is no such submission, or it is not yours to see.",
    )
}

/// The submissions that the actor may see.
pub fn visible(actor: &Actor) -> Condition {
    // Of a former member's submissions nobody is the author.
    let own = actor
        .own(Permission::Contribute)
        .map(|account| submission::Column::AuthorId.eq(account));
    Condition::any()
        .add(never())
        .add_option(own)
        .add_option(actor.may(Permission::Moderate).then(|| moderated(actor)))
}

/// The submissions of whomever that an actor who moderates may see: what was handed in, within what they are limited to.
pub fn moderated(actor: &Actor) -> Condition {
    Condition::all()
        .add(submission::Column::Status.is_not_in([SubmissionStatus::Draft, SubmissionStatus::Withdrawn]))
        .add_option(actor.remit().map(Remit::of_submissions))
}

/// Whether the actor wrote the submission.
pub fn is_author(actor: &Actor, submission: &submission::Model) -> bool {
    submission.author_id.is_some() && submission.author_id == actor.account()
}

/// Where an action leads.
///
/// # Errors
/// A problem `WRONG_STATE`.
pub fn step(submission: &submission::Model, action: Action) -> Result<SubmissionStatus, CurationError> {
    next(submission.status, action).ok_or_else(|| {
        CurationError::problem(
            ProblemCode::WrongState,
            "submission",
            format!(
                "A submission that is {} can't be the subject of {}.{}",
                submission.status.as_str(),
                action.as_str(),
                // What moderators decide on they have claimed.
                match submission.status {
                    SubmissionStatus::Submitted => " Claim it first (`claimSubmission`).",
                    _ => "",
                }
            ),
        )
    })
}

/// Writes changes to a submission and tells those who follow it, unless somebody else has changed it since it was read.
///
/// # Errors
/// A problem `CONFLICT`; where the database is away.
pub async fn update(
    connection: &impl ConnectionTrait,
    before: &submission::Model,
    mut changes: submission::ActiveModel,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    changes.id = sea_orm::ActiveValue::NotSet;
    changes.version = Set(before.version + 1);
    changes.updated_at = Set(at);
    let done = submission::Entity::update_many()
        .set(changes)
        .filter(submission::Column::Id.eq(before.id))
        .filter(submission::Column::Version.eq(before.version))
        .exec(connection)
        .await?;
    if done.rows_affected == 0 {
        return Err(CurationError::problem(
            ProblemCode::Conflict,
            "submission",
            "Somebody else changed this submission at the same time; look at it again.",
        ));
    }
    log::append(connection, &[before.id], at).await?;
    let after = submission::Entity::find_by_id(before.id).one(connection).await?;
    after.ok_or_else(|| DbErr::RecordNotFound("submission".to_owned()).into())
}

/// A comment on one field of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The field, as in problems, e.g. `measurements[0].unit`.
    pub path: String,
    /// What is to be said about it.
    pub text: String,
}

/// What was done with a submission, and why.
pub struct Act {
    /// The submission.
    pub submission: Uuid,
    /// What was done.
    pub action: Action,
    /// Why.
    pub reason: Option<String>,
    /// Comments on single fields.
    pub comments: Vec<Comment>,
}

impl Act {
    /// An act that needs no words.
    pub fn new(submission: Uuid, action: Action) -> Self {
        Self {
            submission,
            action,
            reason: None,
            comments: Vec::new(),
        }
    }
}

/// Records what was done: for those who see the submission, in the audit log, and for those who are to be told.
///
/// # Errors
/// Where the database is away.
pub async fn record(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    act: Act,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    let entry = Entry {
        subject: subject(act.submission),
        reason: act.reason.clone(),
        ..Entry::new(actor, act.action.audit_name(), at)
    };
    audit::record(connection, entry).await?;
    let comments = (!act.comments.is_empty())
        .then(|| serde_json::to_value(&act.comments))
        .transpose()
        .map_err(ApiError::internal)?;
    decision::Entity::insert(decision::ActiveModel {
        id: Set(Uuid::now_v7()),
        submission_id: Set(act.submission),
        action: Set(act.action.as_str().to_owned()),
        reason: Set(act.reason),
        comments: Set(comments),
        at: Set(at),
        by_id: Set(actor.account()),
        client_id: Set(actor.client()),
    })
    .exec_without_returning(connection)
    .await?;
    notify(connection, actor, News::Submission(act.submission, act.action), at).await?;
    Ok(())
}

/// How the audit log names a submission.
pub fn subject(submission: Uuid) -> String {
    format!("submission:{submission}")
}

/// Ends claims that have run out, so that the queue shows them as waiting again.
///
/// # Errors
/// Where the database is away.
pub async fn release_expired(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    let released = submission::Entity::update_many()
        .col_expr(submission::Column::Status, Expr::value(SubmissionStatus::Submitted))
        .col_expr(submission::Column::ClaimedById, Expr::value(None::<Uuid>))
        .col_expr(submission::Column::ClaimedUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(
            submission::Column::Version,
            Expr::col(submission::Column::Version).add(1),
        )
        .filter(submission::Column::Status.eq(SubmissionStatus::InReview))
        .filter(submission::Column::ClaimedUntil.lt(now))
        .exec_with_returning(connection)
        .await?;
    let released: Vec<Uuid> = released.into_iter().map(|submission| submission.id).collect();
    log::append(connection, &released, truncate(now)).await
}

/// Whether there is a claim that has run out.
///
/// # Errors
/// Where the database is away.
pub async fn any_expired(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let found = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::Status.eq(SubmissionStatus::InReview))
        .filter(submission::Column::ClaimedUntil.lt(now))
        .into_tuple::<Uuid>()
        .one(connection)
        .await?;
    Ok(found.is_some())
}
