//! What is measured in a state: its treaties, the latest values of indicators, and the targets of its plans and commitments.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use praxis_entities::vocabulary::{ContentStatus, TreatyStatus};
use praxis_entities::{content, content_concept, indicator, indicator_target, observation, ratification, treaty};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use uuid::Uuid;

use super::{Cut, Measured, Targeted, cut, place_in, titles};
use crate::accountability::observed;
use crate::accountability::report::{INDICATORS, TARGETS};
use crate::accountability::target::ReportedValue;

/// Where a state stands towards treaties: the treaty, the status, and the year since when it is bound.
pub async fn treaties(
    connection: &impl ConnectionTrait,
    country: Uuid,
) -> Result<Vec<(String, TreatyStatus, Option<i32>)>, DbErr> {
    let rows = ratification::Entity::find()
        .filter(ratification::Column::CountryId.eq(country))
        .all(connection)
        .await?;
    let all = treaty::Entity::find()
        .order_by_asc(treaty::Column::Place)
        .order_by_asc(treaty::Column::Slug)
        .all(connection)
        .await?;
    Ok(all
        .into_iter()
        .filter_map(|treaty| {
            let row = rows.iter().find(|row| row.treaty_id == treaty.id)?;
            Some((treaty.name, row.status, row.year))
        })
        .collect())
}

/// What an indicator is called, and its unit.
struct Naming {
    name: String,
    unit: Option<String>,
}

async fn namings(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Naming>, DbErr> {
    let rows: Vec<(Uuid, String, Option<String>)> = indicator::Entity::find()
        .select_only()
        .columns([indicator::Column::Id, indicator::Column::Name, indicator::Column::Unit])
        .filter(indicator::Column::Id.is_in(ids))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, name, unit)| (id, Naming { name, unit }))
        .collect())
}

fn with_unit(value: f64, unit: Option<&str>) -> String {
    unit.map_or_else(|| value.to_string(), |unit| format!("{value} {unit}"))
}

/// The latest value of each indicator, by name: for all people, or, where the source gives only one series, of that.
pub async fn values(
    connection: &impl ConnectionTrait,
    country: Uuid,
    today: NaiveDate,
) -> Result<Cut<Measured>, DbErr> {
    let of_country = Condition::all().add(Expr::col((observation::Entity, observation::Column::CountryId)).eq(country));
    let mut series: HashMap<Uuid, Vec<observation::Model>> = HashMap::new();
    for row in observed::latest(connection, of_country, today).await? {
        series.entry(row.indicator_id).or_default().push(row);
    }
    let namings = namings(connection, series.keys().copied()).await?;
    let mut latest: BTreeMap<String, Measured> = BTreeMap::new();
    for (indicator, mut rows) in series {
        let Some(naming) = namings.get(&indicator) else {
            continue;
        };
        let is_only = rows.len() == 1;
        rows.retain(|row| row.disaggregation.is_empty() || is_only);
        let Some(row) = rows.pop() else { continue };
        let unit = row.unit.as_deref().or(naming.unit.as_deref());
        let name = of_group(&naming.name, &row.disaggregation);
        latest.entry(name.clone()).or_insert_with(|| Measured {
            indicator: name,
            value: with_unit(row.value, unit),
            period: row.period,
        });
    }
    let in_all = u64::try_from(latest.len()).unwrap_or(u64::MAX);
    Ok(Cut::new(latest.into_values().collect(), INDICATORS, in_all))
}

/// What is measured, with the group of people where it is not all of them.
fn of_group(name: &str, group: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({group})")
    }
}

/// The targets of what is published of plans and commitments in a state, those published last first.
pub async fn targets(connection: &impl ConnectionTrait, country: Uuid) -> Result<Cut<Targeted>, DbErr> {
    let content = |column| Expr::col((content::Entity, column));
    let items = Query::select()
        .column((content::Entity, content::Column::Id))
        .from(content::Entity)
        .inner_join(
            content_concept::Entity,
            content(content::Column::Id).equals((content_concept::Entity, content_concept::Column::ContentId)),
        )
        .and_where(Expr::col((content_concept::Entity, content_concept::Column::ConceptId)).eq(country))
        .and_where(content(content::Column::Status).eq(ContentStatus::Published))
        .take();
    let key = Expr::col((indicator_target::Entity, indicator_target::Column::ContentId));
    let all = indicator_target::Entity::find()
        .filter(key.in_subquery(items))
        .order_by_desc(indicator_target::Column::ContentId)
        .order_by_asc(indicator_target::Column::Position);
    let rows = cut(connection, all, TARGETS).await?;
    let rows = rows.map(|row| {
        let reported =
            Vec::<ReportedValue>::deserialize(&row.reported).map_err(|error| DbErr::Type(error.to_string()))?;
        Ok((row, reported.into_iter().last()))
    })?;
    let ids: Vec<Uuid> = rows
        .shown
        .iter()
        .flat_map(|(row, last)| {
            let reported = last.as_ref().and_then(|last| last.resource);
            [Some(row.content_id), row.citation_resource_id, reported]
        })
        .flatten()
        .collect();
    let titles = titles(connection, &ids).await?;
    let namings = namings(connection, rows.shown.iter().map(|(row, _)| row.indicator_id)).await?;
    rows.map(|(row, last)| {
        let naming = namings.get(&row.indicator_id);
        let unit = naming.and_then(|naming| naming.unit.as_deref());
        let said = |value: Option<f64>, period: Option<&str>| {
            let value = with_unit(value?, unit);
            Some(period.map_or_else(|| value.clone(), |period| format!("{value} ({period})")))
        };
        let cited = |resource: Option<Uuid>, locator: Option<&str>| Some(place_in(titles.get(&resource?)?, locator));
        let mut sources = Vec::from_iter(cited(row.citation_resource_id, row.citation_locator.as_deref()));
        sources.extend(
            last.as_ref()
                .and_then(|last| cited(last.resource, last.locator.as_deref())),
        );
        sources.dedup();
        let name = naming.map(|naming| naming.name.as_str()).unwrap_or_default();
        Ok(Targeted {
            item: titles.get(&row.content_id).cloned().unwrap_or_default(),
            indicator: of_group(name, &row.disaggregation),
            baseline: said(row.baseline, row.baseline_period.as_deref()),
            target: said(row.target, row.target_period.as_deref()),
            reported: last.and_then(|last| said(Some(last.value), Some(&last.period))),
            sources,
        })
    })
}
