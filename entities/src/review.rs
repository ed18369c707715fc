//! Table `review`.

use sea_orm::entity::prelude::*;

/// One state before one mechanism.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unique.
    pub slug: String,
    /// The mechanism.
    pub mechanism_id: Uuid,
    /// The state.
    pub country_id: Uuid,
    /// The cycle, where the mechanism has cycles.
    pub cycle: Option<i32>,
    /// The session.
    pub session: Option<String>,
    /// The day.
    pub date: Option<Date>,
    /// The year.
    pub year: Option<i32>,
    /// Symbol of the report.
    pub document_symbol: Option<String>,
    /// Its place in lists: the day as a number, `20110125`; zeros for what is not known.
    pub place: i64,
    /// The resource that this is taken from.
    pub citation_resource_id: Option<Uuid>,
    /// The place in it.
    pub citation_locator: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
