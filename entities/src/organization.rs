//! Table `organization`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{BodyKind, OrganizationKind};

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
    /// Which part of the human rights system it is, where it is one.
    pub body_kind: Option<BodyKind>,
    /// What it was charged with, the earliest first, each with the keys of the resources that it rests on.
    pub mandates: Json,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
