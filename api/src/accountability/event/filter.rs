//! The filter of lists of events.

use async_graphql::InputObject;
use praxis_entities::content_event;
use praxis_entities::vocabulary::EventKind;
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Func};

use crate::content::filter::{ContentFilter, given};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::Date;

/// Which events a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct EventFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// What sorts of gathering.
    pub kinds: Option<Vec<EventKind>>,
    /// Only those that go on on this day or later.
    pub from: Option<Date>,
    /// Only those that begin on this day or earlier.
    pub to: Option<Date>,
}

impl KindFilter for EventFilter {
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((content_event::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(column(content_event::Column::Kind).is_in(kinds.iter().copied()));
        }
        if let Some(day) = self.from {
            let last = Expr::expr(Func::coalesce([
                column(content_event::Column::EndsOn),
                column(content_event::Column::StartsOn),
            ]));
            condition = condition.add(last.gte(day.0));
        }
        if let Some(day) = self.to {
            condition = condition.add(column(content_event::Column::StartsOn).lte(day.0));
        }
        Ok(condition)
    }
}
