//! Table `indicator_target`.

use sea_orm::entity::prelude::*;

/// An indicator by which an initiative or a commitment is measured.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator_target")]
pub struct Model {
    /// The initiative or commitment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The place in the document's list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The indicator.
    pub indicator_id: Uuid,
    /// Of whom, e.g. `SEX=F`; empty for all.
    pub disaggregation: String,
    /// The value from which it sets out.
    pub baseline: Option<f64>,
    /// The period of the baseline.
    pub baseline_period: Option<String>,
    /// The value that is to be reached.
    pub target: Option<f64>,
    /// The period by which it is to be reached.
    pub target_period: Option<String>,
    /// The values that were reported of it, the earliest first.
    pub reported: Json,
    /// The resource that this is taken from.
    pub citation_resource_id: Option<Uuid>,
    /// The place in it.
    pub citation_locator: Option<String>,
    /// A note on it.
    pub citation_note: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
