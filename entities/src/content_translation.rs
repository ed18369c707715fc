//! Table `content_translation`.

use sea_orm::entity::prelude::*;

/// Title and summary of an item in another language.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "content_translation")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// BCP 47 tag.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// The translated title.
    pub title: String,
    /// The translated summary, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub summary: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
