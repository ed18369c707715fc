//! Table `stored_file`.

use sea_orm::entity::prelude::*;

/// A file whose bytes lie in the data directory.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stored_file")]
pub struct Model {
    /// UUIDv7; also the name of the file in the data directory.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The SHA-256 of the bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// The media type, as the bytes show it.
    pub media_type: String,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// What the safeguarding checks found in it.
    pub findings: Json,
    /// The version of how it was read; 0 where it is still to be read.
    pub reader: i32,
    /// When it was stored.
    pub created_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
