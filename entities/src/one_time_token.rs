//! Table `one_time_token`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::OneTimePurpose;

/// A token that was sent by e-mail and works once, as its SHA-256 only. Its row is deleted when it is used.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_token")]
pub struct Model {
    /// The SHA-256 of the token, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// Whose.
    pub account_id: Uuid,
    /// What it is good for.
    pub purpose: OneTimePurpose,
    /// The address that it was sent to, where it changes the address of the account.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it works.
    pub expires_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
