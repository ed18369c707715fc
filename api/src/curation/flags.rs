//! Flags: members tell the moderators that something is wrong with published content.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ChangeType, ContentKind, ContentStatus, FlagReason, Role};
use praxis_entities::{content, flag};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
};
use uuid::Uuid;

use super::error::CurationError;
use super::notification::{News, notify};
use super::standing::{current, record, set_status};
use super::words::{required, words};
use crate::content::document::problem::ProblemCode;
use crate::database::Database;
use crate::identity::audit::{self, Entry};
use crate::identity::permissions::Permission;
use crate::identity::remit::rows;
use crate::identity::{Actor, truncate};

/// Why content is hidden at once, in the audit log.
const HIDDEN: &str = "flagged for safeguarding";

/// Flags published content. A safeguarding flag of somebody who moderates, or of a trusted member, hides it at once,
/// but not what is outside of a moderator's limits. Gives whether it did.
///
/// # Errors
/// `NOT_FOUND`, `DUPLICATE` where the member has flagged it already, `TOO_LONG`; where the actor may not.
pub async fn flag(
    database: &Database,
    actor: &Actor,
    (kind, id): (ContentKind, Uuid),
    reason: FlagReason,
    note: Option<String>,
    at: DateTime<Utc>,
) -> Result<bool, CurationError> {
    actor.require(Permission::Flag)?;
    let at = truncate(at);
    let note = words(note, "note")?;
    let transaction = database.begin().await?;
    let before = current(&transaction, kind, id).await?;
    if before.status != ContentStatus::Published {
        return Err(CurationError::problem(
            ProblemCode::NotFound,
            "id",
            "There is no published content with this id.",
        ));
    }
    let already = flag::Entity::find()
        .filter(flag::Column::ContentId.eq(id))
        .filter(flag::Column::ById.eq(actor.account()))
        .filter(flag::Column::ResolvedAt.is_null())
        .count(&transaction)
        .await?;
    if already > 0 {
        return Err(CurationError::problem(
            ProblemCode::Duplicate,
            "id",
            "You have flagged this already; a moderator will look at it.",
        ));
    }
    // What is outside of a moderator's limits they don't hide, unless they may as a trusted member, which has none.
    let hides = reason == FlagReason::Safeguarding
        && actor.may(Permission::HideByFlag)
        && (actor.roles().contains(&Role::TrustedMember) || rows::holds_content(&transaction, actor, id).await?);
    raise(&transaction, actor, &before, reason, note, hides, at).await?;
    transaction.commit().await?;
    Ok(hides)
}

/// Writes a flag on content within a transaction, and hides the content where it is to.
///
/// # Errors
/// Where the database refuses.
pub(super) async fn raise(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    before: &content::Model,
    reason: FlagReason,
    note: Option<String>,
    hides: bool,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    let flagged = Uuid::now_v7();
    flag::Entity::insert(flag::ActiveModel {
        id: Set(flagged),
        content_id: Set(before.id),
        reason: Set(reason),
        note: Set(note),
        by_id: Set(actor.account()),
        created_at: Set(at),
        resolved_at: Set(None),
        resolved_by_id: Set(None),
        resolution: Set(None),
    })
    .exec_without_returning(transaction)
    .await?;
    let entry = Entry {
        subject: subject(flagged),
        reason: Some(reason.as_str().to_owned()),
        ..Entry::new(actor, "CONTENT_FLAGGED", at)
    };
    audit::record(transaction, entry).await?;
    if reason == FlagReason::Safeguarding {
        notify(transaction, actor, News::Flag(before.id), at).await?;
    }
    if hides {
        set_status(transaction, before, ContentStatus::Hidden, Some(HIDDEN), at).await?;
        record(
            transaction,
            actor,
            before,
            ChangeType::Hidden,
            Some(HIDDEN.to_owned()),
            &[],
            at,
        )
        .await?;
    }
    Ok(())
}

/// Flags, for safeguarding, what shows something that was found after its publication while nobody was at hand. Nothing is hidden: a
/// person decides. What waits for that already gets no second flag.
///
/// # Errors
/// Where the database refuses.
pub async fn raise_unattended(
    transaction: &DatabaseTransaction,
    shown: &[content::Model],
    note: &str,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    for before in shown {
        let waiting = flag::Entity::find()
            .filter(flag::Column::ContentId.eq(before.id))
            .filter(flag::Column::Reason.eq(FlagReason::Safeguarding))
            .filter(flag::Column::ById.is_null())
            .filter(flag::Column::ResolvedAt.is_null())
            .count(transaction)
            .await?;
        if waiting == 0 {
            let note = Some(note.to_owned());
            raise(
                transaction,
                &Actor::System,
                before,
                FlagReason::Safeguarding,
                note,
                false,
                at,
            )
            .await?;
        }
    }
    Ok(())
}

/// Resolves a flag with a reason. What is to become of the content is decided by itself: hide, restore, retract.
///
/// # Errors
/// `NOT_FOUND` where there is no such flag or it is resolved already, `REQUIRED`; where the actor may not.
pub async fn resolve(
    database: &Database,
    actor: &Actor,
    id: Uuid,
    resolution: String,
    at: DateTime<Utc>,
) -> Result<flag::Model, CurationError> {
    actor.require(Permission::Moderate)?;
    let at = truncate(at);
    let resolution = required(Some(resolution), "resolution", "Say what came of the flag.")?;
    let own = Condition::all().add_option(actor.remit().map(|remit| remit.content_of(flag::Column::ContentId)));
    let transaction = database.begin().await?;
    let done = flag::Entity::update_many()
        .set(flag::ActiveModel {
            resolved_at: Set(Some(at)),
            resolved_by_id: Set(actor.account()),
            resolution: Set(Some(resolution.clone())),
            ..Default::default()
        })
        .filter(flag::Column::Id.eq(id))
        .filter(flag::Column::ResolvedAt.is_null())
        .filter(own)
        .exec(&transaction)
        .await?;
    let found = flag::Entity::find_by_id(id).one(&transaction).await?;
    let Some(found) = found.filter(|_| done.rows_affected > 0) else {
        return Err(CurationError::problem(
            ProblemCode::NotFound,
            "flag",
            "There is no such flag, or it is resolved already.",
        ));
    };
    let entry = Entry {
        subject: subject(id),
        reason: Some(resolution),
        ..Entry::new(actor, "FLAG_RESOLVED", at)
    };
    audit::record(&transaction, entry).await?;
    transaction.commit().await?;
    Ok(found)
}

/// How the audit log names a flag.
pub(super) fn subject(flag: Uuid) -> String {
    format!("flag:{flag}")
}
