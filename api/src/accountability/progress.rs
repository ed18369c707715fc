//! How many states have become bound by treaties, year by year: what campaigns for ratification are measured by.

use std::collections::{BTreeMap, HashMap};

use async_graphql::{Context, SimpleObject};
use praxis_entities::ratification;
use praxis_entities::vocabulary::TreatyStatus;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use uuid::Uuid;

use crate::database::among;
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// The longest range of years.
const YEARS: i32 = 100;

/// Where a treaty stood at the end of a year. Counted from the dates of ratification, never entered; states of which no year
/// is known are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
pub struct TreatyProgress {
    /// The year.
    year: i32,
    /// How many states were bound at the end of it.
    states_parties: i32,
    /// How many of them became bound in the course of it.
    joined: i32,
    /// How many became bound from the first year of the range to the end of this one.
    joined_since: i32,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct JoinedOf(Uuid);

impl BatchKey for JoinedOf {
    /// How many states became bound, by year.
    type Value = BTreeMap<i32, i32>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let column = |column| Expr::col((ratification::Entity, column));
        let database = context.app.database.read();
        let treaties: Vec<Uuid> = keys.into_iter().map(|key| key.0).collect();
        let statement = Query::select()
            .column(ratification::Column::TreatyId)
            .column(ratification::Column::Year)
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("joined"))
            .from(ratification::Entity)
            .and_where(among(database, column(ratification::Column::TreatyId), treaties))
            .and_where(column(ratification::Column::Status).eq(TreatyStatus::StateParty))
            .and_where(column(ratification::Column::Year).is_not_null())
            .add_group_by([
                column(ratification::Column::TreatyId),
                column(ratification::Column::Year),
            ])
            .take();
        let mut found: HashMap<Self, Self::Value> = HashMap::new();
        for row in database.query_all(&statement).await? {
            let joined: i64 = row.try_get("", "joined")?;
            let years = found.entry(Self(row.try_get("", "treaty_id")?)).or_default();
            years.insert(row.try_get("", "year")?, i32::try_from(joined).unwrap_or(i32::MAX));
        }
        Ok(found)
    }
}

/// The progress of a treaty over the years from one to another, both included: one statement for all treaties at a level.
///
/// # Errors
/// `BAD_REQUEST` where the years are out of order or too many; where the database is away.
pub async fn of_treaty(
    context: &Context<'_>,
    treaty: Uuid,
    from: i32,
    to: i32,
) -> Result<Vec<TreatyProgress>, ApiError> {
    if from > to || i64::from(to) - i64::from(from) >= i64::from(YEARS) {
        return Err(ApiError::new(
            Code::BadRequest,
            format!("`from` must not lie after `to`, and at most {YEARS} years are counted at once."),
        ));
    }
    let joined = loaders(context)?.load(JoinedOf(treaty)).await?.unwrap_or_default();
    Ok(progress(&joined, from, to))
}

fn progress(joined: &BTreeMap<i32, i32>, from: i32, to: i32) -> Vec<TreatyProgress> {
    let before: i32 = joined.range(..from).map(|(_, states)| states).sum();
    let mut since = 0;
    (from..=to)
        .map(|year| {
            let new = joined.get(&year).copied().unwrap_or_default();
            since += new;
            TreatyProgress {
                year,
                states_parties: before + since,
                joined: new,
                joined_since: since,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_counted_in_the_year_in_which_they_became_bound_and_ever_after() {
        let joined = BTreeMap::from([(2002, 3), (2010, 2), (2012, 1), (2013, 4)]);
        let found: Vec<_> = progress(&joined, 2010, 2012)
            .into_iter()
            .map(|one| (one.year, one.states_parties, one.joined, one.joined_since))
            .collect();
        assert_eq!(found, [(2010, 5, 2, 2), (2011, 5, 0, 2), (2012, 6, 1, 3)]);
        assert_eq!(progress(&BTreeMap::new(), 2010, 2010).len(), 1);
    }
}
