//! Table `refresh_token`.

use sea_orm::entity::prelude::*;

/// A refresh token of a session, as its SHA-256 only.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// The SHA-256 of the token, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// The session.
    pub session_id: Uuid,
    /// When it was issued.
    pub issued_at: DateTimeUtc,
    /// When it was used. A second use ends the session.
    pub used_at: Option<DateTimeUtc>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
