//! Entries of the audit log: the one place where they are made. They name accounts by their ids and hold no personal data
//! but what people write as their reasons. A reason can be erased; its salted digest stays, so that the seals on the log
//! still fit (see [`crate::curation::audit::chain`]).

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use praxis_entities::audit_entry;
use praxis_entities::vocabulary::ChangeType;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Actor, api_client, truncate};

/// Of how many subjects reasons are erased together.
const TOGETHER: usize = 500;

/// The item of content that an entry is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The item.
    pub content: Uuid,
    /// Its revision before; none where it was new.
    pub before: Option<i32>,
    /// Its revision after.
    pub after: i32,
}

/// An entry that is about to be written.
pub struct Entry {
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: &'static str,
    /// To what, where it is not content: `account:`, `client:`, `key:`, `submission:` or `flag:` and an id.
    pub subject: String,
    /// To which content.
    pub content: Option<Subject>,
    /// Why, or to which value.
    pub reason: Option<String>,
    /// Where the change came from: `client:` and an id where an application did it; told from the actor where it is missing.
    pub source: Option<String>,
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
            content: None,
            reason: None,
            source: actor.client().map(api_client::subject),
            at,
        }
    }

    /// What was done to an item of content.
    pub fn of_content(actor: &Actor, change: ChangeType, content: Subject, at: DateTime<Utc>) -> Self {
        Self {
            content: Some(content),
            ..Self::new(actor, change.as_str(), at)
        }
    }

    /// What an account did to itself.
    pub fn of_owner(account: Uuid, action: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            actor: subject(account),
            subject: subject(account),
            ..Self::new(&Actor::System, action, at)
        }
    }

    /// What somebody did to an account.
    pub fn about(actor: &Actor, account: Uuid, action: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            subject: subject(account),
            ..Self::new(actor, action, at)
        }
    }

    /// From this source, unless an application did it, which says more.
    #[must_use]
    pub fn with_source(mut self, source: &str) -> Self {
        self.source = self.source.or_else(|| Some(source.to_owned()));
        self
    }

    /// With a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The row.
    pub fn into_row(self) -> audit_entry::ActiveModel {
        let source = self.source.unwrap_or_else(|| {
            let source = if self.actor == "system" { "command" } else { "api" };
            source.to_owned()
        });
        let salt = self.reason.as_ref().map(|_| Uuid::new_v4().simple().to_string());
        let digest = match (&self.reason, &salt) {
            (Some(reason), Some(salt)) => Some(digest_of_reason(salt, reason)),
            _ => None,
        };
        audit_entry::ActiveModel {
            id: Set(Uuid::now_v7()),
            occurred_at: Set(truncate(self.at)),
            actor: Set(self.actor),
            action: Set(self.action.to_owned()),
            content_id: Set(self.content.map(|subject| subject.content)),
            revision_before: Set(self.content.and_then(|subject| subject.before)),
            revision_after: Set(self.content.map(|subject| subject.after)),
            reason: Set(self.reason),
            source: Set(source),
            subject: Set(Some(self.subject).filter(|subject| !subject.is_empty())),
            reason_salt: Set(salt),
            reason_digest: Set(digest),
            seal: Set(None),
        }
    }
}

/// The digest of a reason, which tells nothing of the reason once the salt is gone.
pub fn digest_of_reason(salt: &str, reason: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update([0]);
    hash.update(reason.as_bytes());
    HEXLOWER.encode(&hash.finalize())
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
    audit_entry::Entity::insert(entry.into_row())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Takes the words out of what the log says about these subjects; that it happened stays.
///
/// # Errors
/// Where the database is away.
pub async fn erase_reasons(
    connection: &impl ConnectionTrait,
    subjects: impl IntoIterator<Item = String>,
) -> Result<(), DbErr> {
    let subjects: Vec<String> = subjects.into_iter().collect();
    for chunk in subjects.chunks(TOGETHER) {
        without_reasons()
            .filter(audit_entry::Column::Subject.is_in(chunk))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// The same of what it says about an item of content.
///
/// # Errors
/// Where the database is away.
pub async fn erase_reasons_of_content(connection: &impl ConnectionTrait, content: Uuid) -> Result<(), DbErr> {
    without_reasons()
        .filter(audit_entry::Column::ContentId.eq(content))
        .exec(connection)
        .await?;
    Ok(())
}

/// The digest of a reason stays, so that the seals still fit.
fn without_reasons() -> UpdateMany<audit_entry::Entity> {
    audit_entry::Entity::update_many()
        .col_expr(audit_entry::Column::Reason, Expr::value(None::<String>))
        .col_expr(audit_entry::Column::ReasonSalt, Expr::value(None::<String>))
}
