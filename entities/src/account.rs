//! Table `account`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{KeptContributions, NotificationMail};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The e-mail address, normalised; `deleted:` and the id once the account is deleted.
    pub email: String,
    /// When the owner showed that the address is theirs.
    pub email_verified_at: Option<DateTimeUtc>,
    /// The argon2id hash of the password in PHC format.
    pub password_hash: Option<String>,
    /// How the person wants to be called.
    pub display_name: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Since when it is suspended.
    pub suspended_at: Option<DateTimeUtc>,
    /// When its owner deleted it. What could name the owner is gone then.
    pub deleted_at: Option<DateTimeUtc>,
    /// What its owner wanted done with the contributions.
    pub deleted_contributions: Option<KeptContributions>,
    /// The public profile of its owner.
    pub practitioner_id: Option<Uuid>,
    /// The secret of the second factor, sealed where the service has a key for that.
    pub totp_secret: Option<String>,
    /// Since when the second factor is in force.
    pub totp_confirmed_at: Option<DateTimeUtc>,
    /// The last time step whose code was used, so that no code works twice.
    pub totp_last_step: Option<i64>,
    /// Counts the changes to what the account may do. A token made for an earlier number is refused.
    pub grants_version: i32,
    /// When the number last changed.
    pub grants_changed_at: DateTimeUtc,
    /// How often its owner is written to about what happened.
    pub notification_mail: NotificationMail,
    /// When its owner's wish about the contributions was fulfilled, after the account was deleted.
    pub contributions_settled_at: Option<DateTimeUtc>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
