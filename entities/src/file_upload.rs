//! Table `file_upload`.

use sea_orm::entity::prelude::*;

/// That somebody uploaded a file, and so may use it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file_upload")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: Uuid,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// When, the last time.
    pub uploaded_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

/// From an upload to its file.
pub fn stored_file() -> RelationDef {
    Entity::belongs_to(super::stored_file::Entity)
        .from(Column::FileId)
        .to(super::stored_file::Column::Id)
        .into()
}

impl ActiveModelBehavior for ActiveModel {}
