//! Table `resource`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::ResourceKind;

/// What a resource adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resource")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// What sort of material it is.
    pub kind: ResourceKind,
    /// Year of publication.
    pub year: Option<i32>,
    /// SPDX or Creative Commons identifier, or a LicenseRef.
    pub license: Option<String>,
    /// Where it can be read.
    pub link: Option<String>,
    /// DOI, ISBN, UN symbol and others.
    pub identifiers: Json,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
