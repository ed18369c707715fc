//! Table `flag`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::FlagReason;

/// A member's flag on published content.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "flag")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The content.
    pub content_id: Uuid,
    /// Why.
    pub reason: FlagReason,
    /// In the member's words.
    pub note: Option<String>,
    /// By whom; empty for a former member.
    pub by_id: Option<Uuid>,
    /// When.
    pub created_at: DateTimeUtc,
    /// When a moderator resolved it.
    pub resolved_at: Option<DateTimeUtc>,
    /// Who resolved it; empty for a former member.
    pub resolved_by_id: Option<Uuid>,
    /// What came of it, in the moderator's words.
    pub resolution: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
