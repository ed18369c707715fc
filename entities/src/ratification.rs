//! Table `ratification`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::TreatyStatus;

/// Where a state stands towards a treaty.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ratification")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The treaty.
    pub treaty_id: Uuid,
    /// The state.
    pub country_id: Uuid,
    /// Where it stands.
    pub status: TreatyStatus,
    /// The year since which it is bound.
    pub year: Option<i32>,
    /// The day since which it is bound.
    pub date: Option<Date>,
    /// What the source notes.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// Where this is taken from.
    pub source: String,
    /// Its place in lists: the day as a number, zeros for what is not known.
    pub place: i64,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
