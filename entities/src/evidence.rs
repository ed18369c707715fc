//! Table `evidence`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{EvidenceDirection, OutcomeDomain, StudyDesign};

/// What a finding adds to its content row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    /// The item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub content_id: Uuid,
    /// Which way it points.
    pub direction: EvidenceDirection,
    /// What it is about.
    pub outcome_domain: OutcomeDomain,
    /// How it was arrived at.
    pub study_design: StudyDesign,
    /// What was measured.
    pub measurements: Json,
    /// What it does not show, CommonMark.
    #[sea_orm(column_type = "Text", nullable)]
    pub limitations: Option<String>,
    /// Appraisals by reviewers.
    pub appraisals: Json,
    /// Computed: 0 anecdotal to 3 strong.
    pub strength_level: i16,
    /// Computed: 0 to 100.
    pub strength_score: i16,
    /// Computed: why.
    pub strength_reasons: Json,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
