//! The latest values of indicators.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::Context;
use chrono::{NaiveDate, Utc};
use praxis_entities::observation;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::indicator::Observation;
use super::reference::{Reference, place_of};
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// What a series is of.
const SERIES: [observation::Column; 3] = [
    observation::Column::IndicatorId,
    observation::Column::CountryId,
    observation::Column::Disaggregation,
];

/// The latest value of each series among those that fulfil the condition, of periods that have begun: sources give projections
/// too.
///
/// # Errors
/// Where the database is away.
pub async fn latest(
    connection: &impl ConnectionTrait,
    condition: Condition,
    today: NaiveDate,
) -> Result<Vec<observation::Model>, DbErr> {
    let column = |column| Expr::col((observation::Entity, column));
    let begun = condition.add(column(observation::Column::Place).lte(place_of(Some(today), None)));
    let mut ends = Query::select();
    ends.from(observation::Entity).cond_where(begun.clone());
    for part in SERIES {
        ends.column((observation::Entity, part)).add_group_by([column(part)]);
    }
    ends.expr(Func::max(column(observation::Column::Place)));
    let place = std::iter::once(observation::Column::Place);
    let rows = observation::Entity::find()
        .filter(begun)
        .filter(Expr::tuple(SERIES.into_iter().chain(place).map(column)).in_subquery(ends))
        .order_by_asc(observation::Column::Id)
        .all(connection)
        .await?;
    // A quarter and its first month begin on the same day.
    let mut seen = HashSet::new();
    Ok(rows
        .into_iter()
        .filter(|row| seen.insert((row.indicator_id, row.country_id, row.disaggregation.clone())))
        .collect())
}

/// A series: of which indicator, country and group of people.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Series {
    indicator: Uuid,
    country: Uuid,
    disaggregation: String,
}

impl BatchKey for Series {
    type Value = Observation;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let database = context.app.database.read();
        let column = |column| Expr::col((observation::Entity, column));
        let groups: HashSet<String> = keys.iter().map(|key| key.disaggregation.clone()).collect();
        let distinct = |of: fn(&Self) -> Uuid| -> Vec<Uuid> {
            let all: HashSet<Uuid> = keys.iter().map(of).collect();
            all.into_iter().collect()
        };
        let condition = Condition::all()
            .add(among(
                database,
                column(observation::Column::IndicatorId),
                distinct(|key| key.indicator),
            ))
            .add(among(
                database,
                column(observation::Column::CountryId),
                distinct(|key| key.country),
            ))
            .add(column(observation::Column::Disaggregation).is_in(groups));
        let rows = latest(database, condition, Utc::now().date_naive()).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let key = Self {
                    indicator: row.indicator_id,
                    country: row.country_id,
                    disaggregation: row.disaggregation.clone(),
                };
                (key, Observation::from_row(Arc::new(row)))
            })
            .collect())
    }
}

/// The latest value of an indicator in a country for a group of people, of a period that has begun: one statement for all series
/// at one level of a query.
///
/// # Errors
/// Where the database is away.
pub async fn latest_of(
    context: &Context<'_>,
    indicator: Uuid,
    country: Uuid,
    disaggregation: &str,
) -> Result<Option<Observation>, ApiError> {
    let series = Series {
        indicator,
        country,
        disaggregation: disaggregation.to_owned(),
    };
    loaders(context)?.load(series).await
}
