//! Table `saved_search`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::NotificationMail;

/// A search that a member keeps, to hear of what is newly published and answers it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_search")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// The words; empty where the filter alone decides.
    pub query: String,
    /// The filter, as the API takes it.
    pub filter: Json,
    /// How often its owner wants letters about it.
    pub mail: NotificationMail,
    /// The last event of the log that was looked at for it.
    pub followed: i64,
    /// The SHA-256 of the secret in the address of its feed.
    pub feed_hash: String,
    /// That secret, sealed.
    pub feed_sealed: String,
    /// The SHA-256 of the secret with which letters about it are ended.
    pub unsubscribe_hash: String,
    /// When it was saved first.
    pub created_at: DateTimeUtc,
    /// When it was last changed by its owner.
    pub updated_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
