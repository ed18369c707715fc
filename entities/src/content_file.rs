//! Table `content_file`.

use sea_orm::entity::prelude::*;

/// A file of an item of content.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "content_file")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: Uuid,
    /// The place among the files of the current revision, from 0; missing where only an earlier revision has it.
    pub position: Option<i32>,
    /// What it is called there.
    pub name: String,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

/// From the use of a file to the file.
pub fn stored_file() -> RelationDef {
    Entity::belongs_to(super::stored_file::Entity)
        .from(Column::FileId)
        .to(super::stored_file::Column::Id)
        .into()
}

/// From the use of a file to the content.
pub fn content() -> RelationDef {
    Entity::belongs_to(super::content::Entity)
        .from(Column::ContentId)
        .to(super::content::Column::Id)
        .into()
}

impl ActiveModelBehavior for ActiveModel {}
