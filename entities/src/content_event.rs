//! Table `content_event`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{DatePrecision, EventKind};

/// What an event adds to its content row. (The table `event` is the log.)
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "content_event")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// What sort of gathering it is.
    pub kind: EventKind,
    /// First day.
    pub starts_on: Date,
    /// Last day, where there are several.
    pub ends_on: Option<Date>,
    /// Where: a town or a house, never an address.
    pub place: Option<String>,
    /// What was on the agenda, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub agenda: Option<String>,
    /// Counts of those who took part.
    pub participation: Json,
    /// How exactly the first day is known; to the day where it is missing.
    pub starts_on_precision: Option<DatePrecision>,
    /// How exactly the last day is known; to the day where it is missing.
    pub ends_on_precision: Option<DatePrecision>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
