//! The filter of lists of commitments.

use async_graphql::InputObject;
use chrono::Utc;
use praxis_entities::commitment;
use praxis_entities::vocabulary::{CommitmentKind, ImplementationStatus};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::accountability::target::filter as target;
use crate::content::filter::{ContentFilter, given, in_order};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::Date;
use crate::vocabulary::slugs::Slugged;

/// Which commitments a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct CommitmentFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// What was undertaken.
    pub kinds: Option<Vec<CommitmentKind>>,
    /// How far they have been put into practice.
    pub implementation: Option<Vec<ImplementationStatus>>,
    /// Only those due on this day or later.
    pub due_from: Option<Date>,
    /// Only those due on this day or earlier. It must not lie before `dueFrom`.
    pub due_to: Option<Date>,
    /// Only those whose day has passed (in UTC) without all of it being in place, or only the others.
    pub overdue: Option<bool>,
    /// Slugs of indicators, in capitals too: only those that are measured by one of them.
    pub indicators: Option<Vec<String>>,
    /// Only those that name indicators by which they are measured, or only those that name none.
    pub measured: Option<bool>,
}

impl KindFilter for CommitmentFilter {
    fn slugs(&self) -> Option<(Slugged, &[String])> {
        given(&self.indicators).map(|indicators| (Slugged::Indicator, indicators))
    }

    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((commitment::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(column(commitment::Column::Kind).is_in(kinds.iter().copied()));
        }
        if let Some(implementation) = given(&self.implementation) {
            condition = condition.add(column(commitment::Column::Implementation).is_in(implementation.iter().copied()));
        }
        in_order(
            ("dueFrom", self.due_from.map(|day| day.0)),
            ("dueTo", self.due_to.map(|day| day.0)),
        )?;
        if let Some(day) = self.due_from {
            condition = condition.add(column(commitment::Column::DueOn).gte(day.0));
        }
        if let Some(day) = self.due_to {
            condition = condition.add(column(commitment::Column::DueOn).lte(day.0));
        }
        if let Some(wanted) = self.overdue {
            let today = Utc::now().date_naive();
            // Written into the statement: of an unknown state PostgreSQL expects that all commitments are in it, where they are in one.
            let implemented = Expr::Constant(ImplementationStatus::Implemented.into());
            condition = condition.add(if wanted {
                Condition::all()
                    .add(column(commitment::Column::DueOn).lt(today))
                    .add(column(commitment::Column::Implementation).ne(implemented))
            } else {
                Condition::any()
                    .add(column(commitment::Column::DueOn).is_null())
                    .add(column(commitment::Column::DueOn).gte(today))
                    .add(column(commitment::Column::Implementation).eq(implemented))
            });
        }
        Ok(condition.add(target::condition(&self.indicators, self.measured)))
    }
}
