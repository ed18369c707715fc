//! Table `ask`.

use sea_orm::entity::prelude::*;

/// What an initiative asked for in a review.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ask")]
pub struct Model {
    /// Made of the initiative's key and the ask's own.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The initiative, which states it.
    pub initiative_id: Uuid,
    /// Names it within the initiative.
    pub key: String,
    /// The place in the initiative's list.
    pub position: i32,
    /// The review in which it was asked for.
    pub review_id: Uuid,
    /// What was asked for.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// The resource that this is taken from.
    pub citation_resource_id: Option<Uuid>,
    /// The place in it.
    pub citation_locator: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
