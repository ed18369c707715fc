//! Table `organization_mechanism`.

use sea_orm::entity::prelude::*;

/// A mechanism that an organisation is the body behind.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_mechanism")]
pub struct Model {
    /// The organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The mechanism.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mechanism_id: Uuid,
    /// The place in the document's list.
    pub position: i32,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
