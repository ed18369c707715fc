//! What becomes of the contributions of somebody who deleted their account, as they chose.
//!
//! What nobody else could ever see goes in either case. What is to be erased is erased item by item, each by itself, and the
//! link to the person goes last, so that a run that was cut short is simply done again.

use chrono::{DateTime, TimeDelta, Utc};
use praxis_entities::vocabulary::{ContentKind, ContentStatus, KeptContributions, SubmissionStatus};
use praxis_entities::{account, appeal, consent, content, decision, flag, notification, submission};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::appeals;
use super::error::CurationError;
use super::standing::{self, Decision};
use super::submission::state::Action;
use super::submission::store;
use crate::database::Database;
use crate::files::uses;
use crate::identity::audit::{self, Entry};
use crate::identity::{Actor, truncate};
use crate::log::submissions as log;
use crate::search::saved;

/// For how long after an account was deleted something of it may still arrive: other processes accept its tokens a little
/// longer, and what they began must end.
const ARRIVING: TimeDelta = TimeDelta::minutes(1);
/// Most accounts that are seen to in one round, beside those that fail.
const ROUND: usize = 20;
/// Why content is erased; not kept.
const REASON: &str = "its author left and wanted it erased";

/// Sees to an account in the background. Where that fails, [`settle_all`] will do it.
pub fn settle_soon(database: Database, account: Uuid) {
    tokio::spawn(async move {
        if let Err(error) = settle(&database, account, Utc::now()).await {
            tracing::warn!(?error, "the contributions of somebody who left can't be seen to yet");
        }
    });
}

/// Sees to all accounts that were deleted and not seen to yet. One that fails does not keep the others.
///
/// # Errors
/// The first of the failures.
pub async fn settle_all(database: &Database, now: DateTime<Utc>) -> Result<(), CurationError> {
    let accounts: Vec<Uuid> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::ContributionsSettledAt.is_null())
        .filter(account::Column::DeletedAt.is_not_null())
        .order_by_asc(account::Column::DeletedAt)
        .into_tuple()
        .all(database.read())
        .await?;
    let mut outcome = Ok(());
    let mut seen_to = 0;
    for account in accounts {
        let settled = settle(database, account, now).await;
        seen_to += usize::from(settled.is_ok());
        outcome = outcome.and(settled);
        if seen_to == ROUND {
            break;
        }
    }
    outcome
}

