//! Table `mechanism`.

use sea_orm::entity::prelude::*;

/// A body or procedure before which states account for themselves.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mechanism")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unique.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The usual acronym.
    pub acronym: Option<String>,
    /// What it does.
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    /// Its place in lists.
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
