//! Table `concept`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::ConceptScheme;

/// A concept of a vocabulary (SKOS): theme, instrument, region, country or language.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "concept")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which vocabulary it belongs to.
    pub scheme: ConceptScheme,
    /// Slug, ISO 3166-1 alpha-2 code, M49 code or BCP 47 tag; unique within the scheme.
    pub code: String,
    /// A short systematic code.
    pub notation: Option<String>,
    /// The next broader concept; a country's region.
    pub broader_id: Option<Uuid>,
    /// The order within the scheme.
    pub position: i32,
    /// Labels and what else the vocabulary file says of it.
    pub properties: Json,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