/// Does with the contributions of a deleted account what its owner wanted. Doing it again changes nothing.
///
/// # Errors
/// Where the database is away, or something that is to be erased is damaged.
pub async fn settle(database: &Database, id: Uuid, now: DateTime<Utc>) -> Result<(), CurationError> {
    let now = truncate(now);
    let Some(left) = account::Entity::find_by_id(id).one(database.read()).await? else {
        return Ok(());
    };
    let (Some(deleted_at), None) = (left.deleted_at, left.contributions_settled_at) else {
        return Ok(());
    };
    let wish = left.deleted_contributions.unwrap_or(KeptContributions::Keep);
    delete_unpublished(database, id, wish, now).await?;
    if wish == KeptContributions::Erase {
        erase(database, &left, now).await?;
    }
    let transaction = database.begin().await?;
    if wish == KeptContributions::Erase {
        unlink(&transaction, id).await?;
    }
    notification::Entity::delete_many()
        .filter(notification::Column::AccountId.eq(id))
        .exec(&transaction)
        .await?;
    saved::delete_all(&transaction, id).await?;
    uses::forget_uploads(&transaction, id).await?;
    if deleted_at + ARRIVING <= now {
        finish(&transaction, id, wish, now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Deletes the submissions that nobody else could ever see; where all is to be erased, also those that were not published.
async fn delete_unpublished(
    database: &Database,
    account: Uuid,
    wish: KeptContributions,
    now: DateTime<Utc>,
) -> Result<(), CurationError> {
    let goes = match wish {
        KeptContributions::Keep => {
            submission::Column::Status.is_in([SubmissionStatus::Draft, SubmissionStatus::Withdrawn])
        }
        KeptContributions::Erase => submission::Column::Status.ne(SubmissionStatus::Published),
    };
    let select = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::AuthorId.eq(account))
        .filter(goes);
    // The one writer of SQLite is not for looking around.
    if select
        .clone()
        .into_tuple::<Uuid>()
        .one(database.read())
        .await?
        .is_none()
    {
        return Ok(());
    }
    let transaction = database.begin().await?;
    let ids: Vec<Uuid> = select.lock_exclusive().into_tuple().all(&transaction).await?;
    for ids in ids.chunks(500) {
        let appealed: Vec<Uuid> = appeal::Entity::find()
            .select_only()
            .column(appeal::Column::Id)
            .filter(appeal::Column::SubmissionId.is_in(ids.iter().copied()))
            .into_tuple()
            .all(&transaction)
            .await?;
        let subjects = ids
            .iter()
            .copied()
            .map(store::subject)
            .chain(appealed.into_iter().map(appeals::subject));
        audit::erase_reasons(&transaction, subjects).await?;
        submission::Entity::delete_many()
            .filter(submission::Column::Id.is_in(ids.iter().copied()))
            .exec(&transaction)
            .await?;
    }
    log::append(&transaction, &ids, now).await?;
    transaction.commit().await?;
    Ok(())
}

/// Erases the person's profile, and every item whose every revision came from them. What others have revised, or what was
/// imported, belongs to others too and stays. An item that can't be erased does not keep the others.
///
/// # Errors
/// The first of the failures, after the rest was erased.
async fn erase(database: &Database, left: &account::Model, now: DateTime<Utc>) -> Result<(), CurationError> {
    let mut items: Vec<(Uuid, ContentKind)> = content::Entity::find()
        .select_only()
        .columns([content::Column::Id, content::Column::Kind])
        .filter(content::Column::Status.ne(ContentStatus::Erased))
        .filter(content::Column::Id.in_subquery(published(left.id)))
        .filter(wholly_by(left.id))
        .order_by_asc(content::Column::Id)
        .into_tuple()
        .all(database.read())
        .await?;
    let profile = left.practitioner_id.map(|id| (id, ContentKind::Practitioner));
    items.retain(|item| Some(item) != profile.as_ref());
    let mut outcome = Ok(());
    let whole = profile.into_iter().map(|item| (item, Condition::all()));
    let own = items
        .into_iter()
        .map(|item| (item, Condition::all().add(wholly_by(left.id))));
    for ((id, kind), condition) in own.chain(whole) {
        let erased = erase_item(database, (kind, id), condition, now).await;
        if erased.is_err() {
            tracing::warn!(
                content = %id,
                "what somebody who left wanted erased can't be erased yet: it, or a document that refers to it, may be damaged"
            );
        }
        outcome = outcome.and(erased);
    }
    database.forget().await;
    outcome
}

/// Erases an item that meets a condition, in a transaction of its own.
async fn erase_item(
    database: &Database,
    (kind, id): (ContentKind, Uuid),
    condition: Condition,
    now: DateTime<Utc>,
) -> Result<(), CurationError> {
    let transaction = database.begin().await?;
    // Somebody may have revised it, or another process erased it, since it was looked up.
    standing::current(&transaction, kind, id).await?;
    let still = content::Entity::find_by_id(id)
        .filter(content::Column::Status.ne(ContentStatus::Erased))
        .filter(condition)
        .one(&transaction)
        .await?;
    if still.is_some() {
        standing::apply(&transaction, &Actor::System, Decision::Erase, (kind, id), REASON, now).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// The content that published submissions of an account led to.
fn published(account: Uuid) -> SelectStatement {
    Query::select()
        .column(submission::Column::TargetId)
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::AuthorId).eq(account))
        .and_where(Expr::col(submission::Column::Status).eq(SubmissionStatus::Published))
        .and_where(Expr::col(submission::Column::TargetId).is_not_null())
        .take()
}

/// Whether every revision of an item came from published submissions of an account. Each makes exactly one, and a minor edit
/// that was taken back another: the words of the revision before.
pub(super) fn wholly_by(account: Uuid) -> Expr {
    let own = Query::select()
        .expr(
            Expr::col((submission::Entity, submission::Column::Id))
                .count()
                .add(Expr::col((submission::Entity, submission::Column::TakenBackIn)).count()),
        )
        .from(submission::Entity)
        .and_where(
            Expr::col((submission::Entity, submission::Column::TargetId))
                .equals((content::Entity, content::Column::Id)),
        )
        .and_where(Expr::col((submission::Entity, submission::Column::AuthorId)).eq(account))
        .and_where(Expr::col((submission::Entity, submission::Column::Status)).eq(SubmissionStatus::Published))
        .take();
    Expr::col((content::Entity, content::Column::Revision)).eq(Expr::from(own))
}

/// Cuts what stays off from the person. An open flag stays with its words, since somebody's safety may depend on it.
async fn unlink(transaction: &DatabaseTransaction, account: Uuid) -> Result<(), CurationError> {
    // In the order of an erasure, so that neither waits for the other.
    decision::Entity::update_many()
        .col_expr(decision::Column::ById, Expr::value(None::<Uuid>))
        .filter(decision::Column::ById.eq(account))
        .filter(decision::Column::Action.is_in([
            Action::Submit.as_str(),
            Action::Withdraw.as_str(),
            Action::PublishMinorEdit.as_str(),
        ]))
        .exec(transaction)
        .await?;
    consent::Entity::update_many()
        .col_expr(consent::Column::RecordedById, Expr::value(None::<Uuid>))
        .filter(consent::Column::RecordedById.eq(account))
        .exec(transaction)
        .await?;
    let appealed: Vec<Uuid> = appeal::Entity::find()
        .select_only()
        .column(appeal::Column::Id)
        .filter(appeal::Column::ById.eq(account))
        .into_tuple()
        .all(transaction)
        .await?;
    audit::erase_reasons(transaction, appealed.into_iter().map(appeals::subject)).await?;
    submission::Entity::update_many()
        .col_expr(submission::Column::AuthorId, Expr::value(None::<Uuid>))
        .filter(submission::Column::AuthorId.eq(account))
        .exec(transaction)
        .await?;
    appeal::Entity::delete_many()
        .filter(appeal::Column::ById.eq(account))
        .exec(transaction)
        .await?;
    flag::Entity::update_many()
        .col_expr(flag::Column::Note, Expr::value(None::<String>))
        .filter(flag::Column::ById.eq(account))
        .filter(flag::Column::ResolvedAt.is_not_null())
        .exec(transaction)
        .await?;
    flag::Entity::update_many()
        .col_expr(flag::Column::ById, Expr::value(None::<Uuid>))
        .filter(flag::Column::ById.eq(account))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Writes that the person's wish was fulfilled.
async fn finish(
    transaction: &DatabaseTransaction,
    account: Uuid,
    wish: KeptContributions,
    now: DateTime<Utc>,
) -> Result<(), CurationError> {
    let done = account::Entity::update_many()
        .set(account::ActiveModel {
            contributions_settled_at: Set(Some(now)),
            practitioner_id: Set(None),
            ..Default::default()
        })
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::ContributionsSettledAt.is_null())
        .exec(transaction)
        .await?;
    if done.rows_affected > 0 {
        let action = match wish {
            KeptContributions::Keep => "CONTRIBUTIONS_KEPT",
            KeptContributions::Erase => "CONTRIBUTIONS_ERASED",
        };
        audit::record(transaction, Entry::about(&Actor::System, account, action, now)).await?;
    }
    Ok(())
}
