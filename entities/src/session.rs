//! Table `session`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::SessionEnd;

/// One sign-in and what follows from it: the family of its refresh tokens.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub account_id: Uuid,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When its last refresh token was issued.
    pub refreshed_at: DateTimeUtc,
    /// Until when its last refresh token can be used.
    pub expires_at: DateTimeUtc,
    /// When it was ended.
    pub ended_at: Option<DateTimeUtc>,
    /// What ended it.
    pub end_reason: Option<SessionEnd>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
