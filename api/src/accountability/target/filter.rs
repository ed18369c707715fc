//! The conditions that lists have on what their items are measured by.

use praxis_entities::{content, indicator, indicator_target};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};

use crate::content::filter::given;
use crate::vocabulary::slugs;

/// Items that are measured by one of these indicators; and those that are measured by any, or by none.
pub fn condition(indicators: &Option<Vec<String>>, measured: Option<bool>) -> Condition {
    let key = || Expr::col((content::Entity, content::Column::Id));
    let mut condition = Condition::all();
    if let Some(indicators) = given(indicators) {
        let mut items = items();
        items
            .inner_join(
                indicator::Entity,
                Expr::col((indicator::Entity, indicator::Column::Id))
                    .equals((indicator_target::Entity, indicator_target::Column::IndicatorId)),
            )
            .and_where(Expr::col((indicator::Entity, indicator::Column::Slug)).is_in(slugs::written(indicators)));
        condition = condition.add(key().in_subquery(items));
    }
    match measured {
        Some(true) => condition.add(key().in_subquery(items())),
        Some(false) => condition.add(key().not_in_subquery(items())),
        None => condition,
    }
}

fn items() -> SelectStatement {
    Query::select()
        .column((indicator_target::Entity, indicator_target::Column::ContentId))
        .from(indicator_target::Entity)
        .take()
}
