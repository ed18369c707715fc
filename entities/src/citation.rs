//! Table `citation`.

use sea_orm::entity::prelude::*;

/// Ties an item to a resource, with the place in it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "citation")]
pub struct Model {
    /// The citing item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The place in the document's list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The cited resource.
    pub resource_id: Uuid,
    /// Page, paragraph or section.
    pub locator: Option<String>,
    /// A short note.
    pub note: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
