//! Table `content_concept`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::ConceptScheme;

/// What an item is about: themes, countries, instruments.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "content_concept")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The concept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub concept_id: Uuid,
    /// The concept's scheme, repeated here so that one scheme can be read without a join.
    pub scheme: ConceptScheme,
    /// The place in the document's list.
    pub position: i32,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
