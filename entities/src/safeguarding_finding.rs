//! Table `safeguarding_finding`.

use sea_orm::entity::prelude::*;

/// Something in a submission that may put a child at risk.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "safeguarding_finding")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The submission.
    pub submission_id: Uuid,
    /// The rule that found it.
    pub rule: String,
    /// The field, as in problems.
    pub path: String,
    /// The file that it is in, where it is in one.
    pub file_id: Option<Uuid>,
    /// First character of the span.
    pub start_at: i32,
    /// The character after the span.
    pub end_at: i32,
    /// Who resolved it.
    pub resolved_by_id: Option<Uuid>,
    /// When it was resolved.
    pub resolved_at: Option<DateTimeUtc>,
    /// Why it may stay.
    pub reason: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
