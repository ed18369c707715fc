//! Entries of the audit log about accounts and keys. They name accounts by their ids and hold no personal data.

use chrono::{DateTime, Utc};
use praxis_entities::audit_entry;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use uuid::Uuid;

use super::{Actor, truncate};

/// An entry that is about to be written.
pub struct Entry {
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: &'static str,
    /// To what: `account:` or `key:` and an id.
    pub subject: String,
    /// Why, or to which value.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Entry {
    /// An entry without a subject, to be filled in.
    pub fn new(actor: &Actor, action: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            actor: actor.audit_name(),
            action,
            subject: String::new(),
            reason: None,
            at,
        }
    }

    /// What an account did to itself.
    pub fn of_owner(account: Uuid, action: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            actor: subject(account),
            action,
            subject: subject(account),
            reason: None,
            at,
        }
    }

    /// What somebody did to an account.
    pub fn about(actor: &Actor, account: Uuid, action: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            subject: subject(account),
            ..Self::new(actor, action, at)
        }
    }

    /// With a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// How the audit log names an account.
pub fn subject(account: Uuid) -> String {
    format!("account:{account}")
}

/// Writes an entry in the transaction of the change.
///
/// # Errors
/// Where the database is away.
pub async fn record(connection: &impl ConnectionTrait, entry: Entry) -> Result<(), DbErr> {
    let source = if entry.actor == "system" { "command" } else { "api" };
    audit_entry::Entity::insert(audit_entry::ActiveModel {
        id: Set(Uuid::now_v7()),
        occurred_at: Set(truncate(entry.at)),
        actor: Set(entry.actor),
        action: Set(entry.action.to_owned()),
        content_id: Set(None),
        revision_before: Set(None),
        revision_after: Set(None),
        reason: Set(entry.reason),
        source: Set(source.to_owned()),
        subject: Set(Some(entry.subject)),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(())
}
