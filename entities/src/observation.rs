//! Table `observation`.

use sea_orm::entity::prelude::*;

/// One value of an indicator.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "observation")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The indicator.
    pub indicator_id: Uuid,
    /// The country.
    pub country_id: Uuid,
    /// The period, e.g. `2012` or `2012-Q1`.
    pub period: String,
    /// Its place in lists: the first day of the period as a number.
    pub place: i64,
    /// The value.
    pub value: f64,
    /// The unit, where it differs from the indicator's.
    pub unit: Option<String>,
    /// Of whom, e.g. `SEX=F;AGE=Y0T4`; empty for all.
    pub disaggregation: String,
    /// What the source says of its quality.
    pub flag: Option<String>,
    /// Where it is taken from.
    pub source: String,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
