//! Table `search_statistic`.

use sea_orm::entity::prelude::*;

/// How often something was searched for on one day. It names nobody.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_statistic")]
pub struct Model {
    /// The day, in UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// The words, in lower case and without accents; empty for all searches of the day, those too whose words are not kept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub query: String,
    /// How many visits searched for it.
    pub searches: i64,
    /// How many of them found nothing.
    pub without_result: i64,
    /// How many of them opened something that was found.
    pub clicked: i64,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
