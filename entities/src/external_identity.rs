//! Table `external_identity`.

use sea_orm::entity::prelude::*;

/// Somebody as an OpenID Connect provider knows them, and the account that is theirs here.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_identity")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// The provider.
    pub issuer: String,
    /// How the provider names the person; unique and never given to somebody else.
    pub subject: String,
    /// When it was linked.
    pub linked_at: DateTimeUtc,
    /// When its owner last signed in by it.
    pub last_used_at: Option<DateTimeUtc>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
