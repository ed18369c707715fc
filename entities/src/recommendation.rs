//! Table `recommendation`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{ImplementationStatus, RecommendationKind, RecommendationResponse};

/// What a recommendation adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// What it is.
    pub kind: RecommendationKind,
    /// The review that it belongs to.
    pub review_id: Uuid,
    /// What it says, plain text.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// The words of the text for filters: without accents and punctuation, lower case, one space between them.
    #[sea_orm(column_type = "Text")]
    pub text_key: String,
    /// Its paragraph in the report of the review.
    pub paragraph: Option<String>,
    /// The body that made it, where that is no state.
    pub recommending_body: Option<String>,
    /// What the state said to it.
    pub response: RecommendationResponse,
    /// UPR Info's category of the action asked for, 1 to 5.
    pub action_category: Option<i16>,
    /// How its source tagged it.
    pub source_tags: Json,
    /// Whether it is about children.
    pub child_focused: bool,
    /// Why a moderator decided so against the rule, or with it.
    pub child_focused_reason: Option<String>,
    /// The version of the rule that decided; missing where a moderator did.
    pub child_focused_rule: Option<i32>,
    /// The latest assessment.
    pub implementation: ImplementationStatus,
    /// All assessments, in the order of their dates.
    pub implementation_history: Json,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
