//! Facts as lines of a bundle.

use futures::TryStreamExt;
use praxis_entities::{concept, indicator, observation, ratification, treaty};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};
use serde::Serialize;
use uuid::Uuid;

use super::super::export::Countries;
use super::{FactInput, ObservationInput, RatificationInput};
use crate::accountability::period::Period;
use crate::graphql::scalars::Date;

/// One line of a bundle.
#[derive(Serialize)]
struct Line<'a> {
    fact: &'a FactInput,
}

/// Gives every fact to `take` as a line without its end: ratifications by treaty and state, then observations by indicator,
/// country, period and group of people. Memory does not grow with their number.
///
/// # Errors
/// Where the database is away, or what `take` says.
pub async fn export<E: From<DbErr>>(
    snapshot: &DatabaseTransaction,
    mut take: impl FnMut(String) -> Result<(), E> + Send,
) -> Result<(), E> {
    let mut give = |fact: FactInput| {
        let line = serde_json::to_string(&Line { fact: &fact }).map_err(|error| DbErr::Type(error.to_string()))?;
        take(line)
    };
    let countries = Countries::read(snapshot).await?;
    let treaties = slugs::<treaty::Entity>(snapshot, treaty::Column::Id, treaty::Column::Slug).await?;
    for (id, slug) in treaties {
        for fact in ratifications(snapshot, id, &slug, &countries).await? {
            give(FactInput::Ratification(fact))?;
        }
    }
    let indicators = slugs::<indicator::Entity>(snapshot, indicator::Column::Id, indicator::Column::Slug).await?;
    for (id, slug) in indicators {
        let mut rows = observation::Entity::find()
            .filter(observation::Column::IndicatorId.eq(id))
            .join(JoinType::InnerJoin, country())
            .order_by_asc(concept::Column::Code)
            .stream(snapshot)
            .await?;
        // All of one country at a time: whether `2015-06` comes before `2015-Q2` depends on the server's locale.
        let mut of_country: Vec<ObservationInput> = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let next = observed(row, &slug, &countries)?;
            if of_country.first().is_some_and(|first| first.country != next.country) {
                for fact in in_order(&mut of_country) {
                    give(FactInput::Observation(fact))?;
                }
            }
            of_country.push(next);
        }
        for fact in in_order(&mut of_country) {
            give(FactInput::Observation(fact))?;
        }
    }
    Ok(())
}

async fn ratifications(
    snapshot: &DatabaseTransaction,
    treaty: Uuid,
    slug: &str,
    countries: &Countries,
) -> Result<Vec<RatificationInput>, DbErr> {
    let rows = ratification::Entity::find()
        .filter(ratification::Column::TreatyId.eq(treaty))
        .all(snapshot)
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.push(RatificationInput {
            treaty: slug.to_owned(),
            country: countries.code(row.country_id)?,
            status: row.status,
            date: row.date.map(Date),
            year: row.year.filter(|_| row.date.is_none()),
            note: row.note,
            source: row.source,
        });
    }
    found.sort_unstable_by(|one, other| one.country.cmp(&other.country));
    Ok(found)
}

fn observed(row: observation::Model, indicator: &str, countries: &Countries) -> Result<ObservationInput, DbErr> {
    Ok(ObservationInput {
        indicator: indicator.to_owned(),
        country: countries.code(row.country_id)?,
        period: Period::parse(&row.period).map_err(DbErr::Type)?,
        disaggregation: (!row.disaggregation.is_empty()).then_some(row.disaggregation),
        value: row.value,
        unit: row.unit,
        flag: row.flag,
        source: row.source,
    })
}

/// Takes the values of one country out, ordered by period and group of people.
fn in_order(of_country: &mut Vec<ObservationInput>) -> Vec<ObservationInput> {
    let mut values = std::mem::take(of_country);
    values
        .sort_unstable_by(|one, other| (&one.period, &one.disaggregation).cmp(&(&other.period, &other.disaggregation)));
    values
}

/// From a value to its country.
fn country() -> RelationDef {
    observation::Entity::belongs_to(concept::Entity)
        .from(observation::Column::CountryId)
        .to(concept::Column::Id)
        .into()
}

/// The keys and slugs of all nodes of a sort, in the order of their slugs.
async fn slugs<E: EntityTrait>(
    snapshot: &DatabaseTransaction,
    id: E::Column,
    slug: E::Column,
) -> Result<Vec<(Uuid, String)>, DbErr> {
    E::find()
        .select_only()
        .columns([id, slug])
        .order_by_asc(slug)
        .into_tuple()
        .all(snapshot)
        .await
}
