//! Table `revision`.

use sea_orm::entity::prelude::*;

/// One published state of an item: a complete document.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The document, canonical JSON as in a bundle.
    #[sea_orm(column_type = "Text")]
    pub document: String,
    /// Why the revision was made.
    pub note: Option<String>,
    /// Where it came from: an import's name, or `api`.
    pub source: String,
    /// When it was published.
    pub created_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
