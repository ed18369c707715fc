//! What somebody does with their notifications: read them, and say how often they want letters.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::NotificationMail;
use praxis_entities::{account, notification};
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::error::CurationError;
use super::notification::{URGENT, due};
use crate::content::document::problem::ProblemCode;
use crate::database::Database;
use crate::identity::audit::{self, Entry};
use crate::identity::{Actor, truncate};

/// Most notifications that are named at once.
const NAMED: usize = 100;

/// Which notifications were read.
pub enum Read {
    /// These.
    These(Vec<Uuid>),
    /// All so far.
    All,
}

/// Marks notifications of the actor as read, and says how many were not read yet. What was read is not mailed any more.
///
/// # Errors
/// `NOT_FOUND` where one is not the actor's, and then none is marked; `TOO_LONG`; `UNAUTHENTICATED`.
pub async fn mark_read(
    database: &Database,
    actor: &Actor,
    read: Read,
    at: DateTime<Utc>,
) -> Result<u64, CurationError> {
    let account = actor.signed_in()?.account;
    let at = truncate(at);
    let transaction = database.begin().await?;
    let mut which = Condition::all().add(notification::Column::AccountId.eq(account));
    if let Read::These(mut ids) = read {
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > NAMED {
            return Err(CurationError::problem(
                ProblemCode::TooLong,
                "ids",
                format!("Name at most {NAMED} notifications at once, or say `all: true`."),
            ));
        }
        let wanted = ids.len() as u64;
        which = which.add(notification::Column::Id.is_in(ids));
        let found = notification::Entity::find()
            .filter(which.clone())
            .count(&transaction)
            .await?;
        if found != wanted {
            return Err(CurationError::problem(
                ProblemCode::NotFound,
                "ids",
                format!(
                    "{} of these are no notifications of yours; none was marked.",
                    wanted - found
                ),
            ));
        }
    }
    let done = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(at))
        .col_expr(
            notification::Column::MailedAt,
            Func::coalesce([Expr::col(notification::Column::MailedAt), Expr::value(at)]).into(),
        )
        .filter(which)
        .filter(notification::Column::ReadAt.is_null())
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected)
}

/// Sets how often the actor is written to. What waits for a letter goes with the next one by the new setting;
/// saved searches have settings of their own.
///
/// # Errors
/// `UNAUTHENTICATED`; where the database is away.
pub async fn set_mail(
    database: &Database,
    actor: &Actor,
    mail: NotificationMail,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    let account = actor.signed_in()?.account;
    let at = truncate(at);
    let transaction = database.begin().await?;
    let before: Option<NotificationMail> = account::Entity::find_by_id(account)
        .select_only()
        .column(account::Column::NotificationMail)
        .lock_exclusive()
        .into_tuple()
        .one(&transaction)
        .await?;
    if before == Some(mail) {
        return Ok(());
    }
    account::Entity::update_many()
        .set(account::ActiveModel {
            notification_mail: Set(mail),
            ..Default::default()
        })
        .filter(account::Column::Id.eq(account))
        .exec(&transaction)
        .await?;
    let mut waiting = notification::Entity::update_many()
        .col_expr(notification::Column::MailDueAt, Expr::value(due(mail, at)))
        .filter(notification::Column::AccountId.eq(account))
        .filter(notification::Column::SavedSearchId.is_null())
        .filter(notification::Column::MailedAt.is_null())
        .filter(notification::Column::MailDueAt.is_not_null());
    if mail != NotificationMail::Never {
        waiting = waiting.filter(notification::Column::Kind.is_not_in(URGENT));
    }
    waiting.exec(&transaction).await?;
    let entry = Entry::of_owner(account, "NOTIFICATION_MAIL_CHANGED", at).because(mail.as_str());
    audit::record(&transaction, entry).await?;
    transaction.commit().await?;
    Ok(())
}
