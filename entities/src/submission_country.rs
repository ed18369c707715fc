//! Table `submission_country`.

use sea_orm::entity::prelude::*;

/// A country that the document of a submission names.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission_country")]
pub struct Model {
    /// The submission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: Uuid,
    /// ISO 3166-1 alpha-2, known to the vocabulary.
    #[sea_orm(primary_key, auto_increment = false)]
    pub country: String,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

/// From a country to the submission that names it.
pub fn submission() -> RelationDef {
    Entity::belongs_to(super::submission::Entity)
        .from(Column::SubmissionId)
        .to(super::submission::Column::Id)
        .into()
}

impl ActiveModelBehavior for ActiveModel {}
