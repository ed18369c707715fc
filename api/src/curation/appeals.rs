//! Appeals: authors ask that somebody else looks at a decision again.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ContentKind, ContentStatus, SubmissionStatus};
use praxis_entities::{appeal, audit_entry, content, decision, submission};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::error::CurationError;
use super::standing::{self, Decision};
use super::submission::state::Action;
use super::submission::store::{self, Act};
use super::words::required;
use crate::content::document::problem::ProblemCode;
use crate::database::Database;
use crate::identity::audit::{self, Entry};
use crate::identity::permissions::Permission;
use crate::identity::{Actor, remit, truncate};

/// What an appeal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appealed {
    /// A rejected submission.
    Submission(Uuid),
    /// Content that was hidden or retracted.
    Content(ContentKind, Uuid),
}

/// Appeals against the rejection of one's own submission, or against hiding or retracting content that came from it.
///
/// # Errors
/// `NOT_FOUND` where it is not the actor's, `WRONG_STATE`, `DUPLICATE` while an appeal is open, `REQUIRED`.
pub async fn appeal(
    database: &Database,
    actor: &Actor,
    appealed: Appealed,
    reason: String,
    at: DateTime<Utc>,
) -> Result<appeal::Model, CurationError> {
    actor.require(Permission::Contribute)?;
    let at = truncate(at);
    let reason = required(Some(reason), "reason", "Say why the decision should be another.")?;
    let transaction = database.begin().await?;
    let (submission, content) = match appealed {
        Appealed::Submission(id) => {
            check_submission(&transaction, actor, id).await?;
            (Some(id), None)
        }
        Appealed::Content(kind, id) => {
            check_content(&transaction, actor, kind, id).await?;
            (None, Some(id))
        }
    };
    let mut open = appeal::Entity::find()
        .filter(appeal::Column::DecidedAt.is_null())
        .filter(appeal::Column::ById.eq(actor.account()));
    open = match appealed {
        Appealed::Submission(id) => open.filter(appeal::Column::SubmissionId.eq(id)),
        Appealed::Content(_, id) => open.filter(appeal::Column::ContentId.eq(id)),
    };
    if open.count(&transaction).await? > 0 {
        return Err(CurationError::problem(
            ProblemCode::Duplicate,
            "id",
            "Your appeal is open; a moderator will decide on it.",
        ));
    }
    let id = Uuid::now_v7();
    appeal::Entity::insert(appeal::ActiveModel {
        id: Set(id),
        submission_id: Set(submission),
        content_id: Set(content),
        reason: Set(reason),
        by_id: Set(actor.account()),
        created_at: Set(at),
        decided_at: Set(None),
        decided_by_id: Set(None),
        upheld: Set(None),
        answer: Set(None),
    })
    .exec_without_returning(&transaction)
    .await?;
    let entry = Entry {
        subject: subject(id),
        ..Entry::new(actor, "APPEALED", at)
    };
    audit::record(&transaction, entry).await?;
    let made = find(&transaction, id).await?;
    transaction.commit().await?;
    Ok(made)
}

/// Decides on an appeal. Where it is right, a rejected submission waits for review again, and content that was hidden or
/// retracted is published again.
///
/// # Errors
/// `NOT_FOUND` where there is no such open appeal, `OWN_SUBMISSION` of one's own, `SECOND_MODERATOR_REQUIRED` where the
/// actor made the decision that the appeal is about, `REQUIRED` without an answer; `FORBIDDEN` where content would be published
/// again by somebody who may not decide on content.
pub async fn decide(
    database: &Database,
    actor: &Actor,
    id: Uuid,
    upheld: bool,
    answer: String,
    at: DateTime<Utc>,
) -> Result<appeal::Model, CurationError> {
    actor.require(Permission::Moderate)?;
    let at = truncate(at);
    let answer = required(Some(answer), "answer", "Say why: the author will read it.")?;
    let transaction = database.begin().await?;
    let before = appeal::Entity::find_by_id(id)
        .filter(moderated(actor))
        .one(&transaction)
        .await?
        .ok_or_else(missing)?;
    hold_subject(&transaction, &before).await?;
    if before.by_id == actor.account() {
        return Err(CurationError::problem(
            ProblemCode::OwnSubmission,
            "appeal",
            "This is your own appeal; another moderator must decide on it.",
        ));
    }
    if decided_by(&transaction, &before).await? == actor.account() {
        return Err(CurationError::problem(
            ProblemCode::SecondModeratorRequired,
            "appeal",
            "You made the decision that the appeal is about; another moderator must look at it.",
        ));
    }
    let done = appeal::Entity::update_many()
        .set(appeal::ActiveModel {
            decided_at: Set(Some(at)),
            decided_by_id: Set(actor.account()),
            upheld: Set(Some(upheld)),
            answer: Set(Some(answer.clone())),
            ..Default::default()
        })
        .filter(appeal::Column::Id.eq(id))
        .filter(appeal::Column::DecidedAt.is_null())
        .exec(&transaction)
        .await?;
    if done.rows_affected == 0 {
        return Err(missing());
    }
    if upheld {
        reverse(&transaction, actor, &before, &answer, at).await?;
    }
    let entry = Entry {
        subject: subject(id),
        reason: Some(answer),
        ..Entry::new(actor, if upheld { "APPEAL_UPHELD" } else { "APPEAL_DISMISSED" }, at)
    };
    audit::record(&transaction, entry).await?;
    let decided = find(&transaction, id).await?;
    transaction.commit().await?;
    Ok(decided)
}

