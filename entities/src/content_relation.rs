//! Table `content_relation`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::RelationKind;

/// A typed relation from one item to another.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "content_relation")]
pub struct Model {
    /// The item that states the relation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    /// What the relation says.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: RelationKind,
    /// The place in the document's list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The item referred to.
    pub target_id: Uuid,
    /// The role of a partner or a member, or a role in free text.
    pub role: Option<String>,
    /// Since when, where it is known.
    pub valid_from: Option<Date>,
    /// Until when, where it is known.
    pub valid_to: Option<Date>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
