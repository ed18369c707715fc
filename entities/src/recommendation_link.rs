//! Table `recommendation_link`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::AlikeKind;

/// That two recommendations to one state are alike, derived by a rule.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation_link")]
pub struct Model {
    /// The later recommendation, or either of two of one review.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    /// The other one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: Uuid,
    /// How they are alike.
    pub kind: AlikeKind,
    /// The version of the rule.
    pub rule: i32,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
