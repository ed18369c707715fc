//! Table `reported_figure`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::UptakeFigure;

/// A figure of a review as a finding reports it: one of the finding's measurements.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reported_figure")]
pub struct Model {
    /// The finding.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// The place of the measurement in the finding's list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The review.
    pub review_id: Uuid,
    /// Which figure.
    pub figure: UptakeFigure,
    /// What was measured, in the finding's words.
    #[sea_orm(column_type = "Text")]
    pub metric: String,
    /// The part, where it is reported.
    pub numerator: Option<f64>,
    /// The whole, where it is reported.
    pub denominator: Option<f64>,
    /// The share, 0 to 1.
    pub share: Option<f64>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
