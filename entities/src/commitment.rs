//! Table `commitment`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{CommitmentKind, ImplementationStatus};

/// What a commitment adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "commitment")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// What was undertaken.
    pub kind: CommitmentKind,
    /// The review in which it was undertaken.
    pub review_id: Option<Uuid>,
    /// When it was undertaken.
    pub made_on: Option<Date>,
    /// By when it is to be kept.
    pub due_on: Option<Date>,
    /// What was undertaken, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub details: Option<String>,
    /// The latest assessment.
    pub implementation: ImplementationStatus,
    /// All assessments, in the order of their dates.
    pub implementation_history: Json,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
