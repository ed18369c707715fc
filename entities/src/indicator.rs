//! Table `indicator`.

use sea_orm::entity::prelude::*;

/// Something that is measured again and again in the same way.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unique.
    pub slug: String,
    /// The name.
    pub name: String,
    /// What is measured, and how.
    #[sea_orm(column_type = "Text", nullable)]
    pub definition: Option<String>,
    /// The unit.
    pub unit: Option<String>,
    /// Who publishes it.
    pub source: Option<String>,
    /// Slugs of the themes that it belongs to.
    pub themes: Json,
    /// Its place in lists.
    pub place: i64,
    /// The resource that this is taken from.
    pub citation_resource_id: Option<Uuid>,
    /// The place in it.
    pub citation_locator: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
