//! Table `practitioner`.

use sea_orm::entity::prelude::*;

/// What a practitioner's profile adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "practitioner")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// One line about the person.
    pub headline: Option<String>,
    /// BCP 47 tags of the languages that they work in.
    pub languages: Json,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
