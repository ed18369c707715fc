//! Table `organization`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::OrganizationKind;

/// What an organisation adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// What sort of body it is.
    pub kind: OrganizationKind,
    /// Its acronym.
    pub acronym: Option<String>,
    /// Its public website.
    pub website: Option<String>,
    /// How many members it reports, where not all are listed.
    pub member_count: Option<i32>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
