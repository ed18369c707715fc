//! Table `audit_seal`.

use sea_orm::entity::prelude::*;

/// A seal on entries of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_seal")]
pub struct Model {
    /// From 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// How many entries it covers.
    pub entries: i32,
    /// SHA-256 in hexadecimal of the seal before it, its number and its entries.
    pub hash: String,
    /// When it was set.
    pub sealed_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
