//! The filter of lists of evidence.

use async_graphql::InputObject;
use praxis_entities::evidence;
use praxis_entities::vocabulary::{
    ConceptScheme, EvidenceDirection, OutcomeDomain, RelationKind, StrengthLevel, StudyDesign,
};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::content::filter::{ContentFilter, given, related_concerns};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::ApiError;

/// Which findings a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct EvidenceFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// Which way the findings point.
    pub directions: Option<Vec<EvidenceDirection>>,
    /// What they are about.
    pub outcome_domains: Option<Vec<OutcomeDomain>>,
    /// How they were arrived at.
    pub study_designs: Option<Vec<StudyDesign>>,
    /// Only findings at least this strong.
    pub minimum_strength: Option<StrengthLevel>,
    /// Slugs of instruments that the initiatives used which the findings are about.
    pub instruments: Option<Vec<String>>,
}

impl KindFilter for EvidenceFilter {
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((evidence::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(directions) = given(&self.directions) {
            condition = condition.add(column(evidence::Column::Direction).is_in(directions.iter().copied()));
        }
        if let Some(domains) = given(&self.outcome_domains) {
            condition = condition.add(column(evidence::Column::OutcomeDomain).is_in(domains.iter().copied()));
        }
        if let Some(designs) = given(&self.study_designs) {
            condition = condition.add(column(evidence::Column::StudyDesign).is_in(designs.iter().copied()));
        }
        if let Some(minimum) = self.minimum_strength {
            condition = condition.add(column(evidence::Column::StrengthLevel).gte(minimum as i16));
        }
        if let Some(instruments) = given(&self.instruments) {
            condition = condition.add(related_concerns(
                scope.vocabulary,
                RelationKind::About,
                ConceptScheme::Instrument,
                instruments,
            )?);
        }
        Ok(condition)
    }
}
