//! Table `submission_event`.

use sea_orm::entity::prelude::*;

/// One entry of the log of submissions: something about one of them has changed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "submission_event")]
pub struct Model {
    /// Total order, without gaps that could be filled later.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// When.
    pub occurred_at: DateTimeUtc,
    /// Which submission.
    pub submission_id: Uuid,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
