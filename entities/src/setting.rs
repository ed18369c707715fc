//! Table `setting`.

use sea_orm::entity::prelude::*;

/// A named value that the database keeps for the service.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
pub struct Model {
    /// The name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The value.
    #[sea_orm(column_type = "Text")]
    pub value: String,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
