//! Table `initiative`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{DatePrecision, InitiativeLevel, InitiativeStage};

/// What an initiative adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "initiative")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The level at which it works.
    pub level: InitiativeLevel,
    /// How far it has come.
    pub stage: InitiativeStage,
    /// First day.
    pub started_on: Option<Date>,
    /// How exactly the first day is known.
    pub started_on_precision: Option<DatePrecision>,
    /// Last day.
    pub ended_on: Option<Date>,
    /// How exactly the last day is known.
    pub ended_on_precision: Option<DatePrecision>,
    /// What was done, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub activities: Option<String>,
    /// What was changed from the original, and why, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub adaptation: Option<String>,
    /// Counts of those who took part.
    pub participation: Json,
    /// Whether any group of children took part.
    pub children_took_part: bool,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
