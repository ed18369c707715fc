//! The filter of lists of initiatives.

use async_graphql::InputObject;
use chrono::NaiveDate;
use praxis_entities::initiative;
use praxis_entities::vocabulary::{ConceptScheme, InitiativeLevel, InitiativeStage, RelationKind};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::accountability::target::filter as target;
use crate::content::filter::{ContentFilter, concerns, given, referred_to_by};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::{ApiError, Code};
use crate::vocabulary::slugs::Slugged;

/// Which initiatives a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct InitiativeFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// Instrument slugs.
    pub instruments: Option<Vec<String>>,
    /// The levels at which they work.
    pub levels: Option<Vec<InitiativeLevel>>,
    /// How far they have come.
    pub stages: Option<Vec<InitiativeStage>>,
    /// Initiatives under way at some time in this year: begun in or before it and not ended before it. Initiatives
    /// whose start is unknown are left out.
    pub active_in: Option<i32>,
    /// Only initiatives with published evidence, or only those without.
    pub has_evidence: Option<bool>,
    /// Only initiatives in which children took part, or only others.
    pub children_took_part: Option<bool>,
    /// Slugs of indicators, in capitals too: only those that are measured by one of them.
    pub indicators: Option<Vec<String>>,
    /// Only those that name indicators by which they are measured, or only those that name none.
    pub measured: Option<bool>,
}

impl KindFilter for InitiativeFilter {
    fn slugs(&self) -> Option<(Slugged, &[String])> {
        given(&self.indicators).map(|indicators| (Slugged::Indicator, indicators))
    }

    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((initiative::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(instruments) = given(&self.instruments) {
            condition = condition.add(concerns(scope, ConceptScheme::Instrument, instruments)?);
        }
        if let Some(levels) = given(&self.levels) {
            condition = condition.add(column(initiative::Column::Level).is_in(levels.iter().copied()));
        }
        if let Some(stages) = given(&self.stages) {
            condition = condition.add(column(initiative::Column::Stage).is_in(stages.iter().copied()));
        }
        if let Some(year) = self.active_in {
            let day = |month, day| NaiveDate::from_ymd_opt(year, month, day);
            let (Some(first), Some(last), 1..=9999) = (day(1, 1), day(12, 31), year) else {
                return Err(ApiError::new(
                    Code::BadRequest,
                    format!("`activeIn` is {year}, which is no year; write e.g. 2012."),
                ));
            };
            condition = condition.add(column(initiative::Column::StartedOn).lte(last)).add(
                Condition::any()
                    .add(column(initiative::Column::EndedOn).is_null())
                    .add(column(initiative::Column::EndedOn).gte(first)),
            );
        }
        if let Some(wanted) = self.has_evidence {
            let found = referred_to_by(RelationKind::About);
            condition = condition.add(if wanted { found } else { found.not() });
        }
        if let Some(wanted) = self.children_took_part {
            condition = condition.add(column(initiative::Column::ChildrenTookPart).eq(wanted));
        }
        Ok(condition.add(target::condition(&self.indicators, self.measured)))
    }
}
