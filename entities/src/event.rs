//! Table `event`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{ChangeType, ContentKind};

/// One entry of the event log: a change that followers act upon.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Total order, without gaps that could be filled later.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// When.
    pub occurred_at: DateTimeUtc,
    /// What happened.
    pub change: ChangeType,
    /// To which item.
    pub content_id: Uuid,
    /// The item's kind.
    pub kind: ContentKind,
    /// The item's revision after the change.
    pub revision: i32,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