/// The appeals that an actor who moderates may decide on: those on what they are not limited from.
pub fn moderated(actor: &Actor) -> Condition {
    remit::curated(actor, appeal::Column::SubmissionId, appeal::Column::ContentId)
}

/// Holds what an appeal is about until the transaction ends. Erasing, and what becomes of the contributions of people who left,
/// take content before submissions and those before appeals; whoever took them in another order would wait for them and they for it.
async fn hold_subject(transaction: &DatabaseTransaction, appeal: &appeal::Model) -> Result<(), DbErr> {
    if let Some(id) = appeal.content_id {
        content::Entity::find_by_id(id)
            .lock_exclusive()
            .one(transaction)
            .await?;
    }
    if let Some(id) = appeal.submission_id {
        submission::Entity::find_by_id(id)
            .lock_exclusive()
            .one(transaction)
            .await?;
    }
    Ok(())
}

async fn reverse(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    appeal: &appeal::Model,
    answer: &str,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    if let Some(id) = appeal.submission_id {
        let rejected = store::find(transaction, actor, id).await?;
        let changes = submission::ActiveModel {
            status: Set(store::step(&rejected, Action::Reopen)?),
            ..Default::default()
        };
        store::update(transaction, &rejected, changes, at).await?;
        let act = Act {
            reason: Some(answer.to_owned()),
            ..Act::new(id, Action::Reopen)
        };
        store::record(transaction, actor, act, at).await?;
    }
    if let Some(id) = appeal.content_id {
        // An application may moderate without the scope to decide on content.
        actor.require(Decision::Reinstate.permission())?;
        let found = content::Entity::find_by_id(id).one(transaction).await?;
        let found = found.ok_or_else(missing)?;
        standing::apply(transaction, actor, Decision::Reinstate, (found.kind, id), answer, at).await?;
    }
    Ok(())
}

/// The account that made the decision which an appeal is about.
async fn decided_by(connection: &impl ConnectionTrait, appeal: &appeal::Model) -> Result<Option<Uuid>, DbErr> {
    if let Some(id) = appeal.submission_id {
        let last = decision::Entity::find()
            .filter(decision::Column::SubmissionId.eq(id))
            .filter(decision::Column::Action.eq(Action::Reject.as_str()))
            .order_by_desc(decision::Column::Id)
            .one(connection)
            .await?;
        return Ok(last.and_then(|last| last.by_id));
    }
    let last = audit_entry::Entity::find()
        .filter(audit_entry::Column::ContentId.eq(appeal.content_id))
        .filter(audit_entry::Column::Action.is_in(["HIDDEN", "RETRACTED"]))
        .order_by_desc(audit_entry::Column::Id)
        .one(connection)
        .await?;
    Ok(last.and_then(|last| last.actor.strip_prefix("account:")?.parse().ok()))
}

/// The submission is held until the transaction ends, so that of two appeals against one decision the second sees the first.
async fn check_submission(transaction: &DatabaseTransaction, actor: &Actor, id: Uuid) -> Result<(), CurationError> {
    let found = store::hold(transaction, actor, id).await?;
    if !store::is_author(actor, &found) {
        return Err(CurationError::problem(
            ProblemCode::NotFound,
            "id",
            "There is no such submission of yours.",
        ));
    }
    if found.status != SubmissionStatus::Rejected {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "id",
            "Only the rejection of a submission can be appealed against.",
        ));
    }
    Ok(())
}

/// The content is held as a submission is.
async fn check_content(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    kind: ContentKind,
    id: Uuid,
) -> Result<(), CurationError> {
    let own = submission::Entity::find()
        .filter(submission::Column::TargetId.eq(id))
        .filter(submission::Column::AuthorId.eq(actor.account()))
        .filter(submission::Column::Status.eq(SubmissionStatus::Published))
        .count(transaction)
        .await?;
    let found = content::Entity::find_by_id(id)
        .lock_exclusive()
        .one(transaction)
        .await?
        .filter(|found| found.kind == kind && own > 0);
    let Some(found) = found else {
        return Err(CurationError::problem(
            ProblemCode::NotFound,
            "id",
            "There is no content of yours with this id.",
        ));
    };
    if !matches!(found.status, ContentStatus::Hidden | ContentStatus::Retracted) {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "id",
            "Only hiding or retracting content can be appealed against.",
        ));
    }
    Ok(())
}

async fn find(connection: &impl ConnectionTrait, id: Uuid) -> Result<appeal::Model, CurationError> {
    appeal::Entity::find_by_id(id)
        .one(connection)
        .await?
        .ok_or_else(missing)
}

fn missing() -> CurationError {
    CurationError::problem(
        ProblemCode::NotFound,
        "appeal",
        "There is no such appeal, or it is decided already.",
    )
}

/// How the audit log names an appeal.
pub(super) fn subject(appeal: Uuid) -> String {
    format!("appeal:{appeal}")
}
