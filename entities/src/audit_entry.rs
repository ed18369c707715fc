//! Table `audit_entry`.

use sea_orm::entity::prelude::*;

/// One line of the append-only audit log.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub occurred_at: DateTimeUtc,
    /// Who: `system`, or an account.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To which item.
    pub content_id: Option<Uuid>,
    /// The revision before.
    pub revision_before: Option<i32>,
    /// The revision after.
    pub revision_after: Option<i32>,
    /// Why.
    pub reason: Option<String>,
    /// Where the change came from.
    pub source: String,
    /// What was changed where it is not content: `account:` and its id, or `key:` and its id.
    pub subject: Option<String>,
    /// What the reason was digested with; goes with the reason where that is erased.
    pub reason_salt: Option<String>,
    /// The salted digest of the reason, which stays when the reason is erased.
    pub reason_digest: Option<String>,
    /// The seal that covers the entry; empty until it is sealed.
    pub seal: Option<i64>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
