//! Table `appeal`.

use sea_orm::entity::prelude::*;

/// An author's appeal against a decision on their submission or on content that came from it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "appeal")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The rejected submission.
    pub submission_id: Option<Uuid>,
    /// The content that was hidden or retracted.
    pub content_id: Option<Uuid>,
    /// Why the decision should be another.
    pub reason: String,
    /// By whom; empty for a former member.
    pub by_id: Option<Uuid>,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it was decided on.
    pub decided_at: Option<DateTimeUtc>,
    /// By whom; empty for a former member.
    pub decided_by_id: Option<Uuid>,
    /// Whether the appeal was right.
    pub upheld: Option<bool>,
    /// Why, in the moderator's words.
    pub answer: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
