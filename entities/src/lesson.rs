//! Table `lesson`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{Factor, LessonKind};

/// What a lesson adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// What sort of lesson it is.
    pub kind: LessonKind,
    /// What it turns on.
    pub factor: Factor,
    /// Where it applies, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub applies_where: Option<String>,
    /// Where it does not, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub applies_not_where: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
