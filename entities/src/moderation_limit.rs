//! Table `moderation_limit`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::ModerationLimitKind;

/// Something that a moderator is limited to. Who has none curates everything.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "moderation_limit")]
pub struct Model {
    /// The moderator's account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// What the code names.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ModerationLimitKind,
    /// The code of the vocabulary: BCP 47, UN M49 or ISO 3166-1 alpha-2.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
