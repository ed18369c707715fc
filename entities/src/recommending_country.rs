//! Table `recommending_country`.

use sea_orm::entity::prelude::*;

/// A state that made a recommendation.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recommending_country")]
pub struct Model {
    /// The recommendation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The state.
    #[sea_orm(primary_key, auto_increment = false)]
    pub country_id: Uuid,
    /// The place in the document's list.
    pub position: i32,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
