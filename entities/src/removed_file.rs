//! Table `removed_file`.

use sea_orm::entity::prelude::*;

/// A file that is no more, and whose bytes are still to be removed from the data directory.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "removed_file")]
pub struct Model {
    /// The key that the file had.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
