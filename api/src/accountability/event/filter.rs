//! The filter of lists of events.

use async_graphql::InputObject;
use chrono::{Datelike, NaiveDate};
use praxis_entities::vocabulary::{ContentKind, ContentStatus, DatePrecision, EventKind, RelationKind};
use praxis_entities::{content, content_event, content_relation};
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query, SimpleExpr};

use crate::content::filter::{ContentFilter, End, given, related_to};
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
    /// Only those that go on on this day or later. Where only the month or the year is known, the whole of it counts.
    pub from: Option<Date>,
    /// Only those that begin on this day or earlier. Where only the month or the year is known, its first day counts.
    pub to: Option<Date>,
    /// Slugs or ids of organisations: only what one of them held, alone or with others.
    pub organizers: Option<Vec<String>>,
    /// Only joint events, held by two or more organisations, or only others.
    pub joint: Option<bool>,
}

impl KindFilter for EventFilter {
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((content_event::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(column(content_event::Column::Kind).is_in(kinds.iter().copied()));
        }
        if let Some(day) = self.from {
            condition = condition.add(goes_on_until(day.0));
        }
        if let Some(day) = self.to {
            condition = condition.add(column(content_event::Column::StartsOn).lte(day.0));
        }
        if let Some(organizers) = given(&self.organizers) {
            condition = condition.add(related_to(
                End::Source,
                RelationKind::Organizer,
                ContentKind::Organization,
                organizers,
            )?);
        }
        if let Some(wanted) = self.joint {
            condition = condition.add(if wanted {
                organizers().gte(2)
            } else {
                organizers().lt(2)
            });
        }
        Ok(condition)
    }
}

/// Events that may go on on this day or later. A month or a year stands as its first day, and lasts until its last.
fn goes_on_until(day: NaiveDate) -> Condition {
    let column = |column| Expr::col((content_event::Entity, column));
    let last = || {
        Expr::expr(Func::coalesce([
            column(content_event::Column::EndsOn),
            column(content_event::Column::StartsOn),
        ]))
    };
    let precision = || {
        Expr::expr(
            CaseStatement::new()
                .case(
                    column(content_event::Column::EndsOn).is_null(),
                    column(content_event::Column::StartsOnPrecision),
                )
                .finally(column(content_event::Column::EndsOnPrecision)),
        )
    };
    let mut condition = Condition::any().add(last().gte(day));
    for (known, first) in [
        (DatePrecision::Month, day.with_day0(0)),
        (DatePrecision::Year, day.with_ordinal0(0)),
    ] {
        if let Some(first) = first {
            condition = condition.add(Condition::all().add(precision().eq(known)).add(last().gte(first)));
        }
    }
    condition
}

/// How many published organisations held the event.
fn organizers() -> SimpleExpr {
    let organizer = Alias::new("organizer");
    let relation = |column| Expr::col((content_relation::Entity, column));
    Query::select()
        .expr(relation(content_relation::Column::TargetId).count_distinct())
        .from(content_relation::Entity)
        .join_as(
            sea_orm::JoinType::InnerJoin,
            content::Entity,
            organizer.clone(),
            Expr::col((organizer.clone(), content::Column::Id))
                .equals((content_relation::Entity, content_relation::Column::TargetId)),
        )
        .and_where(relation(content_relation::Column::SourceId).equals((content::Entity, content::Column::Id)))
        .and_where(relation(content_relation::Column::Kind).eq(RelationKind::Organizer))
        .and_where(Expr::col((organizer, content::Column::Status)).eq(ContentStatus::Published))
        .take()
        .into()
}
