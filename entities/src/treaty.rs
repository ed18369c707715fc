//! Table `treaty`.

use sea_orm::entity::prelude::*;

/// A treaty that states may become bound by.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "treaty")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unique.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The usual acronym.
    pub acronym: Option<String>,
    /// When it was adopted.
    pub adopted_on: Option<Date>,
    /// When it entered into force.
    pub in_force_on: Option<Date>,
    /// Its place in lists: the day of adoption as a number.
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
