//! Table `submission_file`.

use sea_orm::entity::prelude::*;

/// A file that the document of a submission names.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission_file")]
pub struct Model {
    /// The submission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: Uuid,
    /// The file.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: Uuid,
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

impl ActiveModelBehavior for ActiveModel {}
