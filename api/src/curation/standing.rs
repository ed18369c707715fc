//! Decisions on published content: hide, restore, retract, erase. Each is one transaction with an audit entry and an
//! event; the followers do the rest.

use chrono::{DateTime, Utc};
use praxis_entities::content;
use praxis_entities::vocabulary::{ChangeType, ContentKind, ContentStatus};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, EnumIter, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::erase;
use super::error::CurationError;
use super::notification::{News, notify};
use super::words::{WORDS, public, required};
use crate::content::document::problem::ProblemCode;
use crate::database::Database;
use crate::identity::audit::{self, Entry, Subject};
use crate::identity::permissions::Permission;
use crate::identity::remit::rows;
use crate::identity::{Actor, truncate};
use crate::log::{self, PendingEvent};

/// A decision on published content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter)]
pub enum Decision {
    /// Out of sight at once, until somebody decides further.
    Hide,
    /// Visible again.
    Restore,
    /// Visible again after an appeal, also where it was retracted.
    Reinstate,
    /// Withdrawn for good; a tombstone with the reason stays.
    Retract,
    /// Personal data removed for good.
    Erase,
}

impl Decision {
    /// What somebody must be allowed who makes it.
    pub(super) fn permission(self) -> Permission {
        match self {
            Decision::Hide | Decision::Restore | Decision::Reinstate | Decision::Retract => Permission::DecideOnContent,
            Decision::Erase => Permission::Erase,
        }
    }

    fn change(self) -> ChangeType {
        match self {
            Decision::Hide => ChangeType::Hidden,
            Decision::Restore | Decision::Reinstate => ChangeType::Restored,
            Decision::Retract => ChangeType::Retracted,
            Decision::Erase => ChangeType::Erased,
        }
    }

    /// Where the decision leads from here; `None` where it can't be made.
    fn next(self, status: ContentStatus) -> Option<ContentStatus> {
        match (self, status) {
            (Decision::Hide, ContentStatus::Published) => Some(ContentStatus::Hidden),
            (Decision::Restore, ContentStatus::Hidden) => Some(ContentStatus::Published),
            (Decision::Reinstate, ContentStatus::Hidden | ContentStatus::Retracted) => Some(ContentStatus::Published),
            (Decision::Retract, ContentStatus::Published | ContentStatus::Hidden) => Some(ContentStatus::Retracted),
            (Decision::Erase, ContentStatus::Published | ContentStatus::Hidden | ContentStatus::Retracted) => {
                Some(ContentStatus::Erased)
            }
            _ => None,
        }
    }
}

/// Makes a decision on content, with a reason. The reason of a retraction is public.
///
/// # Errors
/// `REQUIRED` without a reason, `OPEN_FINDINGS` where a public one may show who somebody is, `NOT_FOUND`, `WRONG_STATE`; where the
/// actor may not.
pub async fn decide(
    database: &Database,
    actor: &Actor,
    decision: Decision,
    (kind, id): (ContentKind, Uuid),
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    actor.require(decision.permission())?;
    let at = truncate(at);
    let checked = if decision == Decision::Retract {
        public
    } else {
        required
    };
    let reason = checked(
        Some(reason.to_owned()),
        "reason",
        &format!("Say why, in at most {WORDS} characters."),
    )?;
    let reason = reason.as_str();
    let transaction = database.begin().await?;
    apply(&transaction, actor, decision, (kind, id), reason, at).await?;
    transaction.commit().await?;
    if decision == Decision::Erase {
        database.forget().await;
    }
    Ok(())
}

/// Makes a decision within a transaction.
pub(super) async fn apply(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    decision: Decision,
    (kind, id): (ContentKind, Uuid),
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    let before = curated(transaction, actor, kind, id).await?;
    let Some(status) = decision.next(before.status) else {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "id",
            format!(
                "Content that is {} can't be the subject of this decision.",
                before.status.as_str()
            ),
        ));
    };
    set_status(transaction, &before, status, Some(reason), at).await?;
    let referring = match decision {
        Decision::Erase => erase::erase(transaction, &before, at).await?,
        Decision::Hide | Decision::Restore | Decision::Reinstate | Decision::Retract => Vec::new(),
    };
    // What was erased leaves no words behind, not even those of the decision.
    let told = (decision != Decision::Erase).then(|| reason.to_owned());
    record(transaction, actor, &before, decision.change(), told, &referring, at).await?;
    Ok(())
}

pub(super) async fn current(
    transaction: &DatabaseTransaction,
    kind: ContentKind,
    id: Uuid,
) -> Result<content::Model, CurationError> {
    content::Entity::find_by_id(id)
        .lock_exclusive()
        .one(transaction)
        .await?
        .filter(|found| found.kind == kind)
        .ok_or_else(missing)
}

/// The same, if the actor is not limited from it.
pub(super) async fn curated(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    kind: ContentKind,
    id: Uuid,
) -> Result<content::Model, CurationError> {
    let found = current(transaction, kind, id).await?;
    if rows::holds_content(transaction, actor, id).await? {
        Ok(found)
    } else {
        Err(missing())
    }
}

fn missing() -> CurationError {
    CurationError::problem(ProblemCode::NotFound, "id", "There is no content with this id.")
}

pub(super) async fn set_status(
    connection: &impl ConnectionTrait,
    before: &content::Model,
    status: ContentStatus,
    reason: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let kept = match status {
        ContentStatus::Hidden | ContentStatus::Retracted => reason.map(str::to_owned),
        ContentStatus::Published | ContentStatus::Erased => None,
    };
    content::Entity::update_many()
        .set(content::ActiveModel {
            status: Set(status),
            status_reason: Set(kept),
            updated_at: Set(at),
            ..Default::default()
        })
        .filter(content::Column::Id.eq(before.id))
        .exec(connection)
        .await?;
    Ok(())
}

pub(super) async fn record(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    before: &content::Model,
    change: ChangeType,
    reason: Option<String>,
    referring: &[content::Model],
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let subject = Subject {
        content: before.id,
        before: Some(before.revision),
        after: before.revision,
    };
    let entry = Entry {
        reason,
        ..Entry::of_content(actor, change, subject, at).with_source("api")
    };
    audit::record(transaction, entry).await?;
    notify(transaction, actor, News::Content(before.id, change), at).await?;
    let event = |change, item: &content::Model| PendingEvent {
        change,
        content_id: item.id,
        kind: item.kind,
        revision: item.revision,
    };
    let mut events = vec![event(change, before)];
    // Their revisions stay, but what they say of the erased item is gone: copies must follow.
    events.extend(
        referring
            .iter()
            .filter(|item| item.status == ContentStatus::Published)
            .map(|item| event(ChangeType::Updated, item)),
    );
    log::append(transaction, &events, at).await
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable;

    use super::*;

    #[test]
    fn nothing_can_be_decided_on_what_was_erased() {
        for decision in Decision::iter() {
            assert_eq!(decision.next(ContentStatus::Erased), None);
        }
    }

    #[test]
    fn only_what_is_hidden_can_be_restored() {
        for status in ContentStatus::iter() {
            let restored = Decision::Restore.next(status);
            assert_eq!(restored.is_some(), status == ContentStatus::Hidden);
        }
    }
}
