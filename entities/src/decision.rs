//! Table `decision`.

use sea_orm::entity::prelude::*;

/// What was decided on a submission.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The submission.
    pub submission_id: Uuid,
    /// What was done.
    pub action: String,
    /// Why.
    pub reason: Option<String>,
    /// Comments on single fields: a list of objects with `path` and `text`.
    pub comments: Option<Json>,
    /// When.
    pub at: DateTimeUtc,
    /// By whom; empty for a former member.
    pub by_id: Option<Uuid>,
    /// The application that did it for them; empty where they did it themselves.
    pub client_id: Option<Uuid>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
